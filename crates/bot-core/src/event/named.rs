//! Whom and what an event names: people, channels, roles, and files that came with it.

use serde::{Deserialize, Serialize};

use crate::document::mention;

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The platform's id of the person.
    pub id: String,
    /// The name people see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl User {
    /// A mention of this person, to be put into [`markdown`](crate::Reply::markdown).
    ///
    /// It notifies the person; where a platform tells no id, it is the name alone. Once in a text it can be read, but its
    /// form is nobody's to rely on.
    #[must_use]
    pub fn mention(&self) -> String {
        mention(&self.id, self.name.as_deref())
    }
}

/// A person named in a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    /// The name as it stands in the text, its `@` included.
    pub text: String,
    /// Whom it means. Where a platform tells no id, it is the name again.
    pub user: User,
}

/// A channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// The platform's id of it.
    pub id: String,
    /// The name people see, without a mark before it, where the platform tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A channel named in a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelMention {
    /// The name as it stands in the text, its `#` or `@` included.
    pub text: String,
    /// Which it means. Where a platform tells no id, it is what stands in the text.
    pub channel: Channel,
}

/// What several people are together, and may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// The platform's id of it. Where a platform has no roles, it is the name again.
    pub id: String,
    /// The name people see, without a mark before it, where the platform tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A file that came with something, as a reference: nothing of it has been fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// The platform's id of it.
    pub id: String,
    /// Its name, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its media type, such as `image/png`, where the platform tells it. Nobody has checked that it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Its size in bytes, where the platform tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Where it is, where the platform tells it; Slack gives it only to who shows the bot's token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_what_is_named_is_frozen() {
        let user = User { id: "U1".into(), name: Some("ann".into()) };
        let channel = Channel { id: "C1".into(), name: Some("beds".into()) };
        // (what travels, its form)
        let cases = [
            (
                serde_json::to_string(&Mention { text: "@ann".into(), user }),
                r##"{"text":"@ann","user":{"id":"U1","name":"ann"}}"##,
            ),
            (
                serde_json::to_string(&ChannelMention { text: "#beds".into(), channel }),
                r##"{"text":"#beds","channel":{"id":"C1","name":"beds"}}"##,
            ),
        ];

        for (json, frozen) in cases {
            assert_eq!(json.expect("plain data"), frozen);
        }
    }
}
