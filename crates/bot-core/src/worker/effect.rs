//! What the worker is asked to do, and what it says came of it.

use std::time::Duration;

use super::record::{Commit, Record, RecordKey};
use crate::dead_letter::DeadLetter;
use crate::fetch::{Fetched, Outgoing};
use crate::platform::{ApiAnswer, ApiRequest, Holds, HoldsKey, Limit};
use crate::state::{StateKey, Stored};
use crate::time::Timestamp;

/// What the worker has to do next.
pub enum Effect {
    /// Read these states, strongly consistently, and answer with [`Input::Loaded`] in the same order. There may be none.
    Load(Vec<StateKey>),
    /// Read the event's record, strongly consistently, and answer with [`Input::Found`].
    Find(RecordKey),
    /// Finish the rest of the batch as far as it goes, delete what is finished, and answer with [`Input::Isolated`]: what
    /// comes next may have killed a process.
    Isolate,
    /// Note that this process has begun the event, and answer with [`Input::Started`]. One that has said so before counts
    /// once: it has not died of that.
    Start(RecordKey),
    /// Take back that this process has begun the event; whatever comes of it, answer with anything.
    TakeBack(RecordKey),
    /// Make these requests at once, and answer with [`Input::Fetched`] in the same order.
    Fetch(Box<Fetch>),
    /// Write the transaction, and answer with [`Input::Committed`], [`Input::Exists`] or [`Input::Conflict`].
    Commit(Box<Commit>),
    /// Make `owner` the owner of the mark, and answer with [`Input::TakenOver`].
    TakeOver {
        /// Where the mark is.
        key: RecordKey,
        /// Who takes over.
        owner: String,
    },
    /// Read until when a tenant's limits hold, which may be a second old, and answer with [`Input::Held`].
    CheckHold(HoldsKey),
    /// Note that nothing under this limit is taken until then; whatever comes of it, answer with anything.
    Hold {
        /// Where that is noted.
        key: HoldsKey,
        /// What is limited.
        limit: Limit,
        /// Until when.
        until: Timestamp,
    },
    /// Make the request, and answer with [`Input::Answered`].
    Send(Box<ApiRequest>),
    /// Note that so many steps are confirmed, if the mark is still this owner's, and answer with [`Input::Marked`] or
    /// [`Input::NotOurs`].
    Mark {
        /// Where the mark is.
        key: RecordKey,
        /// Whose it must be.
        owner: String,
        /// How many steps are confirmed.
        confirmed: usize,
    },
    /// Put this into the dead-letter queue, and answer with [`Input::Buried`].
    Bury(Box<DeadLetter>),
    /// Nothing: the delivery is over.
    Done(Done),
}

/// What a handler waits for.
pub struct Fetch {
    /// The requests.
    pub requests: Vec<Outgoing>,
    /// What shows the person that this takes a moment; whatever comes of it is ignored.
    pub notice: Option<ApiRequest>,
    /// How long all of it may take.
    pub within: Duration,
}

/// What came of an effect.
pub enum Input {
    /// The states, in the order they were asked for.
    Loaded(Vec<Option<Stored>>),
    /// The event's record and its generation, if it has been decided before.
    Found(Option<(Record, u32)>),
    /// Nothing else of the batch is under way.
    Isolated,
    /// How many processes have begun the event and not taken that back, this one included.
    Started(u32),
    /// Until when the tenant's limits hold.
    Held(Holds),
    /// It is noted.
    Noted,
    /// There is too little time left for the effect.
    NoTime,
    /// The answers, in the order they were asked for.
    Fetched(Vec<Fetched>),
    /// The transaction is written.
    Committed,
    /// The event has been decided before.
    Exists(Record),
    /// A state has changed since it was read.
    Conflict,
    /// The mark is ours, and says that so many steps are confirmed; `None` when there is no mark.
    TakenOver(Option<usize>),
    /// The platform's answer.
    Answered(ApiAnswer),
    /// The mark is written.
    Marked,
    /// Another delivery has taken over.
    NotOurs,
    /// The dead letter is queued.
    Buried,
    /// The request cannot be made as it stands.
    Unsendable,
    /// It could not be done, for a reason that is not the event's: network, throttling, AWS.
    Failed(String),
}

/// How a delivery ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// Delete the message.
    Acknowledge(Outcome),
    /// Leave the message, and every later one of its group, out of sight for this long.
    GiveBack {
        /// How long.
        after: Duration,
        /// Why, for the log.
        reason: String,
    },
}

/// What became of an acknowledged event, for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Decided, and everything said.
    Delivered,
    /// Decided by an earlier delivery; this one said what was missing.
    Resumed,
    /// Decided and said by an earlier delivery.
    Duplicate,
    /// Decided, but whom it was for cannot be reached: why, in the platform's terms.
    Undeliverable(String),
    /// In the dead-letter queue: why.
    Buried(String),
}

impl Effect {
    /// Whether it begins something that a later delivery can begin as well: not worth starting when time is short.
    ///
    /// A mark notes what has already happened. Left out, it happens again.
    #[must_use]
    pub const fn is_a_beginning(&self) -> bool {
        match self {
            Self::Load(_)
            | Self::Find(_)
            | Self::Start(_)
            | Self::CheckHold(_)
            | Self::Fetch(_)
            | Self::Commit(_)
            | Self::TakeOver { .. }
            | Self::Send(_)
            | Self::Bury(_) => true,
            Self::Isolate
            | Self::TakeBack(_)
            | Self::Hold { .. }
            | Self::Mark { .. }
            | Self::Done(_) => false,
        }
    }
}
