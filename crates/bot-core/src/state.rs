//! What the bot remembers, and for whom.

use std::cmp::Ordering;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::envelope::conversation_hash;
use crate::event::Event;
use crate::hash::hash;

/// A value the bot keeps between events.
///
/// It is stored as JSON under its name and its owner; an owner without one has the default. Every state a turn reads is
/// checked when the turn is committed, so two turns at once lose no update.
///
/// ```
/// use bot_core::{Scope, State};
/// use serde::{Deserialize, Serialize};
///
/// /// Version 1 was a list of names without dates.
/// #[derive(Default, Deserialize, Serialize)]
/// struct Garden {
///     plants: Vec<Plant>,
/// }
///
/// #[derive(Deserialize, Serialize)]
/// struct Plant {
///     name: String,
///     watered_at: Option<u64>,
/// }
///
/// impl State for Garden {
///     const NAME: &'static str = "garden";
///     const SCOPE: Scope = Scope::User;
///     const VERSION: u32 = 2;
///
///     fn upgrade(_version: u32, value: serde_json::Value) -> Option<Self> {
///         let names: Vec<String> = serde_json::from_value(value).ok()?;
///         let plants = names.into_iter().map(|name| Plant { name, watered_at: None }).collect();
///         Some(Self { plants })
///     }
/// }
/// ```
///
/// A field that may be missing needs no version: give it `#[serde(default)]`. A deployment of before, while it still runs or
/// runs again, drops such a field when it changes the state; where that matters, count the version up.
pub trait State: Serialize + DeserializeOwned + Default + Send + 'static {
    /// The name it is stored under. Changing it forgets every value.
    const NAME: &'static str;
    /// Whose it is.
    const SCOPE: Scope;
    /// Which form it is stored in; count up when values of before cannot be read as they are.
    const VERSION: u32 = 1;

    /// Reads a value that an older form of the bot has stored; `None` when it is none.
    #[must_use]
    fn upgrade(version: u32, value: Value) -> Option<Self> {
        let _ = (version, value);
        None
    }
}

/// Who owns a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
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
    /// The place of `S` for the owner `event` gives it.
    #[must_use]
    pub fn of<S: State>(event: &Event) -> Self {
        let partition = match S::SCOPE {
            Scope::Conversation => conversation_partition(event),
            Scope::User => {
                format!("user#{}", hash(&[event.platform.slug(), &event.tenant, &event.user.id]))
            }
            Scope::Tenant => format!("tenant#{}", hash(&[event.platform.slug(), &event.tenant])),
        };
        Self { partition, sort: format!("state#{}", S::NAME) }
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
    /// The value, with the version of its form: what [`Stored::encode`] makes.
    pub json: String,
}

impl Stored {
    /// A state as it is stored.
    ///
    /// # Errors
    ///
    /// It cannot be JSON: a map whose keys are no strings.
    pub fn encode<S: State>(state: &S) -> Result<String, StateError> {
        let versioned = Versioned { version: S::VERSION, copied_from: None, value: state };
        serde_json::to_string(&versioned).map_err(|_| StateError::Unstorable(S::NAME))
    }

    /// The state, in the form it has today.
    ///
    /// # Errors
    ///
    /// It is of no form this bot knows.
    pub fn decode<S: State>(json: &str) -> Result<S, StateError> {
        let unreadable = |_| StateError::Unreadable(S::NAME);
        let Versioned { version, value: IgnoredAny, .. } =
            serde_json::from_str(json).map_err(unreadable)?;
        match version.cmp(&S::VERSION) {
            Ordering::Greater => Err(StateError::Newer(S::NAME)),
            Ordering::Equal => {
                let stored: Versioned<S> = serde_json::from_str(json).map_err(unreadable)?;
                Ok(stored.value)
            }
            Ordering::Less => {
                let stored: Versioned<Value> = serde_json::from_str(json).map_err(unreadable)?;
                S::upgrade(version, stored.value).ok_or(StateError::Unreadable(S::NAME))
            }
        }
    }

    /// What is stored at `from`, of whatever form, as a copy for another place; `None` when nobody can read it.
    pub(crate) fn copy(json: &str, from: &StateKey) -> Option<String> {
        let stored: Versioned<Box<RawValue>> = serde_json::from_str(json).ok()?;
        let copied_from = Some(from.partition.clone());
        serde_json::to_string(&Versioned { copied_from, ..stored }).ok()
    }

    /// Whether this is a copy of what was at `from`, and nothing has been written over it since.
    pub(crate) fn is_copy(json: &str, from: &StateKey) -> bool {
        let stored = serde_json::from_str::<Versioned<IgnoredAny>>(json);
        stored.is_ok_and(|stored| stored.copied_from.as_ref() == Some(&from.partition))
    }
}

#[derive(Serialize, Deserialize)]
struct Versioned<V> {
    #[serde(rename = "v")]
    version: u32,
    /// The partition it was copied from. Who writes it anew leaves it out, and so did who wrote before there were copies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    copied_from: Option<String>,
    value: V,
}

