//! What workers send to the queue, the table, the platforms and the hosts: how it gets there, and what comes back.

use std::time::Duration;

use bot_core::Timestamp;
use bot_core::fetch::{Answer, FetchError, Fetched, Outgoing};
use bot_core::worker::batch::Report;
use bot_core::worker::deadline::{HIDING, SENDING, STORING};
use bot_core::worker::{Effect, Input};
use sqs_local::NewMessage;

use crate::Safeguard;
use crate::fault::{Fault, Step};
use crate::ledger::event_key;
use crate::queue::{DEAD, QUEUE};
use crate::worker::{Echo, Site};
use crate::world::{Happening, World};

/// What is sent.
pub(crate) enum Cargo {
    Effect(Effect),
    Hide(Vec<String>, Duration),
    Delete(Vec<String>),
}

/// Something on its way.
pub(crate) struct Flight {
    site: Site,
    cargo: Cargo,
    fault: Option<Fault>,
    then: Then,
    /// The event it is about, who delivers that, and the step of its outbox.
    key: String,
    owner: String,
    step: usize,
}

/// What follows its arrival.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    /// The worker hears of it after so many milliseconds.
    Answer(u64),
    /// The worker does not hear of it.
    Nothing,
    /// The worker dies.
    Crash,
}

/// The step an effect is.
pub(crate) const fn step_of(effect: &Effect) -> Step {
    match effect {
        Effect::Load(_) => Step::Load,
        Effect::Find(_) => Step::Find,
        Effect::Start(_) => Step::Start,
        Effect::TakeBack(_) => Step::TakeBack,
        Effect::Fetch(_) => Step::Fetch,
        Effect::Commit(_) => Step::Commit,
        Effect::TakeOver { .. } => Step::TakeOver,
        Effect::CheckHold(_) => Step::CheckHold,
        Effect::Hold { .. } => Step::Hold,
        Effect::Send(_) => Step::Send,
        Effect::Mark { .. } => Step::Mark,
        Effect::Bury(_) => Step::Bury,
        Effect::Isolate | Effect::Done(_) => Step::Isolate,
    }
}

impl Cargo {
    /// How long a worker waits for its answer, in milliseconds.
    fn patience(&self) -> u64 {
        let patience = match self {
            Self::Effect(Effect::Send(_)) => SENDING,
            Self::Effect(Effect::Fetch(fetch)) => fetch.within,
            Self::Effect(_) => STORING,
            Self::Hide(..) | Self::Delete(_) => HIDING,
        };
        u64::try_from(patience.as_millis()).unwrap_or(u64::MAX)
    }

    /// What a worker makes of no answer.
    fn failure(&self) -> Echo {
        match self {
            Self::Hide(..) => Echo::Report(Report::Hidden),
            Self::Delete(_) => Echo::Report(Report::Deleted),
            Self::Effect(Effect::Fetch(fetch)) => {
                let nothing = || Fetched::from(Err(FetchError::NoAnswer));
                Echo::Input(Input::Fetched(fetch.requests.iter().map(|_| nothing()).collect()))
            }
            Self::Effect(_) => Echo::Input(Input::Failed("no answer".to_owned())),
        }
    }
}

