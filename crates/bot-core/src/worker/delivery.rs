//! One delivery of one message, as a state machine.

use std::sync::Arc;
use std::time::Duration;

use super::Setup;
use super::backoff::{LONGEST, wait};
use super::deciding::{Deciding, Next, Waiting};
use super::effect::{Done, Effect, Fetch, Input, Outcome};
use super::record::{OLDEST, Record, RecordKey, Step};
use crate::dead_letter::DeadLetter;
use crate::envelope::{Envelope, OpenError};
use crate::event::Event;
use crate::platform::{ApiAnswer, Call, RequestError, Verdict};
use crate::state::StateKey;
use crate::time::Timestamp;

/// How often a turn is decided again because another one has changed its states meanwhile.
const MOST_TURNS: u32 = 5;

/// A delivery under way.
pub struct Delivery {
    setup: Arc<Setup>,
    attempt: u32,
    owner: String,
    phase: Phase,
}

enum Phase {
    /// There is no event to decide: once the dead-letter queue has the message, that is all.
    Burying(String),
    /// The states are being read.
    Loading(Deciding, Vec<StateKey>),
    /// The turn wants something fetched, which only an event that is not decided yet is worth.
    Finding(Deciding, Waiting, Box<Fetch>),
    /// What the turn has asked for is being fetched.
    Fetching(Deciding, Waiting),
    /// The transaction is being written.
    Committing(Deciding, Box<Record>),
    /// The event has a record; its mark is being taken over.
    TakingOver(Envelope, Record),
    /// A step of the outbox is being done.
    Stepping(Delivering),
    /// A step is being marked as done.
    Marking(Delivering),
    /// Over.
    Over,
}

struct Delivering {
    envelope: Envelope,
    key: RecordKey,
    outbox: Vec<Step>,
    /// How many steps are confirmed.
    confirmed: usize,
    /// Whether the platform has asked for another call in place of the present one.
    redirected: bool,
    outcome: Outcome,
}

impl Delivery {
    /// Begins with the body of a message that is delivered for the `attempt`th time; `owner` names this delivery and no
    /// other.
    #[must_use]
    pub fn begin(
        setup: Arc<Setup>,
        body: &str,
        attempt: u32,
        owner: String,
        now: Timestamp,
    ) -> (Self, Effect) {
        let mut delivery = Self { setup, attempt, owner, phase: Phase::Over };
        let effect = match Envelope::open(body) {
            Ok(envelope) if now.since(envelope.received_at) > OLDEST => delivery
                .refuse(DeadLetter::envelope(&envelope, 0, "older than 29 days".into(), now)),
            Ok(envelope) => {
                let deciding = Deciding::new(&delivery.setup, envelope);
                delivery.load(deciding)
            }
            Err(error @ OpenError::Newer(_)) => {
                delivery.over(give_back(LONGEST, error.to_string()))
            }
            Err(error @ OpenError::Unreadable { .. }) => {
                delivery.refuse(DeadLetter::message(body, error.to_string(), now))
            }
        };
        (delivery, effect)
    }

    /// Sets an event aside that could not be decided for a reason only the worker knows: its handler does not end.
    #[must_use]
    pub fn condemn(
        setup: Arc<Setup>,
        body: &str,
        attempt: u32,
        owner: String,
        reason: String,
        now: Timestamp,
    ) -> (Self, Effect) {
        let (mut delivery, effect) = Self::begin(setup, body, attempt, owner, now);
        match std::mem::replace(&mut delivery.phase, Phase::Over) {
            Phase::Loading(deciding, _) => {
                let commit = deciding.poison(&delivery.owner, reason, now);
                let effect = delivery.follow(deciding, Next::Commit(Box::new(commit)));
                (delivery, effect)
            }
            phase => {
                delivery.phase = phase;
                (delivery, effect)
            }
        }
    }

