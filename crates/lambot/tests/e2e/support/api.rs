//! A stand-in for the platforms' APIs: it writes every call down and answers as the platform would.

use std::io::{BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use serde_json::{Value, json};

use super::eventually;
use super::http::{Headers, find, read_head};

/// A call of a platform's API.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Headers,
    pub(crate) body: Value,
    /// When it arrived.
    pub(crate) at: Instant,
}

impl Call {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// What the bot says.
    pub(crate) fn text(&self) -> &str {
        self.body["text"].as_str().or(self.body["content"].as_str()).unwrap_or_default()
    }
}

/// An answer other than the platform's usual one.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Status {
        status: u16,
        headers: &'static str,
        body: String,
    },
    /// The connection is closed instead.
    Nothing,
}

impl Reply {
    /// `headers` are whole lines.
    pub(crate) fn status(status: u16, headers: &'static str, body: impl Into<String>) -> Self {
        Self::Status { status, headers, body: body.into() }
    }
}

/// What to answer a call that so many came before; `None` is a success.
type Script = dyn Fn(usize, &Call) -> Option<Reply> + Send + Sync;

/// The stand-in, on a port of its own until the end of the tests.
pub(crate) struct Api {
    /// The URL that the platforms' own are below.
    pub(crate) url: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Api {
    /// One whose every answer is a success.
    pub(crate) fn start() -> Self {
        Self::scripted(|_, _| None)
    }

    /// One that answers as `script` says.
    pub(crate) fn scripted(
        script: impl Fn(usize, &Call) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let calls = Arc::<Mutex<Vec<Call>>>::default();
        let taken = Arc::clone(&calls);
        let script: Arc<Script> = Arc::new(script);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (calls, script) = (Arc::clone(&taken), Arc::clone(&script));
                thread::spawn(move || serve(stream, &calls, &*script));
            }
        });
        Self { url, calls }
    }

    /// Every call so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// What the bot has said so far, in the order in which it arrived.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.calls().iter().map(|call| call.text().to_owned()).collect()
    }

    /// Waits until there have been so many calls.
    #[track_caller]
    pub(crate) fn wait_for(&self, count: usize) -> Vec<Call> {
        eventually(&format!("{count} API calls"), || {
            Some(self.calls()).filter(|calls| calls.len() >= count)
        })
    }
}

/// Answers one connection until the client closes it.
fn serve(mut stream: TcpStream, calls: &Mutex<Vec<Call>>, script: &Script) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some((first, headers)) = read_head(&mut reader) {
        let mut words = first.split(' ').map(str::to_owned);
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let length = find(&headers, "content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let body = serde_json::from_slice(&body).unwrap_or_default();
        let call = Call { method, path, headers, body, at: Instant::now() };
        let earlier = {
            let mut calls = calls.lock().unwrap();
            calls.push(call.clone());
            calls.len() - 1
        };
        let (status, headers, body) = match script(earlier, &call) {
            None => success(&call),
            Some(Reply::Status { status, headers, body }) => (status, headers, body),
            Some(Reply::Nothing) => return,
        };
        let length = body.len();
        let answer =
            format!("HTTP/1.1 {status} Status\r\n{headers}content-length: {length}\r\n\r\n{body}");
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// What the platform answers when all is well.
fn success(call: &Call) -> (u16, &'static str, String) {
    const JSON: &str = "content-type: application/json\r\n";

    let message = match call.path.split('/').nth(1) {
        Some("telegram") => json!({ "ok": true, "result": { "message_id": 1 } }),
        Some("discord") => json!({ "id": "1457536599000000000", "type": 0 }),
        // A response URL answers in plain text.
        Some("slack") if call.path.starts_with("/slack/hooks/") => {
            return (200, "content-type: text/plain\r\n", "ok".to_owned());
        }
        Some("slack") => json!({ "ok": true, "ts": "1503435956.000247" }),
        _ => return (404, JSON, "{}".to_owned()),
    };
    (200, JSON, message.to_string())
}
