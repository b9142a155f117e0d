//! What becomes of an event when something fails.

use bot_core::Timestamp;
use bot_core::dead_letter::DeadLetter;
use bot_core::platform::{Call, Method};
use bot_core::worker::record::{Record, Step};
use bot_core::worker::{Delivery, Input, Setup};
use serde_json::json;

use crate::world::*;

#[test]
fn poison_is_recorded_then_buried_and_whoever_waits_is_told() {
    let inputs =
        vec![no_state(), Input::Committed, Input::Buried, Input::Marked, ok(), Input::Marked];
    let asked = play(&envelope("/panic").to_json(), 1, NOW, inputs);
    assert_eq!(
        asked,
        [
            "load 0",
            "commit poison with 2 steps and 0 states",
            "bury: the handler panicked",
            "mark 1 as me",
            SORRY,
            "mark 2 as me",
            "acknowledge Buried(\"the handler panicked\")",
        ]
    );
}

#[test]
fn poison_is_buried_once_whatever_comes_between() {
    let over = "acknowledge Buried(\"the handler panicked\")";
    // (what the mark says, what comes of it, what is asked after it)
    let cases: [(usize, Vec<Input>, &[&str]); 3] = [
        (
            0,
            vec![Input::Buried, Input::Marked, ok(), Input::Marked],
            &["bury: the handler panicked", "mark 1 as me", SORRY, "mark 2 as me", over],
        ),
        (1, vec![ok(), Input::Marked], &[SORRY, "mark 2 as me", "acknowledge Resumed"]),
        (2, vec![], &["acknowledge Duplicate"]),
    ];

    for (confirmed, more, expected) in cases {
        let record = Input::Exists(record("/panic"));
        let mut inputs = vec![no_state(), record, Input::TakenOver(Some(confirmed))];
        inputs.extend(more);
        let asked = play(&envelope("/panic").to_json(), 2, NOW, inputs);
        assert_eq!(asked[3..], *expected, "{confirmed} confirmed");
    }
}

#[test]
fn a_handler_that_does_not_end_is_poison() {
    let condemned = |body: &str, inputs: Vec<Input>| {
        let reason = "the handler does not end".to_owned();
        let (mut delivery, effect) = Delivery::condemn(setup(), body, 1, "me".into(), reason, NOW);
        let mut asked = vec![told(&effect)];
        asked.extend(inputs.into_iter().map(|input| told(&delivery.next(input, NOW))));
        asked
    };
    let bury = "bury: the handler does not end";
    let over = "acknowledge Buried(\"the handler does not end\")";
    let hello = envelope("hello").to_json();

    let asked = condemned(&hello, vec![Input::Committed, Input::Buried, Input::Marked]);
    assert_eq!(asked, ["commit poison with 2 steps and 0 states", bury, "mark 1 as me", "check"]);

    // It was condemned before, and the worker died before it was buried.
    let again = Record::poison("the handler does not end".to_owned(), NOW);
    let inputs =
        vec![Input::Exists(again), Input::TakenOver(Some(0)), Input::Buried, Input::Marked];
    let asked = condemned(&hello, inputs);
    assert_eq!(asked[1..], ["take over as me", bury, "mark 1 as me", over]);

    // What cannot be begun is not condemned.
    assert_eq!(condemned("hello", vec![]), ["bury: no envelope: line 1, column 1"]);
}

