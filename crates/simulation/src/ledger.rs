//! What has really happened, and whether it may have.
//!
//! The ledger sees every effect where it happens, whatever the worker learns of it. What must never happen it notices at
//! once; what must have happened in the end, [`Ledger::close`] looks for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bot_core::event::{Event, EventKind};
use bot_core::state::StateKey;
use bot_core::worker::delivery::MOST_STARTS;
use bot_core::worker::record::{Commit, RecordKey, Step as Planned};

use crate::platforms::{NONCE_MS, Seen};
use crate::webhook::Deed;
use crate::witness::{Log, Seen as SeenBy};

/// What is known of all events.
#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) events: BTreeMap<String, Known>,
    /// The events of each conversation, in the order the queue accepted them.
    pub(crate) accepted: BTreeMap<String, Vec<String>>,
    /// The events of each conversation, in the order they were decided.
    pub(crate) decided: BTreeMap<String, Vec<String>>,
    /// The first deliveries of each conversation, in their order: which decision, and which step of it.
    delivered: BTreeMap<String, Vec<(usize, usize)>>,
    /// How many webhooks nobody can read were kept.
    pub(crate) unreadable: BTreeSet<u64>,
    /// The key under which each event has fetched.
    fetched: HashMap<(String, String), String>,
    pub(crate) violations: Vec<String>,
}

/// What is known of one event.
pub(crate) struct Known {
    /// What brought it, for those who answer to what comes of it.
    pub(crate) deed: Deed,
    pub(crate) conversation: String,
    pub(crate) log: StateKey,
    pub(crate) seen: StateKey,
    pub(crate) is_press: bool,
    /// What its handler is told to do, where that matters.
    pub(crate) fate: Fate,
    /// How often the queue has it as a message.
    pub(crate) messages: u32,
    /// How often a process has died of it.
    pub(crate) deaths: u32,
    /// How often it was begun and nobody took that back, for other reasons.
    pub(crate) blamed: u32,
    pub(crate) decision: Option<Decision>,
}

/// What becomes of a process that runs an event's handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Fine,
    /// The handler panics.
    Panics,
    /// It ends the process.
    Kills,
    /// It does not end.
    Loops,
}

/// A decision, and what came of it.
pub(crate) struct Decision {
    pub(crate) steps: Vec<Progress>,
    pub(crate) is_poison: bool,
    owner: String,
    /// How many steps were marked as confirmed.
    marked: usize,
    /// What each owner found confirmed, and which steps it did after it had lost the mark.
    owners: HashMap<String, (usize, BTreeSet<usize>)>,
}

/// What came of one step.
#[derive(Default)]
pub(crate) struct Progress {
    pub(crate) is_burial: bool,
    pub(crate) copies: u32,
    named_at: Option<u64>,
    pub(crate) is_gone: bool,
    pub(crate) is_rejected: bool,
    pub(crate) is_expired: bool,
    pub(crate) is_buried: bool,
}

impl Ledger {
    pub(crate) fn violate(&mut self, what: String) {
        self.violations.push(what);
    }

    /// The queue has a message for an event.
    pub(crate) fn queued(&mut self, event: &Event, group: &str, deed: &Deed) {
        let key = event.key.as_str();
        if let Some(known) = self.events.get_mut(key) {
            known.messages += 1;
            return;
        }
        let fate = match deed.act.told() {
            Some("panic") => Fate::Panics,
            Some("kill") => Fate::Kills,
            Some("loop") => Fate::Loops,
            _ => Fate::Fine,
        };
        let known = Known {
            deed: deed.clone(),
            conversation: group.to_owned(),
            log: StateKey::of::<Log>(event),
            seen: StateKey::of::<SeenBy>(event),
            is_press: matches!(event.kind, EventKind::Press { .. }),
            fate,
            messages: 1,
            deaths: 0,
            blamed: 0,
            decision: None,
        };
        self.events.insert(key.to_owned(), known);
        self.accepted.entry(group.to_owned()).or_default().push(key.to_owned());
    }

    /// A platform was told that an event is taken in.
    pub(crate) fn promised(&mut self, key: &str) {
        if !self.events.contains_key(key) {
            self.violate(format!("{key} was accepted, and the queue does not have it"));
        }
    }

    /// An event was begun and nobody has taken that back, for another reason than its handler.
    pub(crate) fn blamed(&mut self, key: &str) {
        if let Some(known) = self.events.get_mut(key) {
            known.blamed += 1;
        }
    }

