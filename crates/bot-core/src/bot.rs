//! A bot: the index of what it can do.
//!
//! Types are erased here, so that a bot is a constant: functions hold a `&'static Bot` and know no command's type.

mod entry;
mod faults;
mod given;
mod inline;

use std::collections::BTreeSet;
use std::future::ready;

use crate::action::{Packed, Press, PressError, is_token};
use crate::args;
use crate::command::{Greeter, Listener, Spec, UsageError};
use crate::cx::Cx;
use crate::event::{Event, EventKind, Joined, Moved};
use crate::fetch::Host;
use crate::memory::{Part, States};
use crate::reply::Reply;
use crate::state::{Scope, StateKey};
use crate::turn::TurnError;

use entry::Handler;
pub use entry::{ActionEntry, CommandEntry, ObserverEntry, action, command, observer};
pub(crate) use entry::{Outcome, Running};
pub use inline::Typing;

/// A bot.
#[derive(Clone, Copy, Debug)]
pub struct Bot {
    commands: &'static [CommandEntry],
    actions: &'static [ActionEntry],
    observers: &'static [ObserverEntry],
    message: Option<Handler<String>>,
    overheard: Option<Handler<String>>,
    join: Option<Handler<Joined>>,
    hosts: &'static [Host],
}

impl Default for Bot {
    fn default() -> Self {
        Self::new()
    }
}

