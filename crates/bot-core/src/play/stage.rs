//! Where a talk is played: people, their conversations, and what the bot remembers.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::Value;

use super::hosts::Hosts;
use super::people::{Told, chooses, conversation, joins, presses, says, user};
use super::script::{Deed, Line, Speaker, What};
use crate::bot::Bot;
use crate::command::Spec;
use crate::event::{Event, EventKey, EventKind, Joined};
use crate::fetch::{Fetched, Request};
use crate::platform::{Call, Outbound, Platform};
use crate::reply::Reply;
use crate::state::{State, StateChange, StateError, StateKey, Stored};
use crate::time::Timestamp;
use crate::turn::{Decision, Occasion, Step, Turn, TurnError};
use crate::worker::record::Record;

/// What is wrong with a turn whose second run ends otherwise than its first.
const OTHERWISE: &str = "run again on the same event, the bot decides otherwise: it uses what `cx` does not give, such as \
                         a global, chance, or the order of a HashMap or a HashSet";

/// A talk, so far.
pub(super) struct Stage {
    pub(super) bot: &'static Bot,
    pub(super) platform: Platform,
    pub(super) locale: Option<String>,
    pub(super) now: Timestamp,
    pub(super) hosts: Hosts,
    pub(super) calls: Vec<Call>,
    pub(super) events: u32,
    states: BTreeMap<StateKey, Stored>,
    /// The form that is open in each conversation.
    pub(super) forms: BTreeMap<String, &'static Spec>,
    /// What there is to press in each conversation: every message's labels and tokens, the newest message last.
    choices: BTreeMap<String, Vec<Vec<(String, String)>>>,
}

impl Stage {
    pub(super) fn new(bot: &'static Bot) -> Self {
        Self {
            bot,
            platform: Platform::Telegram,
            locale: Some("en".to_owned()),
            // A Sunday morning in spring: 2026-04-05T08:00:00Z.
            now: Timestamp::from_secs(1_775_376_000),
            hosts: Hosts::default(),
            calls: Vec::new(),
            events: 0,
            states: BTreeMap::new(),
            forms: BTreeMap::new(),
            choices: BTreeMap::new(),
        }
    }

    pub(super) fn remember<S: State>(
        &mut self,
        who: &Speaker,
        state: &S,
    ) -> Result<(), StateError> {
        let key = StateKey::of::<S>(&self.event(who, EventKind::Joined(Joined::default())));
        let json = Stored::encode(state)?;
        self.states.insert(key, Stored { version: 1, json });
        Ok(())
    }

    pub(super) fn recall<S: State>(&self, who: &Speaker) -> Result<S, StateError> {
        let key = StateKey::of::<S>(&self.event(who, EventKind::Joined(Joined::default())));
        self.states
            .get(&key)
            .map_or_else(|| Ok(S::default()), |stored| Stored::decode(&stored.json))
    }

    /// Plays one line: what the bot says to it, as a script would have it, or why it cannot be played.
    pub(super) fn perform(&mut self, line: &Line) -> Result<Vec<String>, String> {
        let (who, deed) = match &line.what {
            What::Does(who, deed) => (who, deed),
            What::Later(time) => {
                self.now = self.now.plus(*time);
                return Ok(Vec::new());
            }
            What::Said => return Err("the script begins with what the bot says".to_owned()),
        };
        let (told, pressed) = match deed {
            Deed::Says(text) => (says(self.bot, self.platform, who, text)?, None),
            Deed::Joins => (joins(self.platform, who)?, None),
            Deed::Presses(label) => {
                let (message, token) = self
                    .find(&conversation(who), label)
                    .ok_or_else(|| format!("there is no [{label}] to press"))?;
                (presses(token, who), Some(message))
            }
            Deed::Chooses(label, of) => {
                (chooses(self.bot, self.platform, label, of.as_deref())?, None)
            }
            Deed::Types(text) => return self.suggest(text),
            Deed::Sends(fields) => return self.send(who, fields),
        };
        let Told { kind, addressed, mentions, channels, files } = told;
        self.events += 1;
        let event = Event { addressed, mentions, channels, files, ..self.event(who, kind) };
        if !self.bot.wants(&event) {
            return Ok(Vec::new());
        }
        match self.open(&event) {
            Some(form) => Ok(vec![form]),
            None => self.run(event, pressed),
        }
    }

