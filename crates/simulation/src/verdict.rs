//! What must have come of everything in the end.

use std::collections::BTreeMap;

use bot_core::dead_letter::{DeadContent, DeadLetter};
use bot_core::state::{StateKey, Stored};
use bot_core::worker::delivery::MOST_STARTS;
use serde_json::Value;

use crate::decision::Decision;
use crate::ledger::{Fate, Known, Ledger};
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
        let mut logs: BTreeMap<&StateKey, Vec<&str>> = BTreeMap::new();
        let mut seen: BTreeMap<&StateKey, Vec<&str>> = BTreeMap::new();
        for key in self.decided.values().flatten() {
            let Some(known) = self.events.get(key) else { continue };
            if known.decision().is_some_and(|decision| !decision.is_poison) {
                logs.entry(&known.log).or_default().push(key);
                seen.entry(&known.seen).or_default().push(key);
            }
        }
        let stored = |key: &StateKey| -> Option<Stored> {
            table.load(std::slice::from_ref(key)).pop().flatten()
        };
        let mut wrong = Vec::new();
        for (state, mut keys) in logs {
            let is_right = if is_witness {
                let log = stored(state).and_then(|stored| Stored::decode::<Log>(&stored.json).ok());
                log.is_some_and(|Log(noted)| noted == keys)
            } else {
                let tally = StateKey { sort: "state#tally".to_owned(), ..state.clone() };
                let tally: Option<Value> =
                    stored(&tally).and_then(|stored| serde_json::from_str(&stored.json).ok());
                tally.is_some_and(|tally| count_in(&tally) == u64::try_from(keys.len()).ok())
            };
            if !is_right {
                keys.sort_unstable();
                wrong.push(format!(
                    "{} is not the fold of its {} events",
                    state.partition,
                    keys.len()
                ));
            }
        }
        for (state, mut keys) in seen.into_iter().filter(|_| is_witness) {
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
        for letter in letters {
            match &letter.content {
                DeadContent::Webhook { .. } => unreadable += 1,
                DeadContent::Message(_) => wrong.push("a message is no envelope".to_owned()),
                DeadContent::Envelope(envelope) => {
                    let key = envelope.event.key.as_str();
                    let decision = self.events.get(key).and_then(Known::decision);
                    let is_due = |decision: &Decision| match letter.step {
                        Some(step) => decision.steps.get(step).is_some_and(|step| step.is_rejected),
                        None => decision.is_poison,
                    };
                    if !decision.is_some_and(is_due) {
                        wrong.push(format!("{key} is in the dead-letter queue: {}", letter.reason));
                    }
                }
            }
        }
        if unreadable < self.unreadable.len() {
            wrong.push("a webhook that nobody could read was not kept".to_owned());
        }
        wrong
    }
}

/// What one event was promised and did not get.
fn unkept(key: &str, known: &Known) -> Vec<String> {
    let mut unkept = Vec::new();
    let Some(decision) = known.decision() else {
        unkept.push(format!("{key} was never decided"));
        return unkept;
    };
    if known.fate != Fate::Fine && !decision.is_poison {
        unkept.push(format!("{key} is poison, and was decided"));
    }
    if known.deaths > known.messages + MOST_STARTS {
        unkept.push(format!("{} processes have died of {key}", known.deaths));
    }
    for (nth, step) in decision.steps.iter().enumerate() {
        // With nobody there, the rest is given up.
        let is_given_up = known.is_over(step);
        let is_done = match (step.call(), step.is_rejected) {
            (None, _) => step.is_buried,
            (Some(_), true) => step.copies > 0 || step.is_buried || is_given_up,
            (Some(_), false) => step.copies > 0 || is_given_up,
        };
        if !is_done {
            unkept.push(format!("step {nth} of {key} was never done"));
        }
        if is_given_up {
            break;
        }
    }
    unkept
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
