//! A command's form as a view, and what comes back from one.
//!
//! What a view carries along, where its answer goes, only this app reads and writes.
//!
//! <https://docs.slack.dev/reference/views/modal-views>

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::{DecodeError, Decoded, Ignored, Platform, is_below};
use super::Address;
use super::block::label;
use super::callback::Attached;
use super::interaction::{Named, Person, team};
use crate::bot::Typing;
use crate::command::{Arg, ArgKind, Spec};
use crate::event::{self, Arguments, Event, EventKey, EventKind, File, User};

/// The longest label of an option: 75 characters.
///
/// <https://docs.slack.dev/reference/block-kit/composition-objects/option-object>
const OPTION_LABEL: usize = 75;

/// The longest value of an option: 150 characters.
const OPTION_VALUE: usize = 150;

/// The most options: 100.
///
/// <https://docs.slack.dev/reference/block-kit/block-elements/multi-select-menu-element>
const MOST_OPTIONS: usize = 100;

/// The longest placeholder: 150 characters.
///
/// <https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element>
const PLACEHOLDER: usize = 150;

/// The view that asks for a command's arguments; what it is sent with is answered where `event` is.
pub(super) fn of(spec: &Spec, event: &Event) -> Value {
    let address: Option<Address> = event.address.read();
    let metadata = address.and_then(|address| serde_json::to_string(&address).ok());
    json!({
        "type": "modal",
        "callback_id": spec.name,
        "title": label(spec.form.unwrap_or(spec.name), 24),
        "submit": label("Send", 24),
        "private_metadata": metadata.unwrap_or_default(),
        "blocks": spec.args().map(input).collect::<Vec<_>>(),
    })
}

fn input(arg: &Arg) -> Value {
    json!({
        "type": "input",
        "block_id": arg.name,
        "label": label(arg.about, 2000),
        "optional": !arg.required,
        "element": element(arg),
    })
}

fn element(arg: &Arg) -> Value {
    let mut element = Map::new();
    let mut set = |name: &str, value: Value| element.insert(name.to_owned(), value);
    set("action_id", arg.name.into());
    match arg.kind {
        ArgKind::Choice(_) | ArgKind::Flag => {
            set("type", "static_select".into());
            set("options", arg.choices().iter().map(|choice| option(choice)).collect());
        }
        ArgKind::User => {
            set("type", "users_select".into());
        }
        ArgKind::Channel => {
            set("type", "conversations_select".into());
            // Neither a person nor several are a channel.
            set("filter", json!({ "include": ["public", "private"] }));
        }
        ArgKind::File => {
            set("type", "file_input".into());
            set("max_files", 1.into());
        }
        ArgKind::Text if arg.suggest.is_some() => {
            set("type", "external_select".into());
            set("min_query_length", 0.into());
        }
        ArgKind::Text | ArgKind::Integer | ArgKind::Number | ArgKind::Duration | ArgKind::Role => {
            set("type", "plain_text_input".into());
            set("multiline", arg.long.into());
            if let Some(form) = arg.form() {
                set("placeholder", label(&form, PLACEHOLDER));
            }
        }
    }
    element.into()
}

fn option(value: &str) -> Value {
    json!({ "text": label(value, OPTION_LABEL), "value": value })
}

/// What to offer to somebody who has typed this much. A list takes nothing that is not in it, so what is typed is the last.
pub(super) fn options(typed: &str, values: &[String]) -> Value {
    let fits = |value: &&str| (1..=OPTION_VALUE).contains(&value.encode_utf16().count());
    let is_new = |typed: &&str| !values.iter().any(|value| value == typed);
    let typed = Some(typed.trim()).filter(fits).filter(is_new);
    let most = MOST_OPTIONS - usize::from(typed.is_some());
    let values = values.iter().map(String::as_str).filter(fits).take(most);
    let options: Vec<Value> = values.chain(typed).map(option).collect();
    json!({ "options": options })
}

/// An argument of a form that somebody is writing.
#[derive(Deserialize)]
pub(super) struct Suggestion {
    #[serde(default)]
    action_id: String,
    #[serde(default)]
    value: String,
    view: Option<Callback>,
}

#[derive(Deserialize)]
struct Callback {
    #[serde(default)]
    callback_id: String,
}

pub(super) fn decode_typing(suggestion: Suggestion) -> Decoded {
    let command = suggestion.view.map(|view| view.callback_id).unwrap_or_default();
    Decoded::Typing(Typing { command, argument: suggestion.action_id, typed: suggestion.value })
}

/// A view that was sent.
#[derive(Deserialize)]
pub(super) struct Submission {
    trigger_id: Option<String>,
    team: Option<Named>,
    user: Option<Person>,
    #[serde(default)]
    view: View,
}

#[derive(Default, Deserialize)]
struct View {
    id: Option<String>,
    hash: Option<String>,
    #[serde(default)]
    callback_id: String,
    #[serde(default)]
    private_metadata: String,
    state: Option<State>,
}

#[derive(Deserialize)]
struct State {
    #[serde(default)]
    values: BTreeMap<String, BTreeMap<String, Input>>,
}

