//! The chat platforms: one folder each, all behind the same two traits.
//!
//! [`Inbound`] is what webhook-ingest needs of a platform and [`Outbound`] what queue-worker needs; they are separate
//! because the functions hold different secrets. Neither does I/O: a request comes in as a value and a call goes out as
//! one. To add a platform, add its folder and its line below; the compiler asks for the rest.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::action::Key;
use crate::bot::{Bot, Typing};
use crate::command::Spec;
use crate::event::{Address, Event};
use crate::http::{Request, Response};
use crate::reply::Reply;
use crate::time::Timestamp;

mod call;
pub mod feature;
mod limit;
mod part;
pub mod registration;
mod setting;

pub use call::{ApiAnswer, ApiRequest, Call, Method, RequestError, Sent, Verdict};
pub(crate) use call::{authorization, is_below, seconds};
pub use feature::{Feature, Support};
pub use limit::{Holds, HoldsKey, Limit};
pub(crate) use part::{Part, parts};
pub use registration::Registration;
pub use setting::{Lookup, Reader, Setting, SettingError};
pub(crate) use setting::{base_url, secrets, setting, token};

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

            /// How it does what a bot may do.
            #[must_use]
            pub const fn support(self, feature: Feature) -> Support {
                match self { $(Self::$name => $module::support(feature)),+ }
            }

            /// Where something happened in a private conversation, for trying a bot on: a message, or a press of a button.
            pub(crate) fn example_address(self, is_press: bool) -> Address {
                match self { $(Self::$name => $module::example_address(is_press)),+ }
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

            /// Where its webhooks go to when the bot is served at `url`.
            #[must_use]
            pub fn webhook(self, url: &str) -> String {
                format!("{}/webhooks/{}", url.trim_end_matches('/'), self.slug())
            }

            /// What it should know of a bot that is served at `url`.
            ///
            /// # Errors
            ///
            /// A setting is missing or cannot be right: the error names it.
            pub fn registration(
                self,
                bot: &Bot,
                url: Option<&str>,
                settings: &Lookup<'_>,
            ) -> Result<Registration, SettingError> {
                let webhook = url.map(|url| self.webhook(url));
                match self { $(Self::$name => $module::registration(bot, webhook.as_deref(), settings)),+ }
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

    /// How the form of `spec` opens before whoever made `request`, of which `event` was read; `None` where there are no forms,
    /// or what it takes is not configured.
    fn open(&self, _request: Verified<'_>, _event: &Event, _spec: &Spec) -> Option<Opening> {
        None
    }

    /// The HTTP request that makes an [`Opening::Call`].
    ///
    /// # Errors
    ///
    /// It needs a secret that is not configured.
    fn request(&self, _call: &Call) -> Result<ApiRequest, RequestError> {
        Err(RequestError::ForeignUrl)
    }

    /// Whether anybody can have made up the button that gives this command. A platform that shows us only what is in our
    /// own messages says no.
    fn is_made_up(&self, _event: &Event) -> bool {
        false
    }

    /// Whether the platform has done what that call asks.
    fn is_done(&self, _answer: &ApiAnswer) -> bool {
        false
    }

    /// What tells, in a form that has been sent and is still open, what is wrong with those of these arguments it asks for; `None`
    /// where it has been closed, or asks for none of them.
    fn respond_faults(
        &self,
        _request: Verified<'_>,
        _faults: &[(&str, String)],
    ) -> Option<Response> {
        None
    }

    /// What offers these values to somebody who has typed this much.
    fn respond_suggestions(&self, _typed: &str, _values: &[String]) -> Response {
        Response::empty(200)
    }

    /// What to answer an authentic webhook that nobody can read and that has been kept.
    ///
    /// Sent again it would be as unreadable. Who waits for an answer on the spot is told.
    fn respond_unreadable(&self, _request: Verified<'_>) -> Response {
        Response::empty(200)
    }

    /// The answer to a request that platforms make without a signature, before they know our secret.
    fn answer_unsigned(&self, _request: &Request) -> Option<Response> {
        None
    }
}

/// A request whose sender has been checked: nobody else's body is ever read.
#[derive(Clone, Copy, Debug)]
pub struct Verified<'a>(&'a Request);

