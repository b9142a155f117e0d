//! Verifies and reads what Telegram sends.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use subtle::ConstantTimeEq as _;

use super::super::{DecodeError, Decoded, Ignored, Inbound, Platform, Verified, VerifyError};
use super::entity::{self, Entity};
use super::{Address, Pressed, files, keyboard};
use crate::action::{self, is_token};
use crate::event::{
    self, Arguments, Event, EventKey, EventKind, Joined, Moved, User, split_command,
};
use crate::http::{Request, Response};
use crate::time::Timestamp;

const SECRET_TOKEN: &str = "x-telegram-bot-api-secret-token";

/// The kinds of updates that are read, which are those Telegram is asked for.
///
/// Who joins comes as a message, and so does a group's new id. `my_chat_member` is not among them: where it comes all the same, it is counted and no more.
pub const UPDATES: &[&str] = &["message", "callback_query"];

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
            return Ok(self.decode_message(id, Message::deserialize(message)?));
        }
        if let Some(query) = update.remove("callback_query") {
            return Ok(self.decode_query(id, Query::deserialize(query)?));
        }
        if let Some(change) = update.remove("my_chat_member") {
            return Ok(Decoded::ignored(Membership::deserialize(change)?.meaning()));
        }
        let is_edit = update.keys().any(|kind| kind.starts_with("edited_"));
        Ok(Decoded::ignored(if is_edit { Ignored::Edited } else { Ignored::Kind }))
    }

    /// Any client can send any press, and what opens a form is not sealed.
    fn is_made_up(&self, event: &Event) -> bool {
        let is_command = matches!(event.kind, EventKind::Command { .. });
        let address = event.address.read::<Address>();
        is_command && address.is_some_and(|address| address.pressed.is_some())
    }

    fn respond(&self, event: &Event, queued: bool) -> Response {
        if !queued {
            return Response::error(503, "not accepted, try again");
        }
        match event.address.read::<Address>().and_then(|address| address.pressed) {
            Some(pressed) => answer_query(&pressed.query),
            None => Response::empty(200),
        }
    }
}

/// Until its query is answered, a button turns: <https://core.telegram.org/bots/api#answercallbackquery>.
fn answer_query(query: &str) -> Response {
    Response::json(200, &json!({ "method": "answerCallbackQuery", "callback_query_id": query }))
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
    new_chat_members: Option<Vec<Person>>,
    migrate_to_chat_id: Option<i64>,
    migrate_from_chat_id: Option<i64>,
    message_thread_id: Option<i64>,
    #[serde(default)]
    is_topic_message: bool,
    #[serde(default)]
    is_automatic_forward: bool,
    #[serde(flatten)]
    files: files::Files,
}

/// A change of what the bot may do in a chat.
#[derive(Deserialize)]
struct Membership {
    new_chat_member: Member,
}

#[derive(Deserialize)]
struct Member {
    status: String,
}

impl Membership {
    /// `kicked` is a person's blocking the bot, too: <https://core.telegram.org/bots/api#chatmember>.
    fn meaning(&self) -> Ignored {
        match self.new_chat_member.status.as_str() {
            "kicked" | "left" => Ignored::Removed,
            // A message says so, too.
            "member" | "administrator" => Ignored::Added,
            _ => Ignored::Kind,
        }
    }
}

/// A press; the message is missing when the button came with an inline result.
#[derive(Deserialize)]
struct Query {
    id: String,
    from: Person,
    message: Option<Message>,
    data: Option<String>,
}

#[derive(Deserialize)]
struct Chat {
    id: i64,
    #[serde(rename = "type")]
    kind: Option<String>,
    title: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Person {
    id: i64,
    #[serde(default)]
    is_bot: bool,
    first_name: Option<String>,
    username: Option<String>,
    language_code: Option<String>,
}

impl Message {
    /// Whether it is in a chat with one person.
    fn is_direct(&self) -> bool {
        self.chat.kind.as_deref() == Some("private")
    }

    /// Whether it is too old for Telegram to tell more of it than where it is.
    ///
    /// <https://core.telegram.org/bots/api#inaccessiblemessage>
    fn is_inaccessible(&self) -> bool {
        self.date == Some(0)
    }

    /// That a group has become a supergroup. It is told in both, as the last message of the one and the first of the other.
    ///
    /// <https://core.telegram.org/bots/api#message>
    fn moved(&self) -> Option<Moved> {
        let here = self.chat.id;
        let from = self.migrate_from_chat_id.map(|from| (from, here));
        let (from, to) = from.or(self.migrate_to_chat_id.map(|to| (here, to)))?;
        Some(Moved { from: from.to_string(), to: to.to_string() })
    }

    /// Where an answer to it goes.
    fn address(&self) -> Address {
        Address {
            chat_id: self.chat.id,
            // Ordinary threads carry an id too, but sending to one of those fails.
            topic: self.message_thread_id.filter(|_| self.is_topic_message),
            message: Some(self.message_id),
            reply_to: (!self.is_direct()).then_some(self.message_id),
            pressed: None,
        }
    }
}

impl Person {
    /// Whether its username is the one `is_name` tells.
    pub(super) fn is_called(&self, is_name: impl Fn(&str) -> bool) -> bool {
        self.username.as_deref().is_some_and(is_name)
    }
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        Self { id: person.id.to_string(), name: person.first_name }
    }
}

