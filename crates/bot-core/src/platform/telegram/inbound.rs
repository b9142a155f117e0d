//! Verifies and reads what Telegram sends.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use subtle::ConstantTimeEq as _;

use super::super::{DecodeError, Decoded, Ignored, Inbound, Platform, Verified, VerifyError};
use super::Address;
use crate::event::{self, Arguments, Event, EventKey, EventKind, User, split_command};
use crate::http::{Request, Response};
use crate::time::Timestamp;

const SECRET_TOKEN: &str = "x-telegram-bot-api-secret-token";

/// The account in whose name administrators of a group speak anonymously.
///
/// <https://core.telegram.org/bots/api#message>, at `from` and `sender_chat`.
const ANONYMOUS_ADMIN: i64 = 1_087_968_824;

/// How many entities are looked at: 100, which is how many a message has.
///
/// <https://core.telegram.org/bots/api#sendmessage>; without a limit a long list would take long.
const MOST_ENTITIES: usize = 100;

/// Telegram's webhooks.
pub(super) struct Telegram {
    pub(super) secret_tokens: Vec<SecretString>,
    pub(super) username: Option<String>,
}

impl Inbound for Telegram {
    fn verify(&self, request: &Request, _now: Timestamp) -> Result<(), VerifyError> {
        let token = request.headers.get(SECRET_TOKEN).ok_or(VerifyError::Missing(SECRET_TOKEN))?;
        let matches = |secret: &SecretString| {
            token.as_bytes().ct_eq(secret.expose_secret().as_bytes()).into()
        };
        if self.secret_tokens.iter().any(matches) { Ok(()) } else { Err(VerifyError::Mismatch) }
    }

    fn decode(&self, request: Verified<'_>) -> Result<Decoded, DecodeError> {
        let mut update: Map<String, Value> = serde_json::from_slice(request.body())?;
        let id = update
            .get("update_id")
            .and_then(Value::as_i64)
            .ok_or(DecodeError::Missing("update_id"))?;
        if let Some(message) = update.remove("message") {
            return self.decode_message(id, Message::deserialize(message)?);
        }
        if let Some(query) = update.get("callback_query").and_then(|query| query.get("id")) {
            // A button of an older bot: answered, so that it stops turning.
            let answer = json!({ "method": "answerCallbackQuery", "callback_query_id": query });
            return Ok(Decoded::Ignored(Ignored::Kind, Response::json(200, &answer)));
        }
        let is_edit = update.keys().any(|kind| kind.starts_with("edited_"));
        Ok(Decoded::ignored(if is_edit { Ignored::Edited } else { Ignored::Kind }))
    }

    fn respond(&self, _event: &Event, queued: bool) -> Response {
        if queued { Response::empty(200) } else { Response::error(503, "not accepted, try again") }
    }
}

#[derive(Deserialize)]
struct Message {
    message_id: i64,
    date: Option<u64>,
    chat: Chat,
    from: Option<Person>,
    sender_chat: Option<Chat>,
    text: Option<String>,
    entities: Option<Vec<Entity>>,
    caption: Option<String>,
    caption_entities: Option<Vec<Entity>>,
    message_thread_id: Option<i64>,
    #[serde(default)]
    is_topic_message: bool,
}

#[derive(Deserialize)]
struct Chat {
    id: i64,
    #[serde(rename = "type")]
    kind: Option<String>,
    title: Option<String>,
}

#[derive(Deserialize)]
struct Person {
    id: i64,
    #[serde(default)]
    is_bot: bool,
    first_name: Option<String>,
    language_code: Option<String>,
}

/// A marked part of the text; offset and length count UTF-16 code units.
#[derive(Deserialize)]
struct Entity {
    #[serde(rename = "type")]
    kind: String,
    offset: usize,
    length: usize,
}

