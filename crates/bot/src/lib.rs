//! The bot. Everything its author writes is in this crate.

mod commands;
mod say;
mod sky;
mod tally;

pub use commands::BOT;
