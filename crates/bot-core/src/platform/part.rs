//! A reply as the messages a platform takes.

use crate::reply::Reply;
use crate::split::split;

/// One message of a reply.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<'a> {
    /// Its text, within the limit.
    pub(crate) text: &'a str,
    /// The reply whose buttons and menu stand under it.
    pub(crate) choices: Option<&'a Reply>,
    /// Whether it takes the place of the message whose button was pressed.
    pub(crate) edits: bool,
}

/// The messages of `replies`, in order, as [`split`] makes them of the texts.
///
/// The first message of an edit is the edit; under the last one stand the buttons.
pub(crate) fn parts(
    replies: &[Reply],
    limit: usize,
    cost: impl Fn(char) -> usize + Copy,
) -> Vec<Part<'_>> {
    let parts = |reply| {
        let mut texts = split(Reply::as_text(reply), limit, cost);
        if texts.is_empty() && reply.has_choices() {
            // No platform takes buttons under nothing.
            texts.push(reply.as_menu().map_or("…", |menu| menu.prompt.as_str()));
        }
        let last = texts.len().saturating_sub(1);
        texts.into_iter().enumerate().map(move |(nth, text)| Part {
            text,
            choices: (nth == last && reply.has_choices()).then_some(reply),
            edits: nth == 0 && reply.is_edit(),
        })
    };
    replies.iter().flat_map(parts).collect()
}
