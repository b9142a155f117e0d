//! Accepts platform webhooks and queues what is in them.
//!
//! Platforms give up on a webhook within a few seconds, so this function only checks the request, queues the event and
//! answers. queue-worker does the rest.

mod config;
mod handler;

pub use handler::Ingest;
