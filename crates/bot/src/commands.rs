//! The index: one file and one line of [`BOT`] for each command.

mod echo;
mod help;
mod ping;
mod stats;

use bot_core::Bot;
use bot_core::bot::{command, listener, observer};

use crate::say::Say;
use crate::tally::Tally;

/// What the bot does.
pub static BOT: Bot = Bot {
    // In the order `/help` lists them.
    commands: &[
        command::<help::Help>(),
        command::<ping::Ping>(),
        command::<echo::Echo>(),
        command::<stats::Stats>(),
    ],
    listener: listener::<Say>(),
    observers: &[observer::<Tally>()],
};
