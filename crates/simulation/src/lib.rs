//! Puts the whole pipeline through faults at every step, on a clock of its own, and looks whether the promises hold.
//!
//! What decides is the real thing: `ingest::decide` over signed webhooks, `worker::Batch`, `worker::Delivery`, and bots.
//! What they act upon are models: the queue is `sqs-local`'s, the table has the real one's conditions, and the platforms
//! count what people see. One number seeds everything that is left to chance, so the same seed is the same run.
//!
//! Between any two effects a process can die or stand still, an answer can be lost with or without what it was about, and
//! a message can come twice. The ledger sees what really happens and compares it with what was promised.

#![allow(clippy::indexing_slicing, reason = "a simulation that is wrong may fail by panicking")]

mod agenda;
mod decision;
mod effects;
mod fault;
mod ingest;
mod invocation;
mod known;
mod ledger;
mod mapping;
mod path;
mod people;
mod platforms;
mod queue;
mod redrive;
pub mod table;
mod verdict;
mod webhook;
mod witness;
mod worker;
mod world;

use std::sync::Arc;

use bot_core::Bot;
use bot_core::ingest::Platforms;
use bot_core::platform::SettingError;
use bot_core::worker::Setup;

pub use fault::{Coverage, Fault, Step};
pub use path::{Path, Ways};

/// What can be left out of the models, to see that the run notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safeguard {
    /// A state is written only over the version that was read.
    VersionCondition,
    /// An event is recorded only once.
    RecordCondition,
    /// Only the owner of a mark writes it.
    Ownership,
    /// What is confirmed is marked.
    Mark,
    /// What follows a record that is given back stays on the queue too.
    Rest,
    /// Within a conversation, one record is begun when the one before it is finished.
    Order,
    /// What comes out of the dead-letter queue is of a new generation.
    Generation,
    /// It is deleted there when it is sent.
    SentFirst,
    /// What is remembered of a conversation moves along with it.
    Carrying,
    /// A process that begins an event more than once counts once.
    Starters,
}

impl Safeguard {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::VersionCondition,
        Self::RecordCondition,
        Self::Ownership,
        Self::Mark,
        Self::Rest,
        Self::Order,
        Self::Generation,
        Self::SentFirst,
        Self::Carrying,
        Self::Starters,
    ];
}

/// What runs have in common.
pub struct Simulation {
    witness: Stage,
    delivered: Stage,
}

/// A bot and its functions.
struct Stage {
    bot: &'static Bot,
    setup: Arc<Setup>,
    platforms: Platforms,
}

/// How a run went.
pub struct Outcome {
    /// What was promised and not kept; empty when all is well.
    pub violations: Vec<String>,
    /// What went wrong, and where.
    pub coverage: Coverage,
    /// The ways what was said has taken.
    pub ways: Ways,
    /// How many events were decided.
    pub events: usize,
    /// How many copies of replies people have seen besides the first, where that is not ruled out.
    pub repeated: u64,
    /// How many replies people have seen.
    pub replies: u64,
    /// What happened, line by line, where that was asked for.
    pub trace: Vec<String>,
}

impl Simulation {
    /// Makes what runs have in common.
    ///
    /// # Errors
    ///
    /// The settings cannot be right.
    pub fn new() -> Result<Self, SettingError> {
        let stage = |bot| {
            Ok(Stage {
                bot,
                setup: Arc::new(Setup::from_settings(bot, &webhook::settings)?),
                platforms: Platforms::from_settings(&webhook::settings)?,
            })
        };
        Ok(Self { witness: stage(&witness::WITNESS)?, delivered: stage(&bot::BOT)? })
    }

    /// Runs one seed, without a safeguard if one is named, and with a trace if it is wanted.
    #[must_use]
    pub fn run(&self, seed: u64, without: Option<Safeguard>, with_trace: bool) -> Outcome {
        // One run in four is the bot as delivered.
        let stage = if seed % 4 == 3 { &self.delivered } else { &self.witness };
        world::World::new(stage, seed, without, with_trace).run()
    }
}
