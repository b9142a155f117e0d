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
    fn read(states: &States, event: &Event) -> Result<Self, StateError>;
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

    fn read(states: &States, event: &Event) -> Result<Self, StateError> {
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

            fn read(states: &States, event: &Event) -> Result<Self, StateError> {
                let _ = (states, event);
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
    changed: bool,
}

impl States {
    pub(crate) fn new(loaded: impl IntoIterator<Item = (StateKey, Option<Stored>)>) -> Self {
        let slot = |stored: Option<Stored>| match stored {
            Some(Stored { version, json }) => {
                Slot { read: version, json: Some(json), changed: false }
            }
            None => Slot { read: 0, json: None, changed: false },
        };
        Self(loaded.into_iter().map(|(key, stored)| (key, slot(stored))).collect())
    }

    /// The state `event` gives its handler; the default where there is none.
    fn read<S: State>(&self, event: &Event) -> Result<S, StateError> {
        let slot = self.0.get(&StateKey::of::<S>(event));
        let json = slot.and_then(|slot| slot.json.as_deref());
        json.map_or_else(|| Ok(S::default()), Stored::decode)
    }

    /// Puts a state back. A default that was never stored stays unstored.
    fn write<S: State>(&mut self, event: &Event, state: &S) -> Result<(), StateError> {
        let Some(slot) = self.0.get_mut(&StateKey::of::<S>(event)) else { return Ok(()) };
        let json = Stored::encode(state)?;
        if json.len() > MAX_ITEM_BYTES {
            return Err(StateError::TooLarge(S::NAME));
        }
        let is_same = match &slot.json {
            Some(stored) => *stored == json,
            None => Stored::encode(&S::default())? == json,
        };
        if !is_same {
            slot.json = Some(json);
            slot.changed = true;
        }
        Ok(())
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
