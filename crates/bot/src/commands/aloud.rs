//! `/aloud`: a reply beside the thread.

use bot_core::{Arg, Command, Cx, Reply, Spec, UsageError};
use serde::Deserialize;

/// Says it where everybody looks: a reply stands below what it answers unless it is told otherwise.
#[derive(Deserialize)]
pub(crate) struct Aloud {
    text: String,
}

impl Command for Aloud {
    const SPEC: Spec = Spec::new("aloud", "Says it in the conversation itself, not in a thread.")
        .arg(Arg::text("text", "what to say"));
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::text(self.text).unthreaded())
    }
}

#[cfg(test)]
mod tests {
    use bot_core::{Platform, play};

    use crate::BOT;

    #[test]
    fn stands_below_nothing() {
        // (platform, what ties a message to another)
        let cases = [(Platform::Slack, "thread_ts"), (Platform::Telegram, "reply_parameters")];
        for (platform, tie) in cases {
            let calls = play(&BOT).on(platform).talk("> /aloud Tea!\n< Tea!").rendered();
            let said = calls.last().expect("a call").to_string();
            assert!(said.contains("Tea!") && !said.contains(tie), "{said}");
        }
    }
}
