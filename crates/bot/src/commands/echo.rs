//! `/echo hello`: the bot says it again; it stands in the menu of a message, too.

use bot_core::{Arg, Command, Cx, Reply, Spec, UsageError};
use serde::Deserialize;

/// Says it again.
#[derive(Deserialize)]
pub(crate) struct Echo {
    text: String,
}

impl Command for Echo {
    const SPEC: Spec = Spec::new("echo", "Says it again.")
        .arg(Arg::text("text", "What to say"))
        .on_message("Say it again");
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::text(format!("You said: {}", self.text)))
    }
}

#[cfg(test)]
mod tests {
    use bot_core::{Platform, play};

    use crate::BOT;

    #[test]
    fn says_what_a_message_says() {
        play(&BOT).on(Platform::Slack).talk("> (Say it again: hello)\n< You said: hello");
    }

    #[test]
    fn says_it_again() {
        play(&BOT).talk(
            "
            > /echo hello  there
            < You said: hello  there
            > /echo
            < I need \"text\" (What to say).
              Usage: /echo <text>
            ",
        );
    }
}
