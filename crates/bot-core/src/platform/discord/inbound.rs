//! Verifies and reads what Discord sends.

use ed25519_dalek::{Signature, VerifyingKey};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::{
    DecodeError, Decoded, Ignored, Inbound, Opening, Platform, Verified, VerifyError,
};
use super::interaction::{Command, Component, EPHEMERAL, Incoming, Message};
use super::{Address, Pressed, modal};
use crate::action::pressed;
use crate::bot::Typing;
use crate::command::{Arg, Spec};
use crate::event::{self, Arguments, Event, EventKey, EventKind};
use crate::hash::decode_hex;
use crate::http::{JSON, Request, Response};
use crate::time::Timestamp;

const SIGNATURE: &str = "x-signature-ed25519";
const TIMESTAMP: &str = "x-signature-timestamp";

/// Milliseconds between the Unix epoch and the first second of 2015, from which snowflakes count.
///
/// <https://docs.discord.com/developers/reference#snowflakes>
const SNOWFLAKE_EPOCH: u64 = 1_420_070_400_000;

/// Discord's webhooks.
pub(super) struct Discord {
    pub(super) public_keys: Vec<VerifyingKey>,
    pub(super) application_id: Option<String>,
}

impl Inbound for Discord {
    /// Discord names no replay window, and its interactions' ids are unique: a replay is the same event again.
    fn verify(&self, request: &Request, _now: Timestamp) -> Result<(), VerifyError> {
        let timestamp = request.headers.get(TIMESTAMP).ok_or(VerifyError::Missing(TIMESTAMP))?;
        let signature = request.headers.get(SIGNATURE).ok_or(VerifyError::Missing(SIGNATURE))?;
        let signature: [u8; 64] = decode_hex(signature).ok_or(VerifyError::Malformed(SIGNATURE))?;
        let signature = Signature::from_bytes(&signature);
        let message = [timestamp.as_bytes(), &request.body].concat();
        // Strict: a signature has exactly one valid form, and weak keys have none.
        if self.public_keys.iter().any(|key| key.verify_strict(&message, &signature).is_ok()) {
            Ok(())
        } else {
            Err(VerifyError::Mismatch)
        }
    }

    fn decode(&self, request: Verified<'_>) -> Result<Decoded, DecodeError> {
        let incoming: Incoming = serde_json::from_slice(request.body())?;
        let (Some(id), Some(token)) = (incoming.id.clone(), incoming.token.clone()) else {
            return Ok(decode_webhook_event(&incoming));
        };
        Ok(match incoming.kind {
            1 => Decoded::Answer(Response::json(200, &json!({ "type": callback::PONG }))),
            2 => self.decode_command(incoming, &id, token)?,
            3 => self.decode_press(incoming, &id, token)?,
            // Nobody could do anything about it later, and who is writing can go on without.
            4 => decode_typing(incoming).unwrap_or_else(|_| {
                Decoded::Ignored(Ignored::Kind, self.respond_suggestions("", &[]))
            }),
            5 => self.decode_form(incoming, &id, token)?,
            _ => Decoded::Ignored(Ignored::Kind, Response::empty(202)),
        })
    }

    fn respond(&self, event: &Event, queued: bool) -> Response {
        // Discord sends an interaction once: when it cannot be queued, the person has to try again.
        let answer = match event.kind {
            _ if !queued => tell("I could not take that in. Please try again."),
            EventKind::Press { .. } => json!({ "type": callback::DEFERRED_UPDATE }),
            // Who sees the answer cannot be changed any more once it is deferred.
            _ if event.ephemeral => {
                json!({ "type": callback::DEFERRED_MESSAGE, "data": { "flags": EPHEMERAL } })
            }
            _ => json!({ "type": callback::DEFERRED_MESSAGE }),
        };
        Response::json(200, &answer)
    }

    fn open(&self, _request: Verified<'_>, _event: &Event, spec: &Spec) -> Option<Opening> {
        let answer = json!({ "type": callback::MODAL, "data": modal::of(spec) });
        Some(Opening::Answer(Response::json(200, &answer)))
    }

    /// Discord takes 25 choices of 1 to 100 characters:
    /// <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-autocomplete>.
    fn respond_suggestions(&self, _typed: &str, values: &[String]) -> Response {
        let fits = |value: &&String| (1..=Arg::MOST_CHOICE_CHARS).contains(&value.chars().count());
        let choices = values.iter().filter(fits).take(Arg::MOST_CHOICES);
        let choices: Value =
            choices.map(|value| json!({ "name": value, "value": value })).collect();
        let answer = json!({ "type": callback::AUTOCOMPLETE, "data": { "choices": choices } });
        Response::json(200, &answer)
    }

    fn respond_unreadable(&self, _request: Verified<'_>) -> Response {
        Response::json(200, &tell("I could not read that. Somebody will look at it."))
    }
}

