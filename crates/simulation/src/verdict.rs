//! What must have come of everything in the end.

use std::collections::BTreeSet;

use bot_core::dead_letter::{DeadContent, DeadLetter};
use bot_core::envelope::Envelope;
use bot_core::state::{StateKey, Stored};
use bot_core::worker::delivery::MOST_STARTS;
use serde_json::Value;

use crate::decision::Decision;
use crate::known::{Fate, Known};
use crate::ledger::{Ledger, Remembered};
use crate::table::Table;
use crate::witness::{Log, Seen};

impl Ledger {
    /// Looks for what must have happened when everything is over.
    pub(crate) fn close(&mut self, table: &Table, letters: &[DeadLetter], is_witness: bool) {
        let mut found = Vec::new();
        for (key, known) in &self.events {
            found.extend(unkept(key, known));
        }
        for (conversation, accepted) in &self.accepted {
            if self.decided.get(conversation) != Some(accepted) {
                found.push(format!("not every event of {conversation} was decided, in order"));
            }
        }
        found.extend(self.wrong_states(table, is_witness));
        found.extend(self.wrong_letters(letters));
        self.violations.extend(found);
    }

    /// Every state is the fold of its events.
    fn wrong_states(&self, table: &Table, is_witness: bool) -> Vec<String> {
        let stored = |key: &StateKey| -> Option<Stored> {
            table.load(std::slice::from_ref(key)).pop().flatten()
        };
        let mut wrong = Vec::new();
        for (state, Remembered { keys, .. }) in &self.logs {
            let is_right = if is_witness {
                let log = stored(state).and_then(|stored| Stored::decode::<Log>(&stored.json).ok());
                log.is_some_and(|Log(noted)| noted == *keys)
            } else {
                let tally = StateKey { sort: "state#tally".to_owned(), ..state.clone() };
                let tally: Option<Value> =
                    stored(&tally).and_then(|stored| serde_json::from_str(&stored.json).ok());
                tally.is_some_and(|tally| count_in(&tally) == u64::try_from(keys.len()).ok())
            };
            if !is_right {
                wrong.push(format!(
                    "{} is not the fold of its {} events",
                    state.partition,
                    keys.len()
                ));
            }
        }
        for (state, keys) in self.seen.iter().filter(|_| is_witness) {
            let mut keys = keys.clone();
            let noted = stored(state).and_then(|stored| Stored::decode::<Seen>(&stored.json).ok());
            let mut noted = noted.map(|Seen(noted)| noted).unwrap_or_default();
            noted.sort_unstable();
            keys.sort_unstable();
            if noted != keys {
                wrong.push(format!("{} is not the fold of its events", state.partition));
            }
        }
        wrong
    }

    /// Nothing but poison is in the dead-letter queue, and all of it.
    fn wrong_letters(&self, letters: &[DeadLetter]) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut unreadable = 0;
        let mut missing: BTreeSet<(&str, u32, Option<usize>)> = BTreeSet::new();
        for (key, known) in &self.events {
            // What was put back may be there again nevertheless.
            let kept = known
                .buried
                .iter()
                .filter(|(generation, step)| !known.redriven.contains(&(generation + 1, *step)));
            missing.extend(kept.map(|(generation, step)| (key.as_str(), *generation, *step)));
        }
        for letter in letters {
            match &letter.content {
                DeadContent::Webhook { .. } => unreadable += 1,
                DeadContent::Message(_) => wrong.push("a message is no envelope".to_owned()),
                DeadContent::Envelope(envelope) => {
                    let key = envelope.event.key.as_str();
                    missing.remove(&(key, envelope.generation, letter.step));
                    let known = self.events.get(key);
                    if !known.is_some_and(|known| known.is_due(envelope, letter.step)) {
                        wrong.push(format!("{key} is in the dead-letter queue: {}", letter.reason));
                    }
                }
            }
        }
        for (key, ..) in missing {
            wrong.push(format!("{key} was set aside, and is nowhere"));
        }
        if unreadable < self.unreadable.len() {
            wrong.push("a webhook that nobody could read was not kept".to_owned());
        }
        wrong
    }
}

impl Known {
    /// Whether there is a reason for a letter about an event, or one step of it.
    fn is_due(&self, envelope: &Envelope, step: Option<usize>) -> bool {
        let is_refused = |decision: &Decision, step: usize| {
            decision.steps.get(step).is_some_and(|step| step.is_rejected)
        };
        self.decisions.iter().any(|decision| match (decision.again(), step) {
            (Some(again), Some(step)) => {
                let is_it = again == step && decision.generation == envelope.generation;
                is_it && (decision.is_poison || is_refused(decision, 0))
            }
            (Some(_), None) => false,
            (None, Some(step)) => is_refused(decision, step),
            (None, None) => decision.is_poison && decision.generation == envelope.generation,
        })
    }

    /// Whether what was put back has come to something.
    fn is_taken_up(&self, generation: u32, again: Option<usize>) -> bool {
        self.decisions.iter().any(|decision| match again {
            Some(_) => decision.again() == again && decision.generation == generation,
            None => {
                decision.is_of_event() && (!decision.is_poison || decision.generation >= generation)
            }
        })
    }
}

/// What one event was promised and did not get.
fn unkept(key: &str, known: &Known) -> Vec<String> {
    let mut unkept = Vec::new();
    let Some(decision) = known.decision() else {
        unkept.push(format!("{key} was never decided"));
        return unkept;
    };
    if known.fate_in(decision.generation) != Fate::Fine && !decision.is_poison {
        unkept.push(format!("{key} is poison, and was decided"));
    }
    let lives = 1 + u32::try_from(known.redriven.len()).unwrap_or(u32::MAX);
    if known.deaths > known.messages + MOST_STARTS * lives {
        unkept.push(format!("{} processes have died of {key}", known.deaths));
    }
    for &(generation, again) in &known.redriven {
        if !known.is_taken_up(generation, again) {
            unkept.push(format!("{key} was put back, and nothing has come of it"));
        }
    }
    unkept.extend(known.standing().flat_map(|decision| undone(key, known, decision)));
    unkept
}

/// The steps of a decision that were not done.
fn undone(key: &str, known: &Known, decision: &Decision) -> Vec<String> {
    let mut undone = Vec::new();
    for (nth, step) in decision.steps.iter().enumerate() {
        // With nobody there, the rest is given up; nobody waits for a reaction.
        let is_given_up = known.is_over(step);
        let is_done = match (step.call(), step.is_rejected) {
            (None, _) => step.is_buried,
            (Some(_), true) => step.copies > 0 || step.is_buried || is_given_up,
            (Some(_), false) => step.copies > 0 || is_given_up,
        };
        if !is_done {
            undone.push(format!("step {nth} of {key} was never done"));
        }
        if is_given_up && !step.is_reaction() {
            break;
        }
    }
    undone
}

fn count_in(tally: &Value) -> Option<u64> {
    match tally {
        Value::Object(fields) => fields
            .get("messages")
            .and_then(Value::as_u64)
            .or_else(|| fields.values().find_map(count_in)),
        _ => None,
    }
}
