//! What can go wrong, and where.

use std::fmt;
use std::ops::Range;

use fastrand::Rng;

/// Everything that happens between two effects of the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// webhook-ingest verifies and reads a webhook.
    Verify,
    /// It queues the envelope, or keeps what nobody can read.
    Enqueue,
    /// It answers the platform.
    Answer,
    /// Lambda receives a batch.
    Receive,
    /// The worker shortens the batch's visibility.
    Hide,
    /// It reads the states.
    Load,
    /// It looks for an earlier decision.
    Find,
    /// It deletes what is finished, before something is done alone.
    Isolate,
    /// It counts a beginning.
    Start,
    /// It takes the count back.
    TakeBack,
    /// It makes the handler's requests.
    Fetch,
    /// It writes the transaction.
    Commit,
    /// It takes a mark over.
    TakeOver,
    /// It looks whether a limit holds.
    CheckHold,
    /// It notes that one does.
    Hold,
    /// It calls a platform.
    Send,
    /// It marks what is confirmed.
    Mark,
    /// It puts something into the dead-letter queue.
    Bury,
    /// It keeps out of sight what it gives back.
    GiveBack,
    /// Lambda deletes what is finished.
    Delete,
    /// Somebody puts back what was set aside.
    Redrive,
}

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The process dies before the effect.
    CrashBefore,
    /// The process dies right after it.
    CrashAfter,
    /// No answer in time: nothing has happened.
    LostBefore,
    /// No answer in time: it has happened.
    LostAfter,
    /// No answer in time: it happens later, when nobody waits any more.
    Late,
    /// It is refused at once: throttled, no connection, AWS's trouble.
    Failed,
    /// The process stands still before the effect, until others have its messages, and goes on.
    StallBefore,
    /// The process stands still after the effect.
    StallAfter,
    /// The platform limits this conversation.
    Limited,
    /// The platform limits everything under a token or a method.
    LimitedWide,
    /// 5xx, and nothing has happened.
    ServerError,
    /// 5xx, and it has happened.
    ServerErrorAfter,
    /// Whom it is for cannot be reached.
    Gone,
    /// The platform refuses what it is sent.
    Rejected,
    /// The platform does not accept the token.
    Unauthorized,
    /// The platform sends the same webhook again.
    Repeated,
    /// The queue hands the batch to another worker as well.
    Redelivered,
    /// The queue hands out the groups in another order.
    Reordered,
    /// The process's clock is wrong.
    Skewed,
}

use Fault::{
    CrashAfter, CrashBefore, Failed, Gone, Late, Limited, LimitedWide, LostAfter, LostBefore,
    Redelivered, Rejected, Reordered, Repeated, ServerError, ServerErrorAfter, Skewed, StallAfter,
    StallBefore, Unauthorized,
};

const READ: &[Fault] = &[CrashBefore, CrashAfter, LostBefore, Failed, StallBefore, StallAfter];

const WRITE: &[Fault] =
    &[CrashBefore, CrashAfter, LostBefore, LostAfter, Late, Failed, StallBefore, StallAfter];

impl Step {
    /// All steps.
    pub const ALL: [Self; 21] = [
        Self::Verify,
        Self::Enqueue,
        Self::Answer,
        Self::Receive,
        Self::Hide,
        Self::Load,
        Self::Find,
        Self::Isolate,
        Self::Start,
        Self::TakeBack,
        Self::Fetch,
        Self::Commit,
        Self::TakeOver,
        Self::CheckHold,
        Self::Hold,
        Self::Send,
        Self::Mark,
        Self::Bury,
        Self::GiveBack,
        Self::Delete,
        Self::Redrive,
    ];

