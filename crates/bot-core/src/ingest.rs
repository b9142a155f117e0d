//! Decides what becomes of a webhook: who sent it, what it says, what to answer, and whether it is queued.
//!
//! The body of a request is read only once it is [`Verified`]. What cannot wait for the queue is answered on the spot.

mod inline;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::bot::{Bot, Typing};
use crate::dead_letter::DeadLetter;
use crate::envelope::{Envelope, MAX_ENVELOPE_BYTES};
use crate::event::Event;
use crate::http::{MAX_BODY_BYTES, Request, Response};
use crate::metric::Name;
use crate::platform::{
    ApiAnswer, ApiRequest, Call, DecodeError, Decoded, Ignored, Inbound, Lookup, Platform,
    RequestError, SettingError, Verified, VerifyError,
};
use crate::time::Timestamp;

/// The platforms whose webhooks are served: those with a secret.
pub struct Platforms(Vec<(Platform, Box<dyn Inbound>)>);

impl Platforms {
    /// Those that `settings` switch on.
    ///
    /// # Errors
    ///
    /// A setting that cannot be right: fail at start-up, the error names it.
    pub fn from_settings(settings: &Lookup<'_>) -> Result<Self, SettingError> {
        let mut served = Vec::new();
        for &platform in Platform::ALL {
            served.extend(platform.inbound(settings)?.map(|inbound| (platform, inbound)));
        }
        Ok(Self(served))
    }

    /// The platforms that are served.
    pub fn served(&self) -> impl Iterator<Item = Platform> {
        self.0.iter().map(|(platform, _)| *platform)
    }

    fn at(&self, path: &str) -> Option<(Platform, &dyn Inbound)> {
        let slug = path.strip_prefix("/webhooks/")?;
        self.find(|platform| platform.slug() == slug)
    }

    /// The HTTP request that makes an [`Action::Open`].
    ///
    /// # Errors
    ///
    /// The call needs a secret that is not configured.
    pub fn request(&self, platform: Platform, call: &Call) -> Result<ApiRequest, RequestError> {
        let inbound = self.find(|served| served == platform);
        inbound.ok_or(RequestError::ForeignUrl)?.1.request(call)
    }

    /// Whether the platform has done what that call asks.
    #[must_use]
    pub fn is_done(&self, platform: Platform, answer: &ApiAnswer) -> bool {
        self.find(|served| served == platform).is_some_and(|(_, inbound)| inbound.is_done(answer))
    }

    /// What offers `values` to somebody who has typed this much: the answer to an [`Action::Suggest`].
    #[must_use]
    pub fn suggest(&self, platform: Platform, typed: &str, values: &[String]) -> Response {
        let inbound = self.find(|served| served == platform);
        let respond = |(_, inbound): (_, &dyn Inbound)| inbound.respond_suggestions(typed, values);
        inbound.map_or_else(Response::not_found, respond)
    }

    fn find(&self, is_it: impl Fn(Platform) -> bool) -> Option<(Platform, &dyn Inbound)> {
        self.0
            .iter()
            .find(|(platform, _)| is_it(*platform))
            .map(|(platform, inbound)| (*platform, &**inbound))
    }
}

/// What to do about a webhook.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Nothing but answer.
    Respond(Response, Note),
    /// Queue the envelope, and answer as that turns out.
    Enqueue {
        /// What is queued.
        envelope: Box<Envelope>,
        /// The answer once it is queued.
        accepted: Response,
        /// The answer when it cannot be.
        refused: Response,
    },
    /// Open a form before a person who waits, and answer as that turns out: well within 3 seconds, which is what Slack gives.
    ///
    /// <https://docs.slack.dev/interactivity/handling-user-interaction>
    Open {
        /// Whose API is called.
        platform: Platform,
        /// The call.
        call: Call,
        /// The answer once it is open.
        opened: Response,
        /// The answer when it is not.
        failed: Response,
    },
    /// Offer [`Bot::suggestions`] to a person who waits, well within 3 seconds as well. They are the author's code, which may not
    /// end.
    Suggest {
        /// Who is asking.
        platform: Platform,
        /// What is being written.
        typing: Typing,
    },
    /// Keep what nobody can read, then answer; 503 if it cannot be kept.
    Bury {
        /// What is kept.
        letter: Box<DeadLetter>,
        /// The answer once it is.
        kept: Response,
    },
}

/// What an operator may want to know about a webhook that was only answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// Nothing is served there, or not like that.
    NotServed,
    /// It is not authentic.
    Forged(Platform, VerifyError),
    /// A handshake, or something asked on the spot.
    Answered(Platform),
    /// Read, and not acted upon.
    Ignored(Platform, Ignored),
    /// It does not concern this bot.
    Unwanted(Platform),
}

