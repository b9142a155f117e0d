//! `/stats`: how much has been said here?

use bot_core::{Command, Cx, Reply, Spec, UsageError};
use serde::Deserialize;

use crate::tally::Tally;

/// Says how many messages the conversation has seen.
#[derive(Deserialize)]
pub(crate) struct Stats {}

impl Command for Stats {
    const SPEC: Spec = Spec::new("stats", "Says how many messages I have been sent here.");
    type State = Tally;

    async fn run(self, cx: &mut Cx<Tally>) -> Result<Reply, UsageError> {
        Ok(Reply::text(match cx.state.messages {
            1 => "1 message so far: this one.".to_owned(),
            messages => format!("{messages} messages so far, with this one."),
        }))
    }
}

#[cfg(test)]
mod tests {
    use bot_core::play;

    use crate::BOT;
    use crate::tally::Tally;

    #[test]
    fn counts_every_message_and_itself() {
        play(&BOT).talk("> /stats\n< 1 message so far: this one.");
        play(&BOT)
            .with_state(&Tally { messages: 40 })
            .talk("> hello\n< You said: hello\n> /stats\n< 42 messages so far, with this one.");
    }
}
