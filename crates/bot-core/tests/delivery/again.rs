//! Events that are delivered again: because a process died, or because somebody took them out of the dead-letter queue.

use bot_core::platform::{Call, Method};
use bot_core::worker::record::{Record, Step};
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
        Input::HeldUntil(None),
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
    let cases = [(1, "load 1"), (3, "load 1"), (4, "commit poison with 1 steps and 0 states")];
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
            &["take back", "give back for 2 s: no network"],
        ),
        (
            "there is no time left",
            vec![Input::NoTime, Input::Noted],
            &["take back", "give back for 0 s: no time left"],
        ),
        (
            "it is decided: that killed nobody",
            vec![nothing_stored(), Input::Committed, Input::HeldUntil(None), failed()],
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
    assert_eq!(told(&effect), "find");
    let effect = delivery.next(Input::Found(Some((two_replies(), 0))), NOW);
    let Effect::Commit(commit) = effect else { panic!("{}", told(&effect)) };
    assert!(commit.supersedes);
    assert_eq!((commit.generation, commit.states.len()), (1, 0));
    assert_eq!(commit.record.replies, two_replies().replies);
    assert_eq!(commit.record.outbox.len(), 1);
    let send = next(&mut delivery, Input::Committed, 1, NOW);
    assert_eq!(told(&send), r#"send {"chat_id":42,"text":"two"}"#);
}

#[test]
fn what_was_taken_out_is_done_once() {
    // (case, generation found, what is next)
    let cases = [
        ("this one's own", 1, "take over as me"),
        ("a later one's", 2, "take over as me"),
        ("the one before", 0, "commit decision with 1 steps and 0 states"),
    ];
    for (case, generation, expected) in cases {
        let out = envelope("hello").taken_out(Some(1)).to_json();
        let asked = all_of(&out, 1, vec![Input::Found(Some((two_replies(), generation)))]);
        assert_eq!(asked[1], expected, "{case}");
    }
    let out = envelope("hello").taken_out(Some(2)).to_json();
    let asked = all_of(&out, 1, vec![Input::Found(Some((two_replies(), 0)))]);
    assert_eq!(asked[1], "commit poison with 1 steps and 0 states");
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
