//! A command's form as a modal, and what comes back from one.
//!
//! <https://docs.discord.com/developers/components/reference#label>

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::components::cut;
use super::resolved::{
    CHANNEL_SELECT, FILE_UPLOAD, ROLE_SELECT, Resolved, USER_SELECT, or_default,
};
use crate::action::{form_of, form_token};
use crate::command::{Arg, ArgKind, Spec};

const LABEL: u8 = 18;
const STRING_SELECT: u8 = 3;
const TEXT_INPUT: u8 = 4;

/// The longest label: 45 characters.
const LABEL_CHARS: usize = 45;

/// The longest placeholder of a text input: 100 characters.
const PLACEHOLDER_CHARS: usize = 100;

/// The modal that asks for a command's arguments.
pub(super) fn of(spec: &Spec) -> Value {
    json!({
        "custom_id": form_token(spec.name, None),
        "title": spec.form.unwrap_or(spec.name),
        "components": spec.args().map(label).collect::<Vec<_>>(),
    })
}

fn label(arg: &Arg) -> Value {
    json!({ "type": LABEL, "label": cut(arg.about, LABEL_CHARS), "component": component(arg) })
}

fn component(arg: &Arg) -> Value {
    let mut component = Map::new();
    let mut set = |name: &str, value: Value| component.insert(name.to_owned(), value);
    set("custom_id", arg.name.into());
    set("required", arg.required.into());
    match arg.kind {
        ArgKind::Choice(_) | ArgKind::Flag => {
            set("type", STRING_SELECT.into());
            let options = arg.choices().iter();
            let options = options.map(|choice| json!({ "label": choice, "value": choice }));
            set("options", options.collect());
        }
        ArgKind::User => {
            set("type", USER_SELECT.into());
        }
        ArgKind::Channel => {
            set("type", CHANNEL_SELECT.into());
        }
        ArgKind::Role => {
            set("type", ROLE_SELECT.into());
        }
        ArgKind::File => {
            set("type", FILE_UPLOAD.into());
        }
        ArgKind::Text | ArgKind::Integer | ArgKind::Number | ArgKind::Duration => {
            set("type", TEXT_INPUT.into());
            set("style", if arg.long { 2 } else { 1 }.into());
            if let Some(form) = arg.form() {
                set("placeholder", cut(&form, PLACEHOLDER_CHARS).into());
            }
        }
    }
    component.into()
}

/// A modal that was sent.
#[derive(Deserialize)]
pub(super) struct Submitted {
    custom_id: String,
    #[serde(default, deserialize_with = "or_default")]
    components: Vec<Row>,
    #[serde(default, deserialize_with = "or_default")]
    resolved: Resolved,
}

/// A label has one component; an action row, which older modals are made of, has several.
#[derive(Deserialize)]
struct Row {
    component: Option<Input>,
    #[serde(default, deserialize_with = "or_default")]
    components: Vec<Input>,
}

#[derive(Deserialize)]
struct Input {
    #[serde(rename = "type")]
    kind: Option<u8>,
    custom_id: Option<String>,
    value: Option<Value>,
    values: Option<Vec<String>>,
}

