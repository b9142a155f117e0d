//! From a message of the queue to the transaction that decides it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::Setup;
use super::effect::Fetch;
use super::record::{Commit, KEPT, Record, RecordKey};
use crate::action::{Press, PressError};
use crate::envelope::Envelope;
use crate::event::{Event, EventKind};
use crate::fetch::{FETCH_TIME, FetchError, Fetched, Outgoing, Request, prepare};
use crate::hash::hash;
use crate::reply::Reply;
use crate::state::{StateChange, StateError, StateKey, Stored};
use crate::time::Timestamp;
use crate::turn::{self, Decision, Occasion, Turn, TurnError, Wanted};

/// What people read when their event is set aside.
const SORRY: &str = "Something went wrong here. Somebody will look at it.";

/// An event that is being decided.
pub(super) struct Deciding {
    pub(super) envelope: Envelope,
    /// How often its turn has been run.
    pub(super) turns: u32,
    /// Whether it is known that nobody has decided it before.
    pub(super) is_new: bool,
    event: Arc<Event>,
    press: Option<Result<Press, PressError>>,
    /// What its turns have fetched: a turn that is run again does not fetch it again.
    known: Vec<(Request, Fetched)>,
    /// How long its turns may go on fetching.
    time_left: Duration,
    /// The time of its turns: one that is run again sees the same.
    now: Option<Timestamp>,
    /// The states its turn has read, as conditions: what came of states that nobody has seen together counts for nothing.
    read: Vec<StateChange>,
}

/// A turn that waits for what it has asked for.
pub(super) struct Waiting {
    turn: Turn,
    /// What it has asked for, and why that is not even tried, if it is not.
    asked: Vec<(Request, Option<FetchError>)>,
    pub(super) since: Timestamp,
}

/// What follows.
pub(super) enum Next {
    /// Something has to be fetched.
    Fetch(Waiting, Box<Fetch>),
    /// This has to be committed.
    Commit(Box<Commit>),
    /// Somebody else has to do this, later.
    Leave(String),
}

impl Deciding {
    pub(super) fn new(setup: &Setup, envelope: Envelope) -> Self {
        let event = Arc::new(envelope.event.clone());
        let press = match &event.kind {
            EventKind::Press { token } => Some(match setup.platforms.of(&event) {
                Some(platform) => platform.key().open(&event, token),
                None => Err(PressError::Unknown),
            }),
            EventKind::Message { .. }
            | EventKind::Command { .. }
            | EventKind::Joined(_)
            | EventKind::Moved(_) => None,
        };
        Self {
            envelope,
            turns: 0,
            is_new: false,
            event,
            press,
            known: Vec::new(),
            time_left: FETCH_TIME,
            now: None,
            read: Vec::new(),
        }
    }

    /// The states its turn reads.
    pub(super) fn keys(&self, setup: &Setup) -> Vec<StateKey> {
        let press = self.press.as_ref().and_then(|press| press.as_ref().ok());
        setup.bot.state_keys(&self.event, press)
    }

    /// Whether this record is the last word about the event: only what was set aside is decided again, when somebody has
    /// taken it out of the dead-letter queue since.
    pub(super) fn is_settled(&self, record: &Record, generation: u32) -> bool {
        !record.is_poison() || generation >= self.envelope.generation
    }

    /// Renders the reply again that the platform had refused, and no other: whatever refused it may be mended.
    pub(super) fn render_again(
        &self,
        setup: &Setup,
        owner: &str,
        record: Record,
        now: Timestamp,
    ) -> Next {
        let rendered = self.record(setup, record.replies, now);
        let step = |record: Record| {
            let step = record.outbox.into_iter().nth(self.envelope.again?)?;
            Some(Record { outbox: vec![step], ..record })
        };
        Next::Commit(Box::new(match rendered.map(step) {
            Ok(Some(record)) => self.commit(owner, record, now),
            Ok(None) => self.poison(
                setup,
                owner,
                "the refused reply is not among those of today".to_owned(),
                now,
            ),
            Err(reason) => self.poison(setup, owner, reason, now),
        }))
    }

    /// Runs the turn.
    pub(super) fn begin(
        &mut self,
        setup: &Setup,
        owner: &str,
        states: Vec<(StateKey, Option<Stored>)>,
        now: Timestamp,
    ) -> Next {
        self.turns += 1;
        let read = |(key, stored): &(StateKey, Option<Stored>)| StateChange {
            key: key.clone(),
            read: stored.as_ref().map_or(0, |stored| stored.version),
            write: None,
        };
        self.read = states.iter().map(read).collect();
        let occasion = Occasion {
            event: Arc::clone(&self.event),
            press: self.press.clone(),
            states,
            known: self.known.clone(),
            now: *self.now.get_or_insert(now),
        };
        let step = Turn::begin(setup.bot, occasion);
        self.go_on(setup, owner, step, now)
    }

