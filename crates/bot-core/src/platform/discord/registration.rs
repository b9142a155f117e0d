//! The bot's commands and its endpoint as Discord keeps them.

use serde_json::{Map, Value, json};

use super::super::registration::{Comparison, Item, shortened};
use super::super::{Call, Method};
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
            "description": description(spec.about, spec.name),
            "options": options(spec),
        }));
        return;
    };
    if commands.iter().all(|command| command.get("name") != Some(&first.into())) {
        commands.push(json!({ "type": parent, "name": first, "description": description(spec.about, spec.name), "options": [] }));
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

/// The longest description of a command or an option.
///
/// <https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-structure>
const MOST_CHARS: usize = 100;

/// The type of the command that opens an activity, which a bulk overwrite must not leave out.
///
/// <https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-types>
const ENTRY_POINT: u8 = 4;

/// The fields of a command or an option that a bulk overwrite takes and that come back. What else comes back is
/// Discord's own: ids, versions, and where a command may be used, which follows from how the application is installed.
const FIELDS: &[&str] = &[
    "autocomplete",
    "channel_types",
    "choices",
    "default_member_permissions",
    "description",
    "handler",
    "max_length",
    "max_value",
    "min_length",
    "min_value",
    "name",
    "nsfw",
    "options",
    "required",
    "type",
    "value",
];

/// The commands, which are overwritten as a whole.
///
/// <https://docs.discord.com/developers/interactions/application-commands#bulk-overwrite-global-application-commands>
pub(super) fn overwrite(bot: &Bot, application_id: &str) -> Item {
    let target = format!("/applications/{application_id}/commands");
    let read = Call { method: Method::Get, target: target.clone(), body: Value::Null };
    let declared = commands(bot);
    Item::new("commands", read, move |answer| {
        let registered = answer.as_array()?;
        let is_entry_point = |command: &&Value| command.get("type") == Some(&ENTRY_POINT.into());
        let kept = registered.iter().filter(is_entry_point).map(normal);
        let declared = declared.as_array().into_iter().flatten();
        let wanted: Vec<Value> = declared.cloned().chain(kept).collect();
        let (before, after) = (in_order(registered), in_order(&wanted));
        let write = Call { method: Method::Put, target: target.clone(), body: wanted.into() };
        Some(Comparison::new(before, after, write))
    })
}

/// Where interactions are sent to. Discord tests it before it takes it.
///
/// <https://docs.discord.com/developers/resources/application#edit-current-application>
pub(super) fn endpoint(url: String) -> Item {
    const FIELD: &str = "interactions_endpoint_url";

    let call = |method, body| Call { method, target: "/applications/@me".to_owned(), body };
    Item::new("endpoint", call(Method::Get, Value::Null), move |answer| {
        let registered = json!({ FIELD: answer.as_object()?.get(FIELD) });
        let wanted = json!({ FIELD: url });
        Some(Comparison::new(registered, wanted.clone(), call(Method::Patch, wanted)))
    })
}

/// Commands in their normal form and in the order of their names: Discord has one of its own.
fn in_order(commands: &[Value]) -> Value {
    let mut commands: Vec<Value> = commands.iter().map(normal).collect();
    let place = |command: &Value| {
        let field = |name| command.get(name).cloned().unwrap_or_default();
        (field("type").as_u64(), field("name").as_str().map(str::to_owned))
    };
    commands.sort_by_key(place);
    commands.into()
}

/// A command, an option or a choice without what says nothing: fields of Discord's own, and defaults.
fn normal(given: &Value) -> Value {
    let fields = given.as_object().into_iter().flatten();
    let fields =
        fields.filter(|(name, value)| FIELDS.contains(&name.as_str()) && !is_default(value));
    let fields = fields.map(|(name, value)| match (name.as_str(), value) {
        ("options" | "choices", Value::Array(inner)) => {
            (name.clone(), inner.iter().map(normal).collect())
        }
        _ => (name.clone(), value.clone()),
    });
    fields.collect::<Map<_, _>>().into()
}

/// Whether a field says what its absence says.
fn is_default(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(values) => values.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Bool(true) | Value::Number(_) | Value::Object(_) => false,
    }
}