/// Why a state cannot be read or stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// It is none of its type, and nothing upgrades it.
    #[error("the stored state {0} cannot be read")]
    Unreadable(&'static str),
    /// A newer deployment has written it: leave it to that.
    #[error("the stored state {0} is newer than this bot")]
    Newer(&'static str),
    /// What a turn has made of it is not what could be read again: the old value stays.
    #[error("the state {0} would be stored in a form that cannot be read again")]
    Unstorable(&'static str),
    /// It has become too large to store.
    #[error("the state {0} is larger than 350,000 bytes")]
    TooLarge(&'static str),
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
            let same = |key: fn(&Event) -> StateKey| key(&here) == key(&there);
            let found = (
                same(StateKey::of::<Owned<0>>),
                same(StateKey::of::<Owned<1>>),
                same(StateKey::of::<Owned<2>>),
            );
            assert_eq!(found, (conversation, user, tenant), "{case}");
        }
    }

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    struct Plants(Vec<(String, u8)>);

    impl State for Plants {
        const NAME: &'static str = "plants";
        const SCOPE: Scope = Scope::User;
        const VERSION: u32 = 3;

        fn upgrade(version: u32, value: Value) -> Option<Self> {
            let names: Vec<String> = serde_json::from_value(value).ok()?;
            (version == 2).then(|| Self(names.into_iter().map(|name| (name, 0)).collect()))
        }
    }

    #[test]
    fn a_state_of_an_older_form_is_upgraded_when_it_is_read() {
        let tomato = |litres| Plants(vec![("tomato".to_owned(), litres)]);
        // (stored, state)
        let cases = [
            (r#"{"v":3,"value":[["tomato",7]]}"#, Ok(tomato(7))),
            (r#"{"v":2,"value":["tomato"]}"#, Ok(tomato(0))),
            (r#"{"v":2,"value":[1]}"#, Err(StateError::Unreadable("plants"))),
            (r#"{"v":1,"value":["tomato"]}"#, Err(StateError::Unreadable("plants"))),
            (r#"{"v":4,"value":{"new":true}}"#, Err(StateError::Newer("plants"))),
            (r#"{"v":3,"value":["tomato"]}"#, Err(StateError::Unreadable("plants"))),
            (r#"["tomato"]"#, Err(StateError::Unreadable("plants"))),
            ("no json", Err(StateError::Unreadable("plants"))),
        ];

        for (stored, expected) in cases {
            assert_eq!(Stored::decode::<Plants>(stored), expected, "{stored}");
        }
    }

    #[test]
    fn a_number_is_read_as_it_was_stored() {
        #[derive(Default, Deserialize, Serialize)]
        struct Warmth(f64);

        impl State for Warmth {
            const NAME: &'static str = "warmth";
            const SCOPE: Scope = Scope::User;
        }

        let mut chance = fastrand::Rng::with_seed(1);
        for _ in 0..1000 {
            let warmth = chance.f64() * 1000.0;
            let json = Stored::encode(&Warmth(warmth)).expect("a number");
            let read = Stored::decode::<Warmth>(&json).map(|read| read.0.to_bits());
            assert_eq!(read, Ok(warmth.to_bits()), "{json}");
        }
    }

    #[test]
    fn state_format_is_frozen() {
        let stored = Stored::encode(&Plants(vec![("tomato".to_owned(), 7)])).expect("plain data");
        assert_eq!(stored, r#"{"v":3,"value":[["tomato",7]]}"#);
    }

    #[test]
    fn copy_format_is_frozen() {
        let place = |partition: &str| StateKey {
            partition: partition.to_owned(),
            sort: "state#plants".to_owned(),
        };
        let copied = r#"{"v":3,"copied_from":"conversation#1","value":[["tomato",7]]}"#;
        // (what is stored, what its copy is)
        let cases = [
            (r#"{"v":3,"value":[["tomato",7]]}"#, Some(copied)),
            (r#"{"v":3,"copied_from":"conversation#0","value":[["tomato",7]]}"#, Some(copied)),
            (
                r#"{"v":9,"value":{"warmth":2.50}}"#,
                Some(r#"{"v":9,"copied_from":"conversation#1","value":{"warmth":2.50}}"#),
            ),
            ("no json", None),
        ];

        for (stored, expected) in cases {
            let copy = Stored::copy(stored, &place("conversation#1"));
            assert_eq!(copy.as_deref(), expected, "{stored}");
            assert!(!Stored::is_copy(stored, &place("conversation#1")), "{stored}");
        }
        assert!(Stored::is_copy(copied, &place("conversation#1")));
        assert!(!Stored::is_copy(copied, &place("conversation#2")));
        assert_eq!(Stored::decode(copied), Ok(Plants(vec![("tomato".to_owned(), 7)])));
    }
}
