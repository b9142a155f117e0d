//! Calls of platforms' APIs: what is stored of one, the request that makes it, and what the answer means.

use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Limit;
use crate::event::Event;

/// One API call, as it is stored until the platform has confirmed it: without secrets of ours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The HTTP method.
    pub method: Method,
    /// The API method, path or URL, in the platform's own terms.
    pub target: String,
    /// The JSON body.
    pub body: Value,
}

/// The HTTP methods of API calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// DELETE
    Delete,
    /// GET
    Get,
    /// PATCH
    Patch,
    /// POST
    Post,
    /// PUT
    Put,
}

impl Method {
    /// As it stands in a request line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Patch => "PATCH",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }
}

/// A call as an HTTP request. Its URL and headers may hold tokens, so it does not print itself.
pub struct ApiRequest {
    /// The HTTP method.
    pub method: Method,
    /// The whole URL.
    pub url: SecretString,
    /// Header fields.
    pub headers: Vec<(&'static str, SecretString)>,
    /// The body, JSON.
    pub body: Vec<u8>,
}

impl ApiRequest {
    /// A request with a JSON body and no credentials.
    pub(crate) fn json(call: &Call, url: String) -> Self {
        let body = if matches!(call.method, Method::Delete | Method::Get) {
            Vec::new()
        } else {
            call.body.to_string().into_bytes()
        };
        Self {
            method: call.method,
            url: url.into(),
            headers: vec![("content-type", "application/json; charset=utf-8".to_owned().into())],
            body,
        }
    }
}

/// A platform's answer to an API call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiAnswer {
    /// The status code.
    pub status: u16,
    /// The `Retry-After` header, as sent.
    pub retry_after: Option<String>,
    /// The `X-RateLimit-…` headers, as sent, by what follows that in lower case.
    pub rate_limit: BTreeMap<String, String>,
    /// The body; `None` when it was too long or broke off.
    pub body: Option<Vec<u8>>,
}

impl ApiAnswer {
    /// The body as JSON, or null.
    pub(crate) fn json(&self) -> Value {
        self.body.as_deref().and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default()
    }

    /// Whether the same call may succeed later: a server's trouble, a timeout, a detour.
    pub(crate) const fn is_temporary(&self) -> bool {
        matches!(self.status, 300..400 | 408 | 425 | 500..)
    }

    /// How long the header asks us to wait.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        seconds(self.retry_after.as_deref()?.trim().parse().ok()?)
    }
}

/// A number of seconds from outside, if it is one.
pub(crate) fn seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}

/// A call that has been made.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// The event that is answered.
    pub event: &'a Event,
    /// The call's place in the event's outbox.
    pub step: usize,
    /// The call.
    pub call: &'a Call,
    /// How long ago the event happened.
    pub age: Duration,
}

/// What became of a call, and so what to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The platform has it.
    Delivered,
    /// Not now: try again, not before the given time has passed.
    Retry(Option<Duration>),
    /// Too many: not now, not before the given time has passed, and nothing else that is under the same limit. Without one
    /// it is the conversation's own.
    Limited(Option<Limit>, Option<Duration>),
    /// The platform wants this call made in its place.
    Instead(Call),
    /// Whom it was for cannot be reached any more.
    Undeliverable(String),
    /// The platform refuses what we sent: a bug of ours.
    Refused(String),
    /// Our token is not accepted: nothing under this limit can be sent until somebody replaces it.
    Unauthorized(Limit, String),
}

/// Why a call cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Configure it.
    #[error("{0} is not set")]
    NoToken(&'static str),
    /// A URL outside the platform.
    #[error("the call leads outside the platform")]
    ForeignUrl,
}

/// `Authorization: <scheme> <token>`.
pub(crate) fn authorization(
    scheme: &str,
    token: Option<&SecretString>,
    name: &'static str,
) -> Result<(&'static str, SecretString), RequestError> {
    let token = token.ok_or(RequestError::NoToken(name))?;
    Ok(("authorization", format!("{scheme} {}", token.expose_secret()).into()))
}

/// Whether `url` leads to a place below `base`.
pub(crate) fn is_below(url: &str, base: &str) -> bool {
    url.strip_prefix(base).is_some_and(|rest| rest.starts_with('/'))
        && url.chars().all(|c| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_held_to_their_base() {
        // (url, below?)
        let cases = [
            ("https://hooks.slack.com/commands/1/2", true),
            ("https://hooks.slack.com", false),
            ("https://hooks.slack.com.evil.example/commands", false),
            ("https://hooks.slack.com@evil.example/", false),
            ("http://hooks.slack.com/commands", false),
            ("https://evil.example/https://hooks.slack.com/", false),
            ("https://hooks.slack.com/a\r\nHost: evil", false),
            ("https://hooks.slack.com/\\evil.example", false),
            ("https://hooks.slack.com/<a>", false),
            ("https://hooks.slack.com/a^b", false),
            ("https://hooks.slack.com/é", false),
            ("", false),
        ];

        for (url, expected) in cases {
            assert_eq!(is_below(url, "https://hooks.slack.com"), expected, "{url:?}");
        }
    }

    #[test]
    fn a_request_does_not_print_itself() {
        // `Debug` on these would put tokens into a log one day.
        let call = Call { method: Method::Post, target: "t".into(), body: Value::Null };
        let request = ApiRequest::json(&call, "https://api/bot123:secret/sendMessage".into());
        assert!(!format!("{:?}", request.url).contains("secret"));
    }
}
