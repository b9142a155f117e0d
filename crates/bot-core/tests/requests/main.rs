//! What the worker can send: that platforms take it, and that it is what the documentation says they can do.
//!
//! `REQUESTS` may name a file that the requests are written to, for a validator of the platforms' own specifications.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "tests read their data")]

mod catalogue;
mod feature;
mod shape;
#[path = "../support/mod.rs"]
mod support;
