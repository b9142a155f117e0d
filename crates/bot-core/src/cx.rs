//! What a handler is given besides its arguments.

use std::sync::Arc;

pub use fastrand::Rng;

use crate::bot::Bot;
use crate::command::Spec;
use crate::desk::Desk;
use crate::event::{Event, User};
use crate::fetch::{Fetched, Request};
use crate::hash::seed;
use crate::time::Timestamp;

/// The context of one turn: the state, and what is known of the event.
///
/// Everything here is a value that a second run of the same turn sees again.
pub struct Cx<S> {
    /// What the bot remembers; what a turn leaves here is stored.
    pub state: S,
    now: Timestamp,
    event: Arc<Event>,
    bot: &'static Bot,
    rng: Rng,
    desk: Arc<Desk>,
}

impl Cx<()> {
    pub(crate) fn new(
        bot: &'static Bot,
        event: Arc<Event>,
        desk: Arc<Desk>,
        now: Timestamp,
    ) -> Self {
        let rng = Rng::with_seed(seed(event.key.as_str()));
        Self { state: (), now, event, bot, rng, desk }
    }

    pub(crate) fn with_state<S>(self, state: S) -> Cx<S> {
        let Self { state: (), now, event, bot, rng, desk } = self;
        Cx { state, now, event, bot, rng, desk }
    }
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

    /// Chance: dice and coins, not keys.
    ///
    /// It is seeded by the event's key, so that a second run of the same turn throws the same. Who knows the key could
    /// foretell it.
    pub const fn rng(&mut self) -> &mut Rng {
        &mut self.rng
    }

    /// The declarations of the bot's commands, in the order of its index.
    pub fn commands(&self) -> impl Iterator<Item = &'static Spec> {
        self.bot.specs()
    }

    /// Asks a host that the bot has declared. A failure is a value.
    ///
    /// The request is made before the turn is committed, and may be made again after a crash; it carries an
    /// `Idempotency-Key` that is the same every time. Eight requests may be made in a turn, and all together may take 8
    /// seconds.
    pub fn fetch(&self, request: Request) -> impl Future<Output = Fetched> + Send + use<S> {
        self.desk.ask(request)
    }

    /// Shows that this takes a moment, for what is about to be fetched: a note, or "typing…", as the platform has it.
    ///
    /// It is shown at once and without promises: once, twice after a crash, or not at all.
    pub fn working(&self, notice: impl Into<String>) {
        self.desk.work_on(notice.into());
    }
}
