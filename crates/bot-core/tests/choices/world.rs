//! A bot with buttons, and a worker with its stores and its platforms.

use std::collections::BTreeMap;
use std::sync::Arc;

use bot_core::bot::{action, command};
use bot_core::envelope::Envelope;
use bot_core::platform::{ApiAnswer, Decoded, Holds, Method, Outbound, Platform};
use bot_core::state::{StateKey, Stored};
use bot_core::worker::record::Record;
use bot_core::worker::{Delivery, Done, Effect, Input, Outcome, Setup};
use bot_core::{
    Action, Arg, Bot, Command, Cx, Event, Reply, Scope, Spec, State, Timestamp, UsageError,
};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::support::{self, settings};

pub(crate) static BOT: Bot = Bot::new()
    .commands(&[command::<Garden>(), command::<Mine>(), command::<Ask>(), command::<Tell>()])
    .actions(&[action::<Water>()]);

/// What BOT will be, or has been: its buttons are none of BOT's.
pub(crate) static OTHER: Bot = Bot::new()
    .commands(&[command::<Greenhouse>()])
    .actions(&[action::<Prune>(), action::<NewWater>()]);

/// How often something was watered.
#[derive(Default, Deserialize, Serialize)]
pub(crate) struct Watered(u64);

impl State for Watered {
    const NAME: &'static str = "watered";
    const SCOPE: Scope = Scope::Conversation;
}

#[derive(Deserialize, Serialize)]
pub(crate) struct Water {
    pub(crate) plant: u8,
}

impl Action for Water {
    const NAME: &'static str = "water";
    type State = Watered;

    async fn run(self, cx: &mut Cx<Watered>) -> Result<Reply, UsageError> {
        cx.state.0 += 1;
        let reply = Reply::text(format!("<Watered> {} times.", cx.state.0));
        Ok(match self.plant {
            1 => reply.button("Again", self).edit(),
            2 => reply.edit(),
            3 => reply.button("Again", self),
            _ => Reply::nothing().edit(),
        })
    }
}

/// "Watered" in a newer form.
#[derive(Deserialize, Serialize)]
struct NewWater {
    plant: u8,
}

impl Action for NewWater {
    const NAME: &'static str = "water";
    const VERSION: u8 = 2;
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::nothing())
    }
}

#[derive(Deserialize, Serialize)]
struct Prune;

impl Action for Prune {
    const NAME: &'static str = "prune";
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::nothing())
    }
}

/// Two buttons and a menu of two choices.
fn garden() -> Reply {
    Reply::text("Who is thirsty?")
        .button("Tomato", Water { plant: 1 })
        .button("Basil", Water { plant: 2 })
        .menu("Or else", [("Mint", Water { plant: 3 }), ("Sage", Water { plant: 4 })])
}

#[derive(Deserialize)]
struct Garden {}

impl Command for Garden {
    const SPEC: Spec = Spec::new("garden", "Everybody's garden.");
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(garden())
    }
}

#[derive(Deserialize)]
struct Mine {}

impl Command for Mine {
    const SPEC: Spec = Spec::new("mine", "One's own garden.");
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(garden().reserved())
    }
}

/// A form for who has asked.
#[derive(Deserialize)]
struct Ask {}

impl Command for Ask {
    const SPEC: Spec = Spec::new("ask", "Asks.");
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::text("Well?").form::<Tell>("Tell me").reserved())
    }
}

#[derive(Deserialize)]
struct Tell {}

impl Command for Tell {
    const SPEC: Spec =
        Spec::new("tell", "Takes it.").arg(Arg::text("what", "What").optional()).form("Tell me");
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::nothing())
    }
}

#[derive(Deserialize)]
struct Greenhouse {}

impl Command for Greenhouse {
    const SPEC: Spec = Spec::new("garden", "Another garden.");
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::text("Well?").button("Prune", Prune).button("Water", NewWater { plant: 1 }))
    }
}

pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_767_574_202);

/// A worker, what is stored, and what it has sent.
pub(crate) struct World {
    setup: Arc<Setup>,
    states: BTreeMap<StateKey, Stored>,
    records: BTreeMap<String, Record>,
}

