//! The way of an event whose platform and stores work, or are only met again.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bot_core::Reply;
use bot_core::envelope::Envelope;
use bot_core::event::EventKey;
use bot_core::platform::{Call, Method, Platform};
use bot_core::state::Stored;
use bot_core::worker::record::{Record, Step};
use bot_core::worker::{Delivery, Effect, Input, Setup};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::world::*;

#[test]
fn an_event_takes_its_whole_way() {
    let inputs = vec![nothing_stored(), Input::Committed, ok(), Input::Marked];
    let asked = play(&envelope("hello").to_json(), 1, NOW, inputs);
    assert_eq!(asked, ["load 1", COMMIT, SEND, "mark 1 as me", "acknowledge Delivered"]);
}

#[test]
fn parts_of_a_long_reply_are_sent_and_marked_in_order() {
    let text = format!("{} {}", "a".repeat(4000), "b".repeat(4000));
    let inputs = vec![nothing_stored(), Input::Committed, ok(), Input::Marked, ok(), Input::Marked];
    let asked = play(&envelope(&text).to_json(), 1, NOW, inputs);
    let starts: Vec<&str> = asked.iter().map(|asked| &asked[..asked.len().min(32)]).collect();
    assert_eq!(
        starts[1..],
        [
            "commit decision with 2 steps and",
            r#"send {"chat_id":42,"text":"aaaaa"#,
            "mark 1 as me",
            r#"send {"chat_id":42,"text":"bbbbb"#,
            "mark 2 as me",
            "acknowledge Delivered",
        ]
    );
}

#[test]
fn what_was_decided_is_not_decided_again() {
    // (case, what the mark says, what is asked after it)
    let cases: [(&str, Option<usize>, Vec<Input>, &[&str]); 3] = [
        (
            "nothing sent",
            Some(0),
            vec![ok(), Input::Marked],
            &[SEND, "mark 1 as me", "acknowledge Resumed"],
        ),
        ("all sent", Some(1), vec![], &["acknowledge Duplicate"]),
        ("the mark has expired", None, vec![], &["acknowledge Duplicate"]),
    ];

    for (case, confirmed, more, expected) in cases {
        let mut inputs =
            vec![nothing_stored(), Input::Exists(record("hello")), Input::TakenOver(confirmed)];
        inputs.extend(more);
        let asked = play(&envelope("hello").to_json(), 2, NOW, inputs);
        assert_eq!(asked[2], "take over as me", "{case}");
        assert_eq!(asked[3..], *expected, "{case}");
    }
}

#[test]
fn an_event_without_replies_is_a_duplicate_at_once() {
    let silent = Record { decided_at: NOW, replies: Vec::new(), outbox: Vec::new() };
    let asked =
        play(&envelope("hello").to_json(), 2, NOW, vec![nothing_stored(), Input::Exists(silent)]);
    assert_eq!(asked[2], "acknowledge Duplicate");
}

#[test]
fn a_lost_lease_stops_sending() {
    let text = format!("{} {}", "a".repeat(4000), "b".repeat(4000));
    let inputs = vec![nothing_stored(), Input::Committed, ok(), Input::NotOurs];
    let asked = play(&envelope(&text).to_json(), 1, NOW, inputs);
    assert_eq!(asked[4], "give back for 1 s: another delivery has taken over");
}

