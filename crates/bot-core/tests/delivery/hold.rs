//! Limits that are wider than a conversation.

use std::iter;

use bot_core::envelope::Envelope;
use bot_core::platform::{ApiAnswer, Call, Holds, Method, Platform};
use bot_core::worker::record::{Record, Step};
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

/// For how many seconds something is given back, and why.
fn given_back(asked: &str) -> (u64, &str) {
    let (secs, why) = asked
        .strip_prefix("give back for ")
        .and_then(|asked| asked.split_once(" s: "))
        .unwrap_or_else(|| panic!("{asked}"));
    (secs.parse().expect("a number"), why)
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
    assert_eq!(asked[2], "hold token for 240 s");
    // Others may call before it does.
    let (secs, why) = given_back(&asked[3]);
    assert!((241..300).contains(&secs), "{secs} s");
    assert_eq!(why, "not authorised: status 401");
}

#[test]
fn a_limit_that_could_not_be_noted_is_told() {
    let refused = answer(401, r#"{"ok":false,"description":"Unauthorized"}"#);
    let failed = Input::Failed("too busy".to_owned());
    let asked = asked_for(&envelope("hello"), vec![nothing_held(), refused, failed]);
    let why = "not authorised: status 401; and it could not be noted: too busy";
    assert_eq!(given_back(&asked[3]).1, why);
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

#[test]
fn what_has_taken_its_last_is_asked_again_when_it_takes_more() {
    const FOLLOW_UP: &str = "/webhooks/9/tok";

    // Full and held as often before: that is no failure.
    let attempt = 40;
    let full = || {
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let rate_limit = [field("remaining", "0"), field("reset-after", "40.5")].into();
        Input::Answered(ApiAnswer { status: 200, rate_limit, ..ApiAnswer::default() })
    };
    let (rest, sent) = ("give back for 4", "send null");
    // (case, the answer to a follow-up, what is called next, so many seconds later, what is asked for)
    let cases = [
        ("the same", full(), FOLLOW_UP, 0, rest),
        ("the same, almost late enough", full(), FOLLOW_UP, 40, "give back for 1 s: "),
        ("the same, late enough", full(), FOLLOW_UP, 41, sent),
        ("of another interaction", full(), "/webhooks/9/other", 0, sent),
        ("the same, of which there is more", ok(), FOLLOW_UP, 0, sent),
    ];
    for (case, answer, target, later, expected) in cases {
        let mut envelope = envelope("hello");
        envelope.event.platform = Platform::Discord;
        let step = |target: &str| {
            let target = target.to_owned();
            Step::Call(Call { method: Method::Post, target, body: serde_json::Value::Null })
        };
        let record = Record { outbox: vec![step(FOLLOW_UP), step(target)], ..record("hello") };
        let body = envelope.to_json();
        let (mut delivery, _) = Delivery::begin(setup(), &body, attempt, "me".into(), NOW);
        let inputs = [Input::Found(Some((record, 0))), Input::TakenOver(Some(0)), nothing_held()];
        for input in inputs.into_iter().chain([answer]) {
            delivery.next(input, NOW);
        }
        let later = NOW.plus(std::time::Duration::from_secs(later));
        let asked = told(&next(&mut delivery, Input::Marked, attempt, later));
        assert!(asked.starts_with(expected), "{case}: {asked}");
    }
}

#[test]
fn waiting_as_told_is_no_failure_and_a_success_ends_a_row_of_them() {
    const ATTEMPT: u32 = 40;

    let text = format!("{} {}", "a".repeat(4000), "b".repeat(4000));
    let (begun, one_said) = (Some(0), Some(1));
    let limited = || answer(429, r#"{"ok":false,"parameters":{"retry_after":3}}"#);
    let down = || answer(502, "<html>");
    let succeeded = |then: Input| vec![nothing_held(), ok(), Input::Marked, nothing_held(), then];
    // (case, what is confirmed, what comes of it, for how many seconds it is given back)
    let cases = [
        ("held", begun, vec![held("token", 3)], 3..4),
        ("limited", begun, vec![nothing_held(), limited()], 3..4),
        ("limited, after a success", begun, succeeded(limited()), 3..4),
        ("down", one_said, vec![nothing_held(), down()], 240..300),
        ("down, after a success", begun, succeeded(down()), 1..2),
    ];
    for (case, confirmed, inputs, expected) in cases {
        let body = envelope(&text).to_json();
        let (mut delivery, _) = Delivery::begin(setup(), &body, ATTEMPT, "me".into(), NOW);
        let mut asked = delivery.next(Input::Found(Some((record(&text), 0))), NOW);
        for input in iter::once(Input::TakenOver(confirmed)).chain(inputs) {
            asked = delivery.next(input, NOW);
        }
        let asked = told(&asked);
        assert!(expected.contains(&given_back(&asked).0), "{case}: {asked}");
    }
}
