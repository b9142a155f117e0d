//! Verifies and reads what Discord sends.

use std::collections::BTreeMap;

use ed25519_dalek::{Signature, VerifyingKey};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::{DecodeError, Decoded, Ignored, Inbound, Platform, Verified, VerifyError};
use super::Address;
use crate::event::{self, Arguments, Event, EventKey, EventKind, User};
use crate::hash::decode_hex;
use crate::http::{JSON, Request, Response};
use crate::time::Timestamp;

const SIGNATURE: &str = "x-signature-ed25519";
const TIMESTAMP: &str = "x-signature-timestamp";

/// Milliseconds between the Unix epoch and the first second of 2015, from which snowflakes count.
///
/// <https://docs.discord.com/developers/reference#snowflakes>
const SNOWFLAKE_EPOCH: u64 = 1_420_070_400_000;

/// A message only the person who acted sees.
///
/// <https://docs.discord.com/developers/resources/message#message-object-message-flags>
const EPHEMERAL: u32 = 64;

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
            return Ok(decode_webhook_event(incoming.kind));
        };
        Ok(match incoming.kind {
            1 => Decoded::Answer(Response::json(200, &json!({ "type": callback::PONG }))),
            2 => self.decode_command(incoming, id, token)?,
            // A button or menu of an older bot: acknowledged, so that Discord shows no error.
            3 => ignored(&json!({ "type": callback::DEFERRED_UPDATE })),
            4 => Decoded::Answer(Response::json(
                200,
                &json!({ "type": callback::AUTOCOMPLETE, "data": { "choices": [] } }),
            )),
            5 => ignored(&tell("This form is not in use any more.")),
            _ => Decoded::Ignored(Ignored::Kind, Response::empty(202)),
        })
    }

    fn respond(&self, _event: &Event, queued: bool) -> Response {
        // Discord sends an interaction once: when it cannot be queued, the person has to try again.
        let answer = if queued {
            json!({ "type": callback::DEFERRED_MESSAGE })
        } else {
            tell("I could not take that in. Please try again.")
        };
        Response::json(200, &answer)
    }

    fn respond_unreadable(&self, _request: Verified<'_>) -> Response {
        Response::json(200, &tell("I could not read that. Somebody will look at it."))
    }
}

impl Discord {
    fn decode_command(
        &self,
        incoming: Incoming,
        id: String,
        token: String,
    ) -> Result<Decoded, DecodeError> {
        let application_id = incoming
            .application_id
            .or_else(|| self.application_id.clone())
            .ok_or(DecodeError::Missing("application_id"))?;
        // In a guild the person is the member's, elsewhere there is no member.
        let person = incoming
            .member
            .and_then(|member| member.user)
            .or(incoming.user)
            .ok_or(DecodeError::Missing("user"))?;
        let command = Command::deserialize(incoming.data.ok_or(DecodeError::Missing("data"))?)?;
        let mut name = command.name;
        let arguments = flatten(&mut name, command.options.unwrap_or_default());
        Ok(Decoded::Event(Box::new(Event {
            key: EventKey::new(Platform::Discord, &[&id]),
            platform: Platform::Discord,
            tenant: application_id.clone(),
            conversation: incoming.channel_id.unwrap_or_else(|| person.id.clone()),
            user: User { id: person.id, name: person.global_name.or(person.username) },
            locale: incoming.locale,
            sent_at: sent_at(&id),
            addressed: true,
            kind: EventKind::Command { name, arguments: Arguments::Named(arguments) },
            mentions: Vec::new(),
            address: event::Address::of(&Address { application_id, token }),
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
}

fn tell(text: &str) -> Value {
    json!({ "type": callback::MESSAGE, "data": { "content": text, "flags": EPHEMERAL } })
}

fn ignored(answer: &Value) -> Decoded {
    Decoded::Ignored(Ignored::Kind, Response::json(200, answer))
}

/// An interaction, or an event of the webhook-events endpoint: those have neither id nor token.
#[derive(Deserialize)]
struct Incoming {
    #[serde(rename = "type")]
    kind: u8,
    id: Option<String>,
    token: Option<String>,
    application_id: Option<String>,
    channel_id: Option<String>,
    member: Option<Member>,
    user: Option<Person>,
    locale: Option<String>,
    data: Option<Value>,
}

#[derive(Deserialize)]
struct Member {
    user: Option<Person>,
}

#[derive(Deserialize)]
struct Person {
    id: String,
    username: Option<String>,
    global_name: Option<String>,
}

#[derive(Deserialize)]
struct Command {
    name: String,
    options: Option<Vec<CommandOption>>,
}

#[derive(Deserialize)]
struct CommandOption {
    name: String,
    value: Option<Value>,
    options: Option<Vec<Self>>,
}

/// Webhook events are acknowledged with 204; their PING is type 0, where an interaction's is 1.
///
/// The content type is asked for even here: <https://docs.discord.com/developers/events/webhook-events>.
fn decode_webhook_event(kind: u8) -> Decoded {
    let response = Response { status: 204, headers: vec![JSON], body: String::new() };
    if kind == 0 { Decoded::Answer(response) } else { Decoded::Ignored(Ignored::Kind, response) }
}

/// Subcommands become part of the command's name; what remains are its arguments.
fn flatten(name: &mut String, options: Vec<CommandOption>) -> BTreeMap<String, Value> {
    let mut arguments = BTreeMap::new();
    // Discord nests two levels; whatever nests deeper is cut off rather than followed.
    let mut level = options;
    for _ in 0..3 {
        let mut below = Vec::new();
        for option in level {
            match option.value {
                Some(value) => {
                    arguments.insert(option.name, value);
                }
                None => {
                    name.push(' ');
                    name.push_str(&option.name);
                    below.extend(option.options.unwrap_or_default());
                }
            }
        }
        level = below;
    }
    arguments
}

/// When a snowflake was made.
fn sent_at(snowflake: &str) -> Option<Timestamp> {
    let snowflake: u64 = snowflake.parse().ok()?;
    Some(Timestamp::from_millis((snowflake >> 22) + SNOWFLAKE_EPOCH))
}
