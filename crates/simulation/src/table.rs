//! A model of the table: the items, and the conditions under which `bot_aws::Table` writes them.

use std::collections::HashMap;

use bot_core::Timestamp;
use bot_core::platform::{Holds, HoldsKey, Limit};
use bot_core::state::{StateKey, Stored};
use bot_core::worker::Input;
use bot_core::worker::record::{Commit, Record, RecordKey};

use crate::Safeguard;

/// What is stored, by what it is and the table's two keys.
#[derive(Default)]
pub struct Table {
    states: HashMap<(String, String), Stored>,
    records: HashMap<(String, String), (Record, u32)>,
    marks: HashMap<(String, String), Mark>,
    started: HashMap<(String, String), Vec<String>>,
    holds: HashMap<HoldsKey, Holds>,
    /// What does not work, so that it is seen what that is good for.
    without: Option<Safeguard>,
}

struct Mark {
    owner: String,
    confirmed: usize,
}

fn place(partition: &str, sort: &str) -> (String, String) {
    (partition.to_owned(), sort.to_owned())
}

impl Table {
    /// An empty table in which a safeguard does not work.
    #[must_use]
    pub fn without(safeguard: Option<Safeguard>) -> Self {
        Self { without: safeguard, ..Self::default() }
    }

    /// Reads states, in the order of their keys.
    #[must_use]
    pub fn load(&self, keys: &[StateKey]) -> Vec<Option<Stored>> {
        let load = |key: &StateKey| self.states.get(&place(&key.partition, &key.sort)).cloned();
        keys.iter().map(load).collect()
    }

    /// Reads an event's record and its generation.
    #[must_use]
    pub fn find(&self, key: &RecordKey) -> Option<(Record, u32)> {
        self.records.get(&place(&key.partition, &key.record)).cloned()
    }

    /// Writes a turn's transaction: all of it, or nothing. The record's condition outranks the states'.
    pub fn commit(&mut self, commit: &Commit) -> Input {
        let Commit { key, record, generation, owner, states, .. } = commit;
        if self.without != Some(Safeguard::RecordCondition)
            && let Some((existing, of)) = self.records.get(&place(&key.partition, &key.record))
            && !(existing.is_poison() && of < generation)
        {
            return Input::Exists(existing.clone());
        }
        let is_as_read = |read: u64, stored: Option<&Stored>| match stored {
            Some(stored) => read != 0 && stored.version == read,
            None => read == 0,
        };
        if self.without != Some(Safeguard::VersionCondition) {
            for state in states {
                let stored = self.states.get(&place(&state.key.partition, &state.key.sort));
                if !is_as_read(state.read, stored) {
                    return Input::Conflict;
                }
            }
        }
        self.records.insert(place(&key.partition, &key.record), (record.clone(), *generation));
        if !record.outbox.is_empty() {
            let mark = Mark { owner: owner.clone(), confirmed: 0 };
            self.marks.insert(place(&key.partition, &key.mark), mark);
        }
        for state in states {
            let Some(json) = &state.write else { continue };
            let stored = Stored { version: state.read + 1, json: json.clone() };
            self.states.insert(place(&state.key.partition, &state.key.sort), stored);
        }
        Input::Committed
    }

    /// Makes `owner` the owner of a mark: how many steps it confirms, or `None` when there is no mark.
    pub fn take_over(&mut self, key: &RecordKey, owner: &str) -> Option<usize> {
        let mark = self.marks.get_mut(&place(&key.partition, &key.mark))?;
        owner.clone_into(&mut mark.owner);
        Some(mark.confirmed)
    }

    /// Notes how many steps are confirmed, if the mark is still `owner`'s: whether it was.
    pub fn mark(&mut self, key: &RecordKey, owner: &str, confirmed: usize) -> bool {
        let Some(mark) = self.marks.get_mut(&place(&key.partition, &key.mark)) else {
            return false;
        };
        if mark.owner != owner && self.without != Some(Safeguard::Ownership) {
            return false;
        }
        if self.without != Some(Safeguard::Mark) {
            mark.confirmed = confirmed;
        }
        true
    }

    /// Notes that a process has begun an event: how many have, and have not taken it back.
    pub fn start(&mut self, key: &RecordKey, process: &str) -> usize {
        let started = self.started.entry(place(&key.partition, &key.started)).or_default();
        let is_counted = self.without == Some(Safeguard::Starters);
        if is_counted || !started.iter().any(|known| known == process) {
            started.push(process.to_owned());
        }
        started.len()
    }

    /// Takes back that a process has begun an event.
    pub fn take_back(&mut self, key: &RecordKey, process: &str) {
        let started = self.started.entry(place(&key.partition, &key.started)).or_default();
        if let Some(nth) = started.iter().position(|known| known == process) {
            started.swap_remove(nth);
        }
    }

    /// Until when a tenant's limits hold, as far as anybody has noted.
    #[must_use]
    pub fn holds(&self, key: &HoldsKey) -> Holds {
        self.holds.get(key).cloned().unwrap_or_default()
    }

    /// Notes that a limit holds until then.
    pub fn hold(&mut self, key: HoldsKey, limit: &Limit, until: Timestamp, now: Timestamp) {
        self.holds.entry(key).or_default().note(limit, until, now);
    }
}
