//! Which messages a FIFO queue has seen in the last five minutes.
//!
//! A duplicate is accepted, answered as the original was, and not delivered; this holds on after the
//! original was received and deleted, so ids are remembered apart from messages.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

/// SQS's deduplication interval. It cannot be configured.
pub(crate) const DEDUPLICATION_MS: u64 = 5 * 60 * 1_000;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Duplicates {
    originals: BTreeMap<String, Original>,
    /// The same keys in the order in which they are forgotten.
    by_age: VecDeque<String>,
}

/// What is answered to a duplicate.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Original {
    pub(crate) message_id: String,
    pub(crate) position: u64,
    pub(crate) until_ms: u64,
}

impl Duplicates {
    /// The message this one repeats.
    pub(crate) fn original(&self, now_ms: u64, key: &str) -> Option<&Original> {
        self.originals.get(key).filter(|original| original.until_ms > now_ms)
    }

    pub(crate) fn remember(&mut self, now_ms: u64, key: String, message_id: &str, position: u64) {
        while let Some(oldest) = self.by_age.front() {
            if self.original(now_ms, oldest).is_some() {
                break;
            }
            self.originals.remove(oldest);
            self.by_age.pop_front();
        }
        let until_ms = now_ms.saturating_add(DEDUPLICATION_MS);
        let original = Original { message_id: message_id.to_owned(), position, until_ms };
        self.by_age.push_back(key.clone());
        self.originals.insert(key, original);
    }
}

/// What a deduplication id is compared by. An id has no control characters, so keys cannot collide.
pub(crate) fn key(deduplication_id: &str, group: Option<&str>) -> String {
    match group {
        Some(group) => format!("{deduplication_id}\n{group}"),
        None => deduplication_id.to_owned(),
    }
}
