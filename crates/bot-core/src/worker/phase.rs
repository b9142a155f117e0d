//! How far a delivery has come.

use super::deciding::{Deciding, Waiting};
use super::effect::{Done, Fetch};
use super::outbox::Delivering;
use super::record::Record;
use crate::envelope::Envelope;
use crate::event::Event;
use crate::platform::Limit;
use crate::state::StateKey;

/// What a delivery waits for.
pub(super) enum Phase {
    /// There is no event to decide: once the dead-letter queue has the message, that is all.
    Burying(String),
    /// It is being looked for what earlier deliveries have decided.
    Finding(Deciding, Why),
    /// The rest of the batch is being finished, before what may kill the process is begun.
    Isolating(Deciding),
    /// It is being noted that the event is begun.
    Starting(Deciding),
    /// The states are being read.
    Loading(Deciding, Vec<StateKey>),
    /// What the turn has asked for is being fetched.
    Fetching(Deciding, Waiting),
    /// The transaction is being written.
    Committing(Deciding, Box<Record>),
    /// The event has a record; its mark is being taken over.
    TakingOver(Envelope, Record),
    /// It is being looked whether the platform takes the next call, which is under these limits.
    Checking(Delivering, Vec<Limit>),
    /// A step of the outbox is being done.
    Stepping(Delivering),
    /// A step is being marked as done.
    Marking(Delivering),
    /// Something is being noted, after which it is over whatever comes of that.
    Leaving(Done),
    /// Over.
    Over,
}

/// Why earlier deliveries are of interest.
pub(super) enum Why {
    /// The event has been delivered before, or has come out of the dead-letter queue.
    Again,
    /// One of the event's replies has come out of the dead-letter queue, and its record has what was said.
    Refused,
    /// The turn wants something fetched, which only an event that is not decided yet is worth.
    Fetch(Waiting, Box<Fetch>),
}

impl Phase {
    /// The event, once there is one.
    pub(super) const fn event(&self) -> Option<&Event> {
        let envelope = match self {
            Self::Burying(_) | Self::Leaving(_) | Self::Over => return None,
            Self::Finding(deciding, _)
            | Self::Isolating(deciding)
            | Self::Starting(deciding)
            | Self::Loading(deciding, _)
            | Self::Fetching(deciding, _)
            | Self::Committing(deciding, _) => &deciding.envelope,
            Self::TakingOver(envelope, _) => envelope,
            Self::Checking(delivering, _)
            | Self::Stepping(delivering)
            | Self::Marking(delivering) => &delivering.envelope,
        };
        Some(&envelope.event)
    }
}
