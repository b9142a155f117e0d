//! One turn: an event and the states it needs go in, and what is to be said and stored comes out.
//!
//! A turn has no effect of its own. It may ask for something to be fetched; it may be run again, over newer states or
//! after a crash, until one of its decisions has been committed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::action::{ActionFault, Press, PressError};
use crate::bot::{Bot, Outcome, Running};
use crate::cx::Cx;
use crate::desk::Desk;
use crate::event::Event;
use crate::fetch::{Fetched, Request};
use crate::memory::States;
use crate::reply::Reply;
use crate::state::{StateChange, StateError, StateKey, Stored};
use crate::time::Timestamp;

/// What a turn decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What the bot says, in order.
    pub replies: Vec<Reply>,
    /// Every state the turn has read.
    pub states: Vec<StateChange>,
}

/// Why a turn came to no decision. All but a newer state are bugs of the bot, and will not go away by trying again.
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
    /// A state cannot be read or stored.
    #[error(transparent)]
    State(#[from] StateError),
    /// A reply's buttons cannot be made.
    #[error(transparent)]
    Action(#[from] ActionFault),
}

/// What an event brings into its turn.
pub struct Occasion {
    /// What happened.
    pub event: Arc<Event>,
    /// What was pressed, if anything.
    pub press: Option<Result<Press, PressError>>,
    /// The states, by the keys [`Bot::state_keys`] names.
    pub states: Vec<(StateKey, Option<Stored>)>,
    /// What earlier runs of this turn have fetched.
    pub known: Vec<(Request, Fetched)>,
    /// The time.
    pub now: Timestamp,
}

/// A turn under way.
pub struct Turn {
    bot: &'static Bot,
    event: Arc<Event>,
    running: Handler,
    desk: Arc<Desk>,
}

/// A handler under way. What it leaves behind may panic when it is dropped, and hurts nobody.
struct Handler(Option<Running>);

impl Drop for Handler {
    fn drop(&mut self) {
        let running = self.0.take();
        let _ = caught(|| drop(running));
    }
}

/// What `step` comes to, or that it panicked.
///
/// A panic can carry anything, even what panics when it is dropped: it is forgotten instead.
fn caught<T>(step: impl FnOnce() -> T) -> Result<T, TurnError> {
    catch_unwind(AssertUnwindSafe(step)).map_err(|payload| {
        std::mem::forget(payload);
        TurnError::Panicked
    })
}

/// How far a turn has come.
pub enum Step {
    /// It waits for these requests: answer them in this order.
    Fetch(Turn, Wanted),
    /// It is over.
    Done(Result<Decision, TurnError>),
}

/// What a turn waits for.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// What to fetch.
    pub requests: Vec<Request>,
    /// What to show of it meanwhile.
    pub notice: Option<String>,
}

impl Turn {
    /// Runs what `bot` does about an occasion until it waits for something or is over.
    #[must_use]
    pub fn begin(bot: &'static Bot, occasion: Occasion) -> Step {
        let Occasion { event, press, states, known, now } = occasion;
        let desk = Arc::new(Desk::knowing(known));
        let cx = Cx::new(bot, Arc::clone(&event), Arc::clone(&desk), now);
        let started = caught(|| bot.start(press, cx, States::new(states)));
        match started.and_then(|started| started) {
            Ok(running) => Self { bot, event, running: Handler(Some(running)), desk }.run(),
            Err(error) => Step::Done(Err(error)),
        }
    }

    /// Goes on with what it has waited for, in the order it was asked for.
    #[must_use]
    pub fn resume(self, answers: impl IntoIterator<Item = Fetched>) -> Step {
        self.desk.answer(answers);
        self.run()
    }

    fn run(mut self) -> Step {
        let mut context = Context::from_waker(Waker::noop());
        let Handler(Some(running)) = &mut self.running else {
            return Step::Done(Err(TurnError::Panicked));
        };
        match caught(|| running.as_mut().poll(&mut context)) {
            Err(error) => Step::Done(Err(error)),
            Ok(Poll::Ready(result)) => {
                Step::Done(result.and_then(|(outcome, states)| self.decision(outcome, states)))
            }
            Ok(Poll::Pending) => {
                let requests = self.desk.open();
                if requests.is_empty() {
                    return Step::Done(Err(TurnError::ForeignAwait));
                }
                let notice = self.desk.take_notice();
                Step::Fetch(self, Wanted { requests, notice })
            }
        }
    }

