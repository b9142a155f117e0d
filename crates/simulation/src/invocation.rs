//! queue-worker: takes batches, and does the jobs and effects that are named.

use std::sync::Arc;
use std::time::Duration;

use bot_core::Timestamp;
use bot_core::envelope::Envelope;
use bot_core::platform::{Holds, HoldsKey};
use bot_core::worker::backoff::wait;
use bot_core::worker::batch::{Batch, Job, Report};
use bot_core::worker::deadline::{GRACE, RESERVE, needed};
use bot_core::worker::{Delivery, Done, Effect, Input};

use crate::Safeguard;
use crate::effects::{Cargo, step_of};
use crate::fault::Step;
use crate::known::Fate;
use crate::worker::{Echo, Invocation, Record, Site, Worker};
use crate::world::{Happening, World};

/// How long what was read of limits is believed, as queue-worker does.
const FRESH_MS: u64 = 1_000;

impl World<'_> {
    /// The time, by a worker's clock.
    fn clock(&self, worker: usize) -> Timestamp {
        let skew = self.workers.get(worker).map_or(0, |worker| worker.skew);
        Timestamp::from_millis(self.agenda.now().saturating_add_signed(skew))
    }

    pub(crate) fn is_alive(&self, site: Site) -> bool {
        self.workers.get(site.worker).is_some_and(|worker| {
            worker.process == site.process
                && worker.invocation.as_ref().is_some_and(|it| it.nth == site.invocation)
        })
    }

    fn site(&self, worker: usize) -> Site {
        let it = &self.workers[worker];
        let invocation = it.invocation.as_ref().map_or(0, |invocation| invocation.nth);
        Site { worker, process: it.process, invocation, record: None }
    }

    pub(crate) fn record(&mut self, site: Site) -> Option<&mut Record> {
        let worker = self.workers.get_mut(site.worker)?;
        worker.invocation.as_mut()?.records.get_mut(site.record?)
    }

    /// Begins to work through a batch.
    pub(crate) fn invoke(&mut self, worker: usize, records: Vec<Record>) {
        self.invocations += 1;
        let nth = self.invocations;
        self.note(|| {
            let ids: Vec<String> =
                records.iter().map(|r| format!("{}x{}", &r.id[..4], r.attempt)).collect();
            format!("worker {worker} gets batch {nth}: {}", ids.join(" "))
        });
        let timeout = Duration::from_millis(crate::queue::TIMEOUT_MS);
        let deadline = self.clock(worker).plus(timeout);
        let groups: Vec<String> = records
            .iter()
            .enumerate()
            .map(|(nth, record)| match self.without {
                Some(Safeguard::Order) => nth.to_string(),
                _ => record.group.clone(),
            })
            .collect();
        let hold = deadline.since(self.clock(worker)) + GRACE;
        let (batch, jobs) = Batch::begin(groups.iter().map(String::as_str), hold);
        self.workers[worker].invocation = Some(Invocation {
            nth,
            deadline,
            batch,
            records,
            under_way: 0,
            given_back: Vec::new(),
            is_lost: false,
        });
        let site = self.site(worker);
        self.agenda.after(crate::queue::TIMEOUT_MS, Happening::TimeUp(site));
        self.begin(site, jobs);
    }

    /// Begins jobs, all at once.
    fn begin(&mut self, site: Site, jobs: Vec<Job>) {
        let Some(invocation) = self.workers[site.worker].invocation.as_mut() else { return };
        invocation.under_way += jobs.len();
        let receipts = |nths: &[usize]| -> Vec<String> {
            nths.iter()
                .filter_map(|&nth| Some(invocation.records.get(nth)?.receipt.clone()))
                .collect()
        };
        let jobs: Vec<(Job, Vec<String>)> = jobs
            .into_iter()
            .map(|job| {
                let receipts = match &job {
                    Job::Hide(nths, _) | Job::Delete(nths) => receipts(nths),
                    Job::Deliver(_) | Job::Resume(_) => Vec::new(),
                };
                (job, receipts)
            })
            .collect();
        let is_first = !invocation.has_begun();
        for (job, receipts) in jobs {
            if !self.is_alive(site) {
                return;
            }
            match job {
                Job::Deliver(nth) => self.deliver(Site { record: Some(nth), ..site }),
                Job::Resume(nth) => {
                    let site = Site { record: Some(nth), ..site };
                    if let Some(record) = self.record(site) {
                        record.is_alone = true;
                    }
                    self.hear(site, Echo::Input(Input::Isolated));
                }
                Job::Hide(_, wait) => {
                    let step = if is_first { Step::Hide } else { Step::GiveBack };
                    self.perform(site, step, Cargo::Hide(receipts, wait));
                }
                Job::Delete(_) => self.perform(site, Step::Isolate, Cargo::Delete(receipts)),
            }
        }
    }

    fn deliver(&mut self, site: Site) {
        let setup = Arc::clone(&self.stage.setup);
        let now = self.clock(site.worker);
        let Some(record) = self.record(site) else { return };
        record.owner = format!("{}/{}", site.invocation, record.id);
        let (delivery, effect) =
            Delivery::begin(setup, &record.body, record.attempt, record.owner.clone(), now);
        record.key = delivery.event().map_or(String::new(), |event| event.key.as_str().to_owned());
        record.generation = Envelope::open(&record.body).map_or(0, |envelope| envelope.generation);
        record.delivery = Some(delivery);
        self.go_on(site, effect);
    }

    /// Has an effect performed, and those that need nothing from outside.
    fn go_on(&mut self, site: Site, mut effect: Effect) {
        loop {
            let now = self.clock(site.worker);
            let fresh = self.agenda.now();
            let Some(worker) = self.workers.get_mut(site.worker) else { return };
            let Some(invocation) = worker.invocation.as_mut() else { return };
            let left = invocation.deadline.since(now);
            let Some(record) = site.record.and_then(|nth| invocation.records.get_mut(nth)) else {
                return;
            };
            let input = match effect {
                Effect::Done(done) => return self.over(site, done),
                effect_ if left < needed(&effect_) => Input::NoTime,
                Effect::Isolate if record.is_alone => Input::Isolated,
                Effect::Isolate => {
                    let nth = site.record.unwrap_or_default();
                    return self.report(site, Report::Parked(nth));
                }
                Effect::Load(keys) if keys.is_empty() => Input::Loaded(Vec::new()),
                Effect::CheckHold(key) => match worker.holds.get(&key) {
                    Some((read_at, holds)) if fresh < read_at + FRESH_MS => {
                        Input::Held(holds.clone())
                    }
                    _ => return self.perform_effect(site, Effect::CheckHold(key)),
                },
                Effect::Hold { key, limit, until } => {
                    let (read_at, holds) = worker.holds.entry(key.clone()).or_default();
                    *read_at = fresh;
                    holds.note(&limit, until, now);
                    return self.perform_effect(site, Effect::Hold { key, limit, until });
                }
                effect => return self.perform_effect(site, effect),
            };
            match self.advance(site, input) {
                Some(next) => effect = next,
                None => return,
            }
        }
    }

    fn perform_effect(&mut self, site: Site, effect: Effect) {
        if let (Effect::Send(_), Some(record)) = (&effect, self.record(site)) {
            let (key, owner, step) = (record.key.clone(), record.owner.clone(), record.step);
            self.ledger.begins(&key, &owner, step);
        }
        self.perform(site, step_of(&effect), Cargo::Effect(effect));
    }

    /// Hands a delivery what it waits for. `None` when that has ended the process.
    fn advance(&mut self, site: Site, input: Input) -> Option<Effect> {
        let now = self.clock(site.worker);
        let runs = matches!(input, Input::Loaded(_) | Input::Fetched(_));
        let worker = self.workers.get_mut(site.worker)?;
        let invocation = worker.invocation.as_mut()?;
        let has_time = invocation.deadline.since(now) >= RESERVE;
        let record = invocation.records.get_mut(site.record?)?;
        match &input {
            Input::Committed => record.step = 0,
            Input::TakenOver(confirmed) => record.step = confirmed.unwrap_or_default(),
            _ => {}
        }
        let input = if runs && !has_time { Input::NoTime } else { input };
        let known = self.ledger.events.get(&record.key);
        let fate = known.map_or(Fate::Fine, |known| known.fate_in(record.generation));
        match fate {
            Fate::Kills if runs && has_time => {
                if let Some(known) = self.ledger.events.get_mut(&record.key) {
                    known.deaths += 1;
                }
                record.is_started = false;
                self.note(|| "the handler kills its process".to_owned());
                self.crash(site.worker);
                return None;
            }
            Fate::Loops if runs && has_time => {
                let was_tainted = std::mem::replace(&mut worker.is_tainted, true);
                // As queue-worker does: beside another that does not end, it may be innocent.
                if was_tainted && record.attempt == 1 {
                    let after = wait(record.attempt, None, &record.owner);
                    return Some(Effect::Done(Done::GiveBack { after, reason: String::new() }));
                }
                let setup = Arc::clone(&self.stage.setup);
                let reason = "the handler does not end".to_owned();
                let owner = record.owner.clone();
                let (delivery, effect) =
                    Delivery::condemn(setup, &record.body, record.attempt, owner, reason, now);
                record.delivery = Some(delivery);
                return Some(effect);
            }
            _ => {}
        }
        let effect = record.delivery.as_mut()?.next(input, now);
        if let Effect::Mark { confirmed, .. } = &effect {
            record.step = *confirmed;
        }
        Some(effect)
    }

    /// A delivery is over.
    fn over(&mut self, site: Site, done: Done) {
        let nth = site.record.unwrap_or_default();
        if let Some(record) = self.record(site) {
            let key = record.key.clone();
            self.note(|| format!("worker {} has done {key}: {done:?}", site.worker));
        }
        if matches!(done, Done::GiveBack { .. })
            && let Some(invocation) = self.workers[site.worker].invocation.as_mut()
        {
            invocation.given_back.push(nth);
        }
        self.report(site, Report::Over(nth, done));
    }

    /// A job is done.
    fn report(&mut self, site: Site, report: Report) {
        let Some(invocation) = self.workers[site.worker].invocation.as_mut() else { return };
        invocation.under_way -= 1;
        let jobs = invocation.batch.next(report);
        if jobs.is_empty() && invocation.under_way == 0 {
            return self.finish(site);
        }
        self.begin(Site { record: None, ..site }, jobs);
    }

    /// A worker hears what has come of something.
    pub(crate) fn hear(&mut self, site: Site, echo: Echo) {
        if !self.is_alive(site) {
            return;
        }
        let until = self.workers[site.worker].frozen_until;
        if until > self.agenda.now() {
            return self.agenda.at(until, Happening::Echo(site, Box::new(echo)));
        }
        match echo {
            Echo::Report(report) => self.report(site, report),
            Echo::Input(input) => {
                if let Some(effect) = self.advance(site, input) {
                    self.go_on(site, effect);
                }
            }
        }
    }

    /// A worker has read until when a tenant's limits hold.
    pub(crate) fn remember_holds(&mut self, site: Site, key: HoldsKey, holds: Holds) {
        let now = self.agenda.now();
        self.workers[site.worker].holds.insert(key, (now, holds));
    }

    /// A batch is over: Lambda deletes what is not left.
    fn finish(&mut self, site: Site) {
        let worker = &mut self.workers[site.worker];
        let Some(invocation) = worker.invocation.take() else { return };
        let left = match self.without {
            Some(Safeguard::Rest) => &invocation.given_back[..],
            _ => invocation.batch.left(),
        };
        let receipts: Vec<String> = (0..)
            .zip(&invocation.records)
            .filter(|(nth, _)| !left.contains(nth))
            .map(|(_, record)| record.receipt.clone())
            .collect();
        if worker.is_tainted {
            *worker = Worker { process: worker.process + 1, ..Worker::default() };
        }
        self.note(|| format!("worker {} is through with batch {}", site.worker, site.invocation));
        self.conclude(receipts);
        let rest = self.chance.u64(1..50);
        self.agenda.after(rest, Happening::Poll(site.worker));
    }

    /// An invocation has taken too long.
    pub(crate) fn time_up(&mut self, site: Site) {
        let is_lost = |worker: &Worker| worker.invocation.as_ref().is_some_and(|it| it.is_lost);
        if self.is_alive(site) && !self.workers.get(site.worker).is_some_and(is_lost) {
            self.note(|| format!("batch {} has taken too long", site.invocation));
            self.crash(site.worker);
        }
    }

    /// A process dies, with all that is under way in it.
    pub(crate) fn crash(&mut self, worker: usize) {
        self.note(|| format!("worker {worker} dies"));
        self.blame(worker);
        let process = self.workers[worker].process + 1;
        self.workers[worker] = Worker { process, ..Worker::default() };
        let rest = self.chance.u64(100..2_000);
        self.agenda.after(rest, Happening::Poll(worker));
    }

    /// What was begun in this process counts as what has ended it.
    pub(crate) fn blame(&mut self, worker: usize) {
        let process = self.site(worker).name();
        let Some(invocation) = &self.workers[worker].invocation else { return };
        for record in invocation.records.iter().filter(|record| record.is_started) {
            self.ledger.blamed(&record.key, process.clone());
        }
    }
}
