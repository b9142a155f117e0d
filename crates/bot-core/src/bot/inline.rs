//! What a bot is asked on the spot, while somebody waits: answered from declarations alone, with no state and nothing to
//! fetch.

use std::panic::catch_unwind;

use super::Bot;
use crate::args;
use crate::command::Spec;
use crate::event::{Event, EventKind};

/// An argument that somebody is writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typing {
    /// The command's name.
    pub command: String,
    /// The argument's.
    pub argument: String,
    /// What there is of it so far.
    pub typed: String,
}

impl Bot {
    /// The declaration whose form is to be opened: the event gives a command that has one, without arguments.
    #[must_use]
    pub(crate) fn form(&self, event: &Event) -> Option<&'static Spec> {
        let EventKind::Command { name, arguments } = &event.kind else { return None };
        let (command, arguments) = self.given(name, arguments)?;
        (command.spec.form.is_some() && args::is_bare(&arguments)).then_some(&command.spec)
    }

    /// Whether what is answered to `event` is for nobody but the person.
    #[must_use]
    pub(crate) fn is_ephemeral(&self, event: &Event) -> bool {
        self.spec_of(event).is_some_and(|spec| spec.ephemeral)
    }

    /// What to offer to somebody who is writing an argument: what its declaration suggests, or the choices that hold what is
    /// typed. An author's function that panics has nothing to offer; one that does not end holds up who calls this.
    #[must_use]
    pub fn suggestions(&self, typing: &Typing) -> Vec<String> {
        let spec = self.specs().find(|spec| spec.name == typing.command);
        let arg = spec.and_then(|spec| spec.args().find(|arg| arg.name == typing.argument));
        let Some(arg) = arg else { return Vec::new() };
        match arg.suggest {
            Some(suggest) => catch_unwind(|| suggest(&typing.typed)).unwrap_or_else(|payload| {
                // A panic can carry anything, even what panics when it is dropped.
                std::mem::forget(payload);
                Vec::new()
            }),
            None => crate::command::matching(arg.choices(), &typing.typed),
        }
    }
}