#[test]
fn changed_states_are_read_and_decided_again_a_few_times() {
    let stored = |version| {
        let json = format!(r#"{{"v":1,"value":{version}}}"#);
        Input::Loaded(vec![Some(Stored { version, json })])
    };
    let asked = play(
        &envelope("hello").to_json(),
        1,
        NOW,
        vec![
            nothing_stored(),
            Input::Conflict,
            stored(1),
            Input::Conflict,
            stored(2),
            Input::Conflict,
            stored(3),
            Input::Conflict,
            stored(4),
            Input::Conflict,
        ],
    );
    assert_eq!(asked.iter().filter(|asked| *asked == COMMIT).count(), 5);
    assert_eq!(asked[10], "give back for 1 s: its states keep changing");
}

#[test]
fn two_deliveries_at_once_lose_no_count() {
    let other = {
        let mut other = envelope("hello");
        other.event.key = EventKey::new(other.event.platform, &["8"]);
        other
    };
    let before = Stored { version: 1, json: r#"{"v":1,"value":0}"#.to_owned() };
    let mut table = before.clone();
    let read = |table: &Stored| Input::Loaded(vec![Some(table.clone())]);
    let mut write = |effect: Effect| {
        let Effect::Commit(commit) = effect else { panic!("{}", told(&effect)) };
        let state = commit.states.into_iter().next().expect("a state");
        if state.read != table.version {
            return (Input::Conflict, table.clone());
        }
        table = Stored { version: state.read + 1, json: state.write.expect("a change") };
        (Input::Committed, table.clone())
    };
    let begin =
        |envelope: &Envelope| Delivery::begin(setup(), &envelope.to_json(), 1, "me".into(), NOW).0;
    let (mut one, mut two) = (begin(&envelope("hello")), begin(&other));

    let first = one.next(read(&before), NOW);
    let second = two.next(read(&before), NOW);
    let (written, after_one) = write(first);
    assert!(told(&next(&mut one, written, 1, NOW)).starts_with("send "));
    let (written, _) = write(second);
    assert_eq!(told(&two.next(written, NOW)), "load 1");
    let (written, after_two) = write(two.next(read(&after_one), NOW));
    assert!(told(&next(&mut two, written, 1, NOW)).starts_with("send "));
    assert_eq!(after_two, Stored { version: 3, json: r#"{"v":1,"value":2}"#.to_owned() });
}

#[test]
fn a_commit_says_which_generation_and_where() {
    let mut redriven = envelope("hello");
    redriven.generation = 3;
    let (mut delivery, _) = Delivery::begin(setup(), &redriven.to_json(), 1, "me".into(), NOW);
    let Effect::Commit(commit) = delivery.next(nothing_stored(), NOW) else { panic!("no commit") };
    assert_eq!(commit.generation, 3);
    assert_eq!(commit.record.replies, [Reply::text("hello")]);
    assert_ne!(commit.key.record, commit.key.mark);
    assert_eq!(commit.key.partition, commit.states[0].key.partition);
    assert_ne!(commit.key.record, commit.states[0].key.sort);
}

#[test]
fn only_a_mark_is_worth_the_last_seconds() {
    let body = envelope("hello").to_json();
    let (mut delivery, load) = Delivery::begin(setup(), &body, 1, "me".into(), NOW);
    let commit = delivery.next(nothing_stored(), NOW);
    let send = next(&mut delivery, Input::Committed, 1, NOW);
    let mark = delivery.next(ok(), NOW);
    let done = delivery.next(Input::Marked, NOW);
    let beginnings = [load, commit, send, mark, done].map(|effect| effect.is_a_beginning());
    assert_eq!(beginnings, [true, true, true, false, false]);
}

#[test]
fn a_decision_is_stored_without_secrets_of_ours() {
    let json = serde_json::to_string(&record("hello")).expect("plain data");
    assert!(json.contains("sendMessage") && !json.contains("token"), "{json}");
}

#[test]
fn what_is_said_elsewhere_is_said_there_to_its_end() {
    let step = |target: &str, words: &str| {
        let target = target.to_owned();
        Step::Call(Call { method: Method::Post, target, body: json!({ "content": words }) })
    };
    let mut envelope = envelope("hello");
    let address = json!({ "application_id": "9", "token": "tok" });
    envelope.event.platform = Platform::Discord;
    envelope.event.address = serde_json::from_value(address).expect("an address");
    let outbox = vec![
        step("/webhooks/9/tok/messages/@original", "a"),
        step("/webhooks/9/tok", "b"),
        step("/webhooks/9/tok", "c"),
    ];
    let record = Record { outbox, ..record("hello") };
    let settings = |name: &str| (name == "DISCORD_BOT_TOKEN").then(|| "token".to_owned());
    let setup = Arc::new(Setup::from_settings(&BOT, &settings).expect("settings"));
    let (mut delivery, _) = Delivery::begin(setup, &envelope.to_json(), 2, "me".into(), NOW);
    let late = NOW.plus(Duration::from_secs(16 * 60));
    delivery.next(Input::Found(Some((record, 0))), late);
    let mut asked = next(&mut delivery, Input::TakenOver(Some(0)), 2, late);
    let mut sent = Vec::new();
    while let Effect::Send(request) = asked {
        let url = request.url.expose_secret().to_owned();
        let body: Value = serde_json::from_slice(&request.body).expect("a body");
        let has_expired = url.contains("/webhooks/");
        sent.push((url.rsplit_once("/v10").expect("a path").1.to_owned(), body));
        let expired = || answer(401, r#"{"code":50027}"#);
        asked = next(&mut delivery, if has_expired { expired() } else { ok() }, 2, late);
        if let Effect::Mark { .. } = asked {
            asked = next(&mut delivery, Input::Marked, 2, late);
        }
    }
    assert_eq!(told(&asked), "acknowledge Resumed");

    let told = |(target, body): &(String, Value)| format!("{target} {}", body["content"]);
    let expected = [
        r#"/webhooks/9/tok/messages/@original "a""#,
        r#"/channels/42/messages "a""#,
        r#"/channels/42/messages "b""#,
        r#"/channels/42/messages "c""#,
    ];
    assert_eq!(sent.iter().map(told).collect::<Vec<_>>(), expected);
    // Each is a message of its own.
    let nonces: BTreeSet<String> =
        sent[1..].iter().map(|(_, body)| body["nonce"].to_string()).collect();
    assert_eq!(nonces.len(), 3);
}