    /// Takes what came of the last effect and names the next.
    pub fn next(&mut self, input: Input, now: Timestamp) -> Effect {
        match (std::mem::replace(&mut self.phase, Phase::Over), input) {
            (phase, Input::Failed(reason)) => {
                self.phase = phase;
                self.retry(None, reason)
            }
            (Phase::Burying(reason), Input::Buried) => {
                self.over(Done::Acknowledge(Outcome::Buried(reason)))
            }
            (Phase::Loading(mut deciding, keys), Input::Loaded(states)) => {
                let states = keys.into_iter().zip(states).collect();
                let next = deciding.begin(&self.setup, &self.owner, states, now);
                self.follow(deciding, next)
            }
            (Phase::Finding(mut deciding, mut waiting, fetch), Input::Found(found)) => {
                match found.filter(|(record, generation)| deciding.is_settled(record, *generation))
                {
                    Some((record, _)) => self.resume(deciding.envelope, record),
                    None => {
                        deciding.is_new = true;
                        waiting.since = now;
                        self.follow(deciding, Next::Fetch(waiting, fetch))
                    }
                }
            }
            (Phase::Fetching(mut deciding, waiting), Input::Fetched(answers)) => {
                let next = deciding.resume(&self.setup, &self.owner, waiting, answers, now);
                self.follow(deciding, next)
            }
            (Phase::Committing(deciding, record), Input::Committed) => {
                self.deliver(deciding.envelope, record.outbox, 0, Outcome::Delivered, now)
            }
            (Phase::Committing(deciding, _), Input::Conflict) => {
                if deciding.turns >= MOST_TURNS {
                    return self.retry(None, "its states keep changing".to_owned());
                }
                self.load(deciding)
            }
            (Phase::Committing(deciding, _), Input::Exists(record)) => {
                self.resume(deciding.envelope, record)
            }
            (Phase::TakingOver(envelope, record), Input::TakenOver(confirmed)) => {
                // A record outlives its mark only when both have expired.
                let confirmed = confirmed.unwrap_or(record.outbox.len());
                let is_done = confirmed >= record.outbox.len();
                let outcome = if is_done { Outcome::Duplicate } else { Outcome::Resumed };
                self.deliver(envelope, record.outbox, confirmed, outcome, now)
            }
            (Phase::Stepping(delivering), Input::Answered(answer)) => {
                self.judge(delivering, &answer, now)
            }
            (Phase::Stepping(delivering), Input::Unsendable) => {
                self.bury(delivering, "the request cannot be made".to_owned(), now)
            }
            (Phase::Stepping(delivering), Input::Buried) => {
                let confirmed = delivering.confirmed + 1;
                self.mark(delivering, confirmed)
            }
            (Phase::Marking(delivering), Input::Marked) => self.step(delivering, now),
            (Phase::Marking(_), Input::NotOurs) => {
                self.retry(None, "another delivery has taken over".to_owned())
            }
            (_, _) => self.retry(None, "the worker answered what was not asked".to_owned()),
        }
    }

    /// The event, once there is one, for the log.
    #[must_use]
    pub fn event(&self) -> Option<&Event> {
        match &self.phase {
            Phase::Burying(_) | Phase::Over => None,
            Phase::Loading(deciding, _)
            | Phase::Finding(deciding, ..)
            | Phase::Fetching(deciding, _)
            | Phase::Committing(deciding, _) => Some(&deciding.envelope.event),
            Phase::TakingOver(envelope, _) => Some(&envelope.event),
            Phase::Stepping(delivering) | Phase::Marking(delivering) => {
                Some(&delivering.envelope.event)
            }
        }
    }

    fn load(&mut self, deciding: Deciding) -> Effect {
        let keys = deciding.keys(&self.setup);
        self.phase = Phase::Loading(deciding, keys.clone());
        Effect::Load(keys)
    }

    fn follow(&mut self, deciding: Deciding, next: Next) -> Effect {
        match next {
            Next::Fetch(waiting, fetch) if !deciding.is_new => {
                let key = RecordKey::of(&deciding.envelope);
                self.phase = Phase::Finding(deciding, waiting, fetch);
                Effect::Find(key)
            }
            Next::Fetch(waiting, fetch) => {
                self.phase = Phase::Fetching(deciding, waiting);
                Effect::Fetch(fetch)
            }
            Next::Commit(commit) => {
                self.phase = Phase::Committing(deciding, Box::new(commit.record.clone()));
                Effect::Commit(commit)
            }
            Next::Leave(reason) => self.over(give_back(LONGEST, reason)),
        }
    }

    /// Goes on with what an earlier delivery has decided.
    fn resume(&mut self, envelope: Envelope, record: Record) -> Effect {
        if record.outbox.is_empty() {
            return self.over(Done::Acknowledge(Outcome::Duplicate));
        }
        let key = RecordKey::of(&envelope);
        self.phase = Phase::TakingOver(envelope, record);
        Effect::TakeOver { key, owner: self.owner.clone() }
    }

    fn deliver(
        &mut self,
        envelope: Envelope,
        outbox: Vec<Step>,
        confirmed: usize,
        outcome: Outcome,
        now: Timestamp,
    ) -> Effect {
        let key = RecordKey::of(&envelope);
        self.step(Delivering { envelope, key, outbox, confirmed, redirected: false, outcome }, now)
    }