impl Bot {
    /// A bot that does nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            commands: &[],
            actions: &[],
            observers: &[],
            message: None,
            overheard: None,
            join: None,
            hosts: &[],
        }
    }

    /// Its commands, in the order `/help` lists them.
    #[must_use]
    pub const fn commands(mut self, commands: &'static [CommandEntry]) -> Self {
        self.commands = commands;
        self
    }

    /// What its buttons and menus do.
    #[must_use]
    pub const fn actions(mut self, actions: &'static [ActionEntry]) -> Self {
        self.actions = actions;
        self
    }

    /// What it notes of every event.
    #[must_use]
    pub const fn observers(mut self, observers: &'static [ObserverEntry]) -> Self {
        self.observers = observers;
        self
    }

    /// What it says to a message that is meant for it and no command: a direct message, or one that mentions it.
    #[must_use]
    pub const fn on_message<L: Listener>(mut self) -> Self {
        self.message = Some(entry::listener::<L>());
        self
    }

    /// What it says to a message that is not meant for it, where a platform lets it listen.
    #[must_use]
    pub const fn on_overheard<L: Listener>(mut self) -> Self {
        self.overheard = Some(entry::listener::<L>());
        self
    }

    /// What it says when people come into a conversation, or when it does itself.
    #[must_use]
    pub const fn on_join<G: Greeter>(mut self) -> Self {
        self.join = Some(entry::greeter::<G>());
        self
    }

    /// The hosts its handlers fetch from, by https. They reach no other.
    #[must_use]
    pub const fn hosts(mut self, hosts: &'static [Host]) -> Self {
        self.hosts = hosts;
        self
    }

    /// The declarations of its commands.
    pub fn specs(&self) -> impl Iterator<Item = &'static Spec> + use<> {
        self.commands.iter().map(|command| &command.spec)
    }

    /// The environment variables of the secrets it has declared for its hosts.
    pub fn secrets(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.hosts.iter().filter_map(|host| host.secret)
    }

    /// Whether it listens to what is not meant for it.
    pub(crate) const fn overhears(&self) -> bool {
        self.overheard.is_some()
    }

    /// Whether it greets people.
    pub(crate) const fn greets(&self) -> bool {
        self.join.is_some()
    }

    /// The hosts it has declared.
    pub(crate) const fn declared_hosts(&self) -> &'static [Host] {
        self.hosts
    }

    /// Whether this event concerns the bot; what does not is acknowledged without being queued.
    ///
    /// In a group, people give commands to other bots and talk to each other.
    #[must_use]
    pub fn wants(&self, event: &Event) -> bool {
        match &event.kind {
            EventKind::Message { .. } => self.listener(event).is_some(),
            EventKind::Command { name, arguments } => {
                event.addressed || self.given(name, arguments).is_some()
            }
            EventKind::Press { token } => is_token(token),
            EventKind::Joined(_) => self.join.is_some(),
            EventKind::Moved(moved) => !self.moving(event, moved).is_empty(),
        }
    }

    /// The states a turn over `event` reads, each once.
    #[must_use]
    pub fn state_keys(&self, event: &Event, press: Option<&Press>) -> Vec<StateKey> {
        if let EventKind::Moved(moved) = &event.kind {
            let moving = self.moving(event, moved);
            return moving.into_iter().flat_map(|(from, to)| [from, to]).collect();
        }
        let memory: Option<fn() -> Vec<Part>> = match &event.kind {
            EventKind::Message { .. } => self.listener(event).map(|listener| listener.memory),
            EventKind::Command { name, arguments } => {
                self.given(name, arguments).map(|(command, _)| command.memory)
            }
            EventKind::Press { .. } => {
                press.and_then(|press| self.find_action(press)).map(|action| action.memory)
            }
            EventKind::Joined(_) => self.join.map(|join| join.memory),
            EventKind::Moved(_) => None,
        };
        let memories = self.observers.iter().map(|observer| observer.memory).chain(memory);
        let parts = memories.flat_map(|memory| memory());
        let mut keys: Vec<StateKey> = parts.map(|part| (part.key)(event)).collect();
        keys.sort();
        keys.dedup();
        keys
    }

    /// Lets the observers note the event and starts its handler.
    pub(crate) fn start(
        &'static self,
        press: Option<Result<Press, PressError>>,
        cx: Cx<()>,
        mut states: States,
    ) -> Result<Running, TurnError> {
        if let EventKind::Moved(moved) = &cx.event().kind {
            // Nobody has said or done anything.
            for (from, to) in self.moving(cx.event(), moved) {
                states.carry(&from, &to);
            }
            return Ok(Box::pin(ready(Ok((Ok(Reply::nothing()), states)))));
        }
        for observer in self.observers {
            (observer.note)(cx.event(), &mut states)?;
        }
        match cx.event().kind.clone() {
            EventKind::Message { text } => match self.listener(cx.event()) {
                Some(listener) => (listener.start)(text, cx, states),
                None => Ok(failed(UsageError::new("I have nothing to say to that."), states)),
            },
            EventKind::Command { name, arguments } => {
                let Some((command, arguments)) = self.given(&name, &arguments) else {
                    return Ok(failed(self.unknown(&name), states));
                };
                if let Some(asked) = args::asked(&command.spec, &arguments, cx.event().into()) {
                    return Ok(failed(asked, states));
                }
                match args::read(&command.spec, &arguments, cx.event().into()) {
                    Ok(arguments) => (command.start)(arguments, cx, states),
                    Err(error) => Ok(failed(error, states)),
                }
            }
            EventKind::Press { .. } => {
                let press = press.unwrap_or(Err(PressError::Unknown));
                let unpacked = press.and_then(|press| {
                    let action = self.find_action(&press);
                    action
                        .and_then(|action| (action.unpack)(&press.fields))
                        .ok_or(PressError::Unknown)
                });
                match unpacked {
                    Ok(start) => start(cx, states),
                    Err(error) => Ok(failed(UsageError::new(error.to_string()), states)),
                }
            }
            EventKind::Joined(joined) => match self.join {
                Some(join) => (join.start)(joined, cx, states),
                None => Ok(failed(UsageError::new("I do not greet."), states)),
            },
            EventKind::Moved(_) => Ok(failed(UsageError::new("I have moved."), states)),
        }
    }

    /// The places of what is remembered of a conversation, before and after it `moved`.
    fn moving(&self, event: &Event, moved: &Moved) -> Vec<(StateKey, StateKey)> {
        let of = |conversation: &str| Event { conversation: conversation.into(), ..event.clone() };
        let (from, to) = (of(&moved.from), of(&moved.to));
        let parts = self.memories().flatten().filter(|part| part.scope == Scope::Conversation);
        let places: BTreeSet<_> = parts.map(|part| ((part.key)(&from), (part.key)(&to))).collect();
        places.into_iter().collect()
    }

    /// The declaration of the command an event gives, if it is one of ours.
    pub(crate) fn spec_of(&self, event: &Event) -> Option<&'static Spec> {
        match &event.kind {
            EventKind::Command { name, arguments } => {
                self.given(name, arguments).map(|(command, _)| &command.spec)
            }
            EventKind::Message { .. }
            | EventKind::Press { .. }
            | EventKind::Joined(_)
            | EventKind::Moved(_) => None,
        }
    }

    const fn listener(&self, event: &Event) -> Option<Handler<String>> {
        if event.addressed { self.message } else { self.overheard }
    }

    /// The name of an action that a button has and the bot has not.
    pub(crate) fn lacks(&self, action: &Packed) -> Option<&'static str> {
        let press = Press { id: action.id, version: action.version, fields: Vec::new() };
        self.find_action(&press).is_none().then_some(action.name)
    }

    fn find_action(&self, press: &Press) -> Option<&'static ActionEntry> {
        let is_it = |action: &&ActionEntry| {
            crate::action::id(action.name) == press.id && action.version == press.version
        };
        self.actions.iter().find(is_it)
    }
}

fn failed(error: UsageError, states: States) -> Running {
    Box::pin(ready(Ok((Err(error), states))))
}
