//! Where a talk is played: people, their conversations, and what the bot remembers.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;

use super::script::{Deed, Line, Speaker, What};
use crate::bot::Bot;
use crate::event::{Arguments, Event, EventKey, EventKind, Joined, Mention, User, split_command};
use crate::fetch::{Answer, FetchError, Fetched, Request, Secrets, prepare};
use crate::platform::{Call, Outbound, Platform};
use crate::reply::Reply;
use crate::state::{State, StateError, StateKey, Stored};
use crate::time::Timestamp;
use crate::turn::{Decision, Occasion, Step, Turn};

/// A talk, so far.
pub(super) struct Stage {
    bot: &'static Bot,
    pub(super) platform: Platform,
    pub(super) locale: Option<String>,
    pub(super) now: Timestamp,
    pub(super) fetched: Vec<String>,
    pub(super) calls: Vec<Call>,
    events: u32,
    states: BTreeMap<StateKey, Stored>,
    recordings: Vec<(String, VecDeque<Result<Answer, FetchError>>)>,
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
            fetched: Vec::new(),
            calls: Vec::new(),
            events: 0,
            states: BTreeMap::new(),
            recordings: Vec::new(),
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

    pub(super) fn record(&mut self, part: &str, answer: Result<Answer, FetchError>) {
        match self.recordings.iter_mut().find(|(recorded, _)| recorded == part) {
            Some((_, answers)) => answers.push_back(answer),
            None => self.recordings.push((part.to_owned(), VecDeque::from([answer]))),
        }
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
        let mut pressed = None;
        let kind = match deed {
            Deed::Says(text) => says(text),
            Deed::Joins if who.name == "bot" => {
                EventKind::Joined(Joined { bot: true, people: Vec::new() })
            }
            Deed::Joins => EventKind::Joined(Joined { bot: false, people: vec![user(&who.name)] }),
            Deed::Presses(label) => {
                let (message, token) = self
                    .find(&conversation(who), label)
                    .ok_or_else(|| format!("there is no [{label}] to press"))?;
                pressed = Some(message);
                EventKind::Press { token }
            }
        };
        self.events += 1;
        let mut event = self.event(who, kind);
        if let Deed::Says(text) = deed {
            event.addressed = who.place.is_none() || text.starts_with("@bot ");
            event.mentions = mentions(text);
        }
        if !self.bot.wants(&event) {
            return Ok(Vec::new());
        }
        self.run(event, pressed)
    }

    fn run(&mut self, event: Event, pressed: Option<usize>) -> Result<Vec<String>, String> {
        // Nothing is sealed without a token.
        let settings = |name: &str| {
            let secrets = self.platform.settings().iter().filter(|setting| setting.secret);
            let mut values = secrets.filter(|setting| setting.name == name);
            values.next().map(|setting| setting.development.to_owned())
        };
        let outbound = self.platform.outbound(&settings).map_err(|error| error.to_string())?;
        let press = match &event.kind {
            EventKind::Press { token } => Some(outbound.key().open(&event, token)),
            EventKind::Message { .. } | EventKind::Command { .. } | EventKind::Joined(_) => None,
        };
        let keys =
            self.bot.state_keys(&event, press.as_ref().and_then(|press| press.as_ref().ok()));
        let states = keys.into_iter().map(|key| (key.clone(), self.states.get(&key).cloned()));
        let occasion = Occasion {
            event: Arc::new(event.clone()),
            press,
            states: states.collect(),
            known: Vec::new(),
            now: self.now,
        };
        let mut said = Vec::new();
        let mut step = Turn::begin(self.bot, occasion);
        let decision = loop {
            match step {
                Step::Done(Ok(decision)) => break decision,
                Step::Done(Err(error)) => {
                    said.push(format!("! {error}"));
                    return Ok(said);
                }
                Step::Fetch(turn, wanted) => {
                    said.extend(wanted.notice.map(|notice| block('*', &notice)));
                    let answers = wanted.requests.iter().map(|request| self.fetch(request));
                    step = turn.resume(answers.collect::<Result<Vec<_>, _>>()?);
                }
            }
        };
        let Decision { replies, states } = decision;
        for change in states {
            if let Some(json) = change.write {
                self.states.insert(change.key, Stored { version: change.read + 1, json });
            }
        }
        self.calls = outbound.encode(&event, &replies).map_err(|error| error.to_string())?;
        for reply in &replies {
            said.push(self.show(&*outbound, &event, reply, pressed));
        }
        Ok(said)
    }

