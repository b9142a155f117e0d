//! Everything there is in one run, and how one thing follows another.

use bot_core::dead_letter::DeadLetter;
use bot_core::envelope::Envelope;
use fastrand::Rng;
use sqs_local::{Model, ReceiveRequest};

use crate::agenda::Agenda;
use crate::effects::Flight;
use crate::fault::{Coverage, Fault, Faults, Step};
use crate::ingest::Upload;
use crate::ledger::Ledger;
use crate::people::{self, FEWEST_DEEDS, FEWEST_PLACES};
use crate::platforms::Platforms;
use crate::table::Table;
use crate::webhook::{Act, Deed};
use crate::worker::{Echo, Site, Worker};
use crate::{Outcome, Safeguard, Stage, queue};

/// When runs begin, in milliseconds since the Unix epoch.
const START_MS: u64 = 1_700_000_000_000;

/// What a run comes to an end within: it takes about an hour.
const LONGEST_MS: u64 = 2 * 24 * 60 * 60 * 1000;

/// And with how many happenings: it takes about a thousand.
const MOST_HAPPENINGS: u32 = 100_000;

/// How many presses people add of their own accord.
const MOST_PRESSES: u64 = 6;

/// What happens at some time.
pub(crate) enum Happening {
    /// A platform sends a webhook, for the so-many-eth time.
    Webhook { deed: Box<Deed>, attempt: u32, twice: bool },
    /// What webhook-ingest has sent reaches SQS.
    Upload(Box<Upload>),
    /// webhook-ingest's process answers, or does not.
    Answered { upload: Box<Upload>, attempt: u32, is_accepted: bool },
    /// What a worker has sent reaches where it goes.
    Flight(Box<Flight>),
    /// A worker hears what has come of it.
    Echo(Site, Box<Echo>),
    /// Lambda ends an invocation that takes too long.
    TimeUp(Site),
    /// Lambda asks the queue on a worker's behalf.
    Poll(usize),
    /// Something in the queue may be seen again.
    Wake,
    /// Lambda's deletion reaches SQS.
    Delete(Vec<String>),
    /// Somebody puts back what is in the dead-letter queue.
    Redrive,
    /// That reaches the queue.
    Returned(Box<Envelope>),
}

/// One run.
pub(crate) struct World<'a> {
    pub(crate) stage: &'a Stage,
    pub(crate) chance: Rng,
    pub(crate) agenda: Agenda<Happening>,
    pub(crate) queue: Model,
    pub(crate) table: Table,
    pub(crate) platforms: Platforms,
    pub(crate) ledger: Ledger,
    pub(crate) workers: Vec<Worker>,
    pub(crate) without: Option<Safeguard>,
    /// When the queue is next looked at by itself.
    pub(crate) wakes_at: Option<u64>,
    /// How many invocations there have been.
    pub(crate) invocations: u64,
    /// How often somebody has begun to put back what was set aside.
    pub(crate) redrives: u32,
    faults: Faults,
    is_witness: bool,
    deeds: u64,
    presses: u64,
    trace: Option<Vec<String>>,
}

impl<'a> World<'a> {
    pub(crate) fn new(
        stage: &'a Stage,
        seed: u64,
        without: Option<Safeguard>,
        with_trace: bool,
    ) -> Self {
        let mut chance = Rng::with_seed(seed);
        let is_witness = std::ptr::eq(stage.bot, &raw const crate::witness::WITNESS);
        let deeds = people::deeds(&mut chance, START_MS, is_witness);
        let mut agenda = Agenda::new(START_MS);
        let count = u64::try_from(deeds.len()).unwrap_or_default();
        let moved_at = deeds.iter().find(|deed| matches!(deed.act, Act::Move)).map(|deed| deed.at);
        for deed in deeds {
            // Slack tells of a mention in a channel twice.
            if deed.is_told_twice() {
                let at = deed.at + chance.u64(..3_000);
                let deed = Box::new(deed.clone());
                agenda.at(at, Happening::Webhook { deed, attempt: 1, twice: true });
            }
            let at = deed.at + chance.u64(..500);
            agenda.at(at, Happening::Webhook { deed: Box::new(deed), attempt: 1, twice: false });
        }
        let faults = Faults::new(&mut chance, START_MS);
        let workers = (0..chance.usize(2..=4)).map(|_| Worker::waiting()).collect();
        Self {
            stage,
            agenda,
            queue: queue::new(seed),
            table: Table::without(without),
            platforms: Platforms::moving(moved_at),
            ledger: Ledger::default(),
            workers,
            without,
            wakes_at: None,
            invocations: 0,
            redrives: 0,
            faults,
            is_witness,
            deeds: count,
            presses: 0,
            trace: with_trace.then(Vec::new),
            chance,
        }
    }

