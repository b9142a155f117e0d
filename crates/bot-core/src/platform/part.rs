//! A reply as the messages a platform takes.

use crate::document::{Block, plain, split};
use crate::reply::Reply;

/// One message of a reply.
#[derive(Clone, Debug)]
pub(crate) struct Part<'a> {
    /// What it says, within the limit.
    pub(crate) blocks: Vec<Block>,
    /// Whether that is text as it stands and nothing else.
    pub(crate) is_plain: bool,
    /// The reply whose buttons and menu stand under it.
    pub(crate) choices: Option<&'a Reply>,
    /// Whether it takes the place of the message whose button was pressed.
    pub(crate) edits: bool,
    /// Whether it is for one person, where that is easily done.
    pub(crate) aside: bool,
    /// Whether it is for one person and nobody else.
    pub(crate) is_ephemeral: bool,
    /// Whether it stands by itself, and not below what it answers.
    pub(crate) unthreaded: bool,
}

/// The messages of `replies`, in order, as [`split`] makes them.
///
/// The first message of an edit is the edit; under the last one stand the buttons. A reaction that nothing `reacts` with is
/// what is said, if nothing else is.
pub(crate) fn parts<'a>(
    replies: &'a [Reply],
    limit: usize,
    cost: impl Fn(&[Block]) -> usize + Copy,
    reacts: bool,
) -> Vec<Part<'a>> {
    let parts = |reply: &'a Reply| {
        let reaction = reply.as_reaction().filter(|_| !reacts && reply.is_silent());
        let blocks = reaction.map_or_else(|| reply.blocks(), |reaction| plain(reaction.emoji()));
        let mut parts = split(blocks, limit, cost);
        if parts.is_empty() && reply.has_choices() {
            // No platform takes buttons under nothing.
            let prompt = reply.as_menu().map_or("", |menu| menu.prompt.as_str());
            parts = split(plain(prompt), limit, cost);
            if parts.is_empty() {
                parts.push(plain("…"));
            }
        }
        let last = parts.len().saturating_sub(1);
        parts.into_iter().enumerate().map(move |(nth, blocks)| Part {
            blocks,
            is_plain: reply.is_plain(),
            choices: (nth == last && reply.has_choices()).then_some(reply),
            edits: nth == 0 && reply.is_edit(),
            aside: reply.is_aside(),
            is_ephemeral: reply.is_ephemeral(),
            unthreaded: reply.is_unthreaded(),
        })
    };
    replies.iter().flat_map(parts).collect()
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::document::text;
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
            let parts = parts(&replies, 4, |blocks| text(blocks).len(), true);
            let found: Vec<_> = parts
                .iter()
                .map(|part| (text(&part.blocks), part.edits, part.choices.is_some()))
                .collect();
            let found: Vec<_> =
                found.iter().map(|(text, edits, has)| (text.as_str(), *edits, *has)).collect();
            assert_eq!(found, expected, "{replies:?}");
        }
        assert!(parts(&[Reply::nothing()], 4, |blocks| text(blocks).len(), true).is_empty());
    }
}
