//! The bot.

mod commands;
mod say;

pub use commands::BOT;