    /// An event is decided.
    pub(crate) fn committed(&mut self, key: &str, commit: &Commit) {
        let Some(known) = self.events.get_mut(key) else {
            return self.violate(format!("{key} was decided, and nobody sent it"));
        };
        if known.decision.is_some() {
            return self.violate(format!("{key} was decided twice"));
        }
        let step = |step: &Planned| Progress {
            is_burial: matches!(step, Planned::Bury { .. }),
            ..Progress::default()
        };
        let owners = HashMap::from([(commit.owner.clone(), (0, BTreeSet::new()))]);
        let is_poison = commit.record.is_poison();
        known.decision = Some(Decision {
            steps: commit.record.outbox.iter().map(step).collect(),
            is_poison,
            owner: commit.owner.clone(),
            marked: 0,
            owners,
        });
        let (fate, blamed) = (known.fate, known.blamed);
        let conversation = known.conversation.clone();
        let decided = self.decided.entry(conversation.clone()).or_default();
        decided.push(key.to_owned());
        let nth = decided.len() - 1;
        let accepted = self.accepted.get(&conversation).and_then(|keys| keys.get(nth));
        if accepted.is_some_and(|accepted| accepted != key) {
            self.violate(format!("{key} was decided out of order"));
        }
        if is_poison && fate == Fate::Fine && blamed < MOST_STARTS {
            self.violate(format!("{key} was set aside, and it is no poison"));
        }
    }

    /// A delivery has taken over a mark, or found that there is none.
    pub(crate) fn taken_over(&mut self, key: &str, owner: &str) {
        if let Some(decision) = self.decision(key) {
            owner.clone_into(&mut decision.owner);
            let marked = decision.marked;
            decision.owners.insert(owner.to_owned(), (marked, BTreeSet::new()));
        }
    }

    /// A delivery has marked steps as confirmed.
    pub(crate) fn marked(&mut self, key: &str, confirmed: usize) {
        if let Some(decision) = self.decision(key) {
            decision.marked = decision.marked.max(confirmed);
        }
    }

    /// A delivery begins a step.
    pub(crate) fn begins(&mut self, key: &str, owner: &str, nth: usize) {
        let Some(decision) = self.decision(key) else { return };
        let has_lost = decision.owner != owner;
        let Some((found, after)) = decision.owners.get_mut(owner) else {
            return self.violate(format!("{key} is answered by {owner}, who owns no mark"));
        };
        if has_lost {
            after.insert(nth);
        }
        let (found, after) = (*found, after.len());
        if nth < found {
            self.violate(format!("step {nth} of {key} is done again after its mark"));
        }
        if after > 1 {
            self.violate(format!("{owner} goes on with {key} when it is another's"));
        }
    }

    /// A platform has been called for a step.
    pub(crate) fn called(&mut self, key: &str, nth: usize, seen: &Seen, now: u64) {
        let Some(known) = self.events.get_mut(key) else { return };
        let conversation = known.conversation.clone();
        let Some(decision) = known.decision.as_mut() else {
            return self.violate(format!("{key} was answered before it was decided"));
        };
        let Some(step) = decision.steps.get_mut(nth) else { return };
        let is_first = step.copies == 0;
        match seen {
            Seen::Nothing => return,
            Seen::Expired => step.is_expired = true,
            Seen::Gone => step.is_gone = true,
            Seen::Rejected => step.is_rejected = true,
            Seen::New | Seen::Same => step.copies += 1,
            Seen::Named => {
                step.copies += 1;
                if step.named_at.replace(now).is_some_and(|before| now < before + NONCE_MS) {
                    self.violate(format!("step {nth} of {key} is seen twice, despite its nonce"));
                    return;
                }
            }
        }
        let is_orderly = !matches!(seen, Seen::Expired | Seen::Gone | Seen::Rejected);
        if is_first && is_orderly {
            let decided = self.decided.get(&conversation);
            let place = decided.and_then(|keys| keys.iter().position(|decided| decided == key));
            let delivered = self.delivered.entry(conversation).or_default();
            let this = (place.unwrap_or_default(), nth);
            let is_late = delivered.last().is_some_and(|last| *last > this);
            delivered.push(this);
            // What is given up can still arrive when its place is over.
            let is_given_up = self
                .decision(key)
                .is_some_and(|decision| decision.steps.iter().any(Progress::is_given_up));
            if is_late && !is_given_up {
                self.violate(format!("step {nth} of {key} is seen after what follows it"));
            }
        }
    }

    /// A step is in the dead-letter queue.
    pub(crate) fn buried(&mut self, key: &str, nth: usize) {
        if let Some(step) = self.decision(key).and_then(|decision| decision.steps.get_mut(nth)) {
            step.is_buried = true;
        }
    }

    /// A handler's request has reached its host.
    pub(crate) fn fetched(&mut self, key: &str, url: String, idempotency: &str) {
        let before =
            self.fetched.entry((key.to_owned(), url)).or_insert_with(|| idempotency.to_owned());
        if before != idempotency {
            self.violate(format!("{key} is fetched for under two keys"));
        }
    }

    fn decision(&mut self, key: &str) -> Option<&mut Decision> {
        self.events.get_mut(key)?.decision.as_mut()
    }
}

impl Progress {
    /// Whether it was given up: nobody is there, or it is an engineer's now.
    pub(crate) const fn is_given_up(&self) -> bool {
        self.is_gone || self.is_rejected || self.is_expired
    }
}

/// The key of the event a record is about.
pub(crate) fn event_key(key: &RecordKey) -> &str {
    key.record.split_once('#').map_or("", |(_, key)| key)
}
