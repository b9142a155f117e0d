//! Verifies and reads what Slack sends.

use std::borrow::Cow;
use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::Sha256;

use super::super::{DecodeError, Decoded, Ignored, Platform, Verified, VerifyError, is_below};
use super::{Address, text};
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
            decode_json(request.body())
        } else {
            decode_form(request.body(), &self.hooks_url)
        }
    }

    fn respond(&self, event: &Event, queued: bool) -> Response {
        let is_command = matches!(event.address.read(), Some(Address::Command { .. }));
        match (queued, is_command) {
            (true, _) => Response::empty(200),
            (false, false) => Response::error(503, "not accepted, try again"),
            // Slack does not send a command again: the person has to.
            (false, true) => tell("I could not take that in. Please try again."),
        }
    }

    fn respond_unreadable(&self, request: Verified<'_>) -> Response {
        if is_json(request.body()) {
            Response::empty(200)
        } else {
            tell("I could not read that. Somebody will look at it.")
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

/// What only the person who gave the command sees.
fn tell(text: &str) -> Response {
    Response::json(200, &json!({ "response_type": "ephemeral", "text": text }))
}

/// 64 lower-case hex digits; Slack sends no others.
fn decode_digest(hex: &str) -> Option<[u8; 32]> {
    if hex.bytes().any(|byte| byte.is_ascii_uppercase()) { None } else { decode_hex(hex) }
}

/// The body of an Events API request.
#[derive(Deserialize)]
struct Incoming {
    #[serde(rename = "type")]
    kind: String,
    challenge: Option<String>,
    team_id: Option<String>,
    api_app_id: Option<String>,
    event: Option<Value>,
    authorizations: Option<Vec<Authorization>>,
}

#[derive(Deserialize)]
struct Authorization {
    user_id: Option<String>,
    #[serde(default)]
    is_bot: bool,
}

/// The inner event, as far as messages and mentions have fields.
#[derive(Deserialize)]
struct Message {
    #[serde(rename = "type")]
    kind: String,
    subtype: Option<String>,
    #[serde(default)]
    hidden: bool,
    #[serde(default, deserialize_with = "is_present")]
    edited: bool,
    bot_id: Option<String>,
    #[serde(default, deserialize_with = "is_present")]
    bot_profile: bool,
    app_id: Option<String>,
    user: Option<String>,
    text: Option<String>,
    channel: Option<String>,
    channel_type: Option<String>,
    ts: Option<String>,
    thread_ts: Option<String>,
}

/// For fields that matter only by being there.
fn is_present<'de, D: serde::Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    Ok(Option::<serde::de::IgnoredAny>::deserialize(value)?.is_some())
}

fn decode_json(body: &[u8]) -> Result<Decoded, DecodeError> {
    let incoming: Incoming = serde_json::from_slice(body)?;
    let event_kind =
        incoming.event.as_ref().and_then(|event| event.get("type")).and_then(Value::as_str);
    match (incoming.kind.as_str(), event_kind) {
        ("url_verification", _) => {
            let challenge = incoming.challenge.ok_or(DecodeError::Missing("challenge"))?;
            Ok(Decoded::Answer(Response::json(200, &json!({ "challenge": challenge }))))
        }
        ("event_callback", Some("message" | "app_mention")) => {
            let message = Message::deserialize(incoming.event.unwrap_or_default())?;
            let team = incoming.team_id.ok_or(DecodeError::Missing("team_id"))?;
            let bot =
                incoming.authorizations.unwrap_or_default().into_iter().find(|user| user.is_bot);
            decode_message(
                message,
                team,
                incoming.api_app_id.as_deref(),
                bot.and_then(|bot| bot.user_id).as_deref(),
            )
        }
        ("event_callback", None) => Err(DecodeError::Missing("event.type")),
        _ => Ok(Decoded::ignored(Ignored::Kind)),
    }
}

fn decode_message(
    message: Message,
    team: String,
    our_app: Option<&str>,
    our_user: Option<&str>,
) -> Result<Decoded, DecodeError> {
    let is_known_subtype = matches!(
        message.subtype.as_deref(),
        None | Some("file_share" | "thread_broadcast" | "me_message")
    );
    if message.hidden || !is_known_subtype {
        return Ok(Decoded::ignored(match message.subtype.as_deref() {
            Some("bot_message") => Ignored::FromBot,
            Some("message_changed" | "message_deleted") => Ignored::Edited,
            _ => Ignored::Kind,
        }));
    }
    let is_set = |field: &Option<String>| field.as_deref().is_some_and(|text| !text.is_empty());
    // The subtype alone does not tell: bots of today post messages without one.
    let is_from_bot = is_set(&message.bot_id)
        || message.bot_profile
        || (is_set(&message.app_id) && message.app_id.as_deref() == our_app)
        || (is_set(&message.user) && message.user.as_deref() == our_user);
    if is_from_bot {
        return Ok(Decoded::ignored(Ignored::FromBot));
    }
    if message.edited {
        return Ok(Decoded::ignored(Ignored::Edited));
    }
    let Some(user) = message.user else { return Ok(Decoded::ignored(Ignored::NoText)) };
    let channel = message.channel.ok_or(DecodeError::Missing("event.channel"))?;
    let ts = message.ts.ok_or(DecodeError::Missing("event.ts"))?;
    let text = message.text.unwrap_or_default();
    let is_direct = message.channel_type.as_deref() == Some("im") || channel.starts_with('D');
    // One message can come as two events, a mention and a message: what it says must not depend on which came first.
    let addressed = is_direct
        || our_user.map_or(message.kind == "app_mention", |bot| text::mentions(&text, bot));
    let plain = text::to_plain(&text, our_user);
    let kind = match split_command(&plain).filter(|_| addressed) {
        Some(line) => {
            EventKind::Command { name: line.name, arguments: Arguments::Text(line.rest.to_owned()) }
        }
        None => EventKind::Message { text: plain },
    };
    Ok(Decoded::Event(Box::new(Event {
        key: EventKey::new(Platform::Slack, &[&team, &channel, &ts]),
        platform: Platform::Slack,
        tenant: team,
        conversation: channel.clone(),
        user: User { id: user, name: None },
        locale: None,
        sent_at: sent_at(&ts),
        addressed,
        kind,
        mentions: Vec::new(),
        address: event::Address::of(&Address::Thread {
            channel,
            ts: message.thread_ts.unwrap_or(ts),
        }),
    })))
}

/// `1515449522.000016` as a time. The text itself stays the message's id: a number would not keep it.
fn sent_at(ts: &str) -> Option<Timestamp> {
    let (secs, micros) = ts.split_once('.')?;
    let millis: u64 = micros.get(..3)?.parse().ok()?;
    Some(Timestamp::from_millis(secs.parse::<u64>().ok()?.checked_mul(1000)?.checked_add(millis)?))
}

fn decode_form(body: &[u8], hooks_url: &str) -> Result<Decoded, DecodeError> {
    let mut form: BTreeMap<Cow<'_, str>, Cow<'_, str>> = form_urlencoded::parse(body).collect();
    if let Some(payload) = form.get("payload") {
        return decode_interaction(payload);
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
        kind: EventKind::Command { name: line.name, arguments: Arguments::Text(rest) },
        mentions: Vec::new(),
        address: event::Address::of(&Address::Command { channel, response_url }),
    })))
}

/// Buttons, menus and modals: acknowledged, so that Slack shows no error.
fn decode_interaction(payload: &str) -> Result<Decoded, DecodeError> {
    #[derive(Deserialize)]
    struct Interaction {
        #[serde(rename = "type")]
        kind: String,
    }

    let interaction: Interaction = serde_json::from_str(payload)?;
    Ok(match interaction.kind.as_str() {
        "block_suggestion" => Decoded::Answer(Response::json(200, &json!({ "options": [] }))),
        _ => Decoded::ignored(Ignored::Kind),
    })
}
