//! What the process of every function does alike.

use std::time::SystemTime;

use bot_core::Timestamp;

/// The time.
#[must_use]
pub fn now() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::default().plus(elapsed)
}

/// Makes panics say where they happened and nothing else: their messages may quote what people wrote.
pub fn hush_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
}
