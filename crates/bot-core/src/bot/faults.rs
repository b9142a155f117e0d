//! What is wrong with a bot that the compiler does not see.

mod limits;
mod menus;
#[cfg(test)]
mod tests;

use serde_json::Value;

use super::{Bot, CommandEntry};
use crate::action;
use crate::args;
use crate::command::ArgKind;
use crate::memory::Part;

/// The longest description of a command or an argument: 100 characters, by Discord.
///
/// <https://docs.discord.com/developers/interactions/application-commands>
const MOST_ABOUT: usize = 100;

/// The longest label in a form: 45 characters, by Discord.
///
/// <https://docs.discord.com/developers/components/reference#label>
const MOST_LABEL: usize = 45;

impl Bot {
    /// What is wrong with it that the compiler does not see; a bot's tests ask for it.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let mut faults = self.faults_of_commands();
        faults.extend(self.faults_of_menus());
        faults.extend(self.faults_of_limits());
        faults.extend(self.faults_of_actions());
        faults.extend(self.faults_of_states());
        faults.extend(self.faults_of_hosts());
        faults
    }

    fn faults_of_commands(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (at, command) in self.commands.iter().enumerate() {
            let name = command.spec.name;
            if self.commands.iter().take(at).any(|earlier| earlier.spec.name == name) {
                faults.push(format!("/{name} is there twice"));
            }
            let is_below = |other: &CommandEntry| {
                other.spec.name.strip_prefix(name).is_some_and(|rest| rest.starts_with(' '))
            };
            if self.commands.iter().any(is_below) {
                faults
                    .push(format!("/{name} has subcommands, so Discord cannot offer it by itself"));
            }
            let takes = |kind: ArgKind| command.spec.args().any(|arg| arg.kind == kind);
            if command.spec.on_message.is_some() && !takes(ArgKind::Text)
                || command.spec.on_user.is_some() && !takes(ArgKind::User)
            {
                faults.push(format!(
                    "/{name} stands in a menu and has no argument for what is chosen"
                ));
            }
            let labels = command.spec.args().map(|arg| arg.about.chars().count());
            if command.spec.form.is_some() && labels.max().unwrap_or_default() > MOST_LABEL {
                faults.push(format!(
                    "the form of /{name} has a label of more than {MOST_LABEL} characters"
                ));
            }
            let mut abouts = command.spec.args().map(|arg| arg.about).chain([command.spec.about]);
            if !abouts.all(|about| (1..=MOST_ABOUT).contains(&about.chars().count())) {
                faults.push(format!(
                    "/{name} is described in none or more than {MOST_ABOUT} characters"
                ));
            }
            let strangers = faults_of_fields(command);
            let all = args::examples(command.spec.args());
            let required = args::examples(command.spec.args().filter(|arg| arg.required));
            if strangers.is_empty() && !all.into_iter().chain(required).all(command.reads) {
                faults.push(format!("the fields of /{name} do not fit its declared arguments"));
            }
            faults.extend(strangers);
        }
        faults
    }

    fn faults_of_hosts(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (at, host) in self.hosts.iter().enumerate() {
            if !host.is_name() {
                faults.push(format!("{} is no name of a host", host.name));
            }
            // Only the secret of the first would ever be sent.
            if self.hosts.iter().take(at).any(|earlier| earlier.name == host.name) {
                faults.push(format!("the host {} is there twice", host.name));
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

    pub(super) fn memories(&self) -> impl Iterator<Item = Vec<Part>> {
        let commands = self.commands.iter().map(|command| command.memory);
        let actions = self.actions.iter().map(|action| action.memory);
        let observers = self.observers.iter().map(|observer| observer.memory);
        let listeners = self.message.iter().chain(&self.overheard).map(|listener| listener.memory);
        let greeters = self.join.iter().map(|join| join.memory);
        let all = commands.chain(actions).chain(observers).chain(listeners).chain(greeters);
        all.map(|memory| memory())
    }
}

/// Fields that no argument fills and arguments that no field takes: where both may be missing, they read as nothing.
fn faults_of_fields(command: &CommandEntry) -> Vec<String> {
    let Some(fields) = (command.fields)() else { return Vec::new() };
    let name = command.spec.name;
    let is_argument = |field: &str| command.spec.args().any(|arg| arg.name == field);
    // A second name of a field that has its argument never reads beside it.
    let reads_beside = |field: &str| {
        let values = [Value::Null, Value::from("text"), Value::from(1), Value::from(true)];
        let mut all = args::examples(command.spec.args());
        let Some(all) = all.pop() else { return false };
        values.into_iter().any(|value| {
            let mut with_field = all.clone();
            with_field.insert(field.to_owned(), value);
            (command.reads)(with_field)
        })
    };
    let idle = command.spec.args().map(|arg| arg.name).filter(|name| !fields.contains(name));
    let idle = idle.map(|arg| format!("the argument {arg} of /{name} is no field"));
    let empty = fields.iter().filter(|field| !is_argument(field) && reads_beside(field));
    let empty = empty.map(|field| format!("the field {field} of /{name} is no argument"));
    idle.chain(empty).collect()
}
