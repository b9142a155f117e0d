//! A small bot with buttons, what Slack sends of them, and what the bot answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use bot_core::bot::{action, command};
use bot_core::envelope::Envelope;
use bot_core::platform::{ApiAnswer, DecodeError, Decoded, Holds, Platform};
use bot_core::state::{StateKey, Stored};
use bot_core::worker::{Delivery, Done, Effect, Input, Outcome, Setup};
use bot_core::{
    Action, Arg, Bot, Command, Cx, Event, Reply, Scope, Spec, State, Timestamp, UsageError,
};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::support;

pub(crate) static BOT: Bot = Bot::new().commands(&[command::<Plant>()]).actions(&[
    action::<Watered>(),
    action::<Moved>(),
    action::<Withered>(),
]);

#[derive(Default, Deserialize, Serialize)]
pub(crate) struct Can {
    used: u32,
}

impl State for Can {
    const NAME: &'static str = "can";
    const SCOPE: Scope = Scope::Tenant;
}

#[derive(Deserialize)]
struct Plant {
    whose: Option<String>,
}

impl Command for Plant {
    const SPEC: Spec =
        Spec::new("plant", "A plant.").arg(Arg::text("whose", "\"mine\"").optional());
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        let rooms = [("Kitchen", Moved { room: 1 }), ("Balcony", Moved { room: 2 })];
        let reply = Reply::text("*Tomato* & <basil> :herb: are thirsty.")
            .button("Watered", Watered { plant: 7 })
            .button("Later", Watered { plant: 0 })
            .menu("Move them", rooms);
        Ok(if self.whose.is_some() { reply.reserved() } else { reply })
    }
}

#[derive(Deserialize, Serialize)]
pub(crate) struct Watered {
    pub(crate) plant: u32,
}

impl Action for Watered {
    const NAME: &'static str = "watered";
    type State = Can;

    async fn run(self, cx: &mut Cx<Can>) -> Result<Reply, UsageError> {
        cx.state.used += 1;
        Ok(Reply::text(format!("Watered {}.", self.plant)).edit())
    }
}

#[derive(Deserialize, Serialize)]
pub(crate) struct Moved {
    pub(crate) room: u32,
}

impl Action for Moved {
    const NAME: &'static str = "moved";
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::text(format!("Moved to {}.", self.room)))
    }
}

/// What cannot be done any more, and why at length.
#[derive(Deserialize, Serialize)]
pub(crate) struct Withered {}

impl Action for Withered {
    const NAME: &'static str = "withered";
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Err(UsageError::new("It has withered. ".repeat(1500)))
    }
}

const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

/// What is stored, and which token the bot has.
#[derive(Default)]
pub(crate) struct World {
    states: BTreeMap<StateKey, Stored>,
    pub(crate) token: Option<&'static str>,
}

impl World {
    /// Delivers an event, and returns the requests as URLs and bodies.
    pub(crate) fn deliver(&mut self, event: Event) -> Vec<(String, Value)> {
        let token = self.token;
        let settings = |name: &str| match (name, token) {
            ("SLACK_BOT_TOKEN", Some(token)) => Some(token.to_owned()),
            _ => support::settings(name),
        };
        let setup = Arc::new(Setup::from_settings(&BOT, &settings).expect("settings"));
        let body = Envelope::new(event, NOW).to_json();
        let (mut delivery, mut effect) = Delivery::begin(setup, &body, 1, "me".into(), NOW);
        let mut sent = Vec::new();
        loop {
            let input = match effect {
                Effect::Load(keys) => {
                    Input::Loaded(keys.iter().map(|key| self.states.get(key).cloned()).collect())
                }
                Effect::Commit(commit) => {
                    for state in commit.states {
                        let Some(json) = state.write else { continue };
                        self.states.insert(state.key, Stored { version: state.read + 1, json });
                    }
                    Input::Committed
                }
                Effect::Send(request) => {
                    let body = serde_json::from_slice(&request.body).expect("JSON");
                    sent.push((request.url.expose_secret().to_owned(), body));
                    let body = Some(br#"{"ok":true}"#.to_vec());
                    Input::Answered(ApiAnswer { status: 200, body, ..ApiAnswer::default() })
                }
                Effect::Mark { .. } => Input::Marked,
                Effect::CheckHold(_) => Input::Held(Holds::default()),
                Effect::Done(done) => {
                    assert_eq!(done, Done::Acknowledge(Outcome::Delivered));
                    return sent;
                }
                _ => panic!("nothing else is asked for"),
            };
            effect = delivery.next(input, NOW);
        }
    }

    /// What is stored, as it is stored.
    pub(crate) fn stored(&self) -> Vec<&str> {
        self.states.values().map(|stored| stored.json.as_str()).collect()
    }
}

pub(crate) fn decode(body: &str) -> Result<Decoded, DecodeError> {
    support::decode(Platform::Slack, body.as_bytes())
}

pub(crate) fn event(body: &str) -> Event {
    match decode(body) {
        Ok(Decoded::Event(event)) => *event,
        other => panic!("{other:?}"),
    }
}

/// `/plant …` given by U1 in C1 of T1.
pub(crate) fn slash_command(text: &str) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("team_id", "T1"),
            ("channel_id", "C1"),
            ("user_id", "U1"),
            ("user_name", "ann"),
            ("command", "/plant"),
            ("text", text),
            ("trigger_id", "1.2"),
            ("response_url", "https://hooks.slack.com/commands/T1/1/x"),
        ])
        .finish()
}

/// What Slack sends when U1 presses a button with this value in C1 of T1.
pub(crate) fn press(value: &str) -> Value {
    json!({
        "type": "block_actions",
        "user": { "id": "U1", "username": "ann", "name": "ann", "team_id": "T1" },
        "container": { "type": "message", "message_ts": "5.000001", "channel_id": "C1", "is_ephemeral": false },
        "trigger_id": "3.4",
        "team": { "id": "T1", "domain": "example" },
        "enterprise": null,
        "channel": { "id": "C1", "name": "garden" },
        "message": { "type": "message", "ts": "5.000001" },
        "response_url": "https://hooks.slack.com/actions/T1/1/x",
        "actions": [{ "type": "button", "action_id": "lambot:0", "block_id": "b", "value": value, "action_ts": "1548426417.840180" }],
    })
}

/// The form an interaction comes in.
pub(crate) fn form(payload: &Value) -> String {
    form_urlencoded::Serializer::new(String::new())
        .append_pair("payload", &payload.to_string())
        .finish()
}

/// What is at `pointer` becomes `value`; nothing, when it is null.
pub(crate) fn with(mut payload: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let parent = payload.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
    if value.is_null() {
        parent.remove(name);
    } else {
        parent.insert(name.to_owned(), value);
    }
    payload
}
