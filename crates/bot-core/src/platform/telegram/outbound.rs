//! Says what the bot says to Telegram, and reads Telegram's answers.

use std::{iter, slice};

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::super::{
    ApiAnswer, ApiRequest, Call, EncodeError, Limit, Method, Outbound, Part, RequestError, Sent,
    Verdict, parts, seconds,
};
use super::keyboard::{blocks, empty, keyboard, placed};
use super::rich::{self, Entity, Rich};
use super::{Address, BOT_TOKEN};
use crate::action::Key;
use crate::event::{Event, User};
use crate::reply::{Reaction, Reply};

/// The longest `text`: 4,096 characters after parsing.
///
/// <https://core.telegram.org/bots/api#sendmessage>. Counted in UTF-16 code units, which is never too long whichever
/// unit Telegram counts in.
pub(super) const TEXT_LIMIT: usize = 4096;

const SEND: &str = "sendMessage";
const EDIT: &str = "editMessageText";
const REACT: &str = "setMessageReaction";

/// Telegram's Bot API.
pub(super) struct Telegram {
    pub(super) token: Option<SecretString>,
    pub(super) api_url: String,
}

impl Outbound for Telegram {
    fn encode(&self, event: &Event, replies: &[Reply]) -> Result<Vec<Call>, EncodeError> {
        let address: Address = event.address.read().ok_or(EncodeError)?;
        let key = self.key();
        let pressed = address.pressed.as_ref().map(|pressed| pressed.message_id);
        // An anonymous administrator speaks as the chat, and presses as a person.
        let is_person = !is_chat(&event.user);
        let call = |part: Part<'_>| {
            let markup = part.choices.map(|reply| {
                let is_reserved = reply.is_reserved() && is_person;
                keyboard(reply, |choice| {
                    placed(key.token(event, choice, is_reserved), address.topic)
                })
            });
            let chat = Some(address.chat_id.into());
            let Rich { text, entities, picture, .. } = rich::rich(&blocks(&part));
            // Without a parse mode the text appears as it stands.
            let text = Some(text.into());
            let entities = (!entities.is_empty())
                .then(|| entities.into_iter().map(Entity::into_json).collect());
            let preview = picture.map(|url| json!({ "url": url, "prefer_large_media": true }));
            let content =
                [("text", text), ("entities", entities), ("link_preview_options", preview)];
            let mut call = match pressed.filter(|_| part.edits) {
                Some(message) => post(
                    EDIT,
                    [
                        ("chat_id", chat),
                        ("message_id", Some(message.into())),
                        ("reply_markup", Some(markup.unwrap_or_else(empty))),
                    ],
                ),
                None => {
                    let [topic, reply] = place(&address);
                    let reply = (reply.0, reply.1.filter(|_| !part.unthreaded));
                    post(SEND, [("chat_id", chat), topic, reply, ("reply_markup", markup)])
                }
            };
            if let Some(body) = call.body.as_object_mut() {
                body.extend(given(content));
            }
            call
        };
        let calls = replies.iter().flat_map(|reply| {
            let reaction = address.message.zip(reply.as_reaction());
            let parts = parts(slice::from_ref(reply), TEXT_LIMIT, rich::cost, reaction.is_some());
            // After the message: that goes out even where nobody may react.
            let reaction = reaction.map(|(message, reaction)| react(&address, message, reaction));
            parts.into_iter().map(call).chain(reaction).collect::<Vec<_>>()
        });
        Ok(calls.collect())
    }

    fn working(&self, event: &Event, _notice: &str) -> Option<Call> {
        let address: Address = event.address.read()?;
        Some(post(
            "sendChatAction",
            [
                ("chat_id", Some(address.chat_id.into())),
                ("message_thread_id", address.topic.map(Value::from)),
                ("action", Some("typing".into())),
            ],
        ))
    }

    fn key(&self) -> Key {
        Key::of(self.token.as_ref())
    }

    /// Telegram does not tell a chat's limit from the bot's, and a chat's is the usual one: only a token that is refused
    /// holds them all. <https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this>
    fn limits(&self, event: &Event, _call: &Call) -> Vec<Limit> {
        iter::once(Limit::Token).chain(chat(event)).collect()
    }

    fn request(&self, call: &Call) -> Result<ApiRequest, RequestError> {
        if !call.target.chars().all(|c| c.is_ascii_alphabetic()) {
            return Err(RequestError::ForeignUrl);
        }
        let token = self.token.as_ref().ok_or(RequestError::NoToken(BOT_TOKEN))?;
        Ok(ApiRequest::json(
            call,
            format!("{}/bot{}/{}", self.api_url, token.expose_secret(), call.target),
        ))
    }

    /// Telegram tells errors apart by their English descriptions, as in its own server's source.
    fn classify(&self, sent: &Sent<'_>, answer: &ApiAnswer) -> Verdict {
        let call = sent.call;
        let body = answer.json();
        let is_ok = body.get("ok").and_then(Value::as_bool);
        let description =
            body.get("description").and_then(Value::as_str).unwrap_or_default().to_lowercase();
        let says =
            |texts: &[&'static str]| texts.iter().copied().find(|text| description.contains(text));
        let parameter =
            |name: &str| body.get("parameters").and_then(|parameters| parameters.get(name));
        match answer.status {
            // Telegram's status is its verdict; the body may echo a whole conversation.
            200..300 if is_ok == Some(true) || answer.body.is_none() => Verdict::Delivered,
            429 => Verdict::Limited(
                chat(sent.event),
                parameter("retry_after")
                    .and_then(Value::as_f64)
                    .and_then(seconds)
                    .or_else(|| answer.retry_after()),
            ),
            _ if answer.is_temporary() => Verdict::Retry(None),
            // Without a verdict in JSON, something before Telegram answered.
            _ if is_ok.is_none() => Verdict::Retry(None),
            401 | 404 => Verdict::Unauthorized(Limit::Token, format!("status {}", answer.status)),
            _ => {
                if call.target == REACT {
                    // The chat does not allow it, or the message is gone, also with its group: nobody waits for a reaction.
                    return Verdict::Delivered;
                }
                if let Some(chat) = parameter("migrate_to_chat_id").filter(|chat| chat.is_i64()) {
                    return Verdict::Instead(to_chat(sent, chat));
                }
                if says(SUCCESS).is_some() {
                    return Verdict::Delivered;
                }
                if call.target == EDIT && says(NOT_EDITABLE).is_some() {
                    return Verdict::Instead(as_new(sent));
                }
                match says(GONE) {
                    Some(reason) => Verdict::Undeliverable(reason.to_owned()),
                    None if answer.status == 403 => Verdict::Undeliverable("status 403".to_owned()),
                    None => Verdict::Refused(
                        says(REFUSED)
                            .map_or_else(|| format!("status {}", answer.status), Into::into),
                    ),
                }
            }
        }
    }
}

