//! The bot. Everything its author writes is in this crate.

mod commands;
mod say;
mod tally;
#[cfg(test)]
mod testing;

pub use commands::BOT;
