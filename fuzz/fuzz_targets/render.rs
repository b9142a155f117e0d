//! Any text, said on each platform as markdown and as plain text.

#![no_main]

use bot_core::document::check;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    check::markdown(text);
    check::text(text);
});
