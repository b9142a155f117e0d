//! The table, the queue, HTTPS to the platforms, and AWS clients built for a short cold start.
//!
//! All are concrete: what they must do is tested through the real SDK against local servers that speak AWS's protocols,
//! so nothing has to stand in for them.

pub mod api;
mod clients;
mod metrics;
mod parameters;
pub mod process;
mod queue;
mod secrets;
mod service;
pub mod setup;
mod table;

pub use clients::{Aws, Patience};
pub use metrics::Metrics;
pub use parameters::ParameterStore;
pub use queue::Queue;
pub use secrets::Configured;
pub use service::Service;
pub use table::Table;
