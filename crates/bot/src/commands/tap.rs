//! `/tap`: a message that is edited.

use bot_core::{Action, Command, Cx, Reply, Spec, UsageError};
use serde::{Deserialize, Serialize};

/// Shows a button that counts.
#[derive(Deserialize)]
pub(crate) struct Tap {}

/// "Tap": counts one more, in the same message.
#[derive(Deserialize, Serialize)]
pub(crate) struct Tapped {
    taps: u32,
}

impl Command for Tap {
    const SPEC: Spec = Spec::new("tap", "Counts the taps of a button, in one message.");
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(reply(0))
    }
}

impl Action for Tapped {
    const NAME: &'static str = "tapped";
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(reply(self.taps.saturating_add(1)).edit())
    }
}

fn reply(taps: u32) -> Reply {
    Reply::text(format!("{taps} taps.")).button("Tap", Tapped { taps })
}

#[cfg(test)]
mod tests {
    use bot_core::{Platform, play};

    use crate::BOT;

    #[test]
    fn counts_in_the_same_message() {
        for &platform in Platform::ALL {
            play(&BOT).on(platform).talk(
                "
                > /tap
                < 0 taps. [Tap]
                > [Tap]
                ~ 1 taps. [Tap]
                > [Tap]
                ~ 2 taps. [Tap]
                ",
            );
        }
    }
}
