//! From a decided event to the last of its replies.

use std::iter;
use std::time::Duration;

use super::Setup;
use super::backoff::LONGEST_SPREAD;
use super::count;
use super::effect::Outcome;
use super::record::{RecordKey, Step};
use crate::dead_letter::DeadLetter;
use crate::envelope::Envelope;
use crate::metric::Name;
use crate::platform::{ApiAnswer, ApiRequest, Call, Limit, Method, RequestError, Sent, Verdict};
use crate::time::Timestamp;

/// An event whose outbox is being worked through.
pub(super) struct Delivering {
    pub(super) envelope: Envelope,
    pub(super) key: RecordKey,
    outbox: Vec<Step>,
    /// How many steps are confirmed.
    pub(super) confirmed: usize,
    outcome: Outcome,
    /// Whether the platform has asked for another call in place of the present one.
    redirected: bool,
    /// Whether the platform's limits are known to leave room for the present step.
    pub(super) has_room: bool,
    /// What the platform takes no more of for now, and until when.
    full: Option<(Method, String, Timestamp)>,
}

/// What is to be done now.
pub(super) enum Doing {
    /// Nothing is left.
    Nothing(Outcome),
    /// Look whether the platform takes a call now that is under these limits.
    Check(Vec<Limit>),
    /// Wait until the platform takes more of this.
    Rest(Duration),
    /// Make the call.
    Send(Box<ApiRequest>),
    /// Set the step aside, for this reason.
    Bury(String),
    /// Wait until somebody has mended the configuration.
    Wait(String),
}

/// What an answer leads to.
pub(super) enum Judged {
    /// So many steps are confirmed.
    Confirmed(usize),
    /// Another call is to be made in place of this one.
    Redirected,
    /// Set the step aside.
    Bury(String),
    /// Try again later.
    Later(Option<Duration>, String),
    /// Try again later, and so has everybody else who is under this limit.
    AllLater(Limit, Option<Duration>, String),
}

impl Delivering {
    pub(super) fn new(
        envelope: Envelope,
        outbox: Vec<Step>,
        confirmed: usize,
        outcome: Outcome,
    ) -> Self {
        let key = RecordKey::of(&envelope);
        Self {
            envelope,
            key,
            outbox,
            confirmed,
            outcome,
            redirected: false,
            has_room: false,
            full: None,
        }
    }

    /// What the first step that is not confirmed asks for.
    pub(super) fn doing(&self, setup: &Setup, now: Timestamp) -> Doing {
        let call = match self.outbox.get(self.confirmed) {
            None => return Doing::Nothing(self.outcome.clone()),
            Some(Step::Bury { reason }) => return Doing::Bury(reason.clone()),
            Some(Step::Call(call)) => call,
        };
        let event = &self.envelope.event;
        let Some(platform) = setup.platforms.of(event) else {
            return Doing::Bury("no such platform".to_owned());
        };
        if let Some(rest) = self.rest(call, now) {
            return Doing::Rest(rest);
        }
        let limits = platform.limits(event, call);
        if !limits.is_empty() && !self.has_room {
            return Doing::Check(limits);
        }
        match platform.request(call) {
            Ok(request) => Doing::Send(Box::new(request)),
            Err(error @ RequestError::NoToken(_)) => Doing::Wait(error.to_string()),
            Err(error @ RequestError::ForeignUrl) => Doing::Bury(error.to_string()),
        }
    }

