//! Events that are delivered again: because a process died, or because somebody took them out of the dead-letter queue.

use bot_core::platform::{Call, Method};
use bot_core::worker::record::{Record, RecordKey, Step};
use bot_core::worker::{Delivery, Effect, Input};
use bot_core::{Reply, Timestamp};
use serde_json::json;

use crate::world::*;

/// Feeds a delivery and writes down everything it asks for.
fn all_of(body: &str, attempt: u32, inputs: Vec<Input>) -> Vec<String> {
    let (mut delivery, effect) = Delivery::begin(setup(), body, attempt, "me".into(), NOW);
    let mut asked = vec![told(&effect)];
    asked.extend(inputs.into_iter().map(|input| told(&delivery.next(input, NOW))));
    asked
}

fn failed() -> Input {
    Input::Failed("no network".to_owned())
}

#[test]
fn what_was_not_decided_before_is_begun_alone_and_counted() {
    let hello = envelope("hello").to_json();
    let inputs = vec![
        Input::Found(None),
        Input::Isolated,
        Input::Started(1),
        nothing_stored(),
        Input::Committed,
        nothing_held(),
        ok(),
        Input::Marked,
    ];
    let asked = [
        "find",
        "isolate",
        "start",
        "load 1",
        COMMIT,
        "check",
        SEND,
        "mark 1 as me",
        "acknowledge Delivered",
    ];
    assert_eq!(all_of(&hello, 2, inputs), asked);
}

#[test]
fn what_was_decided_before_is_not_begun_again() {
    let found = Input::Found(Some((record("hello"), 0)));
    let inputs = vec![found, Input::TakenOver(Some(1))];
    let asked = all_of(&envelope("hello").to_json(), 2, inputs);
    assert_eq!(asked, ["find", "take over as me", "acknowledge Duplicate"]);
}

#[test]
fn what_kills_its_process_is_set_aside_unrun() {
    // (beginnings, what is next)
    let cases = [(1, "load 1"), (3, "load 1"), (4, "commit poison with 2 steps and 0 states")];
    for (starts, next) in cases {
        let inputs = vec![Input::Found(None), Input::Isolated, Input::Started(starts)];
        let asked = all_of(&envelope("hello").to_json(), 5, inputs);
        assert_eq!(asked[3], next, "{starts}");
    }
}

#[test]
fn what_fails_for_other_reasons_takes_its_beginning_back() {
    let begun = || vec![Input::Found(None), Input::Isolated, Input::Started(1)];
    // (case, what happens then, what is asked for)
    let cases: [(&str, Vec<Input>, &[&str]); 4] = [
        (
            "its states cannot be read",
            vec![failed(), Input::Noted],
            &["take back", "give back for 2 s: no network"],
        ),
        (
            "and the count cannot be written, either",
            vec![failed(), failed()],
            &["take back", "give back for 2 s: no network; and it could not be noted: no network"],
        ),
        (
            "there is no time left",
            vec![Input::NoTime, Input::Noted],
            &["take back", "give back for 0 s: no time left"],
        ),
        (
            "it is decided: that killed nobody",
            vec![nothing_stored(), Input::Committed, nothing_held(), failed()],
            &[COMMIT, "check", SEND, "give back for 2 s: no network"],
        ),
    ];
    for (case, inputs, expected) in cases {
        let asked =
            all_of(&envelope("hello").to_json(), 2, begun().into_iter().chain(inputs).collect());
        assert_eq!(asked[4..], *expected, "{case}");
    }
}

/// A decision of two replies.
fn two_replies() -> Record {
    let call = |text: &str| {
        let body = json!({ "chat_id": 42, "text": text });
        Step::Call(Call { method: Method::Post, target: "sendMessage".into(), body })
    };
    Record {
        decided_at: Timestamp::default(),
        replies: vec![Reply::text("one"), Reply::text("two")],
        outbox: vec![call("one"), call("too")],
    }
}

