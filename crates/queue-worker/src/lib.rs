//! Decides queued events and delivers the replies.
//!
//! What has to be done is bot-core's to say, one effect after the other; this function does it.

mod api;
pub mod config;
mod effects;
mod handler;

pub use aws_lambda_events::sqs;

pub use handler::Worker;

/// Makes panics say where they happened and nothing else: their messages may quote what people wrote.
pub fn hush_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
}