    fn decision(&self, outcome: Outcome, states: States) -> Result<Decision, TurnError> {
        let reply = outcome.unwrap_or_else(|error| {
            let told = match self.bot.spec_of(&self.event) {
                Some(spec) => format!("{error}\nUsage: {}", spec.usage()),
                None => error.to_string(),
            };
            // What went wrong concerns whoever did it.
            Reply::text(told).aside()
        });
        let reply = if self.event.ephemeral { reply.ephemeral() } else { reply };
        if let Some(fault) = reply.fault() {
            return Err(fault.into());
        }
        if let Some(name) = reply.actions().find_map(|action| self.bot.lacks(action)) {
            return Err(ActionFault::NotInIndex(name).into());
        }
        if reply.forms().any(|name| self.bot.specs().all(|spec| spec.name != name)) {
            return Err(ActionFault::NoSuchForm.into());
        }
        let replies = if reply.is_nothing() { Vec::new() } else { vec![reply] };
        Ok(Decision { replies, states: states.into_changes() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{BOT, Tally, command, message, timestamp};

    fn turn(event: Event, stored: Option<(u64, &str)>) -> Result<Decision, TurnError> {
        let keys = BOT.state_keys(&event, None);
        let stored =
            |_: &StateKey| stored.map(|(version, json)| Stored { version, json: json.into() });
        let occasion = Occasion {
            event: Arc::new(event),
            press: None,
            states: keys.into_iter().map(|key| (key.clone(), stored(&key))).collect(),
            known: Vec::new(),
            now: timestamp(),
        };
        match Turn::begin(&BOT, occasion) {
            Step::Done(result) => result,
            Step::Fetch(_, wanted) => panic!("{wanted:?}"),
        }
    }

    #[test]
    fn answers_in_words() {
        // (event, reply, whether it is for one person)
        let cases = [
            (message("hello"), "heard hello", false),
            (command("echo", "a  b"), "a  b", false),
            (command("echo", ""), "I need \"text\" (what to say).\nUsage: /echo <text>", true),
            (command("tally", ""), "1", false),
            (command("nope", ""), "I don't know this command.", true),
            (command("ehco", "x"), "I don't know this command. Did you mean /echo?", true),
        ];

        for (event, expected, is_aside) in cases {
            let kind = event.kind.clone();
            let decision = turn(event, None).expect("a decision");
            let expected = Reply::text(expected);
            let expected = if is_aside { expected.aside() } else { expected };
            assert_eq!(decision.replies, [expected], "{kind:?}");
        }
    }

    #[test]
    fn every_state_read_is_in_the_decision() {
        // (case, event, what is stored, version read, what is written)
        let cases: [(&str, Event, Option<(u64, &str)>, u64, Option<&str>); 4] = [
            ("first", message("hello"), None, 0, Some(r#"{"v":1,"value":{"events":1}}"#)),
            (
                "later",
                message("hello"),
                Some((7, r#"{"v":1,"value":{"events":41}}"#)),
                7,
                Some(r#"{"v":1,"value":{"events":42}}"#),
            ),
            (
                "shared with a command",
                command("tally", ""),
                Some((7, r#"{"v":1,"value":{"events":41}}"#)),
                7,
                Some(r#"{"v":1,"value":{"events":42}}"#),
            ),
            (
                "a failed command keeps what was noted",
                command("echo", ""),
                None,
                0,
                Some(r#"{"v":1,"value":{"events":1}}"#),
            ),
        ];

        for (case, event, stored, read, write) in cases {
            let key = StateKey::of::<Tally>(&event);
            let decision = turn(event, stored).expect("a decision");
            let expected = StateChange { key, read, write: write.map(str::to_owned) };
            assert_eq!(decision.states, [expected], "{case}");
        }
    }

    #[test]
    fn a_handler_that_failed_has_changed_nothing() {
        let decision = turn(command("hoard", "1"), None).expect("a decision");
        let told = Reply::text("That is too little.\nUsage: /hoard [little]").aside();
        assert_eq!(decision.replies, [told]);
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
            (command("hoard", ""), None, StateError::TooLarge("hoard").into()),
            (message("hello"), Some((1, "no json")), StateError::Unreadable("tally").into()),
        ];

        for (event, stored, expected) in cases {
            let kind = event.kind.clone();
            assert_eq!(turn(event, stored), Err(expected), "{kind:?}");
        }
    }

    #[test]
    fn faults_of_a_bot_are_found() {
        let undescribed = "/wait is described in none or more than 100 characters";
        let expected = [
            undescribed,
            "the argument text of /misdeclared is no field",
            "the field other of /misdeclared is no argument",
            "/wait is there twice",
            undescribed,
        ];
        assert_eq!(BOT.faults(), expected);
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
