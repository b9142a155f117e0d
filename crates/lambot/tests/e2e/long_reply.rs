//! A reply that is longer than one message may be.

use serde_json::Value;

use crate::support::api::{Api, Reply};
use crate::support::lambot::Setup;
use crate::support::telegram;

/// 4,090 characters of words: as much as fits behind `/echo ` into a message of Telegram's.
fn words() -> String {
    let words: String = (1000..).map(|n| format!("{n} ")).take(818).collect();
    assert_eq!(words.len(), 4090);
    words.replace("1001", "\u{1f9c0}-1")
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// What the chat reads: the parts, each of which Telegram takes.
#[track_caller]
fn read(parts: &[String]) -> String {
    assert!(parts.iter().all(|part| units(part) <= 4096), "{parts:?}");
    parts.join(" ")
}

#[test]
fn comes_in_parts_that_lose_nothing() {
    let api = Api::start();
    let lambot = Setup::default().calling(&api).start();
    lambot.accept(&telegram::private(1, &format!("/echo {}", words())));
    lambot.settle();
    let parts = api.texts();
    assert_eq!(parts.len(), 2, "{parts:?}");
    assert_eq!(read(&parts), format!("You said: {}", words().trim()));
    assert!(api.calls().iter().all(|call| call.body["parse_mode"] == Value::Null));
}

#[test]
fn goes_on_with_the_part_that_failed() {
    let api = Api::scripted(|nth, _| (nth == 1).then_some(Reply::status(500, "", "")));
    let lambot = Setup::default().calling(&api).start();
    lambot.accept(&telegram::private(1, &format!("/echo {}", words())));
    lambot.accept(&telegram::private(2, "later"));
    api.wait_for(4);
    lambot.settle();
    let texts = api.texts();
    let [first, failed, second, later] = texts.as_slice() else { panic!("{texts:?}") };
    assert_eq!(failed, second);
    assert_eq!(later, "You said: later");
    let parts = [first.clone(), second.clone()];
    assert_eq!(read(&parts), format!("You said: {}", words().trim()));
}
