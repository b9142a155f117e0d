//! The worker's protocol, one effect at a time.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod again;
mod count;
mod fetch;
mod hold;
mod hostile;
mod peers;
mod trouble;
mod way;
mod world;
