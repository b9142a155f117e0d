//! `/count`: how far have we counted here?

use bot_core::{Action, Command, Cx, Reply, Scope, Spec, State, UsageError};
use serde::{Deserialize, Serialize};

/// Says how far, with a button to go on.
#[derive(Deserialize)]
pub(crate) struct Count {}

/// How far we are in one conversation.
#[derive(Default, Deserialize, Serialize)]
pub(crate) struct Counter {
    count: u64,
}

impl State for Counter {
    const NAME: &'static str = "counter";
    const SCOPE: Scope = Scope::Conversation;
}

impl Counter {
    fn show(&self) -> Reply {
        Reply::text(format!("{} so far.", self.count)).button("One more", Add { more: 1 })
    }
}

impl Command for Count {
    const SPEC: Spec = Spec::new("count", "Says how far we have counted.");
    type State = Counter;

    async fn run(self, cx: &mut Cx<Counter>) -> Result<Reply, UsageError> {
        Ok(cx.state.show())
    }
}

/// "One more": counts on in the same message.
#[derive(Deserialize, Serialize)]
pub(crate) struct Add {
    more: u64,
}

impl Action for Add {
    const NAME: &'static str = "add";
    type State = Counter;

    async fn run(self, cx: &mut Cx<Counter>) -> Result<Reply, UsageError> {
        cx.state.count += self.more;
        Ok(cx.state.show().edit())
    }
}

#[cfg(test)]
mod tests {
    use bot_core::play;

    use crate::BOT;

    #[test]
    fn counts_on_with_every_press() {
        play(&BOT).talk(
            "
            > /count
            < 0 so far. [One more]
            > [One more]
            ~ 1 so far. [One more]
            > [One more]
            ~ 2 so far. [One more]
            > /count
            < 2 so far. [One more]
            ",
        );
    }
}
