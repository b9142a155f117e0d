//! Any text, again and again until it is longer than a message of each platform.

#![no_main]

use bot_core::document::check;
use libfuzzer_sys::fuzz_target;

/// More than two messages of the platform that takes the longest.
const LONG: usize = 10_000;

fuzz_target!(|text: &str| {
    if !text.is_empty() {
        let long = text.repeat(LONG.div_ceil(text.len()));
        check::markdown(&long);
        check::text(&long);
    }
});
