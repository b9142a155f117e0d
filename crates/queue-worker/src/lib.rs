//! Decides queued events and delivers the replies.
//!
//! What has to be done is bot-core's to say, one effect after the other; this function does it.

mod api;
mod bounded;
mod config;
mod effects;
mod handler;

pub use aws_lambda_events::sqs;

pub use handler::Worker;
