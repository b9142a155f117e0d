//! `/like`: a reaction instead of words.

use bot_core::{Command, Cx, Reaction, Reply, Spec, UsageError};
use serde::Deserialize;

/// Puts a thumb to the message it stands in.
#[derive(Deserialize)]
pub(crate) struct Like {}

impl Command for Like {
    const SPEC: Spec = Spec::new("like", "Puts a thumb to your message.");
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::nothing().reaction(Reaction::ThumbsUp))
    }
}

#[cfg(test)]
mod tests {
    use bot_core::{Platform, play};

    use crate::BOT;

    #[test]
    fn reacts_or_says_so_where_nobody_can() {
        for &platform in Platform::ALL {
            play(&BOT).on(platform).talk("> /like\n< (👍)");
        }
    }
}
