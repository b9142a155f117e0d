//! The index of a bot whose replies are evidence.

mod number;

use bot_core::Bot;
use bot_core::bot::command;

use crate::say::Say;

/// What the bot does.
pub static BOT: Bot = Bot::new().commands(&[command::<number::Number>()]).on_message::<Say>();
