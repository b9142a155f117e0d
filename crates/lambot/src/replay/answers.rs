//! Where a replayed handler's answers come from: the hosts themselves, a recording, or nowhere.

use std::path::Path;

use anyhow::Context as _;
use bot_core::fetch::{Answer, FetchError, Fetched, Outgoing};
use bot_core::platform::Lookup;
use bot_core::worker::Fetch;
use queue_worker::Fetcher;
use serde::Deserialize;
use serde_json::Value;

use crate::terminal::complain;

/// Answers to what a handler asks for.
pub(super) enum Answers {
    Hosts(Box<Fetcher>),
    /// Each is given once, in order.
    Recorded(Vec<Recorded>),
}

/// One recorded answer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Recorded {
    #[serde(default = "get")]
    method: String,
    /// The URL; without a query, it answers for any.
    url: String,
    #[serde(default = "ok")]
    status: u16,
    /// A text, or JSON.
    #[serde(default)]
    body: Value,
}

fn get() -> String {
    "GET".to_owned()
}

const fn ok() -> u16 {
    200
}

impl Answers {
    /// The hosts' own if they are to be asked, or else the `recorded` ones.
    ///
    /// # Errors
    ///
    /// The recording cannot be read.
    pub(super) fn of(
        settings: &Lookup<'_>,
        fetch: bool,
        recorded: Option<&Path>,
    ) -> anyhow::Result<Self> {
        if fetch {
            return Ok(Self::Hosts(Box::new(Fetcher::from_settings(settings)?)));
        }
        let Some(file) = recorded else { return Ok(Self::Recorded(Vec::new())) };
        let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let recorded = serde_json::from_str(&text).with_context(|| file.display().to_string())?;
        Ok(Self::Recorded(recorded))
    }

    /// The answers to these requests.
    pub(super) async fn to(&mut self, fetch: Fetch) -> Vec<Fetched> {
        match self {
            Self::Hosts(fetcher) => fetcher.fetch(fetch.requests, fetch.within).await,
            Self::Recorded(recorded) => {
                fetch.requests.iter().map(|request| replayed(recorded, request)).collect()
            }
        }
    }
}

fn replayed(recorded: &mut Vec<Recorded>, request: &Outgoing) -> Fetched {
    let (method, url) = (request.method.as_str(), request.url.to_string());
    match take(recorded, method, &url) {
        Some(answer) => Ok(answer).into(),
        None => {
            // The query may hold a secret.
            let (place, _) = url.split_once('?').unwrap_or((&url, ""));
            complain(&format!("no answer to {method} {place}"));
            Err(FetchError::NoAnswer).into()
        }
    }
}

/// The first recorded answer to a request.
fn take(recorded: &mut Vec<Recorded>, method: &str, url: &str) -> Option<Answer> {
    let (place, _) = url.split_once('?').unwrap_or((url, ""));
    let answers = |recorded: &Recorded| {
        recorded.method == method && (recorded.url == url || recorded.url == place)
    };
    let nth = recorded.iter().position(answers)?;
    let Recorded { status, body, .. } = recorded.remove(nth);
    let body = match body {
        Value::String(text) => text,
        Value::Null => String::new(),
        json => json.to_string(),
    };
    Some(Answer { status, body: body.into_bytes() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_answer_is_given_once_and_in_order() {
        let recorded = r#"[
            { "url": "https://a.test/x", "body": { "n": 1 } },
            { "url": "https://a.test/x?q=2", "body": "two" },
            { "url": "https://a.test/x", "status": 404 },
            { "method": "POST", "url": "https://a.test/x", "body": "posted" }
        ]"#;
        let mut recorded: Vec<Recorded> = serde_json::from_str(recorded).expect("a recording");
        // (method, URL, answer)
        let cases = [
            ("GET", "https://a.test/x?q=2", Some((200, r#"{"n":1}"#))),
            ("GET", "https://a.test/x?q=1", Some((404, ""))),
            ("GET", "https://a.test/x?q=1", None),
            ("GET", "https://a.test/x?q=2", Some((200, "two"))),
            ("GET", "https://b.test/x", None),
            ("POST", "https://a.test/x", Some((200, "posted"))),
        ];

        for (method, url, expected) in cases {
            let expected =
                expected.map(|(status, body)| Answer { status, body: body.as_bytes().to_vec() });
            assert_eq!(take(&mut recorded, method, url), expected, "{method} {url}");
        }
    }
}
