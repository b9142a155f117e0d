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
    use crate::BOT;
    use crate::testing::run;

    #[test]
    fn lists_every_command_with_its_usage() {
        let help = run("help", "");
        assert_eq!(help.lines().count(), BOT.specs().count());
        assert!(help.contains("/echo <text>: Says it again."), "{help}");
        assert_eq!(run("help", "me"), "That is more than I need.\nUsage: /help");
    }

    #[test]
    fn start_is_help_because_telegram_opens_every_chat_with_it() {
        assert_eq!(run("start", ""), run("help", ""));
        assert_eq!(run("start", "from-a-link"), run("help", ""));
    }
}
