//! What comes back from a view that was sent: the command it belongs to, with its arguments.
//!
//! <https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload>

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::{DecodeError, Decoded, Ignored, Platform, is_below};
use super::Address;
use super::callback::Attached;
use super::interaction::{Named, Person, team};
use crate::event::{self, Arguments, Event, EventKey, EventKind, File, User};

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

pub(super) fn decode(submission: Submission, hooks_url: &str) -> Result<Decoded, DecodeError> {
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
    fn what_an_input_was_filled_in_with_is_a_value() {
        // (input, value)
        let cases = [
            (json!({ "value": "words" }), Some(json!("words"))),
            (json!({ "value": " " }), None),
            (json!({ "selected_option": { "value": "one" } }), Some(json!("one"))),
            (json!({ "selected_user": "U1" }), Some(json!({ "id": "U1" }))),
            (json!({ "selected_conversation": "C1" }), Some(json!({ "id": "C1" }))),
            (
                json!({ "files": [{ "id": "F1", "name": "fern.png" }, { "id": "F2" }] }),
                Some(json!({ "id": "F1", "name": "fern.png" })),
            ),
            (json!({ "files": [] }), None),
            (json!({}), None),
        ];

        for (input, value) in cases {
            let found = Input::deserialize(&input).expect("an input").given();
            assert_eq!(found, value, "{input}");
        }
    }
}