    /// Goes on with the turn once its requests are answered.
    pub(super) fn resume(
        &mut self,
        setup: &Setup,
        owner: &str,
        waiting: Waiting,
        answers: Vec<Fetched>,
        now: Timestamp,
    ) -> Next {
        self.time_left = self.time_left.saturating_sub(now.since(waiting.since));
        let mut answers = answers.into_iter();
        let mut taken = |(request, refused): (Request, Option<FetchError>)| {
            let answer = match refused {
                Some(error) => Err(error).into(),
                None => answers.next().unwrap_or_else(|| Err(FetchError::NoAnswer).into()),
            };
            self.known.push((request, answer.clone()));
            answer
        };
        let answers: Vec<Fetched> = waiting.asked.into_iter().map(&mut taken).collect();
        let step = waiting.turn.resume(answers);
        self.go_on(setup, owner, step, now)
    }

    fn go_on(&mut self, setup: &Setup, owner: &str, mut step: turn::Step, now: Timestamp) -> Next {
        loop {
            let (turn, wanted) = match step {
                turn::Step::Done(Ok(decision)) => return self.decided(setup, owner, decision, now),
                turn::Step::Done(Err(TurnError::State(error @ StateError::Newer(_)))) => {
                    return Next::Leave(error.to_string());
                }
                turn::Step::Done(Err(error)) => {
                    let poison = self.poison(setup, owner, error.to_string(), now);
                    return Next::Commit(Box::new(Commit { states: self.read.clone(), ..poison }));
                }
                turn::Step::Fetch(turn, wanted) => (turn, wanted),
            };
            let Wanted { requests, notice } = wanted;
            let mut outgoing = Vec::new();
            let mut asked: Vec<(Request, Option<FetchError>)> = Vec::new();
            for request in requests {
                let refused = match self.prepare(setup, &request, &asked) {
                    Ok(prepared) => {
                        outgoing.push(prepared);
                        None
                    }
                    Err(error) => Some(error),
                };
                asked.push((request, refused));
            }
            if !outgoing.is_empty() {
                let notice = notice.and_then(|notice| setup.platforms.show(&self.event, &notice));
                let fetch = Fetch { requests: outgoing, notice, within: self.time_left };
                return Next::Fetch(Waiting { turn, asked, since: now }, Box::new(fetch));
            }
            let refused = |(request, error): (Request, Option<FetchError>)| {
                let answer = Fetched::from(Err(error.unwrap_or(FetchError::NoAnswer)));
                self.known.push((request, answer.clone()));
                answer
            };
            step = turn.resume(asked.into_iter().map(refused).collect::<Vec<_>>());
        }
    }

    fn prepare(
        &self,
        setup: &Setup,
        request: &Request,
        earlier: &[(Request, Option<FetchError>)],
    ) -> Result<Outgoing, FetchError> {
        if self.time_left.is_zero() {
            return Err(FetchError::NoAnswer);
        }
        // The same request has the same key in every run; asked for twice in one, it is meant twice.
        let known = self.known.iter().map(|(request, _)| request);
        let times = known.chain(earlier.iter().map(|(request, _)| request));
        let nth = times.filter(|earlier| *earlier == request).count();
        let key = hash(&[
            self.event.key.as_str(),
            request.method().as_str(),
            &request.url(),
            &request.headers_in_words(),
            &String::from_utf8_lossy(request.body()),
            &nth.to_string(),
        ]);
        prepare(request, &key, setup.bot.declared_hosts(), &setup.secrets)
    }

    fn decided(&self, setup: &Setup, owner: &str, decision: Decision, now: Timestamp) -> Next {
        let record = || self.record(setup, decision.replies, now);
        let record = catch_unwind(AssertUnwindSafe(record))
            .unwrap_or_else(|_| Err("encoding the replies panicked".to_owned()));
        Next::Commit(Box::new(match record {
            Ok(record) => Commit { states: decision.states, ..self.commit(owner, record, now) },
            Err(reason) => {
                let poison = self.poison(setup, owner, reason, now);
                Commit { states: self.read.clone(), ..poison }
            }
        }))
    }

    fn record(&self, setup: &Setup, replies: Vec<Reply>, now: Timestamp) -> Result<Record, String> {
        let platform = setup.platforms.of(&self.event).ok_or("no such platform")?;
        let calls = platform.encode(&self.event, &replies).map_err(|error| error.to_string())?;
        Record::decided(replies, calls, now)
    }

    /// What records an event that cannot be decided: like one that was, so that it is set aside once. Whoever waits for an
    /// answer is told.
    pub(super) fn poison(
        &self,
        setup: &Setup,
        owner: &str,
        reason: String,
        now: Timestamp,
    ) -> Commit {
        let mut record = Record::poison(reason, now);
        if self.event.addressed || self.event.kind.is_press() {
            let sorry = Reply::text(SORRY).aside();
            let sorry = if self.event.ephemeral { sorry.ephemeral() } else { sorry };
            let sorry = || self.record(setup, vec![sorry], now);
            if let Ok(Ok(told)) = catch_unwind(AssertUnwindSafe(sorry)) {
                record.outbox.extend(told.outbox);
            }
        }
        self.commit(owner, record, now)
    }

    fn commit(&self, owner: &str, record: Record, now: Timestamp) -> Commit {
        Commit {
            key: RecordKey::of(&self.envelope),
            record,
            generation: self.envelope.generation,
            owner: owner.to_owned(),
            states: Vec::new(),
            expires_at: now.plus(KEPT),
        }
    }
}