/// What Discord shows of `about`; it takes no empty one.
fn description(about: &str, name: &str) -> String {
    shortened(if about.is_empty() { name } else { about }, MOST_CHARS)
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
    option.insert("description".to_owned(), description(arg.about, arg.name).into());
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
    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::platform::{ApiAnswer, Platform};
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
        assert_eq!(
            options(&Spec::new("tell", "Takes it.").arg(text).form("Tell me")),
            [] as [Value; 0]
        );
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

        let written =
            json!({ "type": 1, "name": "greet", "description": "Greets.", "options": [] });
        let chosen = [json!({ "type": 2, "name": "Greet" }), json!({ "type": 3, "name": "Reply" })];
        let [of_user, of_message] = chosen;
        assert_eq!(commands(&GREETER), json!([written, of_user, of_message]));
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
    fn answer(body: &Value) -> ApiAnswer {
        let body = Some(body.to_string().into_bytes());
        ApiAnswer { status: 200, body, ..ApiAnswer::default() }
    }

    /// Commands as Discord gives them back: <https://docs.discord.com/developers/interactions/application-commands>.
    fn registered(commands: &Value) -> Value {
        let mut commands = commands.as_array().expect("commands").clone();
        commands.reverse();
        for (nth, command) in commands.iter_mut().enumerate() {
            command["id"] = format!("14575{nth}").into();
            command["application_id"] = "9".into();
            command["version"] = "1457537".into();
            command["default_member_permissions"] = Value::Null;
            command["dm_permission"] = true.into();
            command["contexts"] = Value::Null;
            command["integration_types"] = json!([0, 1]);
            command["nsfw"] = false.into();
            command["name_localizations"] = Value::Null;
            if command["options"] == json!([]) {
                command.as_object_mut().expect("an object").remove("options");
            }
            for option in
                command.get_mut("options").and_then(Value::as_array_mut).into_iter().flatten()
            {
                if option["required"] == false {
                    option.as_object_mut().expect("an object").remove("required");
                }
            }
        }
        commands.into()
    }

    #[test]
    fn commands_that_are_registered_are_the_same_and_others_are_not() {
        let item = overwrite(&BOT, "9");
        let same = registered(&commands(&BOT));
        let changed = |path: &str, value: Value| {
            let mut changed = same.clone();
            let at = changed.as_array().expect("commands").iter().position(|c| c["name"] == "echo");
            let path = format!("/{}/{path}", at.expect("the command"));
            *changed.pointer_mut(&path).expect(&path) = value;
            changed
        };
        // (case, what Discord says, the same?)
        let cases = [
            ("as declared", same.clone(), true),
            ("none", json!([]), false),
            ("another description", changed("description", "Speaks.".into()), false),
            ("an option of another name", changed("options/0/name", "word".into()), false),
            ("an option that may be missing", changed("options/0/required", false.into()), false),
            ("for administrators", changed("default_member_permissions", "0".into()), false),
            ("a field of tomorrow", changed("id", json!({ "new": 1 })), true),
        ];
        for (case, body, is_same) in cases {
            let comparison = item.compare(&answer(&body)).expect("an answer");
            assert_eq!(comparison.is_same(), is_same, "{case}");
        }
        assert!(item.compare(&answer(&json!({}))).is_err());
    }

    #[test]
    fn the_command_that_opens_an_activity_stays() {
        let entry =
            json!({ "id": "7", "type": 4, "name": "launch", "description": "", "handler": 2 });
        let mut with_entry = registered(&commands(&BOT));
        with_entry.as_array_mut().expect("commands").push(entry);
        let comparison = overwrite(&BOT, "9").compare(&answer(&with_entry)).expect("an answer");
        assert!(comparison.is_same());
        let kept = json!({ "type": 4, "name": "launch", "handler": 2 });
        assert!(comparison.wanted.as_array().expect("commands").contains(&kept));
    }

    #[test]
    fn what_is_registered_is_the_whole_of_the_commands() {
        let settings = |name: &str| match name {
            "DISCORD_APPLICATION_ID" => Some("9".to_owned()),
            "DISCORD_BOT_TOKEN" => Some("token".to_owned()),
            _ => None,
        };
        let registration = Platform::Discord
            .registration(&BOT, Some("https://bot.example/"), &settings)
            .expect("settings");
        let answers = [json!({ "id": "9", "interactions_endpoint_url": null }), json!([])];
        let requests: Vec<_> = registration
            .items
            .iter()
            .zip(&answers)
            .map(|(item, body)| {
                let comparison = item.compare(&answer(body)).expect("an answer");
                let request = registration.write(&comparison).expect("a token");
                let body: Value = serde_json::from_slice(&request.body).expect("JSON");
                (request.method.as_str(), request.url.expose_secret().to_owned(), body)
            })
            .collect();
        let expected = [
            (
                "PATCH",
                "https://discord.com/api/v10/applications/@me".to_owned(),
                json!({ "interactions_endpoint_url": "https://bot.example/webhooks/discord" }),
            ),
            (
                "PUT",
                "https://discord.com/api/v10/applications/9/commands".to_owned(),
                commands(&BOT),
            ),
        ];
        assert_eq!(requests, expected);
    }
}
