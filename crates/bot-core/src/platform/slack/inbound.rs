//! Verifies and reads what Slack sends.

use std::borrow::Cow;
use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use sha2::Sha256;

use super::super::{
    ApiAnswer, ApiRequest, Call, DecodeError, Decoded, Method, Opening, Platform, RequestError,
    Verified, VerifyError, authorization, is_below,
};
use super::{Address, BOT_TOKEN, callback, interaction, text, view};
use crate::command::Spec;
use crate::event::{self, Arguments, Event, EventKey, EventKind, User, split_command};
use crate::hash::decode_hex;
use crate::http::{Request, Response};
use crate::time::Timestamp;

/// How far a signature's time may be from ours, either way: 300 s.
///
/// <https://docs.slack.dev/authentication/verifying-requests-from-slack>: "more than five minutes from local time".
const REPLAY_WINDOW_SECS: u64 = 300;

const TIMESTAMP: &str = "x-slack-request-timestamp";
const SIGNATURE: &str = "x-slack-signature";

/// Slack's webhooks.
pub(super) struct Slack {
    pub(super) signing_secrets: Vec<SecretString>,
    /// What opens forms.
    pub(super) token: Option<SecretString>,
    pub(super) api_url: String,
    pub(super) hooks_url: String,
}

impl super::Inbound for Slack {
    fn verify(&self, request: &Request, now: Timestamp) -> Result<(), VerifyError> {
        let timestamp = request.headers.get(TIMESTAMP).ok_or(VerifyError::Missing(TIMESTAMP))?;
        let signature = request.headers.get(SIGNATURE).ok_or(VerifyError::Missing(SIGNATURE))?;
        let signed_at: u64 = timestamp
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| timestamp.parse().ok())
            .flatten()
            .ok_or(VerifyError::Malformed(TIMESTAMP))?;
        if now.as_secs().abs_diff(signed_at) > REPLAY_WINDOW_SECS {
            return Err(VerifyError::Stale);
        }
        let signature = signature
            .strip_prefix("v0=")
            .and_then(decode_digest)
            .ok_or(VerifyError::Malformed(SIGNATURE))?;
        let is_ours = self.signing_secrets.iter().any(|secret| {
            let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
            else {
                return false;
            };
            mac.update(b"v0:");
            mac.update(timestamp.as_bytes());
            mac.update(b":");
            mac.update(&request.body);
            // Compares in constant time.
            mac.verify_slice(&signature).is_ok()
        });
        if is_ours { Ok(()) } else { Err(VerifyError::Mismatch) }
    }

    fn decode(&self, request: Verified<'_>) -> Result<Decoded, DecodeError> {
        // The content type says the same, but a body tells what it is even when the header is wrong.
        if is_json(request.body()) {
            callback::decode(request.body())
        } else {
            decode_form(request.body(), &self.hooks_url)
        }
    }

    fn respond(&self, event: &Event, queued: bool) -> Response {
        match (queued, is_slash_command(event)) {
            (true, _) => Response::empty(200),
            // Slack sends an event again, and shows that a press has come to nothing.
            (false, false) => Response::error(503, "not accepted, try again"),
            // Slack does not send a command again: the person has to.
            (false, true) => tell("I could not take that in. Please try again."),
        }
    }

    /// <https://docs.slack.dev/reference/methods/views.open>
    fn open(&self, request: Verified<'_>, event: &Event, spec: &Spec) -> Option<Opening> {
        let trigger = trigger(request.body()).filter(|_| self.token.is_some())?;
        let body = json!({ "trigger_id": trigger, "view": view::of(spec, event) });
        let call = Call { method: Method::Post, target: "views.open".to_owned(), body };
        let usage = format!("I could not open the form. You can also write {}", spec.usage());
        let failed = if is_slash_command(event) {
            tell(&usage)
        } else {
            // Slack shows that it has come to nothing.
            Response::error(503, "the form could not be opened")
        };
        Some(Opening::Call { call, opened: Response::empty(200), failed })
    }

    fn request(&self, call: &Call) -> Result<ApiRequest, RequestError> {
        let mut request = ApiRequest::json(call, format!("{}/{}", self.api_url, call.target));
        request.headers.push(authorization("Bearer", self.token.as_ref(), BOT_TOKEN)?);
        Ok(request)
    }

    fn is_done(&self, answer: &ApiAnswer) -> bool {
        answer.status == 200 && answer.json().get("ok") == Some(&true.into())
    }

    /// Of a block the view does not have, Slack takes no error. A deployment can come between a view and its being sent.
    ///
    /// <https://docs.slack.dev/surfaces/modals#displaying_errors>
    fn respond_faults(&self, request: Verified<'_>, faults: &[(&str, String)]) -> Option<Response> {
        let mut fields = form_urlencoded::parse(request.body());
        let (_, payload) = fields.find(|(name, _)| name == "payload")?;
        interaction::respond_faults(&payload, faults)
    }

    fn respond_suggestions(&self, typed: &str, values: &[String]) -> Response {
        Response::json(200, &view::options(typed, values))
    }

    fn respond_unreadable(&self, request: Verified<'_>) -> Response {
        const WORDS: &str = "I could not read that. Somebody will look at it.";

        if is_json(request.body()) {
            return Response::empty(200);
        }
        let mut fields = form_urlencoded::parse(request.body());
        match fields.find(|(name, _)| name == "payload") {
            Some((_, payload)) => interaction::respond_unreadable(&payload, WORDS),
            None => tell(WORDS),
        }
    }

    fn answer_unsigned(&self, request: &Request) -> Option<Response> {
        // Older apps have their TLS tested by `GET …?ssl_check=1`, without a signature.
        let is_check = request.method == "GET"
            && form_urlencoded::parse(request.query.as_bytes())
                .any(|(name, value)| name == "ssl_check" && value == "1");
        is_check.then(|| Response::empty(200))
    }
}

