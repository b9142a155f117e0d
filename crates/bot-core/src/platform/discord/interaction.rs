//! What is read of an interaction.
//!
//! <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object>

use serde::Deserialize;
use serde_json::Value;

use super::super::DecodeError;
pub(super) use super::command::Command;
use super::components::token;
use crate::action::is_token;
use crate::event::User;

/// A message only the person who acted sees.
///
/// <https://docs.discord.com/developers/resources/message#message-object-message-flags>
pub(super) const EPHEMERAL: u64 = 64;

/// An interaction, or an event of the webhook-events endpoint: those have neither id nor token.
#[derive(Deserialize)]
pub(super) struct Incoming {
    #[serde(rename = "type")]
    pub(super) kind: u8,
    pub(super) id: Option<String>,
    pub(super) token: Option<String>,
    pub(super) application_id: Option<String>,
    pub(super) channel_id: Option<String>,
    member: Option<Member>,
    user: Option<Person>,
    pub(super) locale: Option<String>,
    pub(super) data: Option<Value>,
    /// What the pressed button is under.
    pub(super) message: Option<Message>,
    /// Of the webhook-events endpoint.
    pub(super) event: Option<Value>,
}

impl Incoming {
    /// Who has acted: in a guild the member, elsewhere there is none.
    pub(super) fn user(&self) -> Result<User, DecodeError> {
        let member = self.member.as_ref().and_then(|member| member.user.as_ref());
        member.or(self.user.as_ref()).map(User::from).ok_or(DecodeError::Missing("user"))
    }
}

#[derive(Deserialize)]
struct Member {
    user: Option<Person>,
}

#[derive(Deserialize)]
pub(super) struct Person {
    pub(super) id: String,
    username: Option<String>,
    global_name: Option<String>,
}

impl Person {
    /// The name people see.
    pub(super) fn name(&self) -> Option<&String> {
        self.global_name.as_ref().or(self.username.as_ref())
    }
}

impl From<&Person> for User {
    fn from(person: &Person) -> Self {
        Self { id: person.id.clone(), name: person.name().cloned() }
    }
}

#[derive(Deserialize)]
pub(super) struct Message {
    flags: Option<u64>,
}

impl Message {
    pub(super) fn is_ephemeral(&self) -> bool {
        self.flags.is_some_and(|flags| flags & EPHEMERAL != 0)
    }
}

/// What was pressed or chosen.
#[derive(Deserialize)]
pub(super) struct Component {
    custom_id: String,
    values: Option<Vec<String>>,
}

impl Component {
    /// What we have put into it, if it is one of ours: a menu has it in what was chosen.
    pub(super) fn token(&self) -> Option<&str> {
        let chosen = self.values.iter().flatten().take(1);
        let mut ids = std::iter::once(&self.custom_id).chain(chosen);
        ids.find_map(|id| Some(token(id)).filter(|token| is_token(token)))
    }
}
