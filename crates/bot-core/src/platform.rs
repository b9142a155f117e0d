//! The chat platforms: one folder each, all behind the same two traits.
//!
//! [`Inbound`] is what webhook-ingest needs of a platform and [`Outbound`] what queue-worker needs; they are separate
//! because the functions hold different secrets. Neither does I/O: a request comes in as a value and a call goes out as
//! one. To add a platform, add its folder and its line below; the compiler asks for the rest.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::event::Event;
use crate::http::{Request, Response};
use crate::reply::Reply;
use crate::time::Timestamp;

macro_rules! platforms {
    ($($name:ident => $module:ident),+ $(,)?) => {
        $(pub mod $module;)+

        /// A chat platform.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum Platform {
            $(
                #[doc = concat!("See [`", stringify!($module), "`].")]
                $name,
            )+
        }

        impl Platform {
            /// Every platform.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The platform's name in paths, logs and keys.
            #[must_use]
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$name => stringify!($module)),+ }
            }

            /// The environment variables it is configured by.
            #[must_use]
            pub const fn settings(self) -> &'static [Setting] {
                match self { $(Self::$name => $module::SETTINGS),+ }
            }

            /// Its webhooks' side; `None` when it is switched off because no secret is configured.
            ///
            /// # Errors
            ///
            /// A setting that cannot be right: fail at start-up, the error names it.
            pub fn inbound(self, settings: &Lookup<'_>) -> Result<Option<Box<dyn Inbound>>, SettingError> {
                match self { $(Self::$name => $module::inbound(settings)),+ }
            }

            /// Its API's side.
            ///
            /// # Errors
            ///
            /// A setting that cannot be right: fail at start-up, the error names it.
            pub fn outbound(self, settings: &Lookup<'_>) -> Result<Box<dyn Outbound>, SettingError> {
                match self { $(Self::$name => $module::outbound(settings)),+ }
            }
        }
    };
}

platforms! {
    Slack => slack,
    Discord => discord,
    Telegram => telegram,
}

/// What a platform sends us.
pub trait Inbound: Send + Sync {
    /// Checks that the platform sent this request, over its exact bytes.
    ///
    /// # Errors
    ///
    /// Answer 401 and do nothing else.
    fn verify(&self, request: &Request, now: Timestamp) -> Result<(), VerifyError>;

    /// Reads an authentic request.
    ///
    /// # Errors
    ///
    /// The request is authentic, so sending it again would not help: keep it for an engineer.
    fn decode(&self, request: Verified<'_>) -> Result<Decoded, DecodeError>;

    /// What to answer the webhook that brought `event`, depending on whether the event could be queued.
    ///
    /// A platform that would send it again gets an error then; where it would not, the person is told at once.
    fn respond(&self, event: &Event, queued: bool) -> Response;

    /// The answer to a request that platforms make without a signature, before they know our secret.
    fn answer_unsigned(&self, _request: &Request) -> Option<Response> {
        None
    }
}

/// A request whose sender has been checked: nobody else's body is ever read.
#[derive(Clone, Copy, Debug)]
pub struct Verified<'a>(&'a Request);

impl<'a> Verified<'a> {
    /// The only way to a verified request.
    ///
    /// # Errors
    ///
    /// Answer 401 and do nothing else.
    pub fn check(
        inbound: &dyn Inbound,
        request: &'a Request,
        now: Timestamp,
    ) -> Result<Self, VerifyError> {
        inbound.verify(request, now).map(|()| Self(request))
    }

    /// The exact bytes of the body.
    #[must_use]
    pub fn body(&self) -> &'a [u8] {
        &self.0.body
    }
}

/// What we send a platform.
pub trait Outbound: Send + Sync {
    /// The API calls that say `replies` in answer to `event`, in order.
    ///
    /// # Errors
    ///
    /// The event's address is not one of this platform's.
    fn encode(&self, event: &Event, replies: &[Reply]) -> Result<Vec<Call>, EncodeError>;

    /// The HTTP request that makes `call`.
    ///
    /// # Errors
    ///
    /// The call needs a secret that is not configured, or leads where nothing of ours may be sent.
    fn request(&self, call: &Call) -> Result<ApiRequest, RequestError>;

    /// What the platform's answer to `call` means; `age` is how long ago the event happened.
    fn classify(&self, call: &Call, answer: &ApiAnswer, age: Duration) -> Verdict;
}

/// What an authentic webhook says.
#[derive(Clone, Debug, PartialEq)]
pub enum Decoded {
    /// Something for the bot to decide.
    Event(Box<Event>),
    /// Something answered on the spot: a handshake, a ping.
    Answer(Response),
    /// Understood, and deliberately not acted upon.
    Ignored(Ignored, Response),
}

impl Decoded {
    /// Ignored, and acknowledged with an empty 200.
    #[must_use]
    pub const fn ignored(reason: Ignored) -> Self {
        Self::Ignored(reason, Response::empty(200))
    }
}

/// Why a webhook is not acted upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// A kind of event the bot has no use for, or one newer than this code.
    Kind,
    /// A message written by this bot or another one: answering would make a loop.
    FromBot,
    /// An edit of something that was answered when it was new.
    Edited,
    /// Something without words or without an author: a join, a pin, a photo.
    NoText,
    /// A command that names another bot.
    OtherBot,
}

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
    /// PATCH
    Patch,
    /// POST
    Post,
}

