//! What one handler remembers: nothing, a state, or several.

use std::any::TypeId;
use std::collections::BTreeMap;

use crate::event::Event;
use crate::state::{Scope, State, StateChange, StateError, StateKey, Stored};

/// The largest state and the largest decision: 350,000 bytes.
///
/// A DynamoDB item takes 400 KB, names and keys included, and refuses more:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>.
pub const MAX_ITEM_BYTES: usize = 350_000;

/// What a handler remembers: `()` for nothing, a [`State`], or up to four of them as a tuple.
pub trait Memory: Sized + Send + 'static {
    #[doc(hidden)]
    fn parts() -> Vec<Part>;
    #[doc(hidden)]
    fn read(states: &mut States, event: &Event) -> Result<Self, StateError>;
    #[doc(hidden)]
    fn write(&self, states: &mut States, event: &Event) -> Result<(), StateError>;
}

/// One state of a memory.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    pub(crate) name: &'static str,
    pub(crate) scope: Scope,
    pub(crate) id: TypeId,
    pub(crate) key: fn(&Event) -> StateKey,
}

impl<S: State> Memory for S {
    fn parts() -> Vec<Part> {
        vec![Part { name: S::NAME, scope: S::SCOPE, id: TypeId::of::<S>(), key: StateKey::of::<S> }]
    }

    fn read(states: &mut States, event: &Event) -> Result<Self, StateError> {
        states.read(event)
    }

    fn write(&self, states: &mut States, event: &Event) -> Result<(), StateError> {
        states.write(event, self)
    }
}

macro_rules! tuples {
    ($(($($state:ident $field:tt),*))*) => {$(
        impl<$($state: State),*> Memory for ($($state,)*) {
            fn parts() -> Vec<Part> {
                let parts: &[Vec<Part>] = &[$($state::parts()),*];
                parts.concat()
            }

            fn read(states: &mut States, event: &Event) -> Result<Self, StateError> {
                let _ = (&states, event);
                Ok(($(states.read::<$state>(event)?,)*))
            }

            fn write(&self, states: &mut States, event: &Event) -> Result<(), StateError> {
                let _ = (&states, event);
                $(states.write(event, &self.$field)?;)*
                Ok(())
            }
        }
    )*};
}

tuples! {
    ()
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
}

/// The states of one turn, by where they are stored.
#[derive(Debug)]
pub struct States(BTreeMap<StateKey, Slot>);

#[derive(Debug)]
struct Slot {
    read: u64,
    json: Option<String>,
    /// What was last read, as this bot would store it: not what is stored, when another form of the bot has stored it.
    seen: Option<String>,
    changed: bool,
}

impl States {
    pub(crate) fn new(loaded: impl IntoIterator<Item = (StateKey, Option<Stored>)>) -> Self {
        let slot = |stored: Option<Stored>| {
            let (read, json) = stored.map(|stored| (stored.version, stored.json)).unzip();
            Slot { read: read.unwrap_or_default(), json, seen: None, changed: false }
        };
        Self(loaded.into_iter().map(|(key, stored)| (key, slot(stored))).collect())
    }

    /// The state `event` gives its handler; the default where there is none.
    fn read<S: State>(&mut self, event: &Event) -> Result<S, StateError> {
        let Some(slot) = self.0.get_mut(&StateKey::of::<S>(event)) else { return Ok(S::default()) };
        let state = slot.json.as_deref().map_or_else(|| Ok(S::default()), Stored::decode)?;
        slot.seen = Stored::encode(&state).ok();
        Ok(state)
    }

    /// Puts a state back. What is as it was read stays as it is stored, or unstored.
    fn write<S: State>(&mut self, event: &Event, state: &S) -> Result<(), StateError> {
        let Some(slot) = self.0.get_mut(&StateKey::of::<S>(event)) else { return Ok(()) };
        let json = Stored::encode(state)?;
        if slot.seen.as_ref() == Some(&json) {
            return Ok(());
        }
        if json.len() > MAX_ITEM_BYTES {
            return Err(StateError::TooLarge(S::NAME));
        }
        // Once it is stored, every later event of its owner would fail.
        Stored::decode::<S>(&json).map_err(|_| StateError::Unstorable(S::NAME))?;
        slot.json = Some(json);
        slot.changed = true;
        Ok(())
    }

    /// Copies what is stored at one place to another: where there is nothing, or an earlier copy of it as it was made.
    ///
    /// What has been written there is newer than what is carried, and nobody but the bot could make one of the two.
    pub(crate) fn carry(&mut self, from: &StateKey, to: &StateKey) {
        let copy = self.0.get(from).and_then(|slot| Stored::copy(slot.json.as_deref()?, from));
        if let (Some(copy), Some(slot)) = (copy, self.0.get_mut(to))
            && slot.json.as_deref().is_none_or(|json| Stored::is_copy(json, from))
            && slot.json.as_ref() != Some(&copy)
        {
            slot.json = Some(copy);
            slot.changed = true;
        }
    }

