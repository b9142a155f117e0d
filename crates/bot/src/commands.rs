//! The index: one file and one line of [`BOT`] for each command.

mod aloud;
mod echo;
mod emoji;
mod feedback;
mod help;
mod like;
mod long;
mod ping;
mod stats;
mod table;
mod tap;
mod wave;
mod weather;
mod whoami;

use bot_core::Bot;
use bot_core::bot::{action, command, observer};

use crate::say::Say;
use crate::sky;
use crate::tally::Tally;

/// What the bot does.
pub static BOT: Bot = Bot::new()
    .commands(&[
        // In the order `/help` lists them.
        command::<help::Help>(),
        command::<ping::Ping>(),
        command::<echo::Echo>(),
        command::<stats::Stats>(),
        command::<table::Table>(),
        command::<long::Long>(),
        command::<like::Like>(),
        command::<aloud::Aloud>(),
        command::<tap::Tap>(),
        command::<weather::Weather>(),
        command::<emoji::Emoji>(),
        command::<wave::Wave>(),
        command::<whoami::Whoami>(),
        command::<feedback::Feedback>(),
    ])
    .actions(&[action::<tap::Tapped>(), action::<weather::Show>(), action::<weather::Prefer>()])
    .on_message::<Say>()
    .observers(&[observer::<Tally>()])
    .hosts(sky::HOSTS);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_wrong_with_the_index() {
        assert_eq!(BOT.faults(), Vec::<String>::new());
    }
}
