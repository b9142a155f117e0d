//! The index: one file and one line of [`BOT`] for each command.

mod count;
mod help;

use bot_core::Bot;
use bot_core::bot::{action, command};

use crate::say::Say;

/// What the bot does.
pub static BOT: Bot = Bot::new()
    .commands(&[command::<help::Help>(), command::<count::Count>()])
    .actions(&[action::<count::Add>()])
    .on_message::<Say>();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_wrong_with_the_index() {
        assert_eq!(BOT.faults(), Vec::<String>::new());
    }
}
