//! What is wrong with a bot that the compiler does not see.

use super::Bot;
use crate::action;
use crate::args;
use crate::memory::Part;

/// The longest description of a command or an argument: 100 characters, by Discord.
///
/// <https://docs.discord.com/developers/interactions/application-commands>
const MOST_ABOUT: usize = 100;

impl Bot {
    /// What is wrong with it that the compiler does not see; a bot's tests ask for it.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let mut faults = self.faults_of_commands();
        faults.extend(self.faults_of_actions());
        faults.extend(self.faults_of_states());
        let hosts = self.hosts.iter().filter(|host| !host.is_name());
        faults.extend(hosts.map(|host| format!("{} is no name of a host", host.name)));
        faults
    }

    fn faults_of_commands(&self) -> Vec<String> {
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

    /// Actions are told apart by a number made of their names.
    fn faults_of_actions(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (at, action) in self.actions.iter().enumerate() {
            let is_same =
                |earlier: &&super::ActionEntry| action::id(earlier.name) == action::id(action.name);
            match self.actions.iter().take(at).find(is_same).map(|earlier| earlier.name) {
                Some(name) if name == action.name => {
                    faults.push(format!("the action {name} is there twice"));
                }
                Some(name) => faults.push(format!(
                    "the actions {name} and {} look alike in a button: rename one",
                    action.name
                )),
                None => {}
            }
        }
        faults
    }

    /// Two types under one name would read each other's values.
    fn faults_of_states(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut parts: Vec<Part> = Vec::new();
        for memory in self.memories() {
            for (at, part) in memory.iter().enumerate() {
                if memory.iter().take(at).any(|earlier| earlier.id == part.id) {
                    faults.push(format!("a handler remembers the state {} twice", part.name));
                }
                let is_rival = |other: &Part| {
                    (other.name, other.scope) == (part.name, part.scope) && other.id != part.id
                };
                if parts.iter().any(is_rival) {
                    faults.push(format!("two states are called {}", part.name));
                }
            }
            parts.extend(memory);
        }
        faults.sort();
        faults.dedup();
        faults
    }

    fn memories(&self) -> impl Iterator<Item = Vec<Part>> {
        let commands = self.commands.iter().map(|command| command.memory);
        let actions = self.actions.iter().map(|action| action.memory);
        let observers = self.observers.iter().map(|observer| observer.memory);
        let listeners = self.message.iter().chain(&self.overheard).map(|listener| listener.memory);
        let greeters = self.join.iter().map(|join| join.memory);
        let all = commands.chain(actions).chain(observers).chain(listeners).chain(greeters);
        all.map(|memory| memory())
    }
}
