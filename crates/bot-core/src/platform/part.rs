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
    /// Whether it is for nobody but the person who pressed.
    pub(crate) aside: bool,
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
            let prompt = reply.as_menu().map_or("", |menu| menu.prompt.as_str());
            texts = split(prompt, limit, cost);
            if texts.is_empty() {
                texts.push("…");
            }
        }
        let last = texts.len().saturating_sub(1);
        texts.into_iter().enumerate().map(move |(nth, text)| Part {
            text,
            choices: (nth == last && reply.has_choices()).then_some(reply),
            edits: nth == 0 && reply.is_edit(),
            aside: reply.is_aside(),
        })
    };
    replies.iter().flat_map(parts).collect()
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::{Action, Cx, UsageError};

    #[derive(Deserialize, Serialize)]
    struct Press {}

    impl Action for Press {
        const NAME: &'static str = "press";
        type State = ();

        async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
            Ok(Reply::nothing())
        }
    }

    #[test]
    fn an_edit_is_first_and_buttons_are_last() {
        let button = |reply: Reply| reply.button("Press", Press {});
        // (replies, each message's text, whether it edits, whether it has buttons)
        let cases: [(Vec<Reply>, &[(&str, bool, bool)]); 6] = [
            (vec![Reply::text("one two").edit()], &[("one", true, false), ("two", false, false)]),
            (
                vec![button(Reply::text("one two")).edit()],
                &[("one", true, false), ("two", false, true)],
            ),
            (vec![button(Reply::text("one"))], &[("one", false, true)]),
            (
                vec![Reply::text("a"), button(Reply::text("b"))],
                &[("a", false, false), ("b", false, true)],
            ),
            (vec![button(Reply::text(""))], &[("…", false, true)]),
            (vec![Reply::text("").menu("Why?", [("A", Press {})])], &[("Why?", false, true)]),
        ];

        for (replies, expected) in cases {
            let parts = parts(&replies, 4, |_| 1);
            let found: Vec<_> =
                parts.iter().map(|part| (part.text, part.edits, part.choices.is_some())).collect();
            assert_eq!(found, expected, "{replies:?}");
        }
        assert!(parts(&[Reply::nothing()], 4, |_| 1).is_empty());
    }
}
