//! What cannot wait for the queue: forms that open, are checked and are sent, suggestions, and who sees an answer.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "each test uses its part")]
#[path = "../support/mod.rs"]
mod support;

mod form;
mod kept;
mod spot;
mod world;
