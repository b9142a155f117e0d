//! What is read of an interaction.
//!
//! <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object>

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

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
    pub(super) member: Option<Member>,
    pub(super) user: Option<Person>,
    pub(super) locale: Option<String>,
    pub(super) data: Option<Value>,
    /// What the pressed button is under.
    pub(super) message: Option<Message>,
}

#[derive(Deserialize)]
pub(super) struct Member {
    pub(super) user: Option<Person>,
    nick: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Person {
    id: String,
    username: Option<String>,
    global_name: Option<String>,
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        Self { id: person.id, name: person.global_name.or(person.username) }
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
    /// The sealed action in it, if it is one of ours: a menu has it in what was chosen.
    pub(super) fn token(&self) -> Option<&str> {
        let chosen = self.values.iter().flatten().take(1);
        let mut ids = std::iter::once(&self.custom_id).chain(chosen);
        ids.find_map(|id| Some(token(id)).filter(|token| is_token(token)))
    }
}

#[derive(Deserialize)]
pub(super) struct Command {
    name: String,
    options: Option<Vec<CommandOption>>,
    resolved: Option<Resolved>,
}

#[derive(Deserialize)]
struct CommandOption {
    name: String,
    #[serde(rename = "type")]
    kind: Option<u8>,
    value: Option<Value>,
    options: Option<Vec<Self>>,
}

/// The option type of a person.
///
/// <https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-option-type>
const USER: u8 = 6;

/// What the ids in the options stand for.
#[derive(Default, Deserialize)]
struct Resolved {
    users: Option<BTreeMap<String, Person>>,
    members: Option<BTreeMap<String, Member>>,
}

impl Resolved {
    /// A person by id, with the name people see where they were spoken to.
    fn person(&self, id: Value) -> Value {
        let key = id.as_str().unwrap_or_default();
        let member = self.members.as_ref().and_then(|members| members.get(key));
        let user = self.users.as_ref().and_then(|users| users.get(key));
        let name = member
            .and_then(|member| member.nick.as_ref())
            .or_else(|| user.and_then(|user| user.global_name.as_ref().or(user.username.as_ref())));
        json!({ "id": id, "name": name })
    }
}

impl Command {
    /// The name with its subcommands, and the arguments.
    pub(super) fn flatten(self) -> (String, BTreeMap<String, Value>) {
        let mut name = self.name;
        let resolved = self.resolved.unwrap_or_default();
        let mut arguments = BTreeMap::new();
        // Discord nests two levels; whatever nests deeper is cut off rather than followed.
        let mut level = self.options.unwrap_or_default();
        for _ in 0..3 {
            let mut below = Vec::new();
            for option in level {
                match option.value {
                    Some(value) => {
                        let is_person = option.kind == Some(USER);
                        let value = if is_person { resolved.person(value) } else { value };
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
        (name, arguments)
    }
}
