//! A bot: the index of its commands.
//!
//! Types are erased here, so that a bot is a constant: functions hold a `&'static Bot` and know no command's type.

use std::pin::Pin;

use serde_json::{Map, Value};

use crate::args;
use crate::command::{Command, Listener, Observer, Spec, UsageError};
use crate::cx::Cx;
use crate::event::{Arguments, Event, EventKind};
use crate::reply::Reply;
use crate::state::{State, StateKey};
use crate::turn::{States, TurnError};

/// A bot.
#[derive(Clone, Copy, Debug)]
pub struct Bot {
    pub(crate) commands: &'static [CommandEntry],
    listener: ListenerEntry,
    observers: &'static [ObserverEntry],
}

impl Bot {
    /// A bot without commands, which answers messages by `listener`.
    #[must_use]
    pub const fn new(listener: ListenerEntry) -> Self {
        Self { commands: &[], listener, observers: &[] }
    }

    /// Its commands, in the order `/help` lists them.
    #[must_use]
    pub const fn commands(mut self, commands: &'static [CommandEntry]) -> Self {
        self.commands = commands;
        self
    }

    /// What it notes of every event.
    #[must_use]
    pub const fn observers(mut self, observers: &'static [ObserverEntry]) -> Self {
        self.observers = observers;
        self
    }

    /// The declarations of its commands.
    pub fn specs(&self) -> impl Iterator<Item = &'static Spec> {
        self.commands.iter().map(|command| &command.spec)
    }

    /// What is wrong with its commands that the compiler does not see; a bot's tests ask for it.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (at, command) in self.commands.iter().enumerate() {
            let name = command.spec.name;
            if self.commands.iter().take(at).any(|earlier| earlier.spec.name == name) {
                faults.push(format!("/{name} is there twice"));
            }
            let mut abouts = command.spec.args().map(|arg| arg.about).chain([command.spec.about]);
            if !abouts.all(|about| (1..=MOST_ABOUT).contains(&about.chars().count())) {
                faults.push(format!(
                    "/{name} is described in none or more than {MOST_ABOUT} characters"
                ));
            }
            let all = command.spec.args();
            let required = command.spec.args().filter(|arg| arg.required);
            if !(command.reads)(args::examples(all)) || !(command.reads)(args::examples(required)) {
                faults.push(format!("the fields of /{name} do not fit its declared arguments"));
            }
        }
        faults
    }
}

/// The longest description of a command or an argument: 100 characters, by Discord.
///
/// <https://docs.discord.com/developers/interactions/application-commands>
const MOST_ABOUT: usize = 100;

/// A command in the index.
#[derive(Clone, Copy, Debug)]
pub struct CommandEntry {
    pub(crate) spec: Spec,
    key: fn(&Event) -> Option<StateKey>,
    run: Start<Map<String, Value>>,
    reads: fn(Map<String, Value>) -> bool,
}

/// A listener in the index.
#[derive(Clone, Copy, Debug)]
pub struct ListenerEntry {
    key: fn(&Event) -> Option<StateKey>,
    hear: Start<String>,
}

/// An observer in the index.
#[derive(Clone, Copy, Debug)]
pub struct ObserverEntry {
    key: fn(&Event) -> Option<StateKey>,
    note: fn(&Event, &mut States) -> Result<(), TurnError>,
}

/// Starts a handler on what it was given.
type Start<A> = fn(A, Cx<()>, States) -> Result<Running, TurnError>;

/// A handler under way: its outcome, and the states as it leaves them.
pub(crate) type Running =
    Pin<Box<dyn Future<Output = Result<(Outcome, States), TurnError>> + Send>>;

/// What a handler answers.
pub(crate) type Outcome = Result<Reply, UsageError>;

/// Puts a command into a bot's index.
#[must_use]
pub const fn command<C: Command>() -> CommandEntry {
    CommandEntry { spec: C::SPEC, key: StateKey::of::<C::State>, run: run::<C>, reads: reads::<C> }
}

/// Makes a listener a bot's.
#[must_use]
pub const fn listener<L: Listener>() -> ListenerEntry {
    ListenerEntry { key: StateKey::of::<L::State>, hear: hear::<L> }
}

/// Puts an observer into a bot's index.
#[must_use]
pub const fn observer<O: Observer>() -> ObserverEntry {
    ObserverEntry { key: StateKey::of::<O::State>, note: note::<O> }
}