/// A request to a platform.
#[derive(Debug, PartialEq)]
pub(crate) struct Sent {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) body: Value,
}

impl World {
    pub(crate) fn new(bot: &'static Bot) -> Self {
        let setup = Arc::new(Setup::from_settings(bot, &settings).expect("settings"));
        Self { setup, states: BTreeMap::new(), records: BTreeMap::new() }
    }

    /// Delivers an event, and tells what is sent.
    pub(crate) fn deliver(&mut self, event: &Event) -> Vec<Sent> {
        let (sent, outcome) = self.outcome(event);
        assert_eq!(outcome, Outcome::Delivered);
        sent
    }

    /// Delivers an event, and tells what is sent and how that ends.
    pub(crate) fn outcome(&mut self, event: &Event) -> (Vec<Sent>, Outcome) {
        let body = Envelope::new(event.clone(), NOW).to_json();
        let (mut delivery, mut effect) =
            Delivery::begin(Arc::clone(&self.setup), &body, 1, "me".into(), NOW);
        let mut sent = Vec::new();
        loop {
            let input = match effect {
                Effect::Load(keys) => {
                    Input::Loaded(keys.iter().map(|key| self.states.get(key).cloned()).collect())
                }
                Effect::Commit(commit) => match self.records.get(&commit.key.record) {
                    Some(record) => Input::Exists(record.clone()),
                    None => {
                        for state in commit.states {
                            if let Some(json) = state.write {
                                let stored = Stored { version: state.read + 1, json };
                                self.states.insert(state.key, stored);
                            }
                        }
                        self.records.insert(commit.key.record, commit.record);
                        Input::Committed
                    }
                },
                Effect::TakeOver { .. } => Input::TakenOver(None),
                Effect::Send(request) => {
                    let body = serde_json::from_slice(&request.body).unwrap_or_default();
                    let url = request.url.expose_secret().to_owned();
                    sent.push(Sent { method: request.method, url, body });
                    let body = Some(br#"{"ok":true}"#.to_vec());
                    Input::Answered(ApiAnswer { status: 200, body, ..ApiAnswer::default() })
                }
                Effect::Mark { .. } => Input::Marked,
                Effect::Done(Done::Acknowledge(outcome)) => return (sent, outcome),
                Effect::Done(Done::GiveBack { reason, .. }) => panic!("given back: {reason}"),
                Effect::Bury(letter) => panic!("buried: {}", letter.reason),
                Effect::CheckHold(_) => Input::Held(Holds::default()),
                Effect::Hold { .. } | Effect::TakeBack(_) => Input::Noted,
                Effect::Find(_) | Effect::Fetch(_) | Effect::Isolate | Effect::Start(_) => {
                    panic!("nothing is fetched here, or delivered again")
                }
            };
            effect = delivery.next(input, NOW);
        }
    }

    /// Whether anything has been remembered.
    pub(crate) fn is_untouched(&self) -> bool {
        self.states.is_empty()
    }
}

/// What a platform's webhook tells.
pub(crate) fn decode(platform: Platform, body: &Value) -> Event {
    match support::decode(platform, body.to_string().as_bytes()) {
        Ok(Decoded::Event(event)) => *event,
        other => panic!("{other:?}"),
    }
}

/// The messages of an answer to `event`.
pub(crate) fn encode(event: &Event, reply: Reply) -> Vec<Value> {
    let calls = outbound(event.platform).encode(event, &[reply]).expect("an address of its own");
    calls.into_iter().map(|call| call.body).collect()
}

pub(crate) fn outbound(platform: Platform) -> Box<dyn Outbound> {
    platform.outbound(&settings).expect("settings")
}

/// The body of the webhook's answer.
pub(crate) fn respond(event: &Event, queued: bool) -> (u16, Value) {
    let inbound = event.platform.inbound(&settings).expect("settings").expect("switched on");
    let response = inbound.respond(event, queued);
    (response.status, serde_json::from_str(&response.body).unwrap_or_default())
}
