//! What the bot says to a message that is no command.

use bot_core::{Cx, Listener, Reply, UsageError};

/// Says it again.
pub(crate) struct Say;

impl Listener for Say {
    type State = ();

    async fn hear(text: String, cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        let named = cx.event().files.iter().filter_map(|file| file.name.as_deref());
        let names: Vec<&str> = named.collect();
        if text.is_empty() && !names.is_empty() {
            return Ok(Reply::text(format!("You sent {}.", names.join(", "))));
        }
        if text.is_empty() {
            return Ok(Reply::text("I can only read words. /help lists what I can do."));
        }
        Ok(Reply::text(format!("You said: {text}")))
    }
}

#[cfg(test)]
mod tests {
    use bot_core::play;

    use crate::BOT;

    #[test]
    fn repeats_what_is_said() {
        play(&BOT).talk(
            "
            > hello
            < You said: hello
            >
            < I can only read words. /help lists what I can do.
            ",
        );
    }
}