fn run<C: Command>(
    arguments: Map<String, Value>,
    cx: Cx<()>,
    states: States,
) -> Result<Running, TurnError> {
    let command: C = serde_json::from_value(Value::Object(arguments))
        .map_err(|_| TurnError::Declaration(C::SPEC.name))?;
    let (mut cx, states) = with_state::<C::State>(cx, states)?;
    Ok(Box::pin(async move {
        let outcome = command.run(&mut cx).await;
        put_back(outcome, &cx, states)
    }))
}

fn reads<C: Command>(arguments: Map<String, Value>) -> bool {
    serde_json::from_value::<C>(Value::Object(arguments)).is_ok()
}

fn hear<L: Listener>(text: String, cx: Cx<()>, states: States) -> Result<Running, TurnError> {
    let (mut cx, states) = with_state::<L::State>(cx, states)?;
    Ok(Box::pin(async move {
        let outcome = L::hear(text, &mut cx).await;
        put_back(outcome, &cx, states)
    }))
}

fn note<O: Observer>(event: &Event, states: &mut States) -> Result<(), TurnError> {
    let mut state = states.read::<O::State>(event)?;
    O::note(&mut state, event);
    states.write(event, &state)
}

fn with_state<S: State>(cx: Cx<()>, states: States) -> Result<(Cx<S>, States), TurnError> {
    let state = states.read::<S>(&cx.event)?;
    Ok((Cx { state, event: cx.event, now: cx.now, bot: cx.bot }, states))
}

/// A handler that failed has changed nothing.
fn put_back<S: State>(
    outcome: Outcome,
    cx: &Cx<S>,
    mut states: States,
) -> Result<(Outcome, States), TurnError> {
    if outcome.is_ok() {
        states.write(&cx.event, &cx.state)?;
    }
    Ok((outcome, states))
}

impl Bot {
    /// Whether this event concerns the bot; what does not is acknowledged without being queued.
    ///
    /// In a group, people give commands to other bots and talk to each other.
    #[must_use]
    pub fn wants(&self, event: &Event) -> bool {
        match &event.kind {
            EventKind::Message { .. } => event.addressed,
            EventKind::Command { name, .. } => event.addressed || self.find(name).is_some(),
        }
    }

    /// The states a turn over `event` reads, each once.
    #[must_use]
    pub fn state_keys(&self, event: &Event) -> Vec<StateKey> {
        let handler = match &event.kind {
            EventKind::Message { .. } => (self.listener.key)(event),
            EventKind::Command { name, .. } => {
                self.find(name).and_then(|command| (command.key)(event))
            }
        };
        let mut keys: Vec<StateKey> = self
            .observers
            .iter()
            .filter_map(|observer| (observer.key)(event))
            .chain(handler)
            .collect();
        keys.sort();
        keys.dedup();
        keys
    }

    /// Lets the observers note the event and starts its handler.
    pub(crate) fn start(
        &'static self,
        cx: Cx<()>,
        mut states: States,
    ) -> Result<Running, TurnError> {
        for observer in self.observers {
            (observer.note)(&cx.event, &mut states)?;
        }
        match cx.event.kind.clone() {
            EventKind::Message { text } => (self.listener.hear)(text, cx, states),
            EventKind::Command { name, arguments } => match self.find(&name) {
                Some(command) => {
                    match args::read(&command.spec, &for_command(&command.spec, &name, arguments)) {
                        Ok(arguments) => (command.run)(arguments, cx, states),
                        Err(error) => Ok(Box::pin(std::future::ready(Ok((Err(error), states))))),
                    }
                }
                None => {
                    let error =
                        UsageError::new("I don't know this command. /help lists what I can do.");
                    Ok(Box::pin(std::future::ready(Ok((Err(error), states)))))
                }
            },
        }
    }

    /// The declaration of the command an event gives, if it is one of ours.
    pub(crate) fn spec_of(&self, event: &Event) -> Option<&'static Spec> {
        match &event.kind {
            EventKind::Message { .. } => None,
            EventKind::Command { name, .. } => self.find(name).map(|command| &command.spec),
        }
    }

    fn find(&self, name: &str) -> Option<&'static CommandEntry> {
        let find = |name: &str| self.commands.iter().find(|command| command.spec.name == name);
        // Telegram opens every chat with /start; a bot need not declare it.
        find(name).or_else(|| find("help").filter(|_| name == "start"))
    }
}

/// What a command is given: a command that stands in for another takes nothing that was meant for the other.
fn for_command(spec: &Spec, name: &str, arguments: Arguments) -> Arguments {
    if spec.name == name { arguments } else { Arguments::Text(String::new()) }
}
