//! What stands in a bot's index: handlers without their types.

use std::pin::Pin;

use serde_json::{Map, Value};

use crate::action::Action;
use crate::args;
use crate::command::{Command, Greeter, Listener, Observer, Spec, UsageError};
use crate::cx::Cx;
use crate::event::{Event, Joined};
use crate::memory::{Memory, Part, States};
use crate::reply::Reply;
use crate::turn::TurnError;

/// A command in the index.
#[derive(Clone, Copy, Debug)]
pub struct CommandEntry {
    pub(crate) spec: Spec,
    pub(super) memory: fn() -> Vec<Part>,
    pub(super) start: Start<Map<String, Value>>,
    pub(super) reads: fn(Map<String, Value>) -> bool,
    pub(super) fields: fn() -> Option<&'static [&'static str]>,
}

/// An action in the index.
#[derive(Clone, Copy, Debug)]
pub struct ActionEntry {
    pub(super) name: &'static str,
    pub(super) version: u8,
    pub(super) memory: fn() -> Vec<Part>,
    pub(super) unpack: fn(&[u8]) -> Option<Ready>,
}

/// An observer in the index.
#[derive(Clone, Copy, Debug)]
pub struct ObserverEntry {
    pub(super) memory: fn() -> Vec<Part>,
    pub(super) note: fn(&Event, &mut States) -> Result<(), TurnError>,
}

/// A handler of which a bot has one.
#[derive(Debug)]
pub(super) struct Handler<A> {
    pub(super) memory: fn() -> Vec<Part>,
    pub(super) start: Start<A>,
}

impl<A> Clone for Handler<A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A> Copy for Handler<A> {}

/// Starts a handler on what it was given.
type Start<A> = fn(A, Cx<()>, States) -> Result<Running, TurnError>;

/// A handler that has been given all it needs.
type Ready = Box<dyn FnOnce(Cx<()>, States) -> Result<Running, TurnError> + Send>;

/// A handler under way: its outcome, and the states as it leaves them.
pub(crate) type Running =
    Pin<Box<dyn Future<Output = Result<(Outcome, States), TurnError>> + Send>>;

/// What a handler answers.
pub(crate) type Outcome = Result<Reply, UsageError>;

/// Puts a command into a bot's index.
#[must_use]
pub const fn command<C: Command>() -> CommandEntry {
    CommandEntry {
        spec: C::SPEC,
        memory: C::State::parts,
        start: |arguments, cx, states| {
            let command: C = serde_json::from_value(Value::Object(arguments))
                .map_err(|_| TurnError::Declaration(C::SPEC.name))?;
            let (mut cx, states) = with_memory::<C::State>(cx, states)?;
            Ok(Box::pin(async move {
                let outcome = command.run(&mut cx).await;
                put_back(outcome, &cx, states)
            }))
        },
        reads: |arguments| serde_json::from_value::<C>(Value::Object(arguments)).is_ok(),
        fields: args::field::names::<C>,
    }
}

/// Puts an action into a bot's index.
#[must_use]
pub const fn action<A: Action>() -> ActionEntry {
    ActionEntry {
        name: A::NAME,
        version: A::VERSION,
        memory: A::State::parts,
        unpack: |fields| {
            let action: A = postcard::from_bytes(fields).ok()?;
            Some(Box::new(move |cx, states| {
                let (mut cx, states) = with_memory::<A::State>(cx, states)?;
                Ok(Box::pin(async move {
                    let outcome = action.run(&mut cx).await;
                    put_back(outcome, &cx, states)
                }) as Running)
            }))
        },
    }
}

/// Puts an observer into a bot's index.
#[must_use]
pub const fn observer<O: Observer>() -> ObserverEntry {
    ObserverEntry {
        memory: O::State::parts,
        note: |event, states| {
            let mut memory = O::State::read(states, event)?;
            O::note(&mut memory, event);
            Ok(memory.write(states, event)?)
        },
    }
}

pub(super) const fn listener<L: Listener>() -> Handler<String> {
    Handler {
        memory: L::State::parts,
        start: |text, cx, states| {
            let (mut cx, states) = with_memory::<L::State>(cx, states)?;
            Ok(Box::pin(async move {
                let outcome = L::hear(text, &mut cx).await;
                put_back(outcome, &cx, states)
            }))
        },
    }
}

pub(super) const fn greeter<G: Greeter>() -> Handler<Joined> {
    Handler {
        memory: G::State::parts,
        start: |joined, cx, states| {
            let (mut cx, states) = with_memory::<G::State>(cx, states)?;
            Ok(Box::pin(async move {
                let outcome = G::greet(joined, &mut cx).await;
                put_back(outcome, &cx, states)
            }))
        },
    }
}

fn with_memory<M: Memory>(cx: Cx<()>, mut states: States) -> Result<(Cx<M>, States), TurnError> {
    let memory = M::read(&mut states, cx.event())?;
    Ok((cx.with_state(memory), states))
}

/// A handler that failed has changed nothing.
fn put_back<M: Memory>(
    outcome: Outcome,
    cx: &Cx<M>,
    mut states: States,
) -> Result<(Outcome, States), TurnError> {
    if outcome.is_ok() {
        cx.state.write(&mut states, cx.event())?;
    }
    Ok((outcome, states))
}
