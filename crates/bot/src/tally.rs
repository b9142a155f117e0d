//! Counts the messages of a conversation.

use bot_core::{Event, Observer, Scope, State};
use serde::{Deserialize, Serialize};

/// How many messages the bot has been sent in one conversation, commands included.
#[derive(Default, Deserialize, Serialize)]
pub(crate) struct Tally {
    pub(crate) messages: u64,
}

impl State for Tally {
    const NAME: &'static str = "tally";
    const SCOPE: Scope = Scope::Conversation;
}

impl Observer for Tally {
    type State = Self;

    fn note(state: &mut Self, _event: &Event) {
        state.messages += 1;
    }
}
