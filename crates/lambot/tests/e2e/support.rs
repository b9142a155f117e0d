//! What every test needs: processes, HTTP, and the platforms' side of a conversation.

pub(crate) mod api;
pub(crate) mod discord;
pub(crate) mod folder;
pub(crate) mod http;
pub(crate) mod lambot;
pub(crate) mod parameters;
pub(crate) mod process;
pub(crate) mod queue;
pub(crate) mod signature;
pub(crate) mod slack;
pub(crate) mod telegram;
pub(crate) mod tool;
pub(crate) mod updates;

use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// How long anything may take: much longer than it does, because a build may run beside the tests.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Asks `check` again until it has something.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, mut check: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = check() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// The time since the Unix epoch.
pub(crate) fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap()
}

/// Bodies that are no JSON object of any platform's; where one holds words, `zebra` is one of them.
pub(crate) fn hostile_bodies() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("empty", Vec::new()),
        ("one byte", b"{".to_vec()),
        ("another byte", b"\xff".to_vec()),
        ("cut off", br#"{"update_id":1,"message":{"text":"zebra"#.to_vec()),
        ("10,000 arrays", "[".repeat(10_000).into()),
        ("10,000 objects", r#"{"zebra":"#.repeat(10_000).into()),
        ("no UTF-8", b"{\"zebra\":\"\xff\xfe\"}".to_vec()),
        ("half a character", br#"{"zebra":"\ud83e"}"#.to_vec()),
        ("an array", br#"["zebra"]"#.to_vec()),
        ("a string", br#""zebra""#.to_vec()),
        ("null", b"null".to_vec()),
        ("two objects", br#"{"zebra":1}{"zebra":2}"#.to_vec()),
    ]
}
