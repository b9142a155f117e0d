//! The index of a bot whose replies are evidence.

mod number;

use bot_core::Bot;
use bot_core::bot::command;

/// What the bot does.
pub static BOT: Bot = Bot::new().commands(&[command::<number::Number>()]);