    pub(super) fn run(
        &mut self,
        event: Event,
        pressed: Option<usize>,
    ) -> Result<Vec<String>, String> {
        let event = &Event { ephemeral: self.bot.is_ephemeral(&event), ..event };
        // Nothing is sealed without a token.
        let settings = |name: &str| {
            let secrets = self.platform.settings().iter().filter(|setting| setting.secret);
            let mut values = secrets.filter(|setting| setting.name == name);
            values.next().map(|setting| setting.development.to_owned())
        };
        let outbound = self.platform.outbound(&settings).map_err(|error| error.to_string())?;
        let mut known = Vec::new();
        let mut said = Vec::new();
        let mut step = Turn::begin(self.bot, self.occasion(&*outbound, event, Vec::new()));
        let decision = loop {
            match step {
                Step::Done(decision) => break decision,
                Step::Fetch(turn, wanted) => {
                    let before = self.hosts.fetched.len();
                    let mut answers = Vec::new();
                    for request in wanted.requests {
                        let answer = self.hosts.ask(self.bot.declared_hosts(), &request)?;
                        known.push((request, answer.clone()));
                        answers.push(answer);
                    }
                    // Nobody waits for what is refused.
                    let notice = wanted.notice.filter(|_| self.hosts.fetched.len() > before);
                    said.extend(notice.map(|notice| block('*', &notice)));
                    step = turn.resume(answers);
                }
            }
        };
        match Turn::begin(self.bot, self.occasion(&*outbound, event, known)) {
            Step::Done(again) if self.is_same(&decision, &again) => {}
            Step::Done(_) | Step::Fetch(..) => return Err(OTHERWISE.to_owned()),
        }
        let recorded = decision.map_err(|error| error.to_string()).and_then(|decision| {
            let calls = outbound.encode(event, &decision.replies);
            let calls = calls.map_err(|error| error.to_string())?;
            Record::decided(decision.replies.clone(), calls.clone(), self.now)?;
            Ok((decision, calls))
        });
        let (Decision { replies, states }, calls) = match recorded {
            Ok(recorded) => recorded,
            Err(reason) => {
                said.push(format!("! {reason}"));
                return Ok(said);
            }
        };
        self.calls = calls;
        for change in states {
            if let Some(json) = change.write {
                self.states.insert(change.key, Stored { version: change.read + 1, json });
            }
        }
        for reply in &replies {
            said.push(self.show(&*outbound, event, reply, pressed));
        }
        Ok(said)
    }

    /// What `event` brings into its turn.
    fn occasion(
        &self,
        outbound: &dyn Outbound,
        event: &Event,
        known: Vec<(Request, Fetched)>,
    ) -> Occasion {
        let press = match &event.kind {
            EventKind::Press { token } => Some(outbound.key().open(event, token)),
            EventKind::Message { .. }
            | EventKind::Command { .. }
            | EventKind::Joined(_)
            | EventKind::Moved(_) => None,
        };
        let keys = self.bot.state_keys(event, press.as_ref().and_then(|press| press.as_ref().ok()));
        let states = keys.into_iter().map(|key| (key.clone(), self.states.get(&key).cloned()));
        let states = states.collect();
        Occasion { event: Arc::new(event.clone()), press, states, known, now: self.now }
    }

    /// Whether two runs of a turn come to the same.
    fn is_same(
        &self,
        first: &Result<Decision, TurnError>,
        second: &Result<Decision, TurnError>,
    ) -> bool {
        match (first, second) {
            (Ok(first), Ok(second)) => {
                let states = |decision: &Decision| -> Vec<_> {
                    decision.states.iter().map(|change| self.value_after(change)).collect()
                };
                first.replies == second.replies && states(first) == states(second)
            }
            (first, second) => first == second,
        }
    }

    /// A state as it is after `change`. The order of a map in it is none.
    fn value_after(&self, change: &StateChange) -> Option<Value> {
        let before = || self.states.get(&change.key).map(|stored| &*stored.json);
        serde_json::from_str(change.write.as_deref().or_else(before)?).ok()
    }

    /// Puts a reply into its conversation, and says how a script shows it.
    fn show(
        &mut self,
        outbound: &dyn Outbound,
        event: &Event,
        reply: &Reply,
        pressed: Option<usize>,
    ) -> String {
        let token = |choice| outbound.key().token(event, choice, reply.is_reserved());
        let menu = reply.as_menu().into_iter().flat_map(|menu| &menu.choices);
        let choices = reply.buttons().iter().chain(menu);
        let choices = choices.map(|choice| (choice.label.clone(), token(choice))).collect();
        let messages = self.choices.entry(event.conversation.clone()).or_default();
        let edited = pressed.filter(|_| reply.is_edit()).and_then(|at| messages.get_mut(at));
        let mark = match edited {
            Some(message) => {
                *message = choices;
                '~'
            }
            None => {
                messages.push(choices);
                '<'
            }
        };
        let mut text = reply.as_text().trim().to_owned();
        if let Some(reaction) = reply.as_reaction() {
            let _ = write!(text, " ({})", reaction.emoji());
        }
        for button in reply.buttons() {
            let _ = write!(text, " [{}]", button.label);
        }
        if let Some(menu) = reply.as_menu() {
            let labels: Vec<&str> = menu.choices.iter().map(|choice| &*choice.label).collect();
            let _ = write!(text, " {{{} {}}}", menu.prompt, labels.join(" | "));
        }
        block(mark, text.trim())
    }

    fn find(&self, conversation: &str, label: &str) -> Option<(usize, String)> {
        let messages = self.choices.get(conversation)?;
        messages.iter().enumerate().rev().find_map(|(at, choices)| {
            let choice = choices.iter().find(|(shown, _)| shown == label)?;
            Some((at, choice.1.clone()))
        })
    }

    pub(super) fn event(&self, who: &Speaker, kind: EventKind) -> Event {
        let nth = self.events.to_string();
        Event {
            key: EventKey::new(self.platform, &["play", &nth]),
            conversation: conversation(who),
            user: user(&who.name),
            locale: self.locale.clone(),
            sent_at: Some(self.now),
            ..Event::example(self.platform, kind)
        }
    }
}

/// A text behind its mark, further lines indented, without the blanks that nobody sees: at the ends of lines, and whole
/// lines of them.
fn block(mark: char, text: &str) -> String {
    let lines: Vec<&str> =
        text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    format!("{mark} {}", lines.join("\n  ")).trim_end().to_owned()
}
