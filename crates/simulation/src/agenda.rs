//! What happens next: the simulation's only clock.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// What is going to happen, each at its time, in milliseconds since the Unix epoch.
pub(crate) struct Agenda<T> {
    entries: BinaryHeap<Entry<T>>,
    added: u64,
    now: u64,
}

struct Entry<T> {
    at: u64,
    /// What was added first happens first.
    nth: u64,
    what: T,
}

impl<T> Agenda<T> {
    pub(crate) const fn new(now: u64) -> Self {
        Self { entries: BinaryHeap::new(), added: 0, now }
    }

    /// The time.
    pub(crate) const fn now(&self) -> u64 {
        self.now
    }

    /// Adds what happens so many milliseconds from now.
    pub(crate) fn after(&mut self, wait: u64, what: T) {
        self.at(self.now + wait, what);
    }

    /// Adds what happens at this time, or now if that is over.
    pub(crate) fn at(&mut self, at: u64, what: T) {
        self.added += 1;
        self.entries.push(Entry { at: at.max(self.now), nth: self.added, what });
    }

    /// Lets the time pass until something happens.
    pub(crate) fn next(&mut self) -> Option<T> {
        let Entry { at, what, .. } = self.entries.pop()?;
        self.now = at;
        Some(what)
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.nth).cmp(&(self.at, self.nth))
    }
}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<T> Eq for Entry<T> {}