    pub(crate) fn into_changes(self) -> Vec<StateChange> {
        self.0
            .into_iter()
            .map(|(key, slot)| StateChange {
                key,
                read: slot.read,
                write: slot.json.filter(|_| slot.changed),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::testing::message;

    #[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
    struct Shed {
        #[serde(default)]
        tools: HashSet<u8>,
        #[serde(default)]
        warmth: f64,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        jars: Vec<u8>,
        #[serde(skip_serializing_if = "is_closed")]
        door: bool,
        #[serde(default)]
        box_in_a_box: Option<Box<Self>>,
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    fn is_closed(door: &bool) -> bool {
        !door
    }

    impl State for Shed {
        const NAME: &'static str = "shed";
        const SCOPE: Scope = Scope::User;
        const VERSION: u32 = 2;

        fn upgrade(_version: u32, value: serde_json::Value) -> Option<Self> {
            Some(Self { warmth: value.as_f64()?, door: true, ..Self::default() })
        }
    }

    #[test]
    fn a_state_is_carried_to_where_nothing_has_been_done_with_it() {
        let place =
            |name: &str| StateKey { partition: name.to_owned(), sort: "state#shed".to_owned() };
        let stored = |(version, json): (u64, &str)| Stored { version, json: json.to_owned() };
        let old = Some((8, r#"{"v":2,"value":"old"}"#));
        let copy = r#"{"v":2,"copied_from":"old","value":"old"}"#;
        let older = r#"{"v":2,"copied_from":"old","value":"older"}"#;
        let foreign = r#"{"v":2,"copied_from":"elsewhere","value":"older"}"#;
        let written = r#"{"v":2,"value":"new"}"#;
        // (case, at the old place, at the new one, what is written there)
        let cases = [
            ("to nothing", old, None, Some(copy)),
            ("over an earlier copy", old, Some((1, older)), Some(copy)),
            ("over copies of copies", old, Some((2, older)), Some(copy)),
            ("the same again", old, Some((1, copy)), None),
            ("not over the first that was written", old, Some((1, written)), None),
            ("not over what was written since", old, Some((2, written)), None),
            ("not over a copy of another", old, Some((1, foreign)), None),
            ("not over what nobody can read", old, Some((1, "no json")), None),
            ("nothing", None, Some((1, written)), None),
            ("nothing over a copy", None, Some((1, copy)), None),
            ("not what nobody can read", Some((8, "no json")), None, None),
        ];

        for (case, old, new, expected) in cases {
            let (from, to) = (place("old"), place("new"));
            let mut states =
                States::new([(from.clone(), old.map(stored)), (to.clone(), new.map(stored))]);
            states.carry(&from, &to);
            for change in states.into_changes() {
                let expected = expected.filter(|_| change.key == to).map(str::to_owned);
                assert_eq!(change.write, expected, "{case}");
            }
        }
    }

    /// What is written when a handler does `change` to what is `stored`.
    fn written(
        stored: Option<&str>,
        change: impl FnOnce(&mut Shed),
    ) -> Result<Option<String>, StateError> {
        let event = message("hello");
        let stored = stored.map(|json| Stored { version: 7, json: json.to_owned() });
        let mut states = States::new([(StateKey::of::<Shed>(&event), stored)]);
        let mut shed: Shed = states.read(&event)?;
        change(&mut shed);
        states.write(&event, &shed)?;
        Ok(states.into_changes().pop().and_then(|change| change.write))
    }

    #[test]
    fn what_is_only_read_is_not_written() {
        // (case, what is stored)
        let cases = [
            ("nothing", None),
            ("fields of a newer form", Some(r#"{"v":2,"value":{"door":true,"roof":"new"}}"#)),
            ("an older form", Some(r#"{"v":1,"value":2.5}"#)),
            ("a copy", Some(r#"{"v":2,"copied_from":"old","value":{"door":true}}"#)),
            (
                "no order of its own",
                Some(r#"{"v":2,"value":{"door":true,"tools":[9,8,7,6,5,4,3,2,1]}}"#),
            ),
            ("other spaces", Some(r#"{"v": 2, "value": {"warmth": 2.50, "door": true}}"#)),
        ];

        for (case, stored) in cases {
            assert_eq!(written(stored, |_| ()), Ok(None), "{case}");
        }
    }

    #[test]
    fn what_could_not_be_read_again_is_not_written() {
        let deep = |shed: &mut Shed| {
            for _ in 0..200 {
                let inner = std::mem::take(shed);
                *shed = Shed { door: true, box_in_a_box: Some(inner.into()), ..Shed::default() };
            }
        };
        // (case, what the handler does)
        let cases: [(&str, &dyn Fn(&mut Shed)); 3] = [
            ("no number", &|shed| shed.warmth = f64::NAN),
            ("a field that is left out", &|shed| shed.door = false),
            ("too many levels", &deep),
        ];

        let stored = Some(r#"{"v":2,"value":{"door":true}}"#);
        for (case, change) in cases {
            assert_eq!(written(stored, change), Err(StateError::Unstorable("shed")), "{case}");
        }
        let expected =
            r#"{"v":2,"value":{"tools":[],"warmth":2.5,"door":true,"box_in_a_box":null}}"#;
        assert_eq!(written(stored, |shed| shed.warmth = 2.5), Ok(Some(expected.to_owned())));
    }

    #[test]
    fn one_that_several_handlers_share_keeps_what_each_has_changed() {
        let event = message("hello");
        let mut states = States::new([(StateKey::of::<Shed>(&event), None)]);
        // (case, what the handler does, the jars then)
        let cases: [(&str, &dyn Fn(&mut Shed), &[u8]); 4] = [
            ("the first", &|shed| (shed.door, shed.jars) = (true, vec![1]), &[1]),
            ("one that only reads", &|_| (), &[1]),
            ("the next", &|shed| shed.jars.push(2), &[1, 2]),
            ("one that takes it back", &|shed| shed.jars.clear(), &[]),
        ];

        for (case, change, jars) in cases {
            let mut shed: Shed = states.read(&event).expect("one that is stored");
            change(&mut shed);
            states.write(&event, &shed).expect("one that can be");
            assert_eq!(
                states.read::<Shed>(&event).map(|shed| shed.jars),
                Ok(jars.to_vec()),
                "{case}"
            );
        }
        assert!(states.into_changes().iter().all(|change| change.write.is_some()));
    }
}
