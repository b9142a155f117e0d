//! A command's form as a view, and what is suggested in it.
//!
//! What a view carries along, where its answer goes, only this app reads and writes.
//!
//! <https://docs.slack.dev/reference/views/modal-views>

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::Decoded;
use super::Address;
use super::block::label;
use crate::bot::Typing;
use crate::command::{Arg, ArgKind, Spec};
use crate::event::Event;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_argument_is_asked_for_by_an_element_of_its_own() {
        let text = json!({ "type": "plain_text_input", "multiline": false });
        let role = json!({
            "type": "plain_text_input", "multiline": false, "placeholder": label("a role, by its name", 150),
        });
        let channels = json!({ "include": ["public", "private"] });
        // (argument, its element)
        let cases = [
            (Arg::text("it", ""), text),
            (Arg::role("it", ""), role),
            (Arg::user("it", ""), json!({ "type": "users_select" })),
            (Arg::channel("it", ""), json!({ "type": "conversations_select", "filter": channels })),
            (Arg::file("it", ""), json!({ "type": "file_input", "max_files": 1 })),
            (
                Arg::choice("it", "", &["one"]),
                json!({ "type": "static_select", "options": [option("one")] }),
            ),
        ];

        for (arg, mut expected) in cases {
            expected["action_id"] = "it".into();
            assert_eq!(element(&arg), expected);
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
