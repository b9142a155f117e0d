//! Limits that are wider than a conversation.

use bot_core::envelope::Envelope;
use bot_core::platform::Holds;
use bot_core::worker::{Delivery, Input};
use serde_json::json;

use crate::world::*;

/// What is asked for after the commit of what answers `envelope`.
fn asked_for(envelope: &Envelope, inputs: Vec<Input>) -> Vec<String> {
    let (mut delivery, _) = Delivery::begin(setup(), &envelope.to_json(), 1, "me".into(), NOW);
    delivery.next(nothing_stored(), NOW);
    let asked = [Input::Committed].into_iter().chain(inputs);
    asked.map(|input| told(&delivery.next(input, NOW))).collect()
}

/// Another conversation of a chat that has several.
fn in_a_topic() -> Envelope {
    let mut envelope = envelope("hello");
    envelope.event.conversation = "-1001:5".to_owned();
    envelope.event.address =
        serde_json::from_value(json!({ "chat_id": -1001, "topic": 5 })).expect("an address");
    envelope
}

fn held(name: &str, secs: u64) -> Input {
    let until = NOW.plus(std::time::Duration::from_secs(secs));
    Input::Held(Holds::from_iter([(name.to_owned(), until)]))
}

#[test]
fn a_limit_that_holds_holds_what_is_under_it_and_nothing_else() {
    let (chat, topic) = (envelope("hello"), in_a_topic());
    let sent = r#"send {"chat_id":"#;
    // (where, what holds, for so many seconds, what is asked for)
    let cases = [
        (&chat, "token", 0, sent),
        (&chat, "token", 30, "give back for 3"),
        (&chat, "token", 3600, "give back for 300 s: its platform is limiting us"),
        (&chat, "chat#-1001", 30, sent),
        (&chat, "a limit of later", 30, sent),
        (&topic, "token", 30, "give back for 3"),
        (&topic, "chat#-1001", 30, "give back for 3"),
        (&topic, "chat#-1002", 30, sent),
    ];
    for (envelope, name, secs, expected) in cases {
        let asked = asked_for(envelope, vec![held(name, secs)]);
        assert_eq!(asked[0], "check", "{name}");
        assert!(asked[1].starts_with(expected), "{name} for {secs} s: {}", asked[1]);
    }
}

#[test]
fn a_refused_token_holds_everybody_and_loses_nothing() {
    let refused = answer(401, r#"{"ok":false,"description":"Unauthorized"}"#);
    let asked = asked_for(&envelope("hello"), vec![nothing_held(), refused, Input::Noted]);
    let expected = ["hold token for 300 s", "give back for 300 s: not authorised: status 401"];
    assert_eq!(asked[2..], expected);
}

#[test]
fn a_chat_that_is_limited_holds_its_other_topics_and_nobody_else() {
    let limited = || answer(429, r#"{"ok":false,"parameters":{"retry_after":30}}"#);
    let asked = asked_for(&in_a_topic(), vec![nothing_held(), limited(), Input::Noted]);
    assert_eq!(asked[2], "hold chat#-1001 for 30 s");
    assert!(asked[3].starts_with("give back for 3"), "{}", asked[3]);
    // A private chat is one conversation, which giving it back holds.
    let asked = asked_for(&envelope("hello"), vec![nothing_held(), limited()]);
    assert!(asked[2].starts_with("give back for 3"), "{}", asked[2]);
}
