//! One turn: an event and the states it needs go in, and what is to be said and stored comes out.
//!
//! A turn has no effect of its own. It may be run again, over newer states or after a crash, until one of its decisions
//! has been committed.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::bot::Bot;
use crate::cx::Cx;
use crate::event::Event;
use crate::reply::Reply;
use crate::state::{State, StateChange, StateKey, Stored};
use crate::time::Timestamp;

/// The largest state and the largest decision: 350,000 bytes.
///
/// A DynamoDB item takes 400 KB, names and keys included, and refuses more:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>.
pub const MAX_ITEM_BYTES: usize = 350_000;

/// What a turn decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What the bot says, in order.
    pub replies: Vec<Reply>,
    /// Every state the turn has read.
    pub states: Vec<StateChange>,
}

/// Why a turn came to no decision. All of these are bugs of the bot, and none will go away by trying again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TurnError {
    /// A handler panicked.
    #[error("the handler panicked")]
    Panicked,
    /// A handler awaited something that is not its context's.
    #[error("the handler awaited something that Cx does not offer")]
    ForeignAwait,
    /// A command's fields are not the arguments it declares.
    #[error("the fields of /{0} do not fit its declared arguments")]
    Declaration(&'static str),
    /// A stored value is none of its type.
    #[error("the stored state {0} cannot be read")]
    State(&'static str),
    /// A state has become too large to store.
    #[error("the state {0} is larger than 350,000 bytes")]
    StateTooLarge(&'static str),
}

/// Decides what `bot` does about `event`.
///
/// # Errors
///
/// A bug of the bot: set the event aside, with the error as the reason.
pub fn decide(
    bot: &'static Bot,
    event: &Arc<Event>,
    loaded: impl IntoIterator<Item = (StateKey, Option<Stored>)>,
    now: Timestamp,
) -> Result<Decision, TurnError> {
    let states = States::new(loaded);
    let cx = Cx { state: (), event: Arc::clone(event), now, bot };
    let turn = AssertUnwindSafe(|| {
        let mut running = bot.start(cx, states)?;
        match running.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => result,
            Poll::Pending => Err(TurnError::ForeignAwait),
        }
    });
    let (outcome, states) = catch_unwind(turn).unwrap_or(Err(TurnError::Panicked))?;
    let reply = outcome.unwrap_or_else(|error| match bot.spec_of(event) {
        Some(spec) => Reply::text(format!("{error}\nUsage: {}", spec.usage())),
        None => Reply::text(error.to_string()),
    });
    Ok(Decision { replies: vec![reply], states: states.into_changes() })
}

/// The states of one turn, by where they are stored.
#[derive(Debug)]
pub(crate) struct States(BTreeMap<StateKey, Slot>);

#[derive(Debug)]
struct Slot {
    read: u64,
    json: Option<String>,
    changed: bool,
}

impl States {
    fn new(loaded: impl IntoIterator<Item = (StateKey, Option<Stored>)>) -> Self {
        let slot = |stored: Option<Stored>| match stored {
            Some(Stored { version, json }) => {
                Slot { read: version, json: Some(json), changed: false }
            }
            None => Slot { read: 0, json: None, changed: false },
        };
        Self(loaded.into_iter().map(|(key, stored)| (key, slot(stored))).collect())
    }

    /// The state `event` gives its handler; the default where there is none.
    pub(crate) fn read<S: State>(&self, event: &Event) -> Result<S, TurnError> {
        let json = StateKey::of::<S>(event).and_then(|key| self.0.get(&key)?.json.as_deref());
        json.map_or_else(
            || Ok(S::default()),
            |json| serde_json::from_str(json).map_err(|_| TurnError::State(S::NAME)),
        )
    }

    /// Puts a state back. A default that was never stored stays unstored.
    pub(crate) fn write<S: State>(&mut self, event: &Event, state: &S) -> Result<(), TurnError> {
        let Some(slot) = StateKey::of::<S>(event).and_then(|key| self.0.get_mut(&key)) else {
            return Ok(());
        };
        let to_json =
            |state: &S| serde_json::to_string(state).map_err(|_| TurnError::State(S::NAME));
        let json = to_json(state)?;
        if json.len() > MAX_ITEM_BYTES {
            return Err(TurnError::StateTooLarge(S::NAME));
        }
        let is_same = match &slot.json {
            Some(stored) => *stored == json,
            None => to_json(&S::default())? == json,
        };
        if !is_same {
            slot.json = Some(json);
            slot.changed = true;
        }
        Ok(())
    }

    fn into_changes(self) -> Vec<StateChange> {
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
    use super::*;
    use crate::testing::{BOT, Tally, command, message, timestamp};

    fn turn(event: Event, stored: Option<(u64, &str)>) -> Result<Decision, TurnError> {
        let keys = BOT.state_keys(&event);
        let stored =
            |_: &StateKey| stored.map(|(version, json)| Stored { version, json: json.into() });
        let loaded: Vec<_> = keys.into_iter().map(|key| (key.clone(), stored(&key))).collect();
        decide(&BOT, &Arc::new(event), loaded, timestamp())
    }

    #[test]
    fn answers_in_words() {
        // (event, reply)
        let cases = [
            (message("hello"), "heard hello"),
            (command("echo", "a  b"), "a  b"),
            (command("echo", ""), "I need \"text\" (what to say).\nUsage: /echo <text>"),
            (command("tally", ""), "1"),
            (command("nope", ""), "I don't know this command. /help lists what I can do."),
        ];

        for (event, expected) in cases {
            let kind = event.kind.clone();
            let decision = turn(event, None).expect("a decision");
            assert_eq!(decision.replies, [Reply::text(expected)], "{kind:?}");
        }
    }

    #[test]
    fn every_state_read_is_in_the_decision() {
        // (case, event, what is stored, version read, what is written)
        let cases: [(&str, Event, Option<(u64, &str)>, u64, Option<&str>); 4] = [
            ("first", message("hello"), None, 0, Some(r#"{"events":1}"#)),
            ("later", message("hello"), Some((7, r#"{"events":41}"#)), 7, Some(r#"{"events":42}"#)),
            (
                "shared with a command",
                command("tally", ""),
                Some((7, r#"{"events":41}"#)),
                7,
                Some(r#"{"events":42}"#),
            ),
            (
                "a failed command keeps what was noted",
                command("echo", ""),
                None,
                0,
                Some(r#"{"events":1}"#),
            ),
        ];

        for (case, event, stored, read, write) in cases {
            let key = StateKey::of::<Tally>(&event).expect("it is stored");
            let decision = turn(event, stored).expect("a decision");
            let expected = StateChange { key, read, write: write.map(str::to_owned) };
            assert_eq!(decision.states, [expected], "{case}");
        }
    }

    #[test]
    fn a_handler_that_failed_has_changed_nothing() {
        let decision = turn(command("hoard", "1"), None).expect("a decision");
        assert_eq!(decision.replies, [Reply::text("That is too little.\nUsage: /hoard [little]")]);
        let written: Vec<_> =
            decision.states.iter().filter(|state| state.write.is_some()).collect();
        assert_eq!(written.len(), 1, "{written:?}");
        assert_eq!(written[0].key.sort, "state#tally");
    }

    #[test]
    fn bugs_of_the_bot_are_errors() {
        // (event, what is stored, error)
        let cases = [
            (command("panic", ""), None, TurnError::Panicked),
            (command("wait", ""), None, TurnError::ForeignAwait),
            (command("misdeclared", "x"), None, TurnError::Declaration("misdeclared")),
            (command("hoard", ""), None, TurnError::StateTooLarge("hoard")),
            (message("hello"), Some((1, "no json")), TurnError::State("tally")),
        ];

        for (event, stored, expected) in cases {
            let kind = event.kind.clone();
            assert_eq!(turn(event, stored), Err(expected), "{kind:?}");
        }
    }

    #[test]
    fn faults_of_a_bot_are_found() {
        let undescribed = "/wait is described in none or more than 100 characters";
        let misdeclared = "the fields of /misdeclared do not fit its declared arguments";
        assert_eq!(BOT.faults(), [undescribed, misdeclared, "/wait is there twice", undescribed]);
    }

    #[test]
    fn strangers_events_are_not_wanted() {
        let unaddressed = |mut event: Event| {
            event.addressed = false;
            event
        };
        // (event, wanted?)
        let cases = [
            (message("hello"), true),
            (unaddressed(message("hello")), false),
            (command("nope", ""), true),
            (unaddressed(command("nope", "")), false),
            (unaddressed(command("echo", "")), true),
        ];

        for (event, wanted) in cases {
            assert_eq!(BOT.wants(&event), wanted, "{event:?}");
        }
    }
}
