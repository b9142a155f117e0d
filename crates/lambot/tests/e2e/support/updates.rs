//! Telegram as somebody sees it who asks for updates.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::api::{Api, Call, Reply};
use super::eventually;

/// The bot's username, which it is only told by `getMe`.
pub(crate) const USERNAME: &str = "asking_bot";

/// The stand-in.
pub(crate) struct Updates {
    pub(crate) api: Api,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    unconfirmed: Vec<Value>,
    webhook: String,
    /// What requests for updates are answered instead.
    troubles: VecDeque<Reply>,
}

impl Updates {
    pub(crate) fn start() -> Self {
        Self::with_webhook("")
    }

    pub(crate) fn with_webhook(url: &str) -> Self {
        let state = State { webhook: url.to_owned(), ..State::default() };
        let state = Arc::new(Mutex::new(state));
        let answering = Arc::clone(&state);
        let api = Api::scripted(move |_, call| answer(&answering, call));
        Self { api, state }
    }

    /// Somebody does something.
    pub(crate) fn push(&self, update: Value) {
        self.state.lock().unwrap().unconfirmed.push(update);
    }

    /// The next requests for updates are answered so, even one that is under way.
    pub(crate) fn trouble(&self, replies: impl IntoIterator<Item = Reply>) {
        self.state.lock().unwrap().troubles.extend(replies);
    }

    /// The calls of a method so far.
    pub(crate) fn calls(&self, method: &str) -> Vec<Value> {
        let end = format!("/{method}");
        let calls = self.api.calls().into_iter().filter(|call| call.path.ends_with(&end));
        calls.map(|call| call.body).collect()
    }

    /// Waits until a method is called; with what.
    #[track_caller]
    pub(crate) fn called(&self, method: &str) -> Value {
        eventually(method, || self.calls(method).pop())
    }

    /// Waits until the bot has said so many things; what it said.
    #[track_caller]
    pub(crate) fn said(&self, count: usize) -> Vec<String> {
        let calls = eventually(&format!("{count} replies"), || {
            Some(self.calls("sendMessage")).filter(|calls| calls.len() >= count)
        });
        calls.iter().map(|call| call["text"].as_str().unwrap().to_owned()).collect()
    }

    /// Waits until a request for updates begins with this one.
    #[track_caller]
    pub(crate) fn asked_from(&self, offset: i64) {
        eventually(&format!("a request for update {offset}"), || {
            let calls = self.calls("getUpdates");
            calls.iter().any(|call| call["offset"] == offset).then_some(())
        });
    }
}

fn answer(state: &Mutex<State>, call: &Call) -> Option<Reply> {
    let method = call.path.rsplit('/').next().unwrap();
    let result = match method {
        "getMe" => json!({ "id": 4242, "is_bot": true, "first_name": "B", "username": USERNAME }),
        "getWebhookInfo" => json!({ "url": state.lock().unwrap().webhook }),
        "deleteWebhook" => {
            state.lock().unwrap().webhook.clear();
            json!(true)
        }
        "getUpdates" => return Some(updates(state, call)),
        "answerCallbackQuery" => json!(true),
        _ => return None,
    };
    Some(ok(&result))
}

/// Holds the request until there is something, as Telegram does.
fn updates(state: &Mutex<State>, call: &Call) -> Reply {
    let held = Duration::from_secs(call.body["timeout"].as_u64().unwrap());
    let end = Instant::now() + held;
    loop {
        let mut state = state.lock().unwrap();
        if let Some(trouble) = state.troubles.pop_front() {
            return trouble;
        }
        if let Some(offset) = call.body["offset"].as_i64() {
            state.unconfirmed.retain(|update| update["update_id"].as_i64().unwrap() >= offset);
        }
        if !state.unconfirmed.is_empty() || Instant::now() >= end {
            return ok(&json!(state.unconfirmed));
        }
        drop(state);
        thread::sleep(Duration::from_millis(5));
    }
}

fn ok(result: &Value) -> Reply {
    let body = json!({ "ok": true, "result": result }).to_string();
    Reply::status(200, "content-type: application/json\r\n", body)
}