    /// What can go wrong there.
    #[must_use]
    pub const fn faults(self) -> &'static [Fault] {
        match self {
            Self::Verify => &[CrashBefore, CrashAfter, Skewed],
            Self::Enqueue => &[CrashBefore, CrashAfter, LostBefore, LostAfter, Late, Failed],
            Self::Answer => &[CrashBefore, LostAfter, Repeated],
            Self::Receive => &[
                CrashAfter,
                LostBefore,
                LostAfter,
                Failed,
                StallAfter,
                Redelivered,
                Reordered,
                Skewed,
            ],
            Self::Load | Self::Find | Self::CheckHold => READ,
            Self::Isolate
            | Self::Hide
            | Self::Start
            | Self::TakeBack
            | Self::Commit
            | Self::TakeOver
            | Self::Hold
            | Self::Mark
            | Self::Bury
            | Self::GiveBack => WRITE,
            Self::Fetch => &[
                CrashBefore,
                CrashAfter,
                LostBefore,
                LostAfter,
                Failed,
                StallBefore,
                StallAfter,
                ServerError,
            ],
            Self::Send => &[
                CrashBefore,
                CrashAfter,
                LostBefore,
                LostAfter,
                Late,
                Failed,
                StallBefore,
                StallAfter,
                Limited,
                LimitedWide,
                ServerError,
                ServerErrorAfter,
                Gone,
                Rejected,
                Unauthorized,
            ],
            Self::Delete => &[CrashBefore, LostBefore, LostAfter, Late, Failed],
            Self::Redrive => &[CrashBefore, CrashAfter, LostBefore, LostAfter, Late],
        }
    }

    /// How much more often than others something goes wrong there: it is seldom come to.
    const fn weight(self) -> usize {
        match self {
            Self::Redrive => 36,
            Self::Bury => 24,
            Self::Hold | Self::TakeBack => 12,
            Self::Isolate => 3,
            Self::Start => 3,
            _ => 1,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// How often each fault has occurred at each step.
#[derive(Clone, Debug, Default)]
pub struct Coverage([[u64; 19]; 21]);

impl Coverage {
    fn count(&mut self, step: Step, fault: Fault) {
        if let Some(count) =
            self.0.get_mut(step as usize).and_then(|row| row.get_mut(fault as usize))
        {
            *count += 1;
        }
    }

    /// Adds what occurred elsewhere.
    pub fn add(&mut self, other: &Self) {
        for (row, others) in self.0.iter_mut().zip(&other.0) {
            for (count, other) in row.iter_mut().zip(others) {
                *count += other;
            }
        }
    }

    /// Every fault that can occur, and how often it has.
    pub fn pairs(&self) -> impl Iterator<Item = (Step, Fault, u64)> {
        Step::ALL.into_iter().flat_map(move |step| {
            step.faults().iter().map(move |&fault| {
                let row = self.0.get(step as usize);
                let count = row.and_then(|row| row.get(fault as usize)).copied();
                (step, fault, count.unwrap_or_default())
            })
        })
    }

    /// How many faults have occurred.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().flatten().sum()
    }
}

/// Says when something goes wrong.
pub(crate) struct Faults {
    /// The steps, counted from the beginning of the run, at which something goes wrong whatever they are.
    due: Vec<u32>,
    taken: u32,
    /// What goes wrong when a step has been come to so many times more.
    armed: Vec<(Step, Fault, u32)>,
    /// When the table takes hardly anything but beginnings, which is the worst for what is begun.
    outage: Option<Range<u64>>,
    pub(crate) occurred: Coverage,
}

/// The steps among which the faults of a run are spread: every run takes more.
const SPREAD: u32 = 110;

/// How long an outage lasts: long enough for some attempts.
const OUTAGE_MS: u64 = 90_000;

impl Faults {
    pub(crate) fn new(chance: &mut Rng, start: u64) -> Self {
        let mut due: Vec<u32> = (0..chance.usize(5..12)).map(|_| chance.u32(..SPREAD)).collect();
        // Two at one step would be one.
        while {
            due.sort_unstable();
            due.dedup();
            due.len() < 5
        } {
            due.push(chance.u32(..SPREAD));
        }
        due.reverse();
        let armed = (0..7).map(|_| {
            let (step, fault) = weighted(chance);
            (step, fault, chance.u32(..3))
        });
        let armed = armed.collect();
        let outage = (chance.u8(..16) == 0).then(|| {
            let begin = start + chance.u64(..60_000);
            begin..begin + OUTAGE_MS
        });
        Self { due, taken: 0, armed, outage, occurred: Coverage::default() }
    }

    /// What goes wrong at this step, if anything does.
    pub(crate) fn at(&mut self, step: Step, now: u64, chance: &mut Rng) -> Option<Fault> {
        let nth = self.taken;
        self.taken += 1;
        let is_due = self.due.pop_if(|due| *due <= nth).is_some();
        let is_out = matches!(step, Step::Commit | Step::TakeBack)
            && self.outage.as_ref().is_some_and(|outage| outage.contains(&now));
        let fault = if is_out && chance.u8(..4) > 0 {
            Some(Failed)
        } else if is_due {
            Some(step.faults()[chance.usize(..step.faults().len())])
        } else {
            let place = self.armed.iter_mut().position(|(armed, _, wait)| {
                let is_it = *armed == step && *wait == 0;
                if *armed == step {
                    *wait = wait.saturating_sub(1);
                }
                is_it
            });
            place.map(|place| self.armed.swap_remove(place).1)
        };
        if let Some(fault) = fault {
            self.occurred.count(step, fault);
        }
        fault
    }
}

fn weighted(chance: &mut Rng) -> (Step, Fault) {
    let weight = |step: Step| step.weight() * step.faults().len();
    let all: usize = Step::ALL.into_iter().map(weight).sum();
    let mut at = chance.usize(..all);
    for step in Step::ALL {
        if at < weight(step) {
            return (step, step.faults()[at % step.faults().len()]);
        }
        at -= weight(step);
    }
    (Step::Send, LostAfter)
}
