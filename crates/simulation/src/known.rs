//! What is known of one event.

use std::collections::BTreeSet;

use bot_core::event::{Event, EventKind, Moved};
use bot_core::platform::Platform;
use bot_core::state::StateKey;

use crate::decision::{Decision, Progress};
use crate::webhook::{Act, Deed};
use crate::witness::{Log, Seen};

/// One event.
pub(crate) struct Known {
    /// What brought it, for those who answer to what comes of it.
    pub(crate) deed: Deed,
    pub(crate) conversation: String,
    pub(crate) log: StateKey,
    pub(crate) seen: StateKey,
    /// Where what its conversation remembers was, and where that moves, if it does.
    pub(crate) moves: Option<(StateKey, StateKey)>,
    /// What its handler is told to do, where that matters.
    pub(crate) fate: Fate,
    /// Since which generation that is mended.
    pub(crate) mended: Option<u32>,
    /// What was put back: in which generation, and which step of the outbox, if not the event as a whole.
    pub(crate) redriven: BTreeSet<(u32, Option<usize>)>,
    /// What was set aside, likewise.
    pub(crate) buried: BTreeSet<(u32, Option<usize>)>,
    /// How often the queue has it as a message.
    pub(crate) messages: u32,
    /// How often a process has died of it.
    pub(crate) deaths: u32,
    /// The processes that began it and may not have taken that back, for other reasons.
    pub(crate) blamed: BTreeSet<String>,
    /// What was decided about it, in order.
    pub(crate) decisions: Vec<Decision>,
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

impl Known {
    /// An event that the queue has a message for.
    pub(crate) fn new(event: &Event, group: &str, deed: &Deed) -> Self {
        let fate = match deed.act.told() {
            Some("panic") => Fate::Panics,
            Some("kill") => Fate::Kills,
            Some("loop") => Fate::Loops,
            _ => Fate::Fine,
        };
        Self {
            deed: deed.clone(),
            conversation: group.to_owned(),
            log: StateKey::of::<Log>(event),
            seen: StateKey::of::<Seen>(event),
            moves: moves(event),
            fate,
            mended: None,
            redriven: BTreeSet::new(),
            buried: BTreeSet::new(),
            messages: 1,
            deaths: 0,
            blamed: BTreeSet::new(),
            decisions: Vec::new(),
        }
    }

    /// What was last decided about the event itself.
    pub(crate) fn decision(&self) -> Option<&Decision> {
        self.decisions.iter().rev().find(|decision| decision.is_of_event())
    }

    /// What is said and done now, of which nothing may be missing in the end.
    pub(crate) fn standing(&self) -> impl Iterator<Item = &Decision> {
        let agains = self.decisions.iter().filter(|decision| !decision.is_of_event());
        self.decision().into_iter().chain(agains)
    }

    /// What its handler does to a process in this generation.
    pub(crate) fn fate_in(&self, generation: u32) -> Fate {
        match self.mended {
            Some(mended) if generation >= mended => Fate::Fine,
            _ => self.fate,
        }
    }

    /// Whether a decision about one step alone says what that step was to say, and nothing else.
    pub(crate) fn is_said_again(&self, step: usize, decision: &Decision) -> bool {
        let refused = self.decision().and_then(|decision| decision.steps.get(step)?.call());
        let calls: Vec<_> = decision.steps.iter().map(Progress::call).collect();
        decision.is_poison || (refused.is_some() && calls == [refused])
    }

    /// What was last decided in a record.
    pub(crate) fn latest(&mut self, name: &str) -> Option<&mut Decision> {
        self.decisions.iter_mut().rev().find(|decision| decision.name == name)
    }

    /// What a delivery does.
    pub(crate) fn of_owner(&mut self, owner: &str) -> Option<&mut Decision> {
        self.decisions.iter_mut().rev().find(|decision| decision.is_known_to(owner))
    }

    /// Whether a step is over because nobody is there: what an interaction's token does not take any more, Discord takes
    /// only where everybody may see it.
    pub(crate) fn is_over(&self, step: &Progress) -> bool {
        let is_discord = self.deed.place.platform() == Platform::Discord;
        let is_private = matches!(self.deed.act, Act::Press { ephemeral: true, .. });
        step.is_gone || (step.is_expired && is_private && is_discord)
    }
}

/// The places of what a conversation remembers, before and after it moves.
fn moves(event: &Event) -> Option<(StateKey, StateKey)> {
    let EventKind::Moved(Moved { from, to }) = &event.kind else { return None };
    let place = |conversation: &String| {
        StateKey::of::<Log>(&Event { conversation: conversation.clone(), ..event.clone() })
    };
    Some((place(from), place(to)))
}
