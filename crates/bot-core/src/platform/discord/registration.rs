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
        ArgKind::Channel => 7,
        ArgKind::Role => 8,
        ArgKind::File => 11,
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
mod tests;
