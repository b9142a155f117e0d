//! One queue: its messages in order, and in which state each is at a given time.
//!
//! A message's state is never stored, only the times it depends on. So nothing has to run when a
//! visibility timeout or a delay ends, and a restored queue is as far as the clock says.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::attributes::QueueAttributes;
use super::dedupe::Duplicates;
use super::message::Message;
use super::receive::Attempts;

/// What can be done with a message now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MessageState {
    /// Someone has received it and may still delete it.
    InFlight,
    /// It was sent with a delay that is not over.
    Delayed,
    /// It can be received, unless its group is locked.
    Visible,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Queue {
    pub(crate) attributes: QueueAttributes,
    pub(crate) created_ms: u64,
    pub(crate) modified_ms: u64,
    pub(crate) purged_ms: Option<u64>,
    /// By position, which is also the order of delivery.
    pub(crate) messages: BTreeMap<u64, Message>,
    pub(crate) duplicates: Duplicates,
    pub(crate) attempts: Attempts,
}

impl Queue {
    pub(crate) fn new(attributes: QueueAttributes, now_ms: u64) -> Self {
        Self {
            attributes,
            created_ms: now_ms,
            modified_ms: now_ms,
            purged_ms: None,
            messages: BTreeMap::new(),
            duplicates: Duplicates::default(),
            attempts: Attempts::default(),
        }
    }

    /// Empties the queue. Deduplication goes on: SQS remembers ids, not messages.
    pub(crate) fn purge(&mut self, now_ms: u64) {
        self.messages.clear();
        self.purged_ms = Some(now_ms);
    }

    /// Forgets the messages whose retention period is over.
    pub(crate) fn drop_expired(&mut self, now_ms: u64) {
        let retention_ms = self.attributes.retention_seconds * 1_000;
        self.messages.retain(|_, message| message.sent_ms.saturating_add(retention_ms) > now_ms);
    }

    pub(crate) fn state(&self, message: &Message, now_ms: u64) -> MessageState {
        match &message.delivery {
            Some(delivery) if delivery.visible_ms > now_ms => MessageState::InFlight,
            Some(_) => MessageState::Visible,
            None if self.available_ms(message) > now_ms => MessageState::Delayed,
            None => MessageState::Visible,
        }
    }

    /// When a message that was never received here can be.
    fn available_ms(&self, message: &Message) -> u64 {
        if self.attributes.fifo {
            // A FIFO queue's delay also holds for the messages that are in it when it changes.
            message.sent_ms.saturating_add(self.attributes.delay_seconds * 1_000)
        } else {
            message.available_ms
        }
    }

    /// The positions of the messages that can be received, in the order of delivery.
    ///
    /// On a FIFO queue a group is locked while any of its messages is in flight, and a group's messages
    /// come out together: the group whose message is oldest first.
    pub(crate) fn receivable(&self, now_ms: u64) -> Vec<u64> {
        let states = || self.messages.iter().map(|(at, m)| (*at, m, self.state(m, now_ms)));
        if !self.attributes.fifo {
            let visible = states().filter(|(_, _, state)| *state == MessageState::Visible);
            return visible.map(|(position, _, _)| position).collect();
        }

        let in_flight = states().filter(|(_, _, state)| *state == MessageState::InFlight);
        let mut locked: HashSet<&str> = in_flight.map(|(_, message, _)| message.group()).collect();
        let mut groups: Vec<Vec<u64>> = Vec::new();
        let mut index: HashMap<&str, usize> = HashMap::new();
        for (position, message, state) in states() {
            let group = message.group();
            if state != MessageState::Visible {
                locked.insert(group);
            }
            if locked.contains(group) {
                continue;
            }
            let at = *index.entry(group).or_insert_with(|| {
                groups.push(Vec::new());
                groups.len() - 1
            });
            if let Some(positions) = groups.get_mut(at) {
                positions.push(position);
            }
        }
        groups.concat()
    }

    /// The next time at which a message changes its state by itself.
    pub(crate) fn wakes_at_ms(&self, now_ms: u64) -> Option<u64> {
        let times = self.messages.values().map(|message| match &message.delivery {
            Some(delivery) => delivery.visible_ms,
            None => self.available_ms(message),
        });
        times.filter(|time| *time > now_ms).min()
    }

    /// The attributes that count or tell a time.
    pub(crate) fn counters(&self, now_ms: u64) -> [(&'static str, String); 5] {
        let count = |wanted| {
            let states = self.messages.values().map(|message| self.state(message, now_ms));
            states.filter(|state| *state == wanted).count().to_string()
        };
        [
            ("ApproximateNumberOfMessages", count(MessageState::Visible)),
            ("ApproximateNumberOfMessagesNotVisible", count(MessageState::InFlight)),
            ("ApproximateNumberOfMessagesDelayed", count(MessageState::Delayed)),
            ("CreatedTimestamp", (self.created_ms / 1_000).to_string()),
            ("LastModifiedTimestamp", (self.modified_ms / 1_000).to_string()),
        ]
    }
}
