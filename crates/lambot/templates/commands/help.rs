//! `/help`: what the bot can do. Telegram opens every chat with it.

use bot_core::{Command, Cx, Reply, Spec, UsageError};
use serde::Deserialize;

/// Lists the commands, from their declarations.
#[derive(Deserialize)]
pub(crate) struct Help {}

impl Command for Help {
    const SPEC: Spec = Spec::new("help", "Lists what I can do.");
    type State = ();

    async fn run(self, cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        let line = |spec: &Spec| format!("{}: {}", spec.usage(), spec.about);
        let lines: Vec<String> = cx.commands().map(line).collect();
        Ok(Reply::text(lines.join("\n")))
    }
}

#[cfg(test)]
mod tests {
    use bot_core::play;

    use crate::BOT;

    #[test]
    fn lists_every_command() {
        play(&BOT).talk(
            "
            > /start
            < /help: Lists what I can do.
              /count: Says how far we have counted.
            ",
        );
    }
}
