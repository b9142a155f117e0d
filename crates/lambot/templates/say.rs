//! What the bot says to a message that is no command.

use bot_core::{Cx, Listener, Reply, UsageError};

/// Says hello.
pub(crate) struct Say;

impl Listener for Say {
    type State = ();

    async fn hear(_text: String, cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        let name = cx.user().name.as_deref().unwrap_or("you");
        Ok(Reply::text(format!("Hello, {name}! Try /count.")))
    }
}

#[cfg(test)]
mod tests {
    use bot_core::play;

    use crate::BOT;

    #[test]
    fn says_hello() {
        play(&BOT).talk(
            "
            > hello
            < Hello, Ann! Try /count.
            ",
        );
    }
}