#[test]
fn a_refused_reply_is_rendered_again_alone_once_somebody_has_taken_it_out() {
    let out = envelope("hello").taken_out(Some(1));
    assert_eq!(out.generation, 1);
    let (mut delivery, effect) = Delivery::begin(setup(), &out.to_json(), 1, "me".into(), NOW);
    let Effect::Find(of_reply) = effect else { panic!("{}", told(&effect)) };
    let effect = delivery.next(Input::Found(None), NOW);
    let Effect::Find(of_event) = effect else { panic!("{}", told(&effect)) };
    assert_eq!(of_event, RecordKey::of(&envelope("hello")));
    let effect = delivery.next(Input::Found(Some((two_replies(), 0))), NOW);
    let Effect::Commit(commit) = effect else { panic!("{}", told(&effect)) };
    // What was decided stays.
    assert_eq!(commit.key, of_reply);
    assert_ne!(commit.key, of_event);
    assert_eq!((commit.generation, commit.states.len()), (1, 0));
    assert_eq!(commit.record.replies, two_replies().replies);
    assert_eq!(commit.record.outbox.len(), 1);
    let send = next(&mut delivery, Input::Committed, 1, NOW);
    assert_eq!(told(&send), r#"send {"chat_id":42,"text":"two"}"#);
}

#[test]
fn what_was_taken_out_is_done_once() {
    let asked = |step: usize, inputs: Vec<Input>| {
        let out = envelope("hello").taken_out(Some(step)).to_json();
        all_of(&out, 1, inputs).last().cloned().expect("something")
    };
    let of_reply = || {
        Input::Found(Some((
            Record { outbox: two_replies().outbox.split_off(1), ..two_replies() },
            1,
        )))
    };
    let of_event = || Input::Found(Some((two_replies(), 0)));
    let poison = || Record::poison("why".to_owned(), NOW);
    // (case, step, records found, what is next)
    let cases = [
        ("done before", 1, vec![of_reply()], "take over as me"),
        (
            "not yet",
            1,
            vec![Input::Found(None), of_event()],
            "commit decision with 1 steps and 0 states",
        ),
        (
            "no such reply",
            2,
            vec![Input::Found(None), of_event()],
            "commit poison with 2 steps and 0 states",
        ),
        ("in vain before", 2, vec![Input::Found(Some((poison(), 1)))], "take over as me"),
        (
            "never decided",
            1,
            vec![Input::Found(None), Input::Found(None), Input::Found(None)],
            "load 1",
        ),
        (
            "set aside since",
            1,
            vec![
                Input::Found(None),
                Input::Found(Some((poison(), 1))),
                Input::Found(Some((poison(), 1))),
            ],
            "take over as me",
        ),
    ];
    for (case, step, inputs, expected) in cases {
        assert_eq!(asked(step, inputs), expected, "{case}");
    }
}

#[test]
fn every_reply_is_itself_however_often_it_is_taken_out() {
    let out = |step, times| {
        let once = envelope("hello").taken_out(Some(step));
        (1..times).fold(once, |envelope, _| envelope.taken_out(Some(step)))
    };
    let of = |step, times| RecordKey::of(&out(step, times));
    assert_eq!(of(0, 1), of(0, 1));
    assert_ne!(of(0, 1), of(1, 1));
    assert_ne!(of(0, 1), of(0, 2));

    // Refused again, it is the same reply of all that were decided.
    let (mut delivery, _) = Delivery::begin(setup(), &out(1, 1).to_json(), 1, "me".into(), NOW);
    delivery.next(Input::Found(None), NOW);
    delivery.next(Input::Found(Some((two_replies(), 0))), NOW);
    next(&mut delivery, Input::Committed, 1, NOW);
    let refused = answer(400, r#"{"ok":false,"description":"Bad Request: message is too long"}"#);
    let effect = delivery.next(refused, NOW);
    let Effect::Bury(letter) = effect else { panic!("{}", told(&effect)) };
    assert_eq!(letter.step, Some(1));
}

#[test]
fn an_event_that_was_set_aside_is_decided_anew_once_somebody_has_taken_it_out() {
    let poison = || Record::poison("why".to_owned(), NOW);
    // (attempt, inputs, what is next)
    let cases = [
        (1, vec![], "load 1"),
        (2, vec![Input::Found(Some((poison(), 0)))], "isolate"),
        (2, vec![Input::Found(Some((poison(), 1)))], "take over as me"),
    ];
    for (attempt, inputs, expected) in cases {
        let out = envelope("hello").taken_out(None).to_json();
        let asked = all_of(&out, attempt, inputs);
        assert_eq!(asked.last().map(String::as_str), Some(expected), "attempt {attempt}");
    }
}

#[test]
fn a_refused_apology_is_no_reply_to_be_made_again() {
    let body = envelope("/panic").to_json();
    let (mut delivery, _) = Delivery::begin(setup(), &body, 1, "me".into(), NOW);
    let refused = answer(400, r#"{"ok":false,"description":"Bad Request: message is too long"}"#);
    let mut effect = Effect::Find(RecordKey::of(&envelope("/panic")));
    for input in [no_state(), Input::Committed, Input::Buried, Input::Marked, refused] {
        effect = next(&mut delivery, input, 1, NOW);
    }
    let Effect::Bury(letter) = effect else { panic!("{}", told(&effect)) };
    assert_eq!(letter.step, None);
}
