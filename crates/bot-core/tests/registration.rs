//! What is read is asked for: a kind of event that a platform is not told of never comes.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "tests read their data")]

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use bot_core::event::Joined;
use bot_core::platform::{Decoded, Platform, slack, telegram};
use bot_core::{Bot, Cx, Greeter, Listener, Reply, UsageError};
use serde_json::Value;
use support::decode;

struct Ear;

impl Listener for Ear {
    type State = ();

    async fn hear(_text: String, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::nothing())
    }
}

impl Greeter for Ear {
    type State = ();

    async fn greet(_joined: Joined, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::nothing())
    }
}

/// The recorded payloads of a platform that are events for the bot.
fn events(platform: Platform) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(platform.slug());
    let files = std::fs::read_dir(folder).expect("payloads");
    let bodies = files.map(|file| std::fs::read(file.expect("readable").path()).expect("readable"));
    let is_event = |body: &Vec<u8>| matches!(decode(platform, body), Ok(Decoded::Event(_)));
    bodies.filter(is_event).filter_map(|body| serde_json::from_slice(&body).ok()).collect()
}

#[test]
fn telegram_is_asked_for_the_updates_that_are_read_and_no_others() {
    let kinds = |update: &Value| {
        let fields = update.as_object().expect("an object").keys().cloned();
        fields.filter(|name| name != "update_id").collect::<Vec<_>>()
    };
    let read: BTreeSet<String> = events(Platform::Telegram).iter().flat_map(kinds).collect();
    let asked: BTreeSet<String> = telegram::UPDATES.iter().map(|&kind| kind.to_owned()).collect();
    assert_eq!(asked, read);
}

#[test]
fn slack_is_asked_for_the_events_that_are_read() {
    let bot = Bot::new().on_message::<Ear>().on_overheard::<Ear>().on_join::<Ear>();
    let manifest = slack::manifest(&bot, "https://bot.example");
    let asked = manifest.pointer("/settings/event_subscriptions/bot_events").expect("events");
    let asked: Vec<&str> =
        asked.as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    let mut read = 0;
    for payload in events(Platform::Slack) {
        let field = |name: &str| payload.pointer(&format!("/event/{name}")).and_then(Value::as_str);
        let name = match (field("type").expect("a type"), field("channel_type")) {
            ("message", Some("im")) => "message.im",
            ("message", Some("mpim")) => "message.mpim",
            ("message", Some("group")) => "message.groups",
            ("message", _) => "message.channels",
            (kind, _) => kind,
        };
        assert!(asked.contains(&name), "{name}");
        read += 1;
    }
    assert!(read > 5, "{read} events");
}