/// Refusals of what has already been done.
const SUCCESS: &[&str] =
    &["message is not modified", "query is too old", "message to delete not found"];

/// The message that was to be edited is gone, or is none of ours any more.
const NOT_EDITABLE: &[&str] =
    &["message to edit not found", "message can't be edited", "message_id_invalid"];

/// Whoever it was for is gone.
const GONE: &[&str] = &[
    "bot was blocked by the user",
    "user is deactivated",
    "bot was kicked",
    "bot is not a member",
    "bot can't initiate conversation",
    "bot can't send messages to bots",
    "chat not found",
    "peer_id_invalid",
    "have no rights to send",
    "not enough rights to send",
    "need administrator rights in the channel chat",
    "chat_write_forbidden",
    "chat_restricted",
    "topic_closed",
    "topic_deleted",
    "message thread not found",
];

/// Bugs of ours that have a name.
const REFUSED: &[&str] = &[
    "message is too long",
    "message text is empty",
    "reply markup is too long",
    "can't parse entities",
    "button_data_invalid",
    "chat_id is empty",
];

/// The limit of the chat in which `event` happened, where its topics are conversations of their own: one of them is not
/// named as such, and so any group may have others.
fn chat(event: &Event) -> Option<Limit> {
    let address: Address = event.address.read()?;
    let has_topics = address.topic.is_some() || address.chat_id < 0;
    has_topics.then(|| Limit::Chat(address.chat_id.to_string()))
}

/// Whether it is a group or a channel that speaks: their ids are negative, and people's are not.
///
/// <https://core.telegram.org/api/bots/ids>
fn is_chat(user: &User) -> bool {
    user.id.starts_with('-')
}

/// A parameter of a method, where there is something to say.
type Parameter = (&'static str, Option<Value>);

/// The call of a method with those of the parameters that there are.
fn post<const N: usize>(method: &str, parameters: [Parameter; N]) -> Call {
    let body = Value::Object(given(parameters).collect());
    Call { method: Method::Post, target: method.to_owned(), body }
}

fn given<const N: usize>(parameters: [Parameter; N]) -> impl Iterator<Item = (String, Value)> {
    parameters.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)))
}

/// Where in its chat a message stands: in a topic, and under the message it answers.
fn place(address: &Address) -> [Parameter; 2] {
    let reply_to =
        |message: i64| json!({ "message_id": message, "allow_sending_without_reply": true });
    [
        ("message_thread_id", address.topic.map(Value::from)),
        ("reply_parameters", address.reply_to.map(reply_to)),
    ]
}

/// <https://core.telegram.org/bots/api#setmessagereaction>
fn react(address: &Address, message: i64, reaction: Reaction) -> Call {
    let reaction = json!([{ "type": "emoji", "emoji": reaction.emoji() }]);
    post(
        REACT,
        [
            ("chat_id", Some(address.chat_id.into())),
            ("message_id", Some(message.into())),
            ("reaction", Some(reaction)),
        ],
    )
}

/// The same call for the supergroup its group has become.
fn to_chat(sent: &Sent<'_>, chat: &Value) -> Call {
    let mut call = as_new(sent);
    if let Some(body) = call.body.as_object_mut() {
        body.insert("chat_id".to_owned(), chat.clone());
        // Messages do not keep their ids in a supergroup.
        body.remove("reply_parameters");
    }
    call
}

/// What an edit says, as a message of its own in the same place: its buttons are sealed for that.
fn as_new(sent: &Sent<'_>) -> Call {
    let mut call = sent.call.clone();
    if call.target == EDIT {
        call.target = SEND.to_owned();
        if let (Some(body), Some(address)) = (call.body.as_object_mut(), sent.event.address.read())
        {
            body.remove("message_id");
            body.extend(given(place(&address)));
        }
    }
    call
}
