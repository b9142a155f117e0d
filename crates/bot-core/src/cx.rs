//! What a command is given besides its arguments.

use std::sync::Arc;

use crate::bot::Bot;
use crate::command::Spec;
use crate::event::{Event, User};
use crate::time::Timestamp;

/// The context of one turn: the state, and what is known of the event.
///
/// Everything here is a value that a second run of the same turn sees again.
pub struct Cx<S> {
    /// What the bot remembers; what a turn leaves here is stored.
    pub state: S,
    pub(crate) event: Arc<Event>,
    pub(crate) now: Timestamp,
    pub(crate) bot: &'static Bot,
}

impl<S> Cx<S> {
    /// The time of this turn.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Who is spoken to.
    #[must_use]
    pub fn user(&self) -> &User {
        &self.event.user
    }

    /// The person's language as an IETF tag, where the platform tells it.
    #[must_use]
    pub fn locale(&self) -> Option<&str> {
        self.event.locale.as_deref()
    }

    /// What happened.
    #[must_use]
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// The declarations of the bot's commands, in the order of its index.
    pub fn commands(&self) -> impl Iterator<Item = &'static Spec> {
        self.bot.specs()
    }
}
