//! Limits that are wider than a conversation.

use bot_core::worker::{Delivery, Input};

use crate::world::*;

fn asked_for(inputs: Vec<Input>) -> Vec<String> {
    let body = envelope("hello").to_json();
    let (mut delivery, _) = Delivery::begin(setup(), &body, 1, "me".into(), NOW);
    inputs.into_iter().map(|input| told(&delivery.next(input, NOW))).collect()
}

#[test]
fn a_limit_that_holds_holds_this_one_too() {
    let later = |secs| Some(NOW.plus(std::time::Duration::from_secs(secs)));
    // (until when, what is asked for)
    let cases = [
        (None, SEND.to_owned()),
        (Some(NOW), SEND.to_owned()),
        (later(30), "give back for 3".to_owned()),
        (later(3600), "give back for 300 s: its platform is limiting us".to_owned()),
    ];
    for (until, expected) in cases {
        let asked = asked_for(vec![nothing_stored(), Input::Committed, Input::HeldUntil(until)]);
        assert!(asked[2].starts_with(&expected), "{until:?}: {}", asked[2]);
    }
}

#[test]
fn a_refused_token_holds_everybody_and_loses_nothing() {
    let refused = answer(401, r#"{"ok":false,"description":"Unauthorized"}"#);
    let inputs =
        vec![nothing_stored(), Input::Committed, Input::HeldUntil(None), refused, Input::Noted];
    let asked = asked_for(inputs);
    assert_eq!(asked[3..], ["hold for 300 s", "give back for 300 s: not authorised: status 401"]);
}

#[test]
fn a_chat_that_is_limited_holds_nobody_else() {
    let limited = answer(429, r#"{"ok":false,"parameters":{"retry_after":30}}"#);
    let inputs = vec![nothing_stored(), Input::Committed, Input::HeldUntil(None), limited];
    assert!(asked_for(inputs)[3].starts_with("give back for 3"));
}