impl Submitted {
    /// The command it belongs to, and the arguments that were filled in; none if it is no form of ours.
    pub(super) fn given(self) -> Option<(String, BTreeMap<String, Value>)> {
        let name = form_of(&self.custom_id)?.to_owned();
        let resolved = self.resolved;
        let inputs = self
            .components
            .into_iter()
            .flat_map(|row| row.component.into_iter().chain(row.components));
        let given = inputs.filter_map(|input| {
            let value = match (input.value, input.values) {
                (Some(Value::String(text)), _) => (!text.trim().is_empty()).then_some(text)?.into(),
                (Some(Value::Null) | None, Some(values)) => {
                    let first = values.into_iter().next()?;
                    resolved.chosen(input.kind.unwrap_or_default(), first.into())
                }
                (value, _) => value.filter(|value| !value.is_null())?,
            };
            Some((input.custom_id?, value))
        });
        Some((name, given.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: Spec = Spec::new("feedback", "Takes your opinion.")
        .arg(Arg::text("what", "Your words").long())
        .arg(Arg::choice("how", "How you like it", &["well", "not"]))
        .arg(Arg::user("who", "Who was it").optional())
        .arg(Arg::duration("since", "Since when").optional())
        .arg(Arg::channel("where", "Where").optional())
        .form("Your opinion");

    #[test]
    fn a_form_asks_for_each_argument_as_its_kind_is_given() {
        let expected = json!({
            "custom_id": "form:feedback",
            "title": "Your opinion",
            "components": [
                { "type": 18, "label": "Your words", "component": { "type": 4, "custom_id": "what", "required": true, "style": 2 } },
                { "type": 18, "label": "How you like it", "component": {
                    "type": 3, "custom_id": "how", "required": true,
                    "options": [{ "label": "well", "value": "well" }, { "label": "not", "value": "not" }],
                } },
                { "type": 18, "label": "Who was it", "component": { "type": 5, "custom_id": "who", "required": false } },
                { "type": 18, "label": "Since when", "component": {
                    "type": 4, "custom_id": "since", "required": false, "style": 1, "placeholder": "a duration, like 90s, 2h or 1h30m",
                } },
                { "type": 18, "label": "Where", "component": { "type": 8, "custom_id": "where", "required": false } },
            ],
        });
        assert_eq!(of(&SPEC), expected);
    }

    #[test]
    fn a_form_brings_what_was_filled_in() {
        let label = |component: Value| json!({ "type": 18, "component": component });
        let row = |component: Value| json!({ "type": 1, "components": [component] });
        let resolved = json!({
            "users": { "1": { "id": "1", "global_name": "Ann" } },
            "roles": { "2": { "name": "Gardeners" } },
            "channels": { "3": { "name": "beds" } },
            "attachments": { "4": { "filename": "fern.png" } },
        });
        // (component, value)
        let cases = [
            (
                label(json!({ "type": 4, "custom_id": "it", "value": "words" })),
                Some(json!("words")),
            ),
            (row(json!({ "type": 4, "custom_id": "it", "value": "words" })), Some(json!("words"))),
            (row(json!({ "type": 4, "custom_id": "it", "value": "  " })), None),
            (
                label(json!({ "type": 3, "custom_id": "it", "values": ["well"] })),
                Some(json!("well")),
            ),
            (label(json!({ "type": 3, "custom_id": "it", "values": [] })), None),
            (
                label(json!({ "type": 5, "custom_id": "it", "values": ["1"] })),
                Some(json!({ "id": "1", "name": "Ann" })),
            ),
            (
                label(json!({ "type": 6, "custom_id": "it", "values": ["2"] })),
                Some(json!({ "id": "2", "name": "Gardeners" })),
            ),
            (
                label(json!({ "type": 7, "custom_id": "it", "values": ["1"] })),
                Some(json!({ "id": "1", "name": "Ann" })),
            ),
            (
                label(json!({ "type": 8, "custom_id": "it", "values": ["3"] })),
                Some(json!({ "id": "3", "name": "beds" })),
            ),
            (
                label(json!({ "type": 19, "custom_id": "it", "values": ["4"] })),
                Some(json!({ "id": "4", "name": "fern.png" })),
            ),
            (label(json!({ "type": 19, "custom_id": "it", "values": [] })), None),
            (label(json!({ "type": 21, "custom_id": "it", "value": null })), None),
            (label(json!({ "type": 23, "custom_id": "it", "value": false })), Some(json!(false))),
            (json!({ "type": 10, "content": "A text" }), None),
        ];

        for (component, expected) in cases {
            let data = json!({ "custom_id": "form:feedback", "components": [component], "resolved": resolved });
            let (name, mut given) =
                Submitted::deserialize(&data).expect("a form").given().expect("ours");
            assert_eq!((name.as_str(), given.remove("it")), ("feedback", expected), "{data}");
        }
        let foreign = json!({ "custom_id": "bug_modal", "components": [] });
        assert_eq!(Submitted::deserialize(&foreign).expect("a form").given(), None);
    }
}