impl Telegram {
    fn decode_message(&self, update_id: i64, message: Message) -> Result<Decoded, DecodeError> {
        let Some(from) = message.from else { return Ok(Decoded::ignored(Ignored::NoText)) };
        let (user, locale) = match message.sender_chat {
            Some(admin) if from.id == ANONYMOUS_ADMIN => {
                (User { id: admin.id.to_string(), name: admin.title }, None)
            }
            _ if from.is_bot => return Ok(Decoded::ignored(Ignored::FromBot)),
            _ => (User { id: from.id.to_string(), name: from.first_name }, from.language_code),
        };
        let Some((text, entities)) = message
            .text
            .map(|text| (text, message.entities))
            .or(message.caption.map(|c| (c, message.caption_entities)))
        else {
            return Ok(Decoded::ignored(Ignored::NoText));
        };
        let is_direct = message.chat.kind.as_deref() == Some("private");
        let (text, mentioned) = self.without_mention(&text, &entities.unwrap_or_default());
        let (kind, addressed) = match split_command(&text) {
            Some(line) => {
                if line.bot.is_some_and(|bot| !self.is_our_name(bot)) {
                    return Ok(Decoded::ignored(Ignored::OtherBot));
                }
                let arguments = Arguments::Text(line.rest.to_owned());
                (
                    EventKind::Command { name: line.name, arguments },
                    is_direct || mentioned || line.bot.is_some(),
                )
            }
            None => (EventKind::Message { text }, is_direct || mentioned),
        };
        let chat_id = message.chat.id;
        // Ordinary threads carry an id too, but sending to one of those fails.
        let topic = message.message_thread_id.filter(|_| message.is_topic_message);
        let conversation = match topic {
            Some(topic) => format!("{chat_id}:{topic}"),
            None => chat_id.to_string(),
        };
        let reply_to = (!is_direct).then_some(message.message_id);
        // Updates are numbered by bot. This function does not hold the token that has the bot's id.
        let bot = self.username.as_deref().unwrap_or_default().to_ascii_lowercase();
        Ok(Decoded::Event(Box::new(Event {
            key: EventKey::new(Platform::Telegram, &[&bot, &update_id.to_string()]),
            platform: Platform::Telegram,
            // One deployment serves one bot, and its states outlive a change of its name.
            tenant: "bot".to_owned(),
            conversation,
            user,
            locale,
            sent_at: message.date.map(Timestamp::from_secs),
            addressed,
            kind,
            mentions: Vec::new(),
            address: event::Address::of(&Address { chat_id, topic, reply_to }),
        })))
    }

    /// Whether `/command@name` names this bot.
    ///
    /// A bot that was not told its name takes every command: Telegram by itself delivers only those meant for it.
    fn is_our_name(&self, name: &str) -> bool {
        self.username.as_deref().is_none_or(|ours| ours.eq_ignore_ascii_case(name))
    }

    /// The text without the first mention of the bot, and whether there was one.
    fn without_mention(&self, text: &str, entities: &[Entity]) -> (String, bool) {
        let mut mentions =
            entities.iter().take(MOST_ENTITIES).filter(|entity| entity.kind == "mention");
        let mention = mentions.find_map(|entity| {
            let (before, mention, after) = slice_utf16(text, entity.offset, entity.length)?;
            let name = mention.strip_prefix('@')?;
            self.username.as_deref()?.eq_ignore_ascii_case(name).then_some((before, after))
        });
        match mention {
            Some((before, after)) => {
                (format!("{}{}", before, after.trim_start()).trim().to_owned(), true)
            }
            None => (text.trim().to_owned(), false),
        }
    }
}

/// What stands before, in and after a range given in UTF-16 code units; `None` when it is no range of this text.
fn slice_utf16(text: &str, offset: usize, length: usize) -> Option<(&str, &str, &str)> {
    let split = |text: &'_ str, units: usize| {
        let mut seen = 0;
        for (at, c) in text.char_indices() {
            if seen == units {
                return Some(at);
            }
            seen += c.len_utf16();
        }
        (seen == units).then_some(text.len())
    };
    let (before, rest) = text.split_at(split(text, offset)?);
    let (inside, after) = rest.split_at(split(rest, length)?);
    Some((before, inside, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_by_utf16_units() {
        // (text, offset, length, parts)
        let cases = [
            ("@bot hi", 0, 4, Some(("", "@bot", " hi"))),
            ("🧀 @bot", 3, 4, Some(("🧀 ", "@bot", ""))),
            ("é@bot", 1, 4, Some(("é", "@bot", ""))),
            ("🧀", 1, 1, None),
            ("abc", 2, 2, None),
            ("abc", 4, 0, None),
            ("abc", usize::MAX, usize::MAX, None),
            ("", 0, 0, Some(("", "", ""))),
        ];

        for (text, offset, length, parts) in cases {
            assert_eq!(slice_utf16(text, offset, length), parts, "{text:?} {offset} {length}");
        }
    }
}
