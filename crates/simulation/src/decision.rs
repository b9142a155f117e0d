//! One decision about an event, and what came of it.

use std::collections::{BTreeSet, HashMap};

use bot_core::platform::Call;
use bot_core::worker::record::{Commit, Step as Planned};

/// A decision, and what came of it.
pub(crate) struct Decision {
    /// Which record says so.
    pub(crate) name: String,
    /// How often the event had come out of the dead-letter queue.
    pub(crate) generation: u32,
    pub(crate) steps: Vec<Progress>,
    pub(crate) is_poison: bool,
    /// Whose the mark is; nobody's, once another decision has taken this one's place.
    pub(crate) owner: String,
    /// How many steps were marked as confirmed.
    marked: usize,
    /// What each owner found confirmed, and which steps it did after it had lost the mark.
    owners: HashMap<String, (usize, BTreeSet<usize>)>,
}

/// What came of one step.
pub(crate) struct Progress {
    pub(crate) planned: Planned,
    pub(crate) copies: u32,
    pub(crate) named_at: Option<u64>,
    pub(crate) is_gone: bool,
    pub(crate) is_rejected: bool,
    pub(crate) is_expired: bool,
    pub(crate) is_buried: bool,
}

/// What is wrong with doing a step.
pub(crate) enum Wrong {
    /// It was marked as done.
    Marked,
    /// Whoever does it has lost the mark, and this is not the first one since.
    Lost,
}

impl Decision {
    pub(crate) fn new(commit: &Commit) -> Self {
        let progress = |planned: &Planned| Progress {
            planned: planned.clone(),
            copies: 0,
            named_at: None,
            is_gone: false,
            is_rejected: false,
            is_expired: false,
            is_buried: false,
        };
        Self {
            name: commit.key.record.clone(),
            generation: commit.generation,
            steps: commit.record.outbox.iter().map(progress).collect(),
            is_poison: commit.record.is_poison(),
            owner: commit.owner.clone(),
            marked: 0,
            owners: HashMap::from([(commit.owner.clone(), (0, BTreeSet::new()))]),
        }
    }

    /// Whether it is about the event, and not about one of its replies alone.
    pub(crate) fn is_of_event(&self) -> bool {
        self.again().is_none()
    }

    /// The one step that it says again, if it does no more.
    pub(crate) fn again(&self) -> Option<usize> {
        self.name.strip_prefix("event#again#")?.split('#').nth(1)?.parse().ok()
    }

    /// Whether this delivery has had its mark.
    pub(crate) fn is_known_to(&self, owner: &str) -> bool {
        self.owners.contains_key(owner)
    }

    /// A delivery has taken over the mark.
    pub(crate) fn taken_over(&mut self, owner: &str) {
        owner.clone_into(&mut self.owner);
        self.owners.insert(owner.to_owned(), (self.marked, BTreeSet::new()));
    }

    /// Steps are marked as confirmed.
    pub(crate) fn marked(&mut self, confirmed: usize) {
        self.marked = self.marked.max(confirmed);
    }

    /// What is wrong when a delivery that has had the mark begins a step.
    pub(crate) fn begins(&mut self, owner: &str, nth: usize) -> Option<Wrong> {
        let has_lost = self.owner != owner;
        let (found, after) = self.owners.get_mut(owner)?;
        if has_lost {
            after.insert(nth);
        }
        if nth < *found {
            return Some(Wrong::Marked);
        }
        (after.len() > 1).then_some(Wrong::Lost)
    }
}

impl Progress {
    /// The call that was decided, if it is one.
    pub(crate) const fn call(&self) -> Option<&Call> {
        match &self.planned {
            Planned::Call(call) => Some(call),
            Planned::Bury { .. } => None,
        }
    }

    /// Whether it is a reaction.
    pub(crate) fn is_reaction(&self) -> bool {
        self.call().is_some_and(|call| {
            matches!(call.target.as_str(), "reactions.add" | "setMessageReaction")
        })
    }

    /// Whether it was given up: nobody is there, or it is an engineer's now.
    pub(crate) const fn is_given_up(&self) -> bool {
        self.is_gone || self.is_rejected || self.is_expired
    }
}
