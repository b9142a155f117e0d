//! The index: one file and one line of [`BOT`] for each command.

mod echo;
mod help;
mod ping;
mod stats;

use bot_core::Bot;
use bot_core::bot::{command, observer};

use crate::say::Say;
use crate::tally::Tally;

/// What the bot does.
pub static BOT: Bot = Bot::new().on_message::<Say>().observers(&[observer::<Tally>()]).commands(&[
    // In the order `/help` lists them.
    command::<help::Help>(),
    command::<ping::Ping>(),
    command::<echo::Echo>(),
    command::<stats::Stats>(),
]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_there_once_and_its_fields_are_its_arguments() {
        assert_eq!(BOT.faults(), Vec::<String>::new());
    }
}