    pub(crate) fn run(mut self) -> Outcome {
        let mut happenings = 0;
        while let Some(happening) = self.agenda.next() {
            happenings += 1;
            if happenings > MOST_HAPPENINGS || self.agenda.now() > START_MS + LONGEST_MS {
                self.ledger.violate("the queue does not drain".to_owned());
                break;
            }
            if !self.ledger.violations.is_empty() {
                break;
            }
            self.happen(happening);
        }
        if self.ledger.violations.is_empty() {
            self.close();
        }
        self.outcome()
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Webhook { deed, attempt, twice } => self.webhook(*deed, attempt, twice),
            Happening::Upload(upload) => self.upload(*upload),
            Happening::Answered { upload, attempt, is_accepted } => {
                self.answered(*upload, attempt, is_accepted);
            }
            Happening::Flight(flight) => self.arrive(*flight),
            Happening::Echo(site, echo) => self.hear(site, *echo),
            Happening::TimeUp(site) => self.time_up(site),
            Happening::Poll(worker) => self.poll(worker),
            Happening::Wake => {
                self.wakes_at = None;
                self.wake();
            }
            Happening::Delete(receipts) => self.delete(&receipts),
            Happening::Redrive => self.redrive(),
            Happening::Returned(envelope) => self.returned(*envelope),
        }
    }

    /// Whether something goes wrong at this step.
    pub(crate) fn fault(&mut self, step: Step) -> Option<Fault> {
        let fault = self.faults.at(step, self.agenda.now(), &mut self.chance);
        if let Some(fault) = fault {
            self.note(|| format!("!! {fault:?} at {step:?}"));
        }
        fault
    }

    /// Writes a line of the trace, where there is one.
    pub(crate) fn note(&mut self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            let ms = self.agenda.now() - START_MS;
            trace.push(format!("{:>5}.{:03} {}", ms / 1000, ms % 1000, line()));
        }
    }

    /// Somebody may press a button they see.
    pub(crate) fn shown(&mut self, key: &str, tokens: &mut Vec<String>) {
        if tokens.is_empty() || self.presses >= MOST_PRESSES || self.chance.bool() {
            return;
        }
        let Some(known) = self.ledger.events.get(key) else { return };
        self.presses += 1;
        self.deeds += 1;
        let token = tokens.swap_remove(self.chance.usize(..tokens.len()));
        let wait = self.chance.u64(300..20_000);
        let deed = known.deed.press(token, self.deeds, self.agenda.now() + wait);
        self.agenda
            .after(wait, Happening::Webhook { deed: Box::new(deed), attempt: 1, twice: false });
    }

    fn close(&mut self) {
        let now = self.agenda.now();
        if !queue::is_empty(&mut self.queue, now) {
            self.ledger.violate("something is left in the queue".to_owned());
        }
        let letters = self.letters();
        self.ledger.close(&self.table, &letters, self.is_witness);
        let is_small = self.ledger.accepted.len() < FEWEST_PLACES
            || self.deeds < FEWEST_DEEDS
            || self.faults.occurred.total() < 5;
        if is_small {
            self.ledger.violate("the run is too small to show anything".to_owned());
        }
    }

    /// All that is in the dead-letter queue.
    fn letters(&mut self) -> Vec<DeadLetter> {
        let request = ReceiveRequest { max_messages: Some(10), ..ReceiveRequest::default() };
        let mut letters = Vec::new();
        // When nobody has any out of sight any more.
        let now = self.agenda.now() + 60 * 60_000;
        loop {
            let received = self.queue.receive(now, queue::DEAD, &request);
            let received = received.unwrap_or_default();
            if received.is_empty() {
                return letters;
            }
            for message in received {
                match serde_json::from_str(&message.body) {
                    Ok(letter) => letters.push(letter),
                    Err(_) => self.ledger.violate("the queue itself has given up".to_owned()),
                }
                let _ = self.queue.delete(now, queue::DEAD, &message.receipt_handle);
            }
        }
    }

    fn outcome(self) -> Outcome {
        let decisions = self.ledger.events.values().flat_map(|known| &known.decisions);
        let steps = decisions.flat_map(|decision| &decision.steps);
        let copies = steps.map(|step| u64::from(step.copies));
        let (mut replies, mut repeated) = (0, 0);
        for copies in copies {
            replies += copies;
            repeated += copies.saturating_sub(1);
        }
        let coverage: Coverage = self.faults.occurred;
        Outcome {
            violations: self.ledger.violations,
            coverage,
            ways: self.ledger.ways,
            events: self.ledger.events.len(),
            repeated,
            replies,
            trace: self.trace.unwrap_or_default(),
        }
    }
}