#[test]
fn the_platforms_answer_decides_what_is_next() {
    let moved = r#"{"ok":false,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-1001}}"#;
    // (case, status, body, what is asked next)
    let cases = [
        ("busy", 429, r#"{"ok":false,"parameters":{"retry_after":30}}"#, "give back for 3"),
        ("down", 502, "<html>", "give back for 1 s: status 502"),
        ("a proxy's page", 200, "<html>", "give back for 1 s: status 200"),
        (
            "blocked",
            403,
            r#"{"ok":false,"description":"Forbidden: bot was blocked by the user"}"#,
            "mark 1 as me",
        ),
        (
            "our bug",
            400,
            r#"{"ok":false,"description":"Bad Request: message is too long"}"#,
            "bury: refused",
        ),
        ("dead token", 401, r#"{"ok":false,"description":"Unauthorized"}"#, "hold token for 240 s"),
        ("moved", 400, moved, r#"send {"chat_id":-1001,"text":"hello"}"#),
    ];

    for (case, status, body, expected) in cases {
        let inputs = vec![nothing_stored(), Input::Committed, answer(status, body)];
        let asked = play(&envelope("hello").to_json(), 1, NOW, inputs);
        assert!(asked[3].starts_with(expected), "{case}: {}", asked[3]);
    }

    let circles = vec![nothing_stored(), Input::Committed, answer(400, moved), answer(400, moved)];
    let asked = play(&envelope("hello").to_json(), 1, NOW, circles);
    assert_eq!(asked[4], "give back for 1 s: redirected again");
}

#[test]
fn a_refused_part_does_not_keep_back_the_rest() {
    let text = format!("{} {}", "a".repeat(4000), "b".repeat(4000));
    let refused = answer(400, r#"{"ok":false,"description":"Bad Request: message text is empty"}"#);
    let inputs = vec![
        nothing_stored(),
        Input::Committed,
        refused,
        Input::Buried,
        Input::Marked,
        ok(),
        Input::Marked,
    ];
    let asked = play(&envelope(&text).to_json(), 1, NOW, inputs);
    let starts: Vec<&str> = asked.iter().map(|asked| &asked[..asked.len().min(12)]).collect();
    assert_eq!(
        starts[3..],
        ["bury: refuse", "mark 1 as me", "send {\"chat_", "mark 2 as me", "acknowledge "]
    );
}

#[test]
fn outside_failures_leave_the_message_wherever_they_come() {
    let failed = || Input::Failed("no network".to_owned());
    let ways: [Vec<Input>; 5] = [
        vec![failed()],
        vec![nothing_stored(), failed()],
        vec![nothing_stored(), Input::Committed, failed()],
        vec![nothing_stored(), Input::Committed, ok(), failed()],
        vec![nothing_stored(), Input::Exists(record("hello")), failed()],
    ];

    for way in ways {
        let asked = play(&envelope("hello").to_json(), 4, NOW, way);
        let last = asked.last().expect("something");
        assert!(last.ends_with(" s: no network") && last.starts_with("give back for "), "{last}");
    }
}

#[test]
fn messages_nobody_can_decide_are_buried_or_left() {
    let old = Timestamp::from_secs(NOW.as_secs() + 29 * DAY + 1);
    // (case, body, time, what is asked first)
    let cases = [
        ("no envelope", "hello".to_owned(), NOW, "bury: no envelope: line 1, column 1"),
        ("from the future", r#"{"v":3}"#.to_owned(), NOW, "give back for 300 s"),
        ("too old", envelope("hello").to_json(), old, "bury: older than 29 days"),
    ];

    for (case, body, now, expected) in cases {
        let asked = play(&body, 1, now, vec![]);
        assert!(asked[0].starts_with(expected), "{case}: {}", asked[0]);
    }
    let asked = play("hello", 1, NOW, vec![Input::Buried]);
    assert!(asked[1].starts_with("acknowledge Buried("), "{}", asked[1]);
}

#[test]
fn a_recipient_who_is_gone_is_told_nothing_more() {
    let text = format!("{} {}", "a".repeat(4000), "b".repeat(4000));
    let blocked = r#"{"ok":false,"description":"Forbidden: bot was blocked by the user"}"#;
    let inputs = vec![nothing_stored(), Input::Committed, answer(403, blocked), Input::Marked];
    let asked = play(&envelope(&text).to_json(), 1, NOW, inputs);
    assert_eq!(
        asked[3..],
        ["mark 2 as me", "acknowledge Undeliverable(\"bot was blocked by the user\")",]
    );
}

#[test]
fn a_refused_reaction_does_not_keep_back_the_rest() {
    let call = |target: &str, body| {
        Step::Call(Call { method: Method::Post, target: target.to_owned(), body })
    };
    let text = json!({ "chat_id": 42, "text": "hello" });
    let outbox = vec![call("setMessageReaction", json!({})), call("sendMessage", text)];
    let record = Record { outbox, ..record("hello") };
    let refused = r#"{"ok":false,"description":"Bad Request: REACTION_INVALID"}"#;
    let inputs = vec![
        nothing_stored(),
        Input::Exists(record),
        Input::TakenOver(Some(0)),
        answer(400, refused),
        Input::Marked,
        ok(),
        Input::Marked,
    ];
    let asked = play(&envelope("hello").to_json(), 1, NOW, inputs);
    let expected = ["send {}", "mark 1 as me", SEND, "mark 2 as me", "acknowledge Resumed"];
    assert_eq!(asked[3..], expected);
}

#[test]
fn what_cannot_be_sent_is_set_aside() {
    let inputs = vec![nothing_stored(), Input::Committed, Input::Unsendable, Input::Buried];
    let asked = play(&envelope("hello").to_json(), 1, NOW, inputs);
    assert_eq!(asked[3..], ["bury: the request cannot be made", "mark 1 as me"]);
}

#[test]
fn a_missing_token_loses_nothing() {
    let setup = Setup::from_settings(&BOT, &|_: &str| None).expect("settings").into();
    let body = envelope("hello").to_json();
    let (mut delivery, _) = Delivery::begin(setup, &body, 1, "me".into(), NOW);
    delivery.next(nothing_stored(), NOW);
    let asked = told(&next(&mut delivery, Input::Committed, 1, NOW));
    assert_eq!(asked, "give back for 300 s: TELEGRAM_BOT_TOKEN is not set");
}

#[test]
fn every_dead_letter_of_an_event_has_its_own_id_and_the_same_one_again() {
    let envelope = envelope("hello");
    let ids = |nth| DeadLetter::envelope(&envelope, nth, "why".into(), NOW).ids;
    assert_eq!(ids(0), ids(0));
    assert_ne!(ids(0), ids(1));
    assert_ne!(ids(0).deduplication, envelope.deduplication_id());
}