    /// Does the first step that is not confirmed.
    fn step(&mut self, delivering: Delivering, now: Timestamp) -> Effect {
        match delivering.outbox.get(delivering.confirmed).cloned() {
            None => self.over(Done::Acknowledge(delivering.outcome)),
            Some(Step::Bury { reason }) => self.bury(delivering, reason, now),
            Some(Step::Call(call)) => self.send(delivering, &call, now),
        }
    }

    fn send(&mut self, delivering: Delivering, call: &Call, now: Timestamp) -> Effect {
        let request = match self.setup.platforms.of(&delivering.envelope.event) {
            Some(platform) => platform.request(call),
            None => return self.bury(delivering, "no such platform".to_owned(), now),
        };
        match request {
            Ok(request) => {
                self.phase = Phase::Stepping(delivering);
                Effect::Send(Box::new(request))
            }
            Err(error @ RequestError::NoToken(_)) => {
                self.over(give_back(LONGEST, error.to_string()))
            }
            Err(error @ RequestError::ForeignUrl) => self.bury(delivering, error.to_string(), now),
        }
    }

    /// Acts on the platform's answer.
    ///
    /// What the platform will take later is tried later. What it will never take is not allowed to hold up the
    /// conversation: a bug of ours is set aside for an engineer, and a recipient who is gone is nobody's business.
    fn judge(&mut self, mut delivering: Delivering, answer: &ApiAnswer, now: Timestamp) -> Effect {
        let event = &delivering.envelope.event;
        let age = now.since(event.sent_at.unwrap_or(delivering.envelope.received_at));
        let verdict =
            match (self.setup.platforms.of(event), delivering.outbox.get(delivering.confirmed)) {
                (Some(platform), Some(Step::Call(call))) => platform.classify(call, answer, age),
                _ => Verdict::Retry(None),
            };
        match verdict {
            Verdict::Delivered => {
                let confirmed = delivering.confirmed + 1;
                self.mark(delivering, confirmed)
            }
            // A platform that sends us in circles meets the retry instead.
            Verdict::Instead(_) if delivering.redirected => {
                self.retry(None, "redirected again".to_owned())
            }
            Verdict::Instead(call) => {
                delivering.redirected = true;
                if let Some(step) = delivering.outbox.get_mut(delivering.confirmed) {
                    *step = Step::Call(call);
                }
                self.step(delivering, now)
            }
            Verdict::Undeliverable(reason) => {
                // What is in the dead-letter queue is the more important news.
                if !matches!(delivering.outcome, Outcome::Buried(_)) {
                    delivering.outcome = Outcome::Undeliverable(reason);
                }
                let all = delivering.outbox.len();
                self.mark(delivering, all)
            }
            Verdict::Refused(reason) => {
                self.bury(delivering, format!("refused by the platform: {reason}"), now)
            }
            Verdict::Retry(asked) => self.retry(asked, format!("status {}", answer.status)),
            Verdict::Unauthorized(reason) => {
                self.over(give_back(LONGEST, format!("not authorised: {reason}")))
            }
        }
    }

    fn bury(&mut self, mut delivering: Delivering, reason: String, now: Timestamp) -> Effect {
        delivering.outcome = Outcome::Buried(reason.clone());
        let letter = DeadLetter::envelope(&delivering.envelope, delivering.confirmed, reason, now);
        self.phase = Phase::Stepping(delivering);
        Effect::Bury(Box::new(letter))
    }

    fn refuse(&mut self, letter: DeadLetter) -> Effect {
        self.phase = Phase::Burying(letter.reason.clone());
        Effect::Bury(Box::new(letter))
    }

    fn mark(&mut self, mut delivering: Delivering, confirmed: usize) -> Effect {
        delivering.confirmed = confirmed;
        delivering.redirected = false;
        let effect =
            Effect::Mark { key: delivering.key.clone(), owner: self.owner.clone(), confirmed };
        self.phase = Phase::Marking(delivering);
        effect
    }

    fn retry(&mut self, asked: Option<Duration>, reason: String) -> Effect {
        let after = wait(self.attempt, asked, &self.owner);
        self.over(give_back(after, reason))
    }

    fn over(&mut self, done: Done) -> Effect {
        self.phase = Phase::Over;
        Effect::Done(done)
    }
}

const fn give_back(after: Duration, reason: String) -> Done {
    Done::GiveBack { after, reason }
}
