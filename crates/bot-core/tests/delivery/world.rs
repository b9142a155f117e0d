//! A small bot, and what a delivery asks for when it is fed.

use std::sync::Arc;

use bot_core::bot::command;
use bot_core::envelope::Envelope;
use bot_core::http::Request;
use bot_core::ingest::{Action, Platforms as Inbounds, decide};
use bot_core::platform::{ApiAnswer, Holds};
use bot_core::worker::record::Record;
use bot_core::worker::{Delivery, Done, Effect, Input, Setup};
use bot_core::{Bot, Command, Cx, Listener, Reply, Scope, Spec, State, Timestamp, UsageError};
use serde::{Deserialize, Serialize};

pub(crate) static BOT: Bot = Bot::new().on_message::<Echo>().commands(&[command::<Panic>()]);

struct Echo;

impl Listener for Echo {
    type State = Count;

    async fn hear(text: String, cx: &mut Cx<Count>) -> Result<Reply, UsageError> {
        cx.state.0 += 1;
        Ok(Reply::text(text))
    }
}

#[derive(Default, Deserialize, Serialize)]
struct Count(u64);

impl State for Count {
    const NAME: &'static str = "count";
    const SCOPE: Scope = Scope::Conversation;
}

#[derive(Deserialize)]
struct Panic {}

impl Command for Panic {
    const SPEC: Spec = Spec::new("panic", "Panics.");
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        panic!("on purpose")
    }
}

pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);
pub(crate) const DAY: u64 = 24 * 60 * 60;

pub(crate) fn settings(name: &str) -> Option<String> {
    match name {
        "TELEGRAM_SECRET_TOKEN" => Some("secret".to_owned()),
        "TELEGRAM_BOT_TOKEN" => Some("1:token".to_owned()),
        _ => None,
    }
}

/// The envelope webhook-ingest makes of a private message.
pub(crate) fn envelope(text: &str) -> Envelope {
    let body = serde_json::json!({
        "update_id": 7,
        "message": {
            "message_id": 1,
            "chat": { "id": 42, "type": "private" },
            "from": { "id": 42, "is_bot": false },
            "text": text,
        },
    });
    let request = Request {
        method: "POST".into(),
        path: "/webhooks/telegram".into(),
        headers: [("x-telegram-bot-api-secret-token", "secret")].into_iter().collect(),
        body: body.to_string().into_bytes(),
        ..Request::default()
    };
    match decide(&BOT, &Inbounds::from_settings(&settings).expect("settings"), &request, NOW) {
        Action::Enqueue { envelope, .. } => *envelope,
        other => panic!("{other:?}"),
    }
}

/// What a worker is asked to do, in words.
pub(crate) fn told(effect: &Effect) -> String {
    match effect {
        Effect::Load(keys) => format!("load {}", keys.len()),
        Effect::Find(_) => "find".to_owned(),
        Effect::Isolate => "isolate".to_owned(),
        Effect::Start(_) => "start".to_owned(),
        Effect::TakeBack(_) => "take back".to_owned(),
        Effect::CheckHold(_) => "check".to_owned(),
        Effect::Hold { limit, until, .. } => {
            format!("hold {} for {} s", limit.name(), until.since(NOW).as_secs())
        }
        Effect::Fetch(fetch) => format!("fetch {}", fetch.requests.len()),
        Effect::Commit(commit) => {
            let what = if commit.record.is_poison() { "poison" } else { "decision" };
            let written = commit.states.iter().filter(|state| state.write.is_some()).count();
            format!("commit {what} with {} steps and {written} states", commit.record.outbox.len())
        }
        Effect::TakeOver { owner, .. } => format!("take over as {owner}"),
        Effect::Send(request) => format!("send {}", String::from_utf8_lossy(&request.body)),
        Effect::Mark { confirmed, owner, .. } => format!("mark {confirmed} as {owner}"),
        Effect::Bury(letter) => format!("bury: {}", letter.reason),
        Effect::Done(Done::Acknowledge(outcome)) => format!("acknowledge {outcome:?}"),
        Effect::Done(Done::GiveBack { after, reason }) => {
            format!("give back for {} s: {reason}", after.as_secs())
        }
    }
}

pub(crate) fn setup() -> Arc<Setup> {
    Arc::new(Setup::from_settings(&BOT, &settings).expect("settings"))
}

/// Feeds a delivery and writes down what it asks for, but for what is answered without a word: that no limit holds, that
/// an event delivered again has no record, and that it was begun once.
pub(crate) fn play(body: &str, attempt: u32, now: Timestamp, inputs: Vec<Input>) -> Vec<String> {
    let (mut delivery, effect) = Delivery::begin(setup(), body, attempt, "me".into(), now);
    let effect = quiet(&mut delivery, effect, attempt, now);
    let mut asked = vec![told(&effect)];
    for input in inputs {
        asked.push(told(&next(&mut delivery, input, attempt, now)));
    }
    asked
}

/// What is asked for next, but for what is answered without a word.
pub(crate) fn next(delivery: &mut Delivery, input: Input, attempt: u32, now: Timestamp) -> Effect {
    let effect = delivery.next(input, now);
    quiet(delivery, effect, attempt, now)
}

fn quiet(delivery: &mut Delivery, mut effect: Effect, attempt: u32, now: Timestamp) -> Effect {
    loop {
        let input = match effect {
            Effect::CheckHold(_) => nothing_held(),
            Effect::Find(_) if attempt > 1 => Input::Found(None),
            Effect::Isolate => Input::Isolated,
            Effect::Start(_) => Input::Started(1),
            Effect::TakeBack(_) => Input::Noted,
            effect => return effect,
        };
        effect = delivery.next(input, now);
    }
}

pub(crate) fn answer(status: u16, body: &str) -> Input {
    Input::Answered(ApiAnswer { status, body: Some(body.into()), ..ApiAnswer::default() })
}

pub(crate) fn nothing_held() -> Input {
    Input::Held(Holds::default())
}

pub(crate) fn ok() -> Input {
    answer(200, r#"{"ok":true}"#)
}

pub(crate) fn nothing_stored() -> Input {
    Input::Loaded(vec![None])
}

pub(crate) fn no_state() -> Input {
    Input::Loaded(Vec::new())
}

/// The record an earlier delivery of `envelope(text)` has left.
pub(crate) fn record(text: &str) -> Record {
    let body = envelope(text).to_json();
    let (mut delivery, _) = Delivery::begin(setup(), &body, 1, "earlier".into(), NOW);
    match delivery.next(nothing_stored(), NOW) {
        Effect::Commit(commit) => commit.record,
        other => panic!("{}", told(&other)),
    }
}

pub(crate) const COMMIT: &str = "commit decision with 1 steps and 1 states";
pub(crate) const SEND: &str = r#"send {"chat_id":42,"text":"hello"}"#;
pub(crate) const SORRY: &str =
    r#"send {"chat_id":42,"text":"Something went wrong here. Somebody will look at it."}"#;
