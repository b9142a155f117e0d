//! A worker's process, and the batch it is at.

use std::collections::HashMap;

use bot_core::Timestamp;
use bot_core::platform::{Holds, HoldsKey};
use bot_core::worker::batch::{Batch, Report};
use bot_core::worker::{Delivery, Input};

/// A process of the function, and what it holds between batches.
#[derive(Default)]
pub(crate) struct Worker {
    /// Which process it is: what was meant for an earlier one is lost.
    pub(crate) process: u32,
    /// How far its clock is off, in milliseconds.
    pub(crate) skew: i64,
    /// Until when it stands still.
    pub(crate) frozen_until: u64,
    /// Whether it waits for work.
    pub(crate) is_idle: bool,
    pub(crate) invocation: Option<Invocation>,
    pub(crate) holds: HashMap<HoldsKey, (u64, Holds)>,
    pub(crate) is_tainted: bool,
}

/// The handling of one batch.
pub(crate) struct Invocation {
    pub(crate) nth: u64,
    pub(crate) deadline: Timestamp,
    pub(crate) batch: Batch,
    pub(crate) records: Vec<Record>,
    pub(crate) under_way: usize,
    /// The records that were given back themselves.
    pub(crate) given_back: Vec<usize>,
    /// Whether Lambda has lost sight of it: it goes on after its time.
    pub(crate) is_lost: bool,
}

/// A record, and how far its delivery has come.
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) receipt: String,
    pub(crate) body: String,
    pub(crate) group: String,
    pub(crate) attempt: u32,
    pub(crate) delivery: Option<Delivery>,
    pub(crate) owner: String,
    /// The event's key, once it is known.
    pub(crate) key: String,
    /// How often the event has come out of the dead-letter queue.
    pub(crate) generation: u32,
    /// The step of the outbox it is at.
    pub(crate) step: usize,
    /// Whether its beginning is noted, and a death would be its doing.
    pub(crate) is_started: bool,
    pub(crate) is_alone: bool,
}

/// Where something was sent from, and its answer goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Site {
    pub(crate) worker: usize,
    pub(crate) process: u32,
    pub(crate) invocation: u64,
    /// The record it is about, if it is one.
    pub(crate) record: Option<usize>,
}

impl Site {
    /// What no other process is called.
    pub(crate) fn name(self) -> String {
        format!("{}/{}", self.worker, self.process)
    }
}

/// What a worker hears.
pub(crate) enum Echo {
    Input(Input),
    Report(Report),
}

impl Worker {
    /// A process that waits for work.
    pub(crate) fn waiting() -> Self {
        Self { is_idle: true, ..Self::default() }
    }
}

impl Record {
    pub(crate) fn new(message: sqs_local::ReceivedMessage) -> Self {
        let attribute = |name: &str| message.attributes.get(name).cloned().unwrap_or_default();
        Self {
            group: attribute("MessageGroupId"),
            attempt: attribute("ApproximateReceiveCount").parse().unwrap_or(1),
            id: message.message_id,
            receipt: message.receipt_handle,
            body: message.body,
            delivery: None,
            owner: String::new(),
            key: String::new(),
            generation: 0,
            step: 0,
            is_started: false,
            is_alone: false,
        }
    }
}

impl Invocation {
    /// Whether its first job is behind it.
    pub(crate) fn has_begun(&self) -> bool {
        self.records.iter().any(|record| record.delivery.is_some())
    }
}
