//! The function over batches, with the real SDK, local stores and a stand-in for a platform's API.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod batch;
mod endless;
mod fetch;
mod hide;
mod limit;
mod peers;
mod race;
mod world;
