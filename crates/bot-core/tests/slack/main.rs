//! Slack's buttons and menus, and what else is Slack's own.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "../support/mod.rs"]
mod support;

mod choice;
mod happening;
mod way;
mod world;