    /// Puts a reply into its conversation, and says how a script shows it.
    fn show(
        &mut self,
        outbound: &dyn Outbound,
        event: &Event,
        reply: &Reply,
        pressed: Option<usize>,
    ) -> String {
        let seal = |action| outbound.key().seal(event, action, reply.is_reserved());
        let menu = reply.as_menu().into_iter().flat_map(|menu| &menu.choices);
        let choices = reply.buttons().iter().chain(menu);
        let choices = choices.map(|choice| (choice.label.clone(), seal(&choice.action))).collect();
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
        for button in reply.buttons() {
            let _ = write!(text, " [{}]", button.label);
        }
        if let Some(menu) = reply.as_menu() {
            let labels: Vec<&str> = menu.choices.iter().map(|choice| &*choice.label).collect();
            let _ = write!(text, " {{{} {}}}", menu.prompt, labels.join(" | "));
        }
        block(mark, text.trim())
    }

    fn fetch(&mut self, request: &Request) -> Result<Fetched, String> {
        let url = request.url();
        let hosts = self.bot.declared_hosts();
        // Every declared secret has a value.
        let secrets = Secrets::from_settings(hosts, &|_| Some("secret".to_owned()));
        if let Err(error) = prepare(request, "play", hosts, &secrets) {
            return Ok(Err(error).into());
        }
        let recording = self.recordings.iter_mut().find(|(part, _)| url.contains(&**part));
        let answer = recording.and_then(|(_, answers)| match answers.len() {
            1 => answers.front().cloned(),
            _ => answers.pop_front(),
        });
        let Some(answer) = answer else {
            let method = request.method().as_str();
            return Err(format!("nothing is recorded for {method} {url}: say what it `fetches`"));
        };
        self.fetched.push(url);
        Ok(answer.into())
    }

    fn find(&self, conversation: &str, label: &str) -> Option<(usize, String)> {
        let messages = self.choices.get(conversation)?;
        messages.iter().enumerate().rev().find_map(|(at, choices)| {
            let choice = choices.iter().find(|(shown, _)| shown == label)?;
            Some((at, choice.1.clone()))
        })
    }

    fn event(&self, who: &Speaker, kind: EventKind) -> Event {
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

fn says(text: &str) -> EventKind {
    let text = text.strip_prefix("@bot ").unwrap_or(text).trim();
    match split_command(text) {
        Some(line) => {
            EventKind::Command { name: line.name, arguments: Arguments::Text(line.rest.to_owned()) }
        }
        None => EventKind::Message { text: text.to_owned() },
    }
}

/// Everybody named with an `@`, the bot aside.
fn mentions(text: &str) -> Vec<Mention> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let names = text.split('@').skip(1).map(|rest| rest.split(|c| !is_name(c)).next());
    names
        .flatten()
        .filter(|name| !name.is_empty() && *name != "bot")
        .map(|name| Mention { text: format!("@{name}"), user: user(name) })
        .collect()
}

fn user(name: &str) -> User {
    let mut shown = name.to_owned();
    if let Some(first) = shown.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    User { id: name.to_owned(), name: Some(shown) }
}

fn conversation(who: &Speaker) -> String {
    who.place.clone().unwrap_or_else(|| who.name.clone())
}

/// A text behind its mark, further lines indented.
fn block(mark: char, text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    format!("{mark} {}", lines.join("\n  ")).trim_end().to_owned()
}
