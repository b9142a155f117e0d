//! What the bot remembers, and for whom.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::envelope::conversation_hash;
use crate::event::Event;
use crate::hash::hash;

/// A value the bot keeps between events.
///
/// It is stored as JSON under its name and its owner; an owner without one has the default. Every state a turn reads is
/// checked when the turn is committed, so two turns at once lose no update.
pub trait State: Serialize + DeserializeOwned + Default + Send + 'static {
    /// The name it is stored under. Changing it forgets every value.
    const NAME: &'static str;
    /// Whose it is.
    const SCOPE: Scope;
}

/// The state of what needs none: it is neither read nor written.
impl State for () {
    const NAME: &'static str = "";
    const SCOPE: Scope = Scope::Nobody;
}

/// Who owns a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Nothing is stored.
    Nobody,
    /// One channel, chat or topic.
    Conversation,
    /// One person, wherever they speak on the same platform and tenant.
    User,
    /// Everybody in the workspace, application or bot.
    Tenant,
}

/// Where one state of one owner is stored.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StateKey {
    /// The table's partition key.
    pub partition: String,
    /// The table's sort key.
    pub sort: String,
}

impl StateKey {
    /// The place of `S` for the owner `event` gives it; `None` when nothing is stored.
    #[must_use]
    pub fn of<S: State>(event: &Event) -> Option<Self> {
        let partition = match S::SCOPE {
            Scope::Nobody => return None,
            Scope::Conversation => conversation_partition(event),
            Scope::User => {
                format!("user#{}", hash(&[event.platform.slug(), &event.tenant, &event.user.id]))
            }
            Scope::Tenant => format!("tenant#{}", hash(&[event.platform.slug(), &event.tenant])),
        };
        Some(Self { partition, sort: format!("state#{}", S::NAME) })
    }
}

/// The partition of everything about one conversation: its states and its event records.
pub(crate) fn conversation_partition(event: &Event) -> String {
    format!("conversation#{}", conversation_hash(event))
}

/// A state as it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// Counts the writes: the next one demands that it has not changed.
    pub version: u64,
    /// The value.
    pub json: String,
}

/// A state a turn has read, and what the turn makes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateChange {
    /// Where it is.
    pub key: StateKey,
    /// The version that was read; 0 when there was none.
    pub read: u64,
    /// The new value; `None` when it stays as it was.
    pub write: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::message;

    struct Owned<const OWNER: u8>;

    impl<const OWNER: u8> Default for Owned<OWNER> {
        fn default() -> Self {
            Self
        }
    }

    impl<const OWNER: u8> Serialize for Owned<OWNER> {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_unit()
        }
    }

    impl<'de, const OWNER: u8> Deserialize<'de> for Owned<OWNER> {
        fn deserialize<D: serde::Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
            <()>::deserialize(value).map(|()| Self)
        }
    }

    impl<const OWNER: u8> State for Owned<OWNER> {
        const NAME: &'static str = "x";
        const SCOPE: Scope = match OWNER {
            0 => Scope::Conversation,
            1 => Scope::User,
            _ => Scope::Tenant,
        };
    }

    #[test]
    fn a_state_is_its_owners_and_nobody_elses() {
        let other = |change: fn(&mut Event)| {
            let mut event = message("hello");
            change(&mut event);
            event
        };
        let here = message("hello");
        // (case, event, same conversation, same user, same tenant)
        let cases = [
            ("the same again", other(|_| {}), true, true, true),
            ("another chat", other(|event| event.conversation = "43".into()), false, true, true),
            ("another person", other(|event| event.user.id = "43".into()), true, false, true),
            ("another tenant", other(|event| event.tenant = "98".into()), false, false, false),
            (
                "another platform",
                other(|event| event.platform = crate::Platform::Slack),
                false,
                false,
                false,
            ),
        ];

        for (case, there, conversation, user, tenant) in cases {
            let same = |key: fn(&Event) -> Option<StateKey>| key(&here) == key(&there);
            let found = (
                same(StateKey::of::<Owned<0>>),
                same(StateKey::of::<Owned<1>>),
                same(StateKey::of::<Owned<2>>),
            );
            assert_eq!(found, (conversation, user, tenant), "{case}");
        }
        assert_eq!(StateKey::of::<()>(&here), None);
    }
}