impl Telegram {
    fn decode_message(&self, update_id: i64, message: Message) -> Decoded {
        let address = message.address();
        let is_direct = message.is_direct();
        if let Some(moved) = message.moved() {
            let nobody = User { id: message.chat.id.to_string(), name: message.chat.title };
            let event = self.event(update_id, &address, nobody, EventKind::Moved(moved));
            return Decoded::Event(Box::new(event));
        }
        // It comes in the name of an account of Telegram's own, which is neither a person nor called a bot.
        if message.is_automatic_forward {
            return Decoded::ignored(Ignored::Channel);
        }
        let sent_at = message.date.map(Timestamp::from_secs);
        let Some(from) = message.from else { return Decoded::ignored(Ignored::NoText) };
        let (user, locale) = match message.sender_chat {
            // Somebody speaks as a group or a channel; whom Telegram names besides is a stand-in, and is called a bot:
            // <https://core.telegram.org/bots/api#message>, at `from` and `sender_chat`.
            Some(chat) if from.is_bot => (User { id: chat.id.to_string(), name: chat.title }, None),
            _ if from.is_bot => return Decoded::ignored(Ignored::FromBot),
            _ => {
                let locale = from.language_code.clone();
                (from.into(), locale)
            }
        };
        let files = files::of(message.files);
        let event = |kind| Event { sent_at, locale, ..self.event(update_id, &address, user, kind) };
        if let Some(newcomers) = message.new_chat_members {
            let Some(joined) = self.joined(newcomers) else {
                return Decoded::ignored(Ignored::NoText);
            };
            let mut event = event(EventKind::Joined(joined.clone()));
            event.addressed = false;
            // The bot speaks to who came, or to who has brought them.
            if let [came] = joined.people.as_slice()
                && came.id != event.user.id
            {
                event.user = came.clone();
                // What was told is the other one's.
                event.locale = None;
            }
            return Decoded::Event(Box::new(event));
        }
        let words = message.text.map(|text| (text, message.entities));
        let words = words.or(message.caption.map(|caption| (caption, message.caption_entities)));
        let Some((text, entities)) = words.or((!files.is_empty()).then(Default::default)) else {
            return Decoded::ignored(Ignored::NoText);
        };
        let named = entity::read(&text, entities.unwrap_or_default(), |name| self.is_name(name));
        let (kind, addressed) = match split_command(&named.text) {
            Some(line) => {
                if line.bot.is_some_and(|bot| !self.takes_commands_of(bot)) {
                    return Decoded::ignored(Ignored::OtherBot);
                }
                let arguments = Arguments::Text(line.rest.to_owned());
                let is_named = named.is_bot || line.bot.is_some();
                (EventKind::Command { name: line.name, arguments }, is_direct || is_named)
            }
            None => (EventKind::Message { text: named.text }, is_direct || named.is_bot),
        };
        let (mentions, channels) = (named.people, named.channels);
        Decoded::Event(Box::new(Event { addressed, mentions, channels, files, ..event(kind) }))
    }

    /// A press of one of our buttons. Any other is answered, so that it stops turning.
    fn decode_query(&self, update_id: i64, query: Query) -> Decoded {
        let data = query.data.unwrap_or_default();
        let (data, topic) = keyboard::apart(&data);
        let (Some(message), true) = (query.message, is_token(data)) else {
            return Decoded::Ignored(Ignored::NotOurs, answer_query(&query.id));
        };
        let locale = query.from.language_code.clone();
        let user = User::from(query.from);
        let kind = action::pressed(data.to_owned(), &user);
        let pressed = Pressed { query: query.id, message_id: message.message_id };
        let mut address = Address { pressed: Some(pressed), ..message.address() };
        // What is not sealed opens in any topic.
        if message.is_inaccessible() && kind.is_press() {
            address.topic = topic;
        }
        let event = self.event(update_id, &address, user, kind);
        Decoded::Event(Box::new(Event { locale, ..event }))
    }

    /// An event that is meant for the bot, without what only some updates tell.
    fn event(&self, update_id: i64, address: &Address, user: User, kind: EventKind) -> Event {
        // Updates are numbered by bot. This function does not hold the token that has the bot's id.
        let bot = self.username.as_deref().unwrap_or_default().to_ascii_lowercase();
        Event {
            key: EventKey::new(Platform::Telegram, &[&bot, &update_id.to_string()]),
            platform: Platform::Telegram,
            // One deployment serves one bot, and its states outlive a change of its name.
            tenant: "bot".to_owned(),
            conversation: match address.topic {
                Some(topic) => format!("{}:{topic}", address.chat_id),
                None => address.chat_id.to_string(),
            },
            user,
            locale: None,
            sent_at: None,
            addressed: true,
            kind,
            mentions: Vec::new(),
            channels: Vec::new(),
            files: Vec::new(),
            ephemeral: false,
            address: event::Address::of(address),
        }
    }

    /// Who of `newcomers` is to be greeted, if anybody is; other bots are not.
    fn joined(&self, newcomers: Vec<Person>) -> Option<Joined> {
        let bot = newcomers.iter().any(|person| person.is_called(|name| self.is_name(name)));
        let people = newcomers.into_iter().filter(|person| !person.is_bot);
        let joined = Joined { bot, people: people.map(User::from).collect() };
        (joined.bot || !joined.people.is_empty()).then_some(joined)
    }

    /// Whether this is the bot's username.
    fn is_name(&self, name: &str) -> bool {
        self.username.as_deref().is_some_and(|ours| ours.eq_ignore_ascii_case(name))
    }

    /// Whether `/command@name` is given to this bot.
    ///
    /// A bot that was not told its name takes every command: Telegram by itself delivers only those meant for it.
    fn takes_commands_of(&self, name: &str) -> bool {
        self.username.is_none() || self.is_name(name)
    }
}
