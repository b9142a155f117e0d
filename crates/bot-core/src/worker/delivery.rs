//! One delivery of one message, as a state machine.

use std::sync::Arc;
use std::time::Duration;

use super::Setup;
use super::backoff::{LONGEST, wait};
use super::deciding::{Deciding, Next};
use super::effect::{Done, Effect, Input, Outcome};
use super::outbox::{Delivering, Doing, Judged};
use super::phase::{Phase, Why};
use super::record::{OLDEST, Record, RecordKey};
use crate::dead_letter::DeadLetter;
use crate::envelope::{Envelope, OpenError};
use crate::event::Event;
use crate::metric::{Metric, Name};
use crate::platform::HoldsKey;
use crate::time::Timestamp;

/// How often a turn is decided again because another one has changed its states meanwhile.
const MOST_TURNS: u32 = 5;

/// How many processes may begin an event and die. After that it is set aside unrun.
pub const MOST_STARTS: u32 = 3;

/// Why something is given back that has not been sent.
const LIMITED: &str = "its platform is limiting us";

/// A delivery under way.
pub struct Delivery {
    setup: Arc<Setup>,
    attempt: u32,
    owner: String,
    /// The event whose beginning is noted, as long as a death of the process would be its doing.
    started: Option<RecordKey>,
    /// What has happened, until somebody counts it.
    counted: Vec<Metric>,
    phase: Phase,
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
        let phase = Phase::Over;
        let mut delivery =
            Self { setup, attempt, owner, started: None, counted: Vec::new(), phase };
        let effect = match Envelope::open(body) {
            Ok(envelope) if now.since(envelope.received_at) > OLDEST => delivery
                .refuse(DeadLetter::envelope(&envelope, 0, "older than 29 days".into(), now)),
            Ok(envelope) => {
                let deciding = Deciding::new(&delivery.setup, envelope);
                if attempt > 1 || deciding.envelope.again.is_some() {
                    delivery.find(deciding, Why::Again)
                } else {
                    delivery.load(deciding)
                }
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
            Phase::Loading(deciding, _) | Phase::Finding(deciding, _) => {
                let effect = delivery.poison(deciding, reason, now);
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
            (Phase::Leaving(Done::GiveBack { after, reason }), Input::Failed(error)) => {
                self.over(give_back(after, format!("{reason}; and it could not be noted: {error}")))
            }
            (Phase::Leaving(done), _) => self.over(done),
            (phase, Input::Failed(reason)) => {
                self.phase = phase;
                self.retry(None, reason)
            }
            (_, Input::NoTime) => self.over(give_back(Duration::ZERO, "no time left".to_owned())),
            (Phase::Burying(reason), Input::Buried) => {
                self.over(Done::Acknowledge(Outcome::Buried(reason)))
            }
            (Phase::Finding(deciding, why), Input::Found(found)) => {
                self.found(deciding, why, found, now)
            }
            (Phase::Isolating(deciding), Input::Isolated) => {
                let key = RecordKey::of(&deciding.envelope);
                self.phase = Phase::Starting(deciding);
                Effect::Start(key)
            }
            (Phase::Starting(deciding), Input::Started(starts)) if starts > MOST_STARTS => {
                self.poison(deciding, "the process has died with it three times".to_owned(), now)
            }
            (Phase::Starting(deciding), Input::Started(_)) => {
                self.started = Some(RecordKey::of(&deciding.envelope));
                self.load(deciding)
            }
            (Phase::Loading(mut deciding, keys), Input::Loaded(states)) => {
                let states = keys.into_iter().zip(states).collect();
                let next = deciding.begin(&self.setup, &self.owner, states, now);
                self.follow(deciding, next)
            }
            (Phase::Fetching(mut deciding, waiting), Input::Fetched(answers)) => {
                let next = deciding.resume(&self.setup, &self.owner, waiting, answers, now);
                self.follow(deciding, next)
            }
            (Phase::Committing(deciding, record), Input::Committed) => {
                self.started = None;
                if !record.is_poison() {
                    self.counted.push(Name::Decided.into());
                }
                let Record { outbox, .. } = *record;
                self.step(Delivering::new(deciding.envelope, outbox, 0, Outcome::Delivered), now)
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
                self.step(Delivering::new(envelope, record.outbox, confirmed, outcome), now)
            }
            (Phase::Checking(mut delivering, limits), Input::Held(holds)) => {
                match holds.until(&limits).filter(|until| *until > now) {
                    Some(until) => self.retry(Some(until.since(now)), LIMITED.to_owned()),
                    None => {
                        delivering.has_room = true;
                        self.step(delivering, now)
                    }
                }
            }
            (Phase::Stepping(mut delivering), Input::Answered(answer)) => {
                let (judged, counts) = delivering.judge(&self.setup, &answer, now);
                self.counted.extend(counts.map(Metric::from));
                self.act(delivering, judged, now)
            }
            (Phase::Stepping(delivering), Input::Unsendable) => {
                self.bury(delivering, "the request cannot be made".to_owned(), now)
            }
            (Phase::Stepping(delivering), Input::Buried) => {
                let confirmed = delivering.confirmed + 1;
                self.mark(delivering, confirmed)
            }
            (Phase::Marking(delivering), Input::Marked) => {
                // What fails after a success has not failed before.
                self.attempt = 1;
                self.step(delivering, now)
            }
            (Phase::Marking(_), Input::NotOurs) => {
                self.retry(None, "another delivery has taken over".to_owned())
            }
            (_, _) => self.retry(None, "the worker answered what was not asked".to_owned()),
        }
    }

    /// What has happened since this was last asked, besides the delivery's end.
    #[must_use]
    pub fn counted(&mut self) -> Vec<Metric> {
        std::mem::take(&mut self.counted)
    }

    /// The event, once there is one, for the log.
    #[must_use]
    pub fn event(&self) -> Option<&Event> {
        self.phase.event()
    }

    fn find(&mut self, deciding: Deciding, why: Why) -> Effect {
        let key = RecordKey::of(&deciding.envelope);
        self.phase = Phase::Finding(deciding, why);
        Effect::Find(key)
    }

    /// Acts on what earlier deliveries have decided.
    fn found(
        &mut self,
        mut deciding: Deciding,
        why: Why,
        found: Option<(Record, u32)>,
        now: Timestamp,
    ) -> Effect {
        deciding.is_new = true;
        match (found, why) {
            (Some((record, _)), Why::Refused) if !record.is_poison() => {
                let next = deciding.render_again(&self.setup, &self.owner, record, now);
                self.follow(deciding, next)
            }
            // There are no replies, and so there is an event to decide.
            (_, Why::Refused) => {
                deciding.envelope.again = None;
                self.find(deciding, Why::Again)
            }
            (Some((record, generation)), _) if deciding.is_settled(&record, generation) => {
                self.resume(deciding.envelope, record)
            }
            (_, Why::Again) if deciding.envelope.again.is_some() => {
                let key = RecordKey::of_event(&deciding.envelope.event);
                self.phase = Phase::Finding(deciding, Why::Refused);
                Effect::Find(key)
            }
            (_, Why::Fetch(mut waiting, fetch)) => {
                waiting.since = now;
                self.follow(deciding, Next::Fetch(waiting, fetch))
            }
            // Delivered before and not decided: it may have killed the process it was in.
            (_, Why::Again) if self.attempt > 1 => {
                self.phase = Phase::Isolating(deciding);
                Effect::Isolate
            }
            (_, Why::Again) => self.load(deciding),
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
                self.find(deciding, Why::Fetch(waiting, fetch))
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

    fn poison(&mut self, deciding: Deciding, reason: String, now: Timestamp) -> Effect {
        let commit = deciding.poison(&self.setup, &self.owner, reason, now);
        self.follow(deciding, Next::Commit(Box::new(commit)))
    }

    /// Goes on with what an earlier delivery has decided.
    fn resume(&mut self, envelope: Envelope, record: Record) -> Effect {
        self.started = None;
        if record.outbox.is_empty() {
            return self.over(Done::Acknowledge(Outcome::Duplicate));
        }
        let key = RecordKey::of(&envelope);
        self.phase = Phase::TakingOver(envelope, record);
        Effect::TakeOver { key, owner: self.owner.clone() }
    }

    /// Does the first step that is not confirmed.
    fn step(&mut self, delivering: Delivering, now: Timestamp) -> Effect {
        match delivering.doing(&self.setup, now) {
            Doing::Nothing(outcome) => {
                self.counted.extend(delivering.latency(now).map(Metric::latency));
                self.over(Done::Acknowledge(outcome))
            }
            Doing::Check(limits) => {
                let key = HoldsKey::of(&delivering.envelope.event);
                self.phase = Phase::Checking(delivering, limits);
                Effect::CheckHold(key)
            }
            Doing::Rest(rest) => self.retry(Some(rest), LIMITED.to_owned()),
            Doing::Send(request) => {
                self.phase = Phase::Stepping(delivering);
                Effect::Send(request)
            }
            Doing::Bury(reason) => self.bury(delivering, reason, now),
            Doing::Wait(reason) => {
                self.counted.push(Name::TokenRefused.into());
                self.over(give_back(LONGEST, reason))
            }
        }
    }

    fn act(&mut self, delivering: Delivering, judged: Judged, now: Timestamp) -> Effect {
        match judged {
            Judged::Confirmed(confirmed) => self.mark(delivering, confirmed),
            Judged::Redirected => self.step(delivering, now),
            Judged::Bury(reason) => self.bury(delivering, reason, now),
            Judged::Later(asked, reason) => self.retry(asked, reason),
            Judged::AllLater(limit, asked, reason) => {
                let after = wait(self.attempt, asked, &self.owner);
                // The others are held for as long as was asked, and spread themselves.
                let until = now.plus(asked.unwrap_or(after).min(LONGEST));
                let key = HoldsKey::of(&delivering.envelope.event);
                self.phase = Phase::Leaving(give_back(after, reason));
                Effect::Hold { key, limit, until }
            }
        }
    }

    fn bury(&mut self, mut delivering: Delivering, reason: String, now: Timestamp) -> Effect {
        let letter = delivering.letter(reason, now);
        self.phase = Phase::Stepping(delivering);
        Effect::Bury(Box::new(letter))
    }

    fn refuse(&mut self, letter: DeadLetter) -> Effect {
        self.phase = Phase::Burying(letter.reason.clone());
        Effect::Bury(Box::new(letter))
    }

    fn mark(&mut self, mut delivering: Delivering, confirmed: usize) -> Effect {
        delivering.confirm(confirmed);
        let effect =
            Effect::Mark { key: delivering.key.clone(), owner: self.owner.clone(), confirmed };
        self.phase = Phase::Marking(delivering);
        effect
    }

    fn retry(&mut self, asked: Option<Duration>, reason: String) -> Effect {
        let after = wait(self.attempt, asked, &self.owner);
        self.over(give_back(after, reason))
    }

    /// Ends the delivery. What was begun and did not kill the process takes its beginning back.
    fn over(&mut self, done: Done) -> Effect {
        match self.started.take() {
            Some(key) => {
                self.phase = Phase::Leaving(done);
                Effect::TakeBack(key)
            }
            None => {
                self.phase = Phase::Over;
                Effect::Done(done)
            }
        }
    }
}

const fn give_back(after: Duration, reason: String) -> Done {
    Done::GiveBack { after, reason }
}
