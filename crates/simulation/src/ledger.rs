//! What has really happened, and whether it may have.
//!
//! The ledger sees every effect where it happens, whatever the worker learns of it. What must never happen it notices at
//! once; what must have happened in the end, [`Ledger::close`] looks for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bot_core::dead_letter::{DeadContent, DeadLetter};
use bot_core::envelope::Envelope;
use bot_core::event::Event;
use bot_core::platform::ApiRequest;
use bot_core::state::StateKey;
use bot_core::worker::delivery::MOST_STARTS;
use bot_core::worker::record::{Commit, RecordKey};

use crate::decision::{Decision, Progress, Wrong};
use crate::known::{Fate, Known};
use crate::path::{Path, Ways};
use crate::platforms::{NONCE_MS, Seen};
use crate::webhook::Deed;

/// What is known of all events.
#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) events: BTreeMap<String, Known>,
    /// The events of each conversation, in the order the queue accepted them.
    pub(crate) accepted: BTreeMap<String, Vec<String>>,
    /// The events of each conversation, in the order they were decided.
    pub(crate) decided: BTreeMap<String, Vec<String>>,
    /// What conversations have to remember.
    pub(crate) logs: BTreeMap<StateKey, Remembered>,
    /// What has to be remembered of people, in any order.
    pub(crate) seen: BTreeMap<StateKey, Vec<String>>,
    /// The first deliveries of each conversation, in their order: which decision, and which step of it.
    delivered: BTreeMap<String, Vec<(usize, usize)>>,
    /// How many webhooks nobody can read were kept.
    pub(crate) unreadable: BTreeSet<u64>,
    /// The key under which each event has fetched.
    fetched: HashMap<(String, String), String>,
    /// The ways what was said has taken.
    pub(crate) ways: Ways,
    pub(crate) violations: Vec<String>,
}