#[derive(Deserialize)]
struct Input {
    value: Option<String>,
    selected_option: Option<Selected>,
    selected_user: Option<String>,
    selected_conversation: Option<String>,
    files: Option<Vec<Attached>>,
}

#[derive(Deserialize)]
struct Selected {
    value: Option<String>,
}

impl Input {
    fn given(self) -> Option<Value> {
        let text = self.value.or(self.selected_option.and_then(|option| option.value));
        let text = text.filter(|text| !text.trim().is_empty()).map(Value::from);
        let id = self.selected_user.or(self.selected_conversation);
        let file = self.files.into_iter().flatten().next().map(File::from);
        text.or(id.map(|id| json!({ "id": id }))).or(file.map(|file| json!(file)))
    }
}

pub(super) fn decode_submission(
    submission: Submission,
    hooks_url: &str,
) -> Result<Decoded, DecodeError> {
    let view = submission.view;
    // One of ours says where its answer goes.
    let Ok(address) = serde_json::from_str::<Address>(&view.private_metadata) else {
        return Ok(Decoded::ignored(Ignored::NotOurs));
    };
    if address.response_url().is_some_and(|url| !is_below(url, hooks_url)) {
        return Err(DecodeError::ForeignUrl);
    }
    let user = submission.user.ok_or(DecodeError::Missing("user"))?;
    let team = team(submission.team, &user)?;
    let key = match (&submission.trigger_id, &view.id, &view.hash) {
        (Some(trigger), _, _) => [&team, "trigger", trigger],
        (None, Some(id), Some(hash)) => [&team, id.as_str(), hash.as_str()],
        _ => return Err(DecodeError::Missing("trigger_id")),
    };
    let values = view.state.map(|state| state.values).unwrap_or_default();
    let inputs = values.into_values().flatten();
    let arguments = inputs.filter_map(|(name, input)| Some((name, input.given()?))).collect();
    let kind =
        EventKind::Command { name: view.callback_id, arguments: Arguments::Named(arguments) };
    Ok(Decoded::Form(Box::new(Event {
        key: EventKey::new(Platform::Slack, &key),
        platform: Platform::Slack,
        conversation: address.channel().to_owned(),
        tenant: team,
        user: User::from(user),
        locale: None,
        sent_at: None,
        addressed: true,
        kind,
        mentions: Vec::new(),
        channels: Vec::new(),
        files: Vec::new(),
        ephemeral: false,
        address: event::Address::of(&address),
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_in_a_form_is_what_its_argument_takes() {
        // (argument, its element, what it comes back with, value)
        let cases = [
            (
                Arg::user("it", ""),
                json!({ "type": "users_select" }),
                json!({ "selected_user": "U1" }),
                Some(json!({ "id": "U1" })),
            ),
            (
                Arg::channel("it", ""),
                json!({ "type": "conversations_select", "filter": { "include": ["public", "private"] } }),
                json!({ "selected_conversation": "C1" }),
                Some(json!({ "id": "C1" })),
            ),
            (
                Arg::file("it", ""),
                json!({ "type": "file_input", "max_files": 1 }),
                json!({ "files": [{ "id": "F1", "name": "fern.png" }, { "id": "F2" }] }),
                Some(json!({ "id": "F1", "name": "fern.png" })),
            ),
            (
                Arg::file("it", ""),
                json!({ "type": "file_input", "max_files": 1 }),
                json!({ "files": [] }),
                None,
            ),
            (
                Arg::choice("it", "", &["one"]),
                json!({ "type": "static_select", "options": [option("one")] }),
                json!({ "selected_option": { "value": "one" } }),
                Some(json!("one")),
            ),
            (
                Arg::text("it", ""),
                json!({ "type": "plain_text_input", "multiline": false }),
                json!({ "value": " " }),
                None,
            ),
        ];

        for (arg, mut expected, back, value) in cases {
            expected["action_id"] = "it".into();
            assert_eq!(element(&arg), expected);
            let input = Input::deserialize(&back).expect("an input");
            assert_eq!(input.given(), value, "{back}");
        }
    }

    #[test]
    fn a_list_has_as_many_options_as_slack_takes() {
        let many: Vec<String> = (0..120).map(|nth| format!("plant {nth}")).collect();
        let long = "x".repeat(OPTION_VALUE + 1);
        // (typed, how many of the values are offered, the last option)
        let cases = [
            ("", 100, "plant 99"),
            ("  ", 100, "plant 99"),
            (&long, 100, "plant 99"),
            ("plant 7", 100, "plant 99"),
            (" fern ", 99, "fern"),
        ];

        for (typed, offered, last) in cases {
            let found = options(typed, &many);
            let found: Vec<&str> = found["options"]
                .as_array()
                .expect("options")
                .iter()
                .filter_map(|option| option["value"].as_str())
                .collect();
            let of_many = found.iter().filter(|value| many.iter().any(|of| of == *value)).count();
            assert_eq!(
                (of_many, found.len(), found.last()),
                (offered, 100, Some(&last)),
                "{typed:.9}"
            );
        }
    }
}
