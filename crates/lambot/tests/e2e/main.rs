//! The whole pipeline from outside: requests as platforms send them go into a running `lambot`, and what the bot says
//! arrives at a stand-in for the platforms' APIs.
//!
//! Nothing of the product is linked in, so these tests hold whatever becomes of the inside. Every test has a process
//! and ports of its own.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what cannot be done is a test that has failed"
)]

mod chat;
mod choices;
mod dead_letter;
mod dlq;
mod doctor;
mod forgery;
mod hostile;
mod log;
mod long_reply;
mod new;
mod peers;
mod polling;
mod register;
mod repetition;
mod replay;
mod reply;
mod restart;
mod route;
mod secrets;
mod start;
mod stop;
mod support;
mod trouble;