/// What a conversation has to remember.
#[derive(Clone, Default)]
pub(crate) struct Remembered {
    /// Its events, in the order they were decided: what was set aside at first may be decided in the end.
    pub(crate) keys: Vec<String>,
    /// Whether that is another one's, and nothing has been added to it.
    is_copy: bool,
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
        let known = Known::new(event, group, deed);
        self.events.insert(key.to_owned(), known);
        self.accepted.entry(group.to_owned()).or_default().push(key.to_owned());
    }

    /// A platform was told that an event is taken in.
    pub(crate) fn promised(&mut self, key: &str) {
        if !self.events.contains_key(key) {
            self.violate(format!("{key} was accepted, and the queue does not have it"));
        }
    }

    /// A process has begun an event and may not have taken that back, for another reason than its handler.
    pub(crate) fn blamed(&mut self, key: &str, process: String) {
        if let Some(known) = self.events.get_mut(key) {
            known.blamed.insert(process);
        }
    }

    /// An event is decided.
    pub(crate) fn committed(&mut self, key: &str, commit: &Commit) {
        let Some(known) = self.events.get_mut(key) else {
            return self.violate(format!("{key} was decided, and nobody sent it"));
        };
        let decision = Decision::new(commit);
        if let Some(earlier) = known.latest(&decision.name) {
            if !earlier.is_poison || earlier.generation >= decision.generation {
                return self.violate(format!("{key} was decided twice"));
            }
            // Whoever was at it has lost the mark.
            earlier.owner.clear();
        }
        let is_fine = known.fate_in(decision.generation) == Fate::Fine;
        let is_innocent =
            decision.is_poison && is_fine && known.blamed.len() < MOST_STARTS as usize;
        let is_other = decision.again().is_some_and(|step| !known.is_said_again(step, &decision));
        let is_first = known.decisions.is_empty();
        let is_folded = decision.is_of_event() && !decision.is_poison;
        known.decisions.push(decision);
        let conversation = known.conversation.clone();
        if is_folded {
            self.remember(key);
        }
        if is_first {
            let decided = self.decided.entry(conversation.clone()).or_default();
            decided.push(key.to_owned());
            let nth = decided.len() - 1;
            let accepted = self.accepted.get(&conversation).and_then(|keys| keys.get(nth));
            if accepted.is_some_and(|accepted| accepted != key) {
                self.violate(format!("{key} was decided out of order"));
            }
        }
        if is_innocent {
            self.violate(format!("{key} was set aside, and it is no poison"));
        }
        if is_other {
            self.violate(format!("{key} says something else than what was refused"));
        }
    }

    /// An event has become part of what is remembered.
    fn remember(&mut self, key: &str) {
        let Some(known) = self.events.get(key) else { return };
        if let Some((from, to)) = &known.moves {
            let Some(Remembered { keys, .. }) = self.logs.get(from).cloned() else { return };
            // What was written there meanwhile stays as it is.
            if self.logs.get(to).is_none_or(|there| there.is_copy) {
                self.logs.insert(to.clone(), Remembered { keys, is_copy: true });
            }
            return;
        }
        let log = self.logs.entry(known.log.clone()).or_default();
        log.is_copy = false;
        log.keys.push(key.to_owned());
        self.seen.entry(known.seen.clone()).or_default().push(key.to_owned());
    }

    /// Whether an event moves its conversation.
    pub(crate) fn is_move(&self, key: &str) -> bool {
        self.events.get(key).is_some_and(|known| known.moves.is_some())
    }

    /// Something was put back into the queue; what it died of may be mended since.
    pub(crate) fn redriven(&mut self, envelope: &Envelope, is_mended: bool) {
        let Envelope { event, generation, again, .. } = envelope;
        let Some(known) = self.events.get_mut(event.key.as_str()) else {
            return self.violate("something is put back that nobody sent".to_owned());
        };
        known.messages += 1;
        let is_first = known.redriven.insert((*generation, *again));
        if is_first && again.is_none() {
            // It has not been begun in this generation.
            known.blamed.clear();
            // The code still panics.
            let can_be = is_mended && known.fate != Fate::Panics;
            known.mended = known.mended.or(can_be.then_some(*generation));
        }
    }

    /// A delivery has taken over a mark, or found that there is none.
    pub(crate) fn taken_over(&mut self, key: &RecordKey, owner: &str) {
        let known = self.events.get_mut(event_key(key));
        if let Some(decision) = known.and_then(|known| known.latest(&key.record)) {
            decision.taken_over(owner);
        }
    }

    /// A delivery has marked steps as confirmed.
    pub(crate) fn marked(&mut self, key: &str, owner: &str, confirmed: usize) {
        if let Some(decision) = self.decision(key, owner) {
            decision.marked(confirmed);
        }
    }

    /// A delivery begins a step.
    pub(crate) fn begins(&mut self, key: &str, owner: &str, nth: usize) {
        if !self.events.contains_key(key) {
            return;
        }
        let Some(decision) = self.decision(key, owner) else {
            return self.violate(format!("{key} is answered by {owner}, who owns no mark"));
        };
        match decision.begins(owner, nth) {
            Some(Wrong::Marked) => {
                self.violate(format!("step {nth} of {key} is done again after its mark"));
            }
            Some(Wrong::Lost) => {
                self.violate(format!("{owner} goes on with {key} when it is another's"));
            }
            None => {}
        }
    }

    /// A platform has been called for a step.
    pub(crate) fn called(
        &mut self,
        (key, owner, nth): (&str, &str, usize),
        request: &ApiRequest,
        seen: &Seen,
        now: u64,
    ) {
        let Some(known) = self.events.get_mut(key) else { return };
        let (act, conversation) = (known.deed.act.clone(), known.conversation.clone());
        let Some(decision) = known.of_owner(owner) else {
            return self.violate(format!("{key} was answered before it was decided"));
        };
        let step = decision.steps.get_mut(nth).filter(|step| step.call().is_some());
        let Some(step) = step else {
            return self.violate(format!("step {nth} of {key} is no call of its outbox"));
        };
        let path = step.call().and_then(|call| Path::of(&act, call, request));
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
        if matches!(seen, Seen::Expired | Seen::Gone | Seen::Rejected) {
            return;
        }
        let is_in_order = decision.is_of_event() && decision.generation == 0;
        // What is given up can still arrive when its place is over.
        let is_given_up = decision.steps.iter().any(Progress::is_given_up);
        if let Some(path) = path {
            self.ways.count(path);
        }
        // What was put back has no place among the others.
        if is_first && is_in_order {
            let decided = self.decided.get(&conversation);
            let place = decided.and_then(|keys| keys.iter().position(|decided| decided == key));
            let delivered = self.delivered.entry(conversation).or_default();
            let this = (place.unwrap_or_default(), nth);
            let is_late = delivered.last().is_some_and(|last| *last > this);
            delivered.push(this);
            if is_late && !is_given_up {
                self.violate(format!("step {nth} of {key} is seen after what follows it"));
            }
        }
    }

    /// A step is in the dead-letter queue.
    pub(crate) fn buried(&mut self, (key, owner, nth): (&str, &str, usize), letter: &DeadLetter) {
        let Some(known) = self.events.get_mut(key) else { return };
        if let DeadContent::Envelope(envelope) = &letter.content {
            known.buried.insert((envelope.generation, letter.step));
        }
        let decision = known.of_owner(owner);
        if let Some(step) = decision.and_then(|decision| decision.steps.get_mut(nth)) {
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

    fn decision(&mut self, key: &str, owner: &str) -> Option<&mut Decision> {
        self.events.get_mut(key)?.of_owner(owner)
    }
}

/// The key of the event a record is about.
pub(crate) fn event_key(key: &RecordKey) -> &str {
    let name = key.record.strip_prefix("event#").unwrap_or_default();
    match name.strip_prefix("again#") {
        Some(rest) => rest.splitn(3, '#').nth(2).unwrap_or_default(),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use bot_core::Platform;
    use bot_core::Timestamp;
    use bot_core::envelope::Envelope;
    use bot_core::event::EventKind;
    use bot_core::platform::{Call, Method};
    use bot_core::worker::record::{Record, Step};

    use super::*;
    use crate::webhook::{Act, Place};

    #[test]
    fn what_is_called_for_a_step_that_was_not_decided_is_noticed() {
        let act = Act::Command { name: "do", argument: "what", value: "it" };
        let deed = Deed { place: Place::TelegramChat, person: 1, act, nth: 1, at: 0 };
        let kind = EventKind::Message { text: "hello".to_owned() };
        let event = Event::example(Platform::Telegram, kind);
        let call = Call {
            method: Method::Post,
            target: "sendMessage".to_owned(),
            body: serde_json::json!({ "text": "hello" }),
        };
        let request = ApiRequest {
            method: Method::Post,
            url: "https://api.telegram.org/bot/sendMessage".to_owned().into(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        let now = Timestamp::default();
        let commit = |outbox| Commit {
            key: RecordKey::of(&Envelope::new(event.clone(), now)),
            record: Record { decided_at: now, replies: Vec::new(), outbox },
            generation: 0,
            owner: "me".to_owned(),
            states: Vec::new(),
            expires_at: now,
        };
        let call = Step::Call(call);
        let bury = Step::Bury { reason: "why".to_owned() };
        // (case, outbox, step, whether it is noticed)
        let cases = [
            ("the first", vec![call.clone()], 0, false),
            ("one too many", vec![call.clone()], 1, true),
            ("none at all", vec![], 0, true),
            ("what is no call", vec![bury], 0, true),
        ];

        for (case, outbox, nth, is_noticed) in cases {
            let mut ledger = Ledger::default();
            let key = event.key.as_str();
            ledger.queued(&event, "group", &deed);
            ledger.events.get_mut(key).expect("the event").fate = Fate::Panics;
            ledger.committed(key, &commit(outbox));
            ledger.called((key, "me", nth), &request, &Seen::New, 0);
            assert_eq!(
                !ledger.violations.is_empty(),
                is_noticed,
                "{case}: {:?}",
                ledger.violations
            );
        }
    }
}