    /// What the platform's answer means, and what it counts as.
    ///
    /// What the platform will take later is tried later. What it will never take is not allowed to hold up the
    /// conversation: a bug of ours is set aside for an engineer, and a recipient who is gone is nobody's business.
    pub(super) fn judge(
        &mut self,
        setup: &Setup,
        answer: &ApiAnswer,
        now: Timestamp,
    ) -> (Judged, Option<Name>) {
        let event = &self.envelope.event;
        let (Some(platform), Some(Step::Call(call)), Some(verdict)) = (
            setup.platforms.of(event),
            self.outbox.get(self.confirmed),
            self.verdict(setup, self.confirmed, answer, now),
        ) else {
            return (Judged::Later(None, "an answer to nothing".to_owned()), None);
        };
        let status = format!("status {}", answer.status);
        let counts = count::of_answer(&verdict);
        let judged = match verdict {
            Verdict::Delivered => {
                let until = platform.rest(answer).map(|rest| now.plus(rest));
                self.full = until.map(|until| (call.method, call.target.clone(), until));
                Judged::Confirmed(self.confirmed + 1)
            }
            // A platform that sends us in circles meets the retry instead.
            Verdict::Instead(_) if self.redirected => {
                Judged::Later(None, "redirected again".to_owned())
            }
            Verdict::Instead(call) => {
                self.redirected = true;
                self.has_room = false;
                self.redirect(call, setup, answer, now);
                Judged::Redirected
            }
            Verdict::Undeliverable(reason) => {
                // What is in the dead-letter queue is the more important news.
                if !matches!(self.outcome, Outcome::Buried(_)) {
                    self.outcome = Outcome::Undeliverable(reason);
                }
                Judged::Confirmed(self.outbox.len())
            }
            Verdict::Refused(reason) => Judged::Bury(format!("refused by the platform: {reason}")),
            Verdict::Retry(asked) => Judged::Later(asked, status),
            Verdict::Limited(Some(limit), asked) => Judged::AllLater(limit, asked, status),
            Verdict::Limited(None, asked) => Judged::Later(asked, status),
            // Whoever was refused comes back some time after the others may: if it alone is refused, it does not hold
            // them for ever.
            Verdict::Unauthorized(limit, reason) => {
                Judged::AllLater(limit, Some(LONGEST_SPREAD), format!("not authorised: {reason}"))
            }
        };
        (judged, counts)
    }

    /// What an answer means to the `nth` step of these.
    fn verdict(
        &self,
        setup: &Setup,
        nth: usize,
        answer: &ApiAnswer,
        now: Timestamp,
    ) -> Option<Verdict> {
        let event = &self.envelope.event;
        let Some(Step::Call(call)) = self.outbox.get(nth) else { return None };
        let step = self.envelope.again.unwrap_or_default() + nth;
        let sent = Sent { event, step, call, age: self.age(now) };
        Some(setup.platforms.of(event)?.classify(&sent, answer))
    }

    /// Puts `call` in place of the present step, and others in place of the later ones that would be answered as it was: an
    /// interaction that has expired has expired for all of them.
    fn redirect(&mut self, call: Call, setup: &Setup, answer: &ApiAnswer, now: Timestamp) {
        let later = (self.confirmed + 1)..self.outbox.len();
        let others = later.filter_map(|nth| match self.verdict(setup, nth, answer, now)? {
            Verdict::Instead(call) => Some((nth, call)),
            _ => None,
        });
        let others: Vec<(usize, Call)> = others.collect();
        for (nth, call) in iter::once((self.confirmed, call)).chain(others) {
            if let Some(step) = self.outbox.get_mut(nth) {
                *step = Step::Call(call);
            }
        }
    }

    /// How long no more such calls are taken, by the answer to the last.
    ///
    /// The others who are under that limit are of the same conversation, and come later.
    fn rest(&self, call: &Call, now: Timestamp) -> Option<Duration> {
        let (method, target, until) = self.full.as_ref()?;
        let is_full = *method == call.method && *target == call.target && *until > now;
        is_full.then(|| until.since(now))
    }

    /// How long ago the event happened.
    fn age(&self, now: Timestamp) -> Duration {
        now.since(self.envelope.event.sent_at.unwrap_or(self.envelope.received_at))
    }

    /// How long its person has waited for what is confirmed now. What an engineer took out of the dead-letter queue says
    /// how long that took, and an apology answers nothing.
    pub(super) fn latency(&self, now: Timestamp) -> Option<Duration> {
        let is_an_answer = matches!(self.outcome, Outcome::Delivered | Outcome::Resumed);
        (is_an_answer && !self.outbox.is_empty() && self.envelope.generation == 0)
            .then(|| self.age(now))
    }

    /// The present step as a dead letter.
    pub(super) fn letter(&mut self, reason: String, now: Timestamp) -> DeadLetter {
        self.outcome = Outcome::Buried(reason.clone());
        let is_poison = matches!(self.outbox.first(), Some(Step::Bury { .. }));
        let step = if is_poison { self.envelope.again } else { Some(self.nth()) };
        DeadLetter::envelope(&self.envelope, self.nth(), reason, now).of_step(step)
    }

    /// Which step of all that were decided the present one is.
    fn nth(&self) -> usize {
        self.envelope.again.unwrap_or_default() + self.confirmed
    }

    /// Goes on to what follows the confirmed steps.
    pub(super) const fn confirm(&mut self, confirmed: usize) {
        self.confirmed = confirmed;
        self.redirected = false;
        self.has_room = false;
    }
}
