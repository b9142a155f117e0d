//! The bot's commands as Discord registers them.

use serde_json::{Value, json};

use crate::bot::Bot;
use crate::command::{Arg, ArgKind, Spec};

/// The body of a bulk overwrite: <https://docs.discord.com/developers/interactions/application-commands>.
#[must_use]
pub fn commands(bot: &Bot) -> Value {
    bot.specs().map(command).collect()
}

fn command(spec: &Spec) -> Value {
    json!({
        "type": 1,
        "name": spec.name,
        "description": spec.about,
        "options": spec.args().map(option).collect::<Vec<_>>(),
    })
}

fn option(arg: &Arg) -> Value {
    let kind = match arg.kind {
        ArgKind::Text => 3,
        ArgKind::Integer => 4,
    };
    json!({ "type": kind, "name": arg.name, "description": arg.about, "required": arg.required })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::BOT;

    #[test]
    fn a_command_is_registered_as_it_is_declared() {
        let commands = commands(&BOT);
        let expected = json!({
            "type": 1,
            "name": "echo",
            "description": "Says it.",
            "options": [{ "type": 3, "name": "text", "description": "what to say", "required": true }],
        });
        assert_eq!(commands[0], expected);
        assert_eq!(commands.as_array().map(Vec::len), Some(BOT.specs().count()));
    }
}
