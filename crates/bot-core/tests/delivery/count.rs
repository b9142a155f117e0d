//! What a delivery counts on its way.

use std::time::Duration;

use bot_core::Timestamp;
use bot_core::envelope::Envelope;
use bot_core::metric::{Metric, Name};
use bot_core::worker::{Delivery, Input};

use crate::world::*;

/// A message that was sent three seconds before it is delivered.
fn hello(text: &str) -> Envelope {
    let mut envelope = envelope(text);
    envelope.event.sent_at = Some(Timestamp::from_secs(NOW.as_secs() - 3));
    envelope
}

fn counted(envelope: &Envelope, inputs: Vec<Input>) -> Vec<Metric> {
    let (mut delivery, _) = Delivery::begin(setup(), &envelope.to_json(), 1, "me".into(), NOW);
    let mut counted = Vec::new();
    for input in inputs {
        next(&mut delivery, input, 1, NOW);
        counted.extend(delivery.counted());
    }
    counted
}

#[test]
fn what_happens_on_the_way_is_counted_once() {
    let begun = |more: Vec<Input>| -> Vec<Input> {
        [nothing_stored(), Input::Committed].into_iter().chain(more).collect()
    };
    let resumed = |more: Vec<Input>| -> Vec<Input> {
        let exists = Input::Exists(record("hello"));
        [nothing_stored(), exists].into_iter().chain(more).collect()
    };
    let decided = || Metric::from(Name::Decided);
    let latency = || Metric::latency(Duration::from_secs(3));
    let unauthorized = r#"{"ok":false,"description":"Unauthorized"}"#;
    let blocked = r#"{"ok":false,"description":"Forbidden: bot was blocked by the user"}"#;
    // (case, what happens, what is counted)
    let cases = [
        ("answered", begun(vec![ok(), Input::Marked]), vec![decided(), latency()]),
        (
            "a worker died before",
            resumed(vec![Input::TakenOver(Some(0)), ok(), Input::Marked]),
            vec![latency()],
        ),
        ("all was said before", resumed(vec![Input::TakenOver(Some(1))]), vec![]),
        ("not yet said", begun(vec![answer(502, "<html>")]), vec![decided()]),
        ("limited", begun(vec![answer(429, "{}")]), vec![decided(), Name::Limited.into()]),
        (
            "a dead token",
            begun(vec![answer(401, unauthorized)]),
            vec![decided(), Name::TokenRefused.into()],
        ),
        ("nobody is there", begun(vec![answer(403, blocked), Input::Marked]), vec![decided()]),
        ("not committed", vec![nothing_stored(), Input::Conflict], vec![]),
    ];
    for (case, inputs, expected) in cases {
        assert_eq!(counted(&hello("hello"), inputs), expected, "{case}");
    }
}

#[test]
fn what_is_set_aside_is_not_decided_and_answers_nobody() {
    let inputs =
        vec![no_state(), Input::Committed, Input::Buried, Input::Marked, ok(), Input::Marked];
    assert_eq!(counted(&hello("/panic"), inputs), []);
}

#[test]
fn the_latency_of_what_was_taken_out_is_its_engineers() {
    let inputs = vec![nothing_stored(), Input::Committed, ok(), Input::Marked];
    assert_eq!(counted(&hello("hello").taken_out(None), inputs), [Name::Decided.into()]);
}

#[test]
fn a_missing_token_is_counted_like_a_dead_one() {
    let setup = bot_core::worker::Setup::from_settings(&BOT, &|_: &str| None).expect("settings");
    let body = hello("hello").to_json();
    let (mut delivery, _) = Delivery::begin(setup.into(), &body, 1, "me".into(), NOW);
    delivery.next(nothing_stored(), NOW);
    next(&mut delivery, Input::Committed, 1, NOW);
    assert_eq!(delivery.counted(), [Name::Decided.into(), Name::TokenRefused.into()]);
}
