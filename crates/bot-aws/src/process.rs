//! What the process of every function does alike.

use std::time::SystemTime;

use anyhow::Context as _;
use bot_core::Timestamp;
use bot_core::platform::Lookup;

/// The time.
#[must_use]
pub fn now() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::default().plus(elapsed)
}

/// A name that no other process has: its number, which one in another place or a later one may have too, and the time in
/// nanoseconds.
#[must_use]
pub fn name() -> String {
    let elapsed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    format!("{}-{}", elapsed.as_nanos(), std::process::id())
}

/// A variable that has to be set.
///
/// # Errors
///
/// It is not, or is empty: fail at start-up, the error names it.
pub fn required(settings: &Lookup<'_>, name: &str) -> anyhow::Result<String> {
    settings(name).filter(|value| !value.is_empty()).with_context(|| format!("{name} is not set"))
}

/// Makes panics say where they happened and nothing else: their messages may quote what people wrote.
pub fn hush_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
}