impl Discord {
    fn decode_command(
        &self,
        mut incoming: Incoming,
        id: &str,
        token: String,
    ) -> Result<Decoded, DecodeError> {
        let data = incoming.data.take().ok_or(DecodeError::Missing("data"))?;
        let (name, arguments) = Command::deserialize(data)?.given();
        self.event(incoming, id, token, EventKind::Command { name, arguments }, None)
    }

    /// A form of ours that was sent. For any other the person is told.
    fn decode_form(
        &self,
        mut incoming: Incoming,
        id: &str,
        token: String,
    ) -> Result<Decoded, DecodeError> {
        let data = incoming.data.take().ok_or(DecodeError::Missing("data"))?;
        let Some((name, arguments)) = modal::Submitted::deserialize(data)?.given() else {
            return Ok(not_ours(&tell("This form is not in use any more.")));
        };
        let arguments = Arguments::Named(arguments);
        let kind = EventKind::Command { name, arguments };
        Ok(match self.event(incoming, id, token, kind, None)? {
            Decoded::Event(event) => Decoded::Form(event),
            other => other,
        })
    }

    /// A press of one of our buttons. Any other is acknowledged, so that Discord shows no error.
    fn decode_press(
        &self,
        mut incoming: Incoming,
        id: &str,
        token: String,
    ) -> Result<Decoded, DecodeError> {
        let data = incoming.data.take().ok_or(DecodeError::Missing("data"))?;
        let component = Component::deserialize(data)?;
        let Some(sealed) = component.token() else {
            return Ok(not_ours(&json!({ "type": callback::DEFERRED_UPDATE })));
        };
        let kind = pressed(sealed.to_owned(), &incoming.user()?);
        let is_ephemeral = incoming.message.as_ref().is_some_and(Message::is_ephemeral);
        let pressed = kind.is_press().then_some(Pressed { is_ephemeral });
        self.event(incoming, id, token, kind, pressed)
    }

    fn event(
        &self,
        incoming: Incoming,
        id: &str,
        token: String,
        kind: EventKind,
        pressed: Option<Pressed>,
    ) -> Result<Decoded, DecodeError> {
        let user = incoming.user()?;
        let application_id = incoming
            .application_id
            .or_else(|| self.application_id.clone())
            .ok_or(DecodeError::Missing("application_id"))?;
        // What follows from what one person alone sees, others do not see either.
        let ephemeral = incoming.message.as_ref().is_some_and(Message::is_ephemeral);
        Ok(Decoded::Event(Box::new(Event {
            key: EventKey::new(Platform::Discord, &[id]),
            platform: Platform::Discord,
            tenant: application_id.clone(),
            conversation: incoming.channel_id.unwrap_or_else(|| user.id.clone()),
            user,
            locale: incoming.locale,
            sent_at: sent_at(id),
            addressed: true,
            kind,
            mentions: Vec::new(),
            channels: Vec::new(),
            files: Vec::new(),
            ephemeral,
            address: event::Address::of(&Address { application_id, token, pressed }),
        })))
    }
}

/// Interaction callback types.
///
/// <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object>
mod callback {
    pub(super) const PONG: u8 = 1;
    pub(super) const MESSAGE: u8 = 4;
    pub(super) const DEFERRED_MESSAGE: u8 = 5;
    pub(super) const DEFERRED_UPDATE: u8 = 6;
    pub(super) const AUTOCOMPLETE: u8 = 8;
    pub(super) const MODAL: u8 = 9;
}

fn tell(text: &str) -> Value {
    json!({ "type": callback::MESSAGE, "data": { "content": text, "flags": EPHEMERAL } })
}

fn not_ours(answer: &Value) -> Decoded {
    Decoded::Ignored(Ignored::NotOurs, Response::json(200, answer))
}

fn decode_typing(incoming: Incoming) -> Result<Decoded, DecodeError> {
    let data = incoming.data.ok_or(DecodeError::Missing("data"))?;
    let (command, focused) = Command::deserialize(data)?.focused();
    let (argument, typed) = focused.ok_or(DecodeError::Missing("focused"))?;
    Ok(Decoded::Typing(Typing { command, argument, typed }))
}

/// Webhook events are acknowledged with 204; their PING is type 0, where an interaction's is 1.
///
/// The content type is asked for even here: <https://docs.discord.com/developers/events/webhook-events>.
fn decode_webhook_event(incoming: &Incoming) -> Decoded {
    let response = Response { status: 204, headers: vec![JSON], body: String::new() };
    if incoming.kind == 0 {
        return Decoded::Answer(response);
    }
    let kind = incoming.event.as_ref().and_then(|event| event.get("type")).and_then(Value::as_str);
    let reason = match kind {
        Some("APPLICATION_AUTHORIZED") => Ignored::Added,
        Some("APPLICATION_DEAUTHORIZED") => Ignored::Removed,
        _ => Ignored::Kind,
    };
    Decoded::Ignored(reason, response)
}

/// When a snowflake was made.
fn sent_at(snowflake: &str) -> Option<Timestamp> {
    let snowflake: u64 = snowflake.parse().ok()?;
    Some(Timestamp::from_millis((snowflake >> 22) + SNOWFLAKE_EPOCH))
}
