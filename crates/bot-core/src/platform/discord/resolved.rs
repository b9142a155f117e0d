//! What the ids in an interaction stand for.
//!
//! <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object-resolved-data-structure>

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::interaction::Person;
use crate::event::{File, Target, User};

/// The types of options whose values are ids.
///
/// <https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-option-type>
mod option {
    pub(super) const USER: u8 = 6;
    pub(super) const CHANNEL: u8 = 7;
    pub(super) const ROLE: u8 = 8;
    pub(super) const MENTIONABLE: u8 = 9;
    pub(super) const ATTACHMENT: u8 = 11;
}

// The types of components in which somebody or something is chosen, by an id:
// <https://docs.discord.com/developers/components/reference#component-object-component-types>.
pub(super) const USER_SELECT: u8 = 5;
pub(super) const ROLE_SELECT: u8 = 6;
const MENTIONABLE_SELECT: u8 = 7;
pub(super) const CHANNEL_SELECT: u8 = 8;
pub(super) const FILE_UPLOAD: u8 = 19;

/// For fields that may be missing or null.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    value: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(value)?.unwrap_or_default())
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Resolved {
    #[serde(deserialize_with = "or_default")]
    users: BTreeMap<String, Person>,
    #[serde(deserialize_with = "or_default")]
    members: BTreeMap<String, Member>,
    #[serde(deserialize_with = "or_default")]
    roles: BTreeMap<String, Named>,
    #[serde(deserialize_with = "or_default")]
    channels: BTreeMap<String, Named>,
    #[serde(deserialize_with = "or_default")]
    attachments: BTreeMap<String, Attachment>,
    #[serde(deserialize_with = "or_default")]
    messages: BTreeMap<String, Message>,
}

#[derive(Deserialize)]
struct Member {
    nick: Option<String>,
}

#[derive(Deserialize)]
struct Named {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Attachment {
    filename: Option<String>,
    content_type: Option<String>,
    size: Option<u64>,
    url: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    content: Option<String>,
    author: Option<Person>,
}

impl Resolved {
    /// A person, with the name people see where they were spoken to.
    pub(super) fn user(&self, id: &str) -> User {
        let nick = self.members.get(id).and_then(|member| member.nick.clone());
        let name = nick.or_else(|| self.users.get(id).and_then(|user| user.name().cloned()));
        User { id: id.to_owned(), name }
    }

    /// A message, by its words.
    pub(super) fn message(&self, id: &str) -> Target {
        let message = self.messages.get(id);
        let author = message.and_then(|message| message.author.as_ref());
        Target::Message {
            text: message.and_then(|message| message.content.clone()).unwrap_or_default(),
            author: author.map(User::from),
        }
    }

    /// What an option of this type was given: what an id stands for, or the value itself.
    pub(super) fn value(&self, kind: u8, value: Value) -> Value {
        let Some(id) = value.as_str() else { return value };
        let named = |of: &BTreeMap<String, Named>| json!({ "id": id, "name": of.get(id).and_then(|named| named.name.as_ref()) });
        let is_role = || self.roles.contains_key(id);
        match kind {
            option::USER => self.person(id),
            option::CHANNEL => named(&self.channels),
            option::ROLE => named(&self.roles),
            option::MENTIONABLE if is_role() => named(&self.roles),
            option::MENTIONABLE => self.person(id),
            option::ATTACHMENT => json!(self.file(id)),
            _ => value,
        }
    }

    /// What was chosen in a component of this type: what an id stands for, or the value itself.
    pub(super) fn chosen(&self, component: u8, value: Value) -> Value {
        let kind = match component {
            USER_SELECT => option::USER,
            ROLE_SELECT => option::ROLE,
            MENTIONABLE_SELECT => option::MENTIONABLE,
            CHANNEL_SELECT => option::CHANNEL,
            FILE_UPLOAD => option::ATTACHMENT,
            _ => return value,
        };
        self.value(kind, value)
    }

    fn person(&self, id: &str) -> Value {
        json!({ "id": id, "name": self.user(id).name })
    }

    fn file(&self, id: &str) -> File {
        let file = self.attachments.get(id);
        File {
            id: id.to_owned(),
            name: file.and_then(|file| file.filename.clone()),
            media_type: file.and_then(|file| file.content_type.clone()),
            bytes: file.and_then(|file| file.size),
            url: file.and_then(|file| file.url.clone()),
        }
    }
}
