//! What the Events API calls back with: messages, mentions, and people who come into a channel.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::{DecodeError, Decoded, Ignored, Platform};
use super::{Address, sent_at, text};
use crate::event::{
    self, Arguments, Event, EventKey, EventKind, File, Joined, User, split_command,
};
use crate::http::Response;

/// The body of an Events API request.
#[derive(Deserialize)]
struct Incoming {
    #[serde(rename = "type")]
    kind: String,
    challenge: Option<String>,
    team_id: Option<String>,
    api_app_id: Option<String>,
    event_id: Option<String>,
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
    files: Option<Vec<Attached>>,
}

/// A file that was shared: <https://docs.slack.dev/reference/objects/file-object>.
#[derive(Deserialize)]
pub(super) struct Attached {
    #[serde(default)]
    id: String,
    name: Option<String>,
    mimetype: Option<String>,
    size: Option<u64>,
    url_private: Option<String>,
}

impl From<Attached> for File {
    fn from(file: Attached) -> Self {
        Self {
            id: file.id,
            name: file.name,
            media_type: file.mimetype,
            bytes: file.size,
            url: file.url_private,
        }
    }
}

/// Somebody's coming into a channel.
#[derive(Deserialize)]
struct Arrival {
    user: Option<String>,
    inviter: Option<String>,
    channel: Option<String>,
    event_ts: Option<String>,
}

/// For fields that matter only by being there.
fn is_present<'de, D: serde::Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    Ok(Option::<serde::de::IgnoredAny>::deserialize(value)?.is_some())
}

pub(super) fn decode(body: &[u8]) -> Result<Decoded, DecodeError> {
    let incoming: Incoming = serde_json::from_slice(body)?;
    let event = incoming.event.unwrap_or_default();
    match (incoming.kind.as_str(), event.get("type").and_then(Value::as_str)) {
        ("url_verification", _) => {
            let challenge = incoming.challenge.ok_or(DecodeError::Missing("challenge"))?;
            return Ok(Decoded::Answer(Response::json(200, &json!({ "challenge": challenge }))));
        }
        ("event_callback", Some("message" | "app_mention" | "member_joined_channel")) => {}
        ("event_callback", None) => return Err(DecodeError::Missing("event.type")),
        ("event_callback", Some("app_uninstalled" | "tokens_revoked")) => {
            return Ok(Decoded::ignored(Ignored::Removed));
        }
        ("event_callback", Some("app_home_opened")) => {
            return Ok(Decoded::ignored(Ignored::Home));
        }
        ("app_rate_limited", _) => return Ok(Decoded::ignored(Ignored::HeldBack)),
        _ => return Ok(Decoded::ignored(Ignored::Kind)),
    }
    let team = incoming.team_id.ok_or(DecodeError::Missing("team_id"))?;
    let bot = incoming.authorizations.unwrap_or_default().into_iter().find(|user| user.is_bot);
    let our_user = bot.and_then(|bot| bot.user_id);
    if event.get("type").and_then(Value::as_str) == Some("member_joined_channel") {
        let id = incoming.event_id.ok_or(DecodeError::Missing("event_id"))?;
        decode_arrival(Arrival::deserialize(event)?, team, &id, our_user.as_deref())
    } else {
        let message = Message::deserialize(event)?;
        decode_message(message, team, incoming.api_app_id.as_deref(), our_user.as_deref())
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
    let kind = match split_command(&plain.text).filter(|_| addressed) {
        Some(line) => {
            EventKind::Command { name: line.name, arguments: Arguments::Text(line.rest.to_owned()) }
        }
        None => EventKind::Message { text: plain.text },
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
        mentions: plain.mentions,
        channels: plain.channels,
        files: message.files.into_iter().flatten().map(File::from).collect(),
        ephemeral: false,
        address: event::Address::of(&Address::Thread {
            channel,
            ts: message.thread_ts.unwrap_or_else(|| ts.clone()),
            message: Some(ts),
        }),
    })))
}

/// The bot's own arrival, or a person's.
fn decode_arrival(
    arrival: Arrival,
    team: String,
    event_id: &str,
    our_user: Option<&str>,
) -> Result<Decoded, DecodeError> {
    let came = arrival.user.ok_or(DecodeError::Missing("event.user"))?;
    let channel = arrival.channel.ok_or(DecodeError::Missing("event.channel"))?;
    let bot = our_user == Some(came.as_str());
    let named = |id: String| User { id, name: None };
    let people = if bot { Vec::new() } else { vec![named(came.clone())] };
    // The bot speaks to who came, or to who has brought it here.
    let user = if bot { arrival.inviter.unwrap_or(came) } else { came };
    Ok(Decoded::Event(Box::new(Event {
        key: EventKey::new(Platform::Slack, &[&team, "event", event_id]),
        platform: Platform::Slack,
        tenant: team,
        conversation: channel.clone(),
        user: named(user),
        locale: None,
        sent_at: arrival.event_ts.as_deref().and_then(sent_at),
        addressed: bot,
        kind: EventKind::Joined(Joined { bot, people }),
        mentions: Vec::new(),
        channels: Vec::new(),
        files: Vec::new(),
        ephemeral: false,
        address: event::Address::of(&Address::Channel { channel }),
    })))
}