impl World<'_> {
    /// Sends something off, unless something goes wrong.
    pub(crate) fn perform(&mut self, site: Site, step: Step, cargo: Cargo) {
        let fault = self.fault(step);
        let (there, back) = (self.chance.u64(1..40), self.chance.u64(1..20));
        let patience = cargo.patience();
        let failure = |world: &mut Self, wait| {
            let echo = cargo.failure();
            world.agenda.after(wait, Happening::Echo(site, Box::new(echo)));
        };
        let is_unsure = match step {
            // A process that stands still with it looks dead, too.
            Step::Start => !matches!(fault, None | Some(Fault::CrashBefore | Fault::CrashAfter)),
            Step::TakeBack => matches!(
                fault,
                Some(Fault::LostBefore | Fault::LostAfter | Fault::Late | Fault::Failed)
            ),
            _ => false,
        };
        if is_unsure && let Some(record) = self.record(site) {
            // Whether it is begun, nobody knows now.
            let key = record.key.clone();
            self.ledger.blamed(&key, site.name());
        }
        let (wait, then) = match fault {
            Some(Fault::CrashBefore) => return self.crash(site.worker),
            Some(Fault::CrashAfter) => (there, Then::Crash),
            Some(Fault::LostBefore) => return failure(self, patience),
            Some(Fault::LostAfter) => {
                failure(self, patience);
                (there, Then::Nothing)
            }
            Some(Fault::Late) => {
                failure(self, patience);
                (patience + self.chance.u64(..60_000), Then::Nothing)
            }
            Some(Fault::Failed) => return failure(self, there),
            Some(Fault::StallBefore) => (self.stall(site.worker) + there, Then::Answer(back)),
            Some(Fault::StallAfter) => {
                self.stall(site.worker);
                (there, Then::Answer(back))
            }
            _ => (there, Then::Answer(back)),
        };
        let (key, owner, step) = self.record(site).map_or_else(Default::default, |record| {
            (record.key.clone(), record.owner.clone(), record.step)
        });
        let flight = Flight { site, cargo, fault, then, key, owner, step };
        self.agenda.after(wait, Happening::Flight(Box::new(flight)));
    }

    /// A process stands still, so long that others get its messages: for how long, in milliseconds. Lambda loses sight of
    /// it, and its clock may stand still with it.
    pub(crate) fn stall(&mut self, worker: usize) -> u64 {
        let wait = self.chance.u64(20_000..300_000);
        let is_clock_off = self.chance.bool();
        self.blame(worker);
        let until = self.agenda.now() + wait;
        let worker = &mut self.workers[worker];
        worker.frozen_until = worker.frozen_until.max(until);
        if is_clock_off {
            worker.skew -= i64::try_from(wait).unwrap_or_default();
        }
        if let Some(invocation) = &mut worker.invocation {
            invocation.is_lost = true;
        }
        wait
    }

    /// Something reaches where it was sent.
    pub(crate) fn arrive(&mut self, flight: Flight) {
        let Flight { site, cargo, fault, then, key, owner, step } = flight;
        let now = self.agenda.now();
        self.note(|| match &cargo {
            Cargo::Effect(effect) => {
                format!("worker {}: {:?} {key} {step}", site.worker, step_of(effect))
            }
            Cargo::Hide(receipts, wait) => {
                format!("worker {}: hide {} for {wait:?}", site.worker, receipts.len())
            }
            Cargo::Delete(receipts) => format!("worker {}: delete {}", site.worker, receipts.len()),
        });
        let echo = match cargo {
            Cargo::Hide(receipts, wait) => {
                let seconds = i64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(i64::MAX);
                for receipt in receipts {
                    let _ = self.queue.change_visibility(now, QUEUE, &receipt, seconds);
                }
                self.wake();
                Echo::Report(Report::Hidden)
            }
            Cargo::Delete(receipts) => {
                self.delete(&receipts);
                Echo::Report(Report::Deleted)
            }
            Cargo::Effect(effect) => {
                Echo::Input(self.effect(site, effect, fault, &key, &owner, step))
            }
        };
        match then {
            Then::Answer(wait) => self.agenda.after(wait, Happening::Echo(site, Box::new(echo))),
            Then::Nothing => {}
            Then::Crash => {
                if self.is_alive(site) {
                    self.crash(site.worker);
                }
            }
        }
    }

    fn effect(
        &mut self,
        site: Site,
        effect: Effect,
        fault: Option<Fault>,
        key: &str,
        owner: &str,
        step: usize,
    ) -> Input {
        let now = self.agenda.now();
        match effect {
            Effect::Load(keys) => Input::Loaded(self.table.load(&keys)),
            Effect::Find(key) => Input::Found(self.table.find(&key)),
            Effect::Start(key) => {
                self.begun(site, true);
                let started = self.table.start(&key, &site.name());
                Input::Started(u32::try_from(started).unwrap_or_default())
            }
            Effect::TakeBack(key) => {
                self.begun(site, false);
                self.table.take_back(&key, &site.name());
                Input::Noted
            }
            Effect::CheckHold(key) => {
                let holds = self.table.holds(&key);
                if self.is_alive(site) {
                    self.remember_holds(site, key, holds.clone());
                }
                Input::Held(holds)
            }
            Effect::Hold { key, limit, until } => {
                self.table.hold(key, &limit, until, Timestamp::from_millis(now));
                Input::Noted
            }
            Effect::Fetch(fetch) => {
                if let Some(notice) = &fetch.notice {
                    let _ = self.platforms.take(notice, now, None);
                }
                let answers = fetch.requests.iter().map(|request| self.fetch(request, key, fault));
                Input::Fetched(answers.collect())
            }
            Effect::Commit(mut commit) => {
                if self.without == Some(Safeguard::Carrying) && self.ledger.is_move(key) {
                    commit.states.iter_mut().for_each(|state| state.write = None);
                }
                let input = self.table.commit(&commit);
                if matches!(input, Input::Committed) {
                    self.ledger.committed(event_key(&commit.key), &commit);
                }
                if matches!(input, Input::Committed | Input::Exists(_)) {
                    self.begun(site, false);
                }
                input
            }
            Effect::TakeOver { key, owner } => {
                let confirmed = self.table.take_over(&key, &owner);
                self.ledger.taken_over(&key, &owner);
                Input::TakenOver(confirmed)
            }
            Effect::Send(request) => {
                let reception = self.platforms.take(&request, now, fault);
                self.note(|| {
                    format!("  {:?} at {} by {owner}", reception.seen, request.method.as_str())
                });
                self.ledger.called((key, owner, step), &request, &reception.seen, now);
                let mut tokens = reception.tokens;
                self.shown(key, &mut tokens);
                Input::Answered(reception.answer)
            }
            Effect::Mark { key, owner, confirmed } => {
                if !self.table.mark(&key, &owner, confirmed) {
                    return Input::NotOurs;
                }
                self.ledger.marked(event_key(&key), &owner, confirmed);
                Input::Marked
            }
            Effect::Bury(letter) => {
                let (group, id) = (&letter.ids.group, &letter.ids.deduplication);
                let message = NewMessage::fifo(letter.to_json(), group, id);
                if self.queue.send(now, DEAD, message).is_err() {
                    self.ledger.violate("the dead-letter queue does not take a letter".to_owned());
                }
                self.ledger.buried((key, owner, step), &letter);
                self.alarm();
                Input::Buried
            }
            Effect::Isolate | Effect::Done(_) => Input::Isolated,
        }
    }

    fn begun(&mut self, site: Site, is_started: bool) {
        if self.is_alive(site)
            && let Some(record) = self.record(site)
        {
            record.is_started = is_started;
        }
    }

    /// A host answers a handler's request.
    fn fetch(&mut self, request: &Outgoing, key: &str, fault: Option<Fault>) -> Fetched {
        let header = |name: &str| {
            let header = request.headers.iter().find(|(known, _)| known == name);
            header.and_then(|(_, value)| value.to_str().ok()).unwrap_or_default()
        };
        self.ledger.fetched(key, request.url.to_string(), header("idempotency-key"));
        let body = match request.url.host().unwrap_or_default() {
            "geocoding-api.open-meteo.com" => include_str!("../../bot/recordings/berlin.json"),
            "api.open-meteo.com" => include_str!("../../bot/recordings/berlin_forecast.json"),
            _ => "{}",
        };
        let status = if fault == Some(Fault::ServerError) { 503 } else { 200 };
        Ok(Answer { status, body: body.as_bytes().to_vec() }).into()
    }
}
