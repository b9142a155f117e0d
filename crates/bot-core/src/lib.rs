//! Every decision Lambot makes, as functions from values to values: no I/O, no clock, no environment, no runtime.
//!
//! What a decision needs from outside is a parameter, and what it wants done is a value. So the same code runs behind
//! Lambda, behind `cargo run`, in a simulation and in a test, and each of them can show it any case there is.
//!
//! The way of one message: [`ingest`] verifies and reads a webhook and wraps the [`event`] in an [`envelope`];
//! [`worker`] takes it through [`turn`], which runs the author's [`command`], and says what to commit, send and mark.
//! What a [`platform`] speaks stays in its folder.

pub mod action;
pub mod bot;
pub mod command;
pub mod cx;
pub mod dead_letter;
pub mod document;
pub mod echo;
pub mod envelope;
pub mod event;
pub mod fetch;
pub mod http;
pub mod ingest;
pub mod memory;
pub mod metric;
pub mod platform;
pub mod play;
pub mod redrive;
pub mod reply;
pub mod state;
pub mod time;
pub mod turn;
pub mod worker;

mod args;
mod desk;
mod hash;
#[cfg(test)]
mod testing;

pub use action::Action;
pub use bot::Bot;
pub use command::{Arg, Command, Greeter, Listener, Observer, Spec, UsageError};
pub use cx::Cx;
pub use document::escape;
pub use event::Event;
pub use fetch::{Fetched, Host, Request, Secret};
pub use memory::Memory;
pub use platform::Platform;
pub use play::play;
pub use reply::{Reaction, Reply};
pub use state::{Scope, State};
pub use time::Timestamp;

/// The examples of the documentation are tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/commands.md")]
struct Documentation;
