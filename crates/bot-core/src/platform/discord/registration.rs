//! The bot's commands as Discord registers them.

use serde_json::{Map, Value, json};

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

/// <https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-option-type>
fn option(arg: &Arg) -> Value {
    let kind = match arg.kind {
        ArgKind::Text | ArgKind::Duration | ArgKind::Choice(_) => 3,
        ArgKind::Integer => 4,
        ArgKind::Flag => 5,
        ArgKind::User => 6,
        ArgKind::Number => 10,
    };
    let mut option = Map::new();
    option.insert("type".to_owned(), kind.into());
    option.insert("name".to_owned(), arg.name.into());
    option.insert("description".to_owned(), arg.about.into());
    option.insert("required".to_owned(), arg.required.into());
    if let ArgKind::Choice(choices) = arg.kind {
        let choices = choices.iter().map(|choice| json!({ "name": choice, "value": choice }));
        option.insert("choices".to_owned(), choices.collect());
    }
    option.into()
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

    #[test]
    fn an_argument_is_registered_as_the_kind_it_is() {
        // (argument, type)
        let cases = [
            (Arg::text("it", "What"), 3),
            (Arg::integer("it", "What"), 4),
            (Arg::number("it", "What"), 10),
            (Arg::duration("it", "What"), 3),
            (Arg::flag("it", "What"), 5),
            (Arg::user("it", "What"), 6),
        ];
        for (arg, kind) in cases {
            let expected =
                json!({ "type": kind, "name": "it", "description": "What", "required": true });
            assert_eq!(option(&arg), expected, "{arg:?}");
        }

        let choice = Arg::choice("unit", "Which unit", &["metric", "imperial"]).optional();
        let expected = json!({
            "type": 3,
            "name": "unit",
            "description": "Which unit",
            "required": false,
            "choices": [
                { "name": "metric", "value": "metric" },
                { "name": "imperial", "value": "imperial" },
            ],
        });
        assert_eq!(option(&choice), expected);
    }
}
