//! Runs the bot's handlers in a test.

use std::sync::Arc;

use bot_core::event::{Arguments, EventKind};
use bot_core::platform::Platform;
use bot_core::state::Stored;
use bot_core::turn::{Occasion, Step, Turn};
use bot_core::{Event, Timestamp};

use crate::BOT;

/// What the bot says to a message.
pub(crate) fn say(text: &str) -> String {
    reply(EventKind::Message { text: text.to_owned() }, 0)
}

/// What the bot says to a command, as its conversation's first message.
pub(crate) fn run(name: &str, rest: &str) -> String {
    reply(command(name, rest), 0)
}

/// What the bot says to a command after so many messages.
pub(crate) fn run_after(messages: u64, name: &str) -> String {
    reply(command(name, ""), messages)
}

fn command(name: &str, rest: &str) -> EventKind {
    EventKind::Command { name: name.to_owned(), arguments: Arguments::Text(rest.to_owned()) }
}

fn reply(kind: EventKind, messages: u64) -> String {
    let event = Event::example(Platform::Telegram, kind);
    let tally = format!(r#"{{"v":1,"value":{{"messages":{messages}}}}}"#);
    let stored = |_: &_| (messages > 0).then(|| Stored { version: 1, json: tally.clone() });
    let states =
        BOT.state_keys(&event, None).into_iter().map(|key| (key.clone(), stored(&key))).collect();
    let occasion = Occasion {
        event: Arc::new(event),
        press: None,
        states,
        known: Vec::new(),
        now: Timestamp::default(),
    };
    let Step::Done(decision) = Turn::begin(&BOT, occasion) else { panic!("it fetches") };
    let replies = decision.expect("no bug").replies;
    replies.iter().map(|reply| reply.as_text()).collect::<Vec<_>>().join("\n---\n")
}
