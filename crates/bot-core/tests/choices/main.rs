//! Buttons and menus, from the reply that has them to what a press of one changes.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod discord;
mod forged;
#[path = "../support/mod.rs"]
mod support;
mod telegram;
mod topic;
mod world;
