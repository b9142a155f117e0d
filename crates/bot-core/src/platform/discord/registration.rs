//! The bot's commands as Discord registers them.

use serde_json::{Map, Value, json};

use crate::bot::Bot;
use crate::command::{Arg, ArgKind, Spec};

/// The types of commands.
///
/// <https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-types>
const ON_USER: u8 = 2;
const ON_MESSAGE: u8 = 3;

/// The type of a command that is written, and of a subcommand.
const WRITTEN: u8 = 1;

/// The type of a group of subcommands.
const GROUP: u8 = 2;

/// The body of a bulk overwrite: <https://docs.discord.com/developers/interactions/application-commands>.
#[must_use]
pub fn commands(bot: &Bot) -> Value {
    let mut commands: Vec<Value> = Vec::new();
    for spec in bot.specs() {
        insert(&mut commands, spec.name, spec, WRITTEN);
    }
    let of_user = bot.specs().filter_map(|spec| Some((ON_USER, spec.on_user?)));
    let of_message = bot.specs().filter_map(|spec| Some((ON_MESSAGE, spec.on_message?)));
    let chosen = of_user.chain(of_message);
    commands.extend(chosen.map(|(kind, label)| json!({ "type": kind, "name": label })));
    commands.into()
}

/// Puts a command among `commands`, or below the one that has the first word of its name; one that is made for that is of this
/// type.
fn insert(commands: &mut Vec<Value>, name: &str, spec: &Spec, parent: u8) {
    let Some((first, rest)) = name.split_once(' ') else {
        commands.push(json!({
            "type": WRITTEN,
            "name": name,
            "description": spec.about,
            "options": options(spec),
        }));
        return;
    };
    if commands.iter().all(|command| command.get("name") != Some(&first.into())) {
        commands.push(json!({ "type": parent, "name": first, "description": spec.about, "options": [] }));
    }
    let above = commands.iter_mut().find(|command| command.get("name") == Some(&first.into()));
    if let Some(Value::Array(below)) = above.and_then(|above| above.get_mut("options")) {
        insert(below, rest, spec, GROUP);
    }
}

/// The arguments. A form asks for its own.
fn options(spec: &Spec) -> Vec<Value> {
    if spec.form.is_some() { Vec::new() } else { spec.args().map(option).collect() }
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
    if arg.suggest.is_some() {
        option.insert("autocomplete".to_owned(), true.into());
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
    fn a_subcommand_is_registered_below_its_command() {
        let mut commands = Vec::new();
        for name in ["bed", "plant add", "plant row add", "plant row cut"] {
            insert(&mut commands, name, &Spec::new(name, "Does it."), WRITTEN);
        }
        let leaf = |name: &str| json!({ "type": 1, "name": name, "description": "Does it.", "options": [] });
        let group = json!({
            "type": 2, "name": "row", "description": "Does it.", "options": [leaf("add"), leaf("cut")],
        });
        let plant = json!({
            "type": 1, "name": "plant", "description": "Does it.", "options": [leaf("add"), group],
        });
        assert_eq!(commands, [leaf("bed"), plant]);
    }

    #[test]
    fn a_form_asks_for_its_arguments_and_a_suggestion_is_asked_for() {
        let text = Arg::text("it", "What");
        assert_eq!(options(&Spec::new("tell", "Takes it.").arg(text).form("Tell me")), [] as [Value; 0]);
        assert_eq!(option(&text).get("autocomplete"), None);
        assert_eq!(option(&text.suggest(|_| Vec::new())).get("autocomplete"), Some(&true.into()));
    }

    #[test]
    fn a_command_is_registered_in_the_menus_it_stands_in() {
        use serde::Deserialize;

        use crate::command::{Command, UsageError};
        use crate::{Cx, Reply};

        #[derive(Deserialize)]
        struct Greet {}

        impl Command for Greet {
            const SPEC: Spec = Spec::new("greet", "Greets.").on_user("Greet").on_message("Reply");
            type State = ();

            async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
                Ok(Reply::nothing())
            }
        }

        static GREETER: Bot = Bot::new().commands(&[crate::bot::command::<Greet>()]);

        let written = json!({ "type": 1, "name": "greet", "description": "Greets.", "options": [] });
        let chosen = [json!({ "type": 2, "name": "Greet" }), json!({ "type": 3, "name": "Reply" })];
        let [of_user, of_message] = chosen;
        assert_eq!(super::commands(&GREETER), json!([written, of_user, of_message]));
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