fn is_json(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"{")
}

/// Whether Slack shows what its webhook is answered: it does of a command that was written, and not of one from a menu.
fn is_slash_command(event: &Event) -> bool {
    let is_chosen =
        matches!(&event.kind, EventKind::Command { arguments: Arguments::Target(_), .. });
    !is_chosen && matches!(event.address.read(), Some(Address::Command { .. }))
}

/// What only the person who gave the command sees.
fn tell(words: &str) -> Response {
    let text = text::escape(words);
    Response::json(200, &json!({ "response_type": "ephemeral", "text": text }))
}

/// 64 lower-case hex digits; Slack sends no others.
fn decode_digest(hex: &str) -> Option<[u8; 32]> {
    if hex.bytes().any(|byte| byte.is_ascii_uppercase()) { None } else { decode_hex(hex) }
}

/// What a view may be opened by, within 3 seconds: of a command, or of an interaction.
///
/// <https://docs.slack.dev/interactivity/handling-user-interaction>
fn trigger(body: &[u8]) -> Option<String> {
    // An event has none, and what people write there could look like one.
    if is_json(body) {
        return None;
    }
    let mut fields = form_urlencoded::parse(body);
    fields.find_map(|(name, value)| match &*name {
        "trigger_id" => Some(value.into_owned()),
        "payload" => interaction::trigger(&value),
        _ => None,
    })
}

fn decode_form(body: &[u8], hooks_url: &str) -> Result<Decoded, DecodeError> {
    let mut form: BTreeMap<Cow<'_, str>, Cow<'_, str>> = form_urlencoded::parse(body).collect();
    if let Some(payload) = form.get("payload") {
        return interaction::decode(payload, hooks_url);
    }
    if form.get("ssl_check").is_some_and(|check| check == "1") {
        return Ok(Decoded::Answer(Response::empty(200)));
    }
    let mut field = |name: &'static str| {
        form.remove(name).map(Cow::into_owned).ok_or(DecodeError::Missing(name))
    };
    let command = field("command")?;
    let line = split_command(&command).ok_or(DecodeError::Missing("command"))?;
    let team = field("team_id")?;
    let channel = field("channel_id")?;
    let trigger = field("trigger_id")?;
    let user = field("user_id")?;
    let response_url = field("response_url")?;
    if !is_below(&response_url, hooks_url) {
        return Err(DecodeError::ForeignUrl);
    }
    let rest = text::to_plain(&field("text").unwrap_or_default(), None);
    Ok(Decoded::Event(Box::new(Event {
        key: EventKey::new(Platform::Slack, &[&team, "trigger", &trigger]),
        platform: Platform::Slack,
        tenant: team,
        conversation: channel.clone(),
        user: User { id: user, name: field("user_name").ok() },
        locale: None,
        sent_at: None,
        addressed: true,
        kind: EventKind::Command { name: line.name, arguments: Arguments::Text(rest.text) },
        mentions: rest.mentions,
        channels: rest.channels,
        files: Vec::new(),
        ephemeral: false,
        address: event::Address::of(&Address::Command { channel, response_url }),
    })))
}
