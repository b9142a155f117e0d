//! What happened on a platform, in the bot's own terms.
//!
//! Events travel through the queue as JSON and are stored with what was decided, so their form is frozen by tests:
//! fields may be added with a default, and none may change its meaning.

mod named;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::hash::hash;
use crate::platform::Platform;
use crate::time::Timestamp;

pub use named::{Channel, ChannelMention, File, Mention, Role, User};

/// One thing a person did that concerns the bot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// What makes it the same event again, whichever way and however often it arrives.
    pub key: EventKey,
    /// Where it happened.
    pub platform: Platform,
    /// The workspace, application or bot it happened in; API tokens belong to one.
    pub tenant: String,
    /// The channel, chat or topic it happened in: events of one conversation are decided in order.
    pub conversation: String,
    /// Who did it.
    pub user: User,
    /// The person's language as an IETF tag, where the platform tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// When it happened by the platform's clock, where it tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
    /// Whether it was meant for the bot: a direct message, a mention, or a command that names the bot.
    pub addressed: bool,
    /// What was done.
    pub kind: EventKind,
    /// The people its text names, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Mention>,
    /// The channels its text names, in order. Telegram does not tell whose name it is: there they are among the people, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<ChannelMention>,
    /// What came with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<File>,
    /// Whether the answer is for nobody but the person. Discord has to know before there is one, so it is settled when the
    /// event is accepted.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ephemeral: bool,
    /// Where replies go; only the platform's own module looks inside.
    pub address: Address,
}

impl Event {
    /// An event to try a bot on: Ann says or does `kind` in a chat of her own.
    #[must_use]
    pub fn example(platform: Platform, kind: EventKind) -> Self {
        let address = platform.example_address(matches!(kind, EventKind::Press { .. }));
        Self {
            key: EventKey::new(platform, &["example"]),
            platform,
            tenant: "example".to_owned(),
            conversation: "ann".to_owned(),
            user: User { id: "ann".to_owned(), name: Some("Ann".to_owned()) },
            locale: Some("en".to_owned()),
            sent_at: None,
            addressed: true,
            kind,
            mentions: Vec::new(),
            channels: Vec::new(),
            files: Vec::new(),
            ephemeral: false,
            address,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// What a person did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventKind {
    /// Said something.
    Message {
        /// The words, without the mention of the bot, as plain text.
        text: String,
    },
    /// Gave a command.
    Command {
        /// The command's name without its slash; subcommands follow after spaces.
        name: String,
        /// What it was given with.
        arguments: Arguments,
    },
    /// Pressed a button, or chose from a menu.
    Press {
        /// What is in it, sealed.
        token: String,
    },
    /// Came into the conversation.
    Joined(Joined),
    /// Made a new conversation of it: what is remembered of the old one moves along.
    Moved(Moved),
}

impl EventKind {
    /// Whether it is a press of a button.
    pub(crate) const fn is_press(&self) -> bool {
        matches!(self, Self::Press { .. })
    }
}

/// Who came into a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// Whether the bot itself was among them.
    #[serde(default)]
    pub bot: bool,
    /// The people.
    #[serde(default)]
    pub people: Vec<User>,
}

/// A conversation that goes on under another id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// What it was called.
    pub from: String,
    /// What it is called now.
    pub to: String,
}

/// A command's arguments as the platform hands them over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arguments {
    /// The rest of the line, on platforms where commands are text.
    Text(String),
    /// Values by name, on platforms that know the command's declaration.
    Named(BTreeMap<String, Value>),
    /// What the command was chosen for, from a menu.
    Target(Target),
}

/// What a command may be chosen for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A person.
    User(User),
    /// A message, by its words.
    Message {
        /// The words, as plain text.
        text: String,
        /// Who wrote it, where the platform tells it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        author: Option<User>,
    },
}

/// What makes an event the same event again; it starts with its platform.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventKey(String);

impl EventKey {
    /// The longest key: it is part of a sort key, of which DynamoDB takes 1,024 bytes.
    const MAX_BYTES: usize = 512;

    /// The key of what `platform` calls `parts`; very long ones by their hash.
    #[must_use]
    pub fn new(platform: Platform, parts: &[&str]) -> Self {
        if parts.iter().map(|part| part.len() + 1).sum::<usize>() > Self::MAX_BYTES {
            return Self(format!("{}:{}", platform.slug(), hash(parts)));
        }
        let mut key = platform.slug().to_owned();
        for part in parts {
            key.push(':');
            key.push_str(part);
        }
        Self(key)
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where the replies to an event go, in the terms of its platform.
///
/// It may hold a short-lived secret (an interaction's token, a response URL), so it does not print itself.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Address(Value);

impl Address {
    pub(crate) fn of(address: &impl Serialize) -> Self {
        Self(serde_json::to_value(address).unwrap_or_default())
    }

    pub(crate) fn read<A: DeserializeOwned>(&self) -> Option<A> {
        A::deserialize(&self.0).ok()
    }
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Address(…)")
    }
}

/// `/name rest` taken apart: the name in lower case and without the `@bot` some platforms append, and the rest.
///
/// Names are what Telegram and Slack both allow: letters, digits, `_` and `-`, at most 32.
#[must_use]
pub fn split_command(text: &str) -> Option<CommandLine<'_>> {
    let text = text.trim();
    let line = text.strip_prefix('/')?;
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let (name, bot) = match word.split_once('@') {
        Some((name, bot)) => (name, Some(bot)),
        None => (word, None),
    };
    let is_name = (1..=32).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    is_name.then(|| CommandLine { name: name.to_ascii_lowercase(), bot, rest: rest.trim() })
}

/// A command given as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine<'a> {
    /// The name, in lower case.
    pub name: String,
    /// The bot it was given to, when it names one.
    pub bot: Option<&'a str>,
    /// What follows the name.
    pub rest: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_command_lines() {
        // (what the person types, name, bot, rest)
        let cases = [
            ("/ping", Some(("ping", None, ""))),
            ("  /ping  ", Some(("ping", None, ""))),
            ("/Ping@My_Bot", Some(("ping", Some("My_Bot"), ""))),
            ("/echo  hello   there ", Some(("echo", None, "hello   there"))),
            ("/echo\nhello", Some(("echo", None, "hello"))),
            ("/test-feedback", Some(("test-feedback", None, ""))),
            ("/", None),
            ("//", None),
            ("/é", None),
            ("/@bot", None),
            ("/ ping", None),
            ("1/2", None),
            ("", None),
        ];

        for (text, expected) in cases {
            let line = split_command(text);
            let found = line.as_ref().map(|line| (line.name.as_str(), line.bot, line.rest));
            assert_eq!(found, expected, "{text:?}");
        }
        assert_eq!(split_command(&format!("/{}", "a".repeat(33))), None);
    }

    #[test]
    fn a_key_is_never_longer_than_a_table_takes() {
        let key = |part: &str| EventKey::new(Platform::Slack, &[part, "x"]);
        assert_eq!(key("T1").as_str(), "slack:T1:x");
        assert!(key(&"T".repeat(2000)).as_str().len() < 100);
        assert_ne!(key(&"T".repeat(2000)), key(&"T".repeat(2001)));
    }

    #[test]
    fn an_address_does_not_print_the_secrets_in_it() {
        let address = Address::of(&serde_json::json!({ "token": "aW50ZXJhY3Rpb24" }));
        assert!(!format!("{address:?}").contains("aW50"));
    }
}