impl Method {
    /// As it stands in a request line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Patch => "PATCH",
            Self::Post => "POST",
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
        let body = if call.method == Method::Delete {
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
    /// The beginning of the body.
    pub body: Vec<u8>,
}

impl ApiAnswer {
    /// The body as JSON, or null.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
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

/// What became of a call, and so what to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The platform has it.
    Delivered,
    /// Not now: try again, not before the given time has passed.
    Retry(Option<Duration>),
    /// The platform wants this call made in its place.
    Instead(Call),
    /// Whom it was for cannot be reached any more.
    Undeliverable(String),
    /// The platform refuses what we sent: a bug of ours.
    Refused(String),
    /// Our token is not accepted: nothing can be sent until somebody replaces it.
    Unauthorized(String),
}

/// Why a request is not believed. It carries nothing of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// A header is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A header is not of its form.
    #[error("{0} is malformed")]
    Malformed(&'static str),
    /// It was signed too long ago, or in the future.
    #[error("the signature's time is outside the replay window")]
    Stale,
    /// No configured secret made this signature.
    #[error("the signature does not match")]
    Mismatch,
}

/// Why an authentic request cannot be read. It carries nothing of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Not the JSON we know. The parser's own message is dropped because it quotes its input.
    #[error("unreadable JSON at line {line}, column {column}")]
    Json {
        /// Where reading stopped.
        line: usize,
        /// Where reading stopped.
        column: usize,
    },
    /// A field nothing can be done without.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A URL that would make us send replies to a stranger.
    #[error("response_url is not the platform's")]
    ForeignUrl,
}

impl From<serde_json::Error> for DecodeError {
    fn from(error: serde_json::Error) -> Self {
        Self::Json { line: error.line(), column: error.column() }
    }
}

/// The event's address is not one of this platform's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the event's address cannot be read")]
pub struct EncodeError;

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

/// One environment variable of a platform.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// What it is for, in a line.
    pub about: &'static str,
    /// Which function reads it.
    pub reader: Reader,
    /// Whether its value must not be seen.
    pub secret: bool,
    /// The value of the local stack; for a URL, the path below the simulated platforms.
    pub development: &'static str,
}

/// Which function reads a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// webhook-ingest
    Ingest,
    /// queue-worker
    Worker,
    /// Both.
    Both,
}

/// Where the values of settings come from: a variable's name to its value.
pub type Lookup<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// A setting that cannot be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} {problem}")]
pub struct SettingError {
    /// The variable.
    pub name: &'static str,
    /// What is wrong with it; does not quote it.
    pub problem: &'static str,
}

/// A variable's value; an empty one counts as unset, because a deployment cannot leave a variable out.
pub(crate) fn setting(settings: &Lookup<'_>, name: &str) -> Option<String> {
    settings(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// The values of a variable that takes several, separated by commas, while a secret is being rotated.
pub(crate) fn secrets(settings: &Lookup<'_>, name: &str) -> Vec<SecretString> {
    let values = setting(settings, name).unwrap_or_default();
    values
        .split(',')
        .map(str::trim)
        .filter(|secret| !secret.is_empty())
        .map(SecretString::from)
        .collect()
}

/// A base URL without its trailing slash.
pub(crate) fn base_url(
    settings: &Lookup<'_>,
    name: &'static str,
    default: &'static str,
) -> Result<String, SettingError> {
    let url = setting(settings, name).unwrap_or_else(|| default.to_owned());
    if !(url.starts_with("https://") || url.starts_with("http://")) {
        return Err(SettingError { name, problem: "is not an http or https URL" });
    }
    Ok(url.trim_end_matches('/').to_owned())
}

/// Whether `url` leads to a place below `base`.
pub(crate) fn is_below(url: &str, base: &str) -> bool {
    url.strip_prefix(base).is_some_and(|rest| rest.starts_with('/'))
        && !url.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\')
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
            ("", false),
        ];

        for (url, expected) in cases {
            assert_eq!(is_below(url, "https://hooks.slack.com"), expected, "{url:?}");
        }
    }

    #[test]
    fn a_slug_is_how_the_platform_is_serialised() {
        for &platform in Platform::ALL {
            let json = serde_json::to_string(&platform).expect("plain data");
            assert_eq!(json, format!("\"{}\"", platform.slug()));
        }
    }

    #[test]
    fn an_empty_setting_is_an_unset_one() {
        let lookup = |name: &str| match name {
            "EMPTY" => Some(" ".to_owned()),
            "TWO" => Some("a, b,".to_owned()),
            _ => None,
        };
        assert_eq!(setting(&lookup, "EMPTY"), None);
        assert_eq!(secrets(&lookup, "EMPTY").len(), 0);
        assert_eq!(secrets(&lookup, "TWO").len(), 2);
        assert_eq!(base_url(&lookup, "TWO", "").map_err(|error| error.name), Err("TWO"));
        assert_eq!(base_url(&lookup, "UNSET", "https://x/").as_deref(), Ok("https://x"));
    }

    #[test]
    fn a_request_does_not_print_itself() {
        // `Debug` on these would put tokens into a log one day.
        let call = Call { method: Method::Post, target: "t".into(), body: Value::Null };
        let request = ApiRequest::json(&call, "https://api/bot123:secret/sendMessage".into());
        assert!(!format!("{:?}", request.url).contains("secret"));
    }
}
