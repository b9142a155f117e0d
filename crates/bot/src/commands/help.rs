//! `/help`: what the bot can do.

use bot_core::{Command, Cx, Reply, Spec, UsageError};
use serde::Deserialize;

/// Lists the commands, from their declarations.
#[derive(Deserialize)]
pub(crate) struct Help {}

impl Command for Help {
    const SPEC: Spec = Spec::new("help", "Lists what I can do.");
    type State = ();

    async fn run(self, cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        let lines: Vec<String> =
            cx.commands().map(|spec| format!("{}: {}", spec.usage(), spec.about)).collect();
        Ok(Reply::text(lines.join("\n")))
    }
}

#[cfg(test)]
mod tests {
    use bot_core::play;

    use crate::BOT;

    #[test]
    fn lists_every_command_with_its_usage() {
        // Telegram opens every chat with `/start`.
        for command in ["/help", "/start", "/start from-a-link"] {
            play(&BOT).talk(&format!(
                "
                > {command}
                < /help: Lists what I can do.
                  /ping: Answers, so that you know I am here.
                  /echo <text>: Says it again.
                  /stats: Says how many messages I have been sent here.
                  /weather [place]: Says what the weather is like.
                "
            ));
        }
    }
}