impl<'a> Verified<'a> {
    /// The only way to a request that comes from outside.
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

    /// A request that was verified when it came, and of which only the body was kept.
    pub(crate) const fn kept(request: &'a Request) -> Self {
        Self(request)
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

    /// The call that shows where `event` happened that an answer takes a moment, if there is a way to.
    fn working(&self, event: &Event, notice: &str) -> Option<Call>;

    /// What seals the actions of its buttons.
    fn key(&self) -> Key;

    /// The HTTP request that makes `call`.
    ///
    /// # Errors
    ///
    /// The call needs a secret that is not configured, or leads where nothing of ours may be sent.
    fn request(&self, call: &Call) -> Result<ApiRequest, RequestError>;

    /// What the platform's answer to a call means.
    fn classify(&self, sent: &Sent<'_>, answer: &ApiAnswer) -> Verdict;

    /// The limits that `call` is under and that are wider than the conversation of `event`.
    fn limits(&self, event: &Event, call: &Call) -> Vec<Limit>;

    /// How long the platform takes no more of the call that it has just taken, where its answer says so.
    fn rest(&self, _answer: &ApiAnswer) -> Option<Duration> {
        None
    }
}

/// How a form opens while its person waits.
#[derive(Clone, Debug, PartialEq)]
pub enum Opening {
    /// By the answer to the webhook.
    Answer(Response),
    /// By a call, and these answers to the webhook.
    Call {
        /// The call.
        call: Call,
        /// The answer once it is open.
        opened: Response,
        /// The answer when it is not.
        failed: Response,
    },
}

/// What an authentic webhook says.
#[derive(Clone, Debug, PartialEq)]
pub enum Decoded {
    /// Something for the bot to decide.
    Event(Box<Event>),
    /// A form somebody has filled in: the command it belongs to, with its arguments.
    Form(Box<Event>),
    /// Somebody is writing an argument.
    Typing(Typing),
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
    /// A channel's post, which its platform repeats in the group linked to it: nobody said it there.
    Channel,
    /// An edit of something that was answered when it was new.
    Edited,
    /// Something without words and files, or without an author: a pin, a new title, a place.
    NoText,
    /// A command that names another bot.
    OtherBot,
    /// A button or a form that is none of ours, or of an older form of this bot.
    NotOurs,
    /// A form that was closed without being sent.
    Closed,
    /// The bot's being added somewhere, which also comes as a message.
    Added,
    /// The bot was blocked, removed or uninstalled, or its token was revoked: nothing more can be said there.
    Removed,
    /// The platform has held back events, because there were too many. They are lost.
    HeldBack,
    /// The bot's home page was opened; it has none.
    Home,
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
    /// The JSON we know, with something else in a field than we know.
    #[error("a field of the JSON has an unexpected type")]
    Shape,
    /// A field nothing can be done without.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A field that cannot be what it says.
    #[error("{0} is malformed")]
    Malformed(&'static str),
    /// A URL that would make us send replies to a stranger.
    #[error("response_url is not the platform's")]
    ForeignUrl,
}

impl From<serde_json::Error> for DecodeError {
    fn from(error: serde_json::Error) -> Self {
        match error.line() {
            // A value that had been read before has no place in the text any more.
            0 => Self::Shape,
            line => Self::Json { line, column: error.column() },
        }
    }
}

/// The event's address is not one of this platform's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the event's address cannot be read")]
pub struct EncodeError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_how_the_platform_is_serialised() {
        for &platform in Platform::ALL {
            let json = serde_json::to_string(&platform).expect("plain data");
            assert_eq!(json, format!("\"{}\"", platform.slug()));
        }
    }
}
