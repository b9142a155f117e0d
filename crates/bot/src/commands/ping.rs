//! `/ping`: is the bot there?

use bot_core::{Command, Cx, Reply, Spec, UsageError};
use serde::Deserialize;

/// Answers.
#[derive(Deserialize)]
pub(crate) struct Ping {}

impl Command for Ping {
    const SPEC: Spec = Spec::new("ping", "Answers, so that you know I am here.");
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::text("Pong!"))
    }
}

#[cfg(test)]
mod tests {
    use bot_core::play;

    use crate::BOT;

    #[test]
    fn answers() {
        play(&BOT).talk("> /ping\n< Pong!");
    }
}