impl Note {
    /// What it counts as, and where.
    #[must_use]
    pub const fn counts(self) -> Option<(Platform, Name)> {
        match self {
            Self::Forged(platform, _) => Some((platform, Name::Forged)),
            Self::Ignored(platform, _) | Self::Unwanted(platform) => {
                Some((platform, Name::Ignored))
            }
            Self::NotServed | Self::Answered(_) => None,
        }
    }
}

/// Decides what becomes of one request.
#[must_use]
pub fn decide(bot: &Bot, platforms: &Platforms, request: &Request, now: Timestamp) -> Action {
    let Some((platform, inbound)) = platforms.at(&request.path) else {
        return Action::Respond(Response::not_found(), Note::NotServed);
    };
    if let Some(response) = inbound.answer_unsigned(request) {
        return Action::Respond(response, Note::Answered(platform));
    }
    if request.method != "POST" {
        return Action::Respond(Response::method_not_allowed("POST"), Note::NotServed);
    }
    if request.body.len() > MAX_BODY_BYTES {
        return Action::Respond(Response::too_large(), Note::NotServed);
    }
    let verified = match Verified::check(inbound, request, now) {
        Ok(verified) => verified,
        Err(error) => {
            return Action::Respond(
                Response::error(401, "not authentic"),
                Note::Forged(platform, error),
            );
        }
    };
    match inbound.decode(verified) {
        Ok(Decoded::Event(event)) => inline::event(bot, inbound, verified, *event, now),
        Ok(Decoded::Form(event)) => inline::form(bot, inbound, verified, *event, now),
        Ok(Decoded::Typing(typing)) => Action::Suggest { platform, typing },
        Ok(Decoded::Answer(response)) => Action::Respond(response, Note::Answered(platform)),
        Ok(Decoded::Ignored(reason, response)) => {
            Action::Respond(response, Note::Ignored(platform, reason))
        }
        Err(error) => bury(platform, inbound, verified, error.to_string(), now),
    }
}

/// Queues an event.
fn enqueue(
    inbound: &dyn Inbound,
    verified: Verified<'_>,
    event: Event,
    refused: Response,
    now: Timestamp,
) -> Action {
    let platform = event.platform;
    let accepted = inbound.respond(&event, true);
    let envelope = Box::new(Envelope::new(event, now));
    if is_too_large(&envelope) {
        return bury(platform, inbound, verified, "too large for the queue".to_owned(), now);
    }
    Action::Enqueue { envelope, accepted, refused }
}

/// Escapes can make an event larger than the body it came in.
fn is_too_large(envelope: &Envelope) -> bool {
    envelope.to_json().len() > MAX_ENVELOPE_BYTES
}

/// Why a webhook that was kept cannot be queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Set what webhook-ingest has set: a platform's variables are part of how its webhooks are read.
    #[error("{} is not configured here: set its variables as webhook-ingest has them", .0.slug())]
    NotServed(Platform),
    /// Teach the platform's module to read it.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The event in it does not fit into the queue.
    #[error("too large for the queue")]
    TooLarge,
    /// It is not kept as it came.
    #[error("what was kept is no base64")]
    Broken,
}

/// Reads a webhook again that could not be read when it was accepted, at `accepted_at`: `None` when it needs no work.
pub(crate) fn read_kept(
    bot: &Bot,
    platforms: &Platforms,
    platform: Platform,
    body: Vec<u8>,
    accepted_at: Timestamp,
) -> Result<Option<Envelope>, ReadError> {
    let (_, inbound) =
        platforms.find(|served| served == platform).ok_or(ReadError::NotServed(platform))?;
    let request = Request { body, ..Request::default() };
    match inbound.decode(Verified::kept(&request))? {
        Decoded::Event(event) | Decoded::Form(event) if bot.wants(&event) => {
            let ephemeral = event.ephemeral || bot.is_ephemeral(&event);
            let envelope = Envelope::new(Event { ephemeral, ..*event }, accepted_at);
            if is_too_large(&envelope) { Err(ReadError::TooLarge) } else { Ok(Some(envelope)) }
        }
        Decoded::Event(_)
        | Decoded::Form(_)
        | Decoded::Typing(_)
        | Decoded::Answer(_)
        | Decoded::Ignored(..) => Ok(None),
    }
}

fn bury(
    platform: Platform,
    inbound: &dyn Inbound,
    verified: Verified<'_>,
    reason: String,
    now: Timestamp,
) -> Action {
    let body = STANDARD.encode(verified.body());
    Action::Bury {
        letter: Box::new(DeadLetter::webhook(platform, body, reason, now)),
        kept: inbound.respond_unreadable(verified),
    }
}
