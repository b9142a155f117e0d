//! The worker's protocol, one effect at a time.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use bot_core::bot::{command, listener};
use bot_core::dead_letter::DeadLetter;
use bot_core::envelope::Envelope;
use bot_core::http::Request;
use bot_core::ingest::{Action, Platforms as Inbounds, decide};
use bot_core::platform::ApiAnswer;
use bot_core::state::Stored;
use bot_core::worker::record::Record;
use bot_core::worker::{Delivery, Done, Effect, Input, Platforms};
use bot_core::{Bot, Command, Cx, Listener, Reply, Scope, Spec, State, Timestamp, UsageError};
use serde::{Deserialize, Serialize};

static BOT: Bot = Bot::new(listener::<Echo>()).commands(&[command::<Panic>()]);

struct Echo;

impl Listener for Echo {
    type State = Count;

    async fn hear(text: String, cx: &mut Cx<Count>) -> Result<Reply, UsageError> {
        cx.state.0 += 1;
        Ok(Reply::text(text))
    }
}

#[derive(Default, Deserialize, Serialize)]
struct Count(u64);

impl State for Count {
    const NAME: &'static str = "count";
    const SCOPE: Scope = Scope::Conversation;
}

#[derive(Deserialize)]
struct Panic {}

impl Command for Panic {
    const SPEC: Spec = Spec::new("panic", "Panics.");
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        panic!("on purpose")
    }
}

const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);
const DAY: u64 = 24 * 60 * 60;

fn settings(name: &str) -> Option<String> {
    match name {
        "TELEGRAM_SECRET_TOKEN" => Some("secret".to_owned()),
        "TELEGRAM_BOT_TOKEN" => Some("1:token".to_owned()),
        _ => None,
    }
}

/// The envelope webhook-ingest makes of a private message.
fn envelope(text: &str) -> Envelope {
    let body = serde_json::json!({
        "update_id": 7,
        "message": {
            "message_id": 1,
            "chat": { "id": 42, "type": "private" },
            "from": { "id": 42, "is_bot": false },
            "text": text,
        },
    });
    let request = Request {
        method: "POST".into(),
        path: "/webhooks/telegram".into(),
        headers: [("x-telegram-bot-api-secret-token", "secret")].into_iter().collect(),
        body: body.to_string().into_bytes(),
        ..Request::default()
    };
    match decide(&BOT, &Inbounds::from_settings(&settings).expect("settings"), &request, NOW) {
        Action::Enqueue { envelope, .. } => *envelope,
        other => panic!("{other:?}"),
    }
}

/// What a worker is asked to do, in words.
fn told(effect: &Effect) -> String {
    match effect {
        Effect::Load(keys) => format!("load {}", keys.len()),
        Effect::Commit(commit) => {
            let what = if commit.record.is_poison() { "poison" } else { "decision" };
            let written = commit.states.iter().filter(|state| state.write.is_some()).count();
            format!("commit {what} with {} steps and {written} states", commit.record.outbox.len())
        }
        Effect::TakeOver { owner, .. } => format!("take over as {owner}"),
        Effect::Send(request) => format!("send {}", String::from_utf8_lossy(&request.body)),
        Effect::Mark { confirmed, owner, .. } => format!("mark {confirmed} as {owner}"),
        Effect::Bury(letter) => format!("bury: {}", letter.reason),
        Effect::Done(Done::Acknowledge(outcome)) => format!("acknowledge {outcome:?}"),
        Effect::Done(Done::GiveBack { after, reason }) => {
            format!("give back for {} s: {reason}", after.as_secs())
        }
    }
}

/// Feeds a delivery and writes down what it asks for.
fn play(body: &str, attempt: u32, now: Timestamp, inputs: Vec<Input>) -> Vec<String> {
    let platforms = Platforms::from_settings(&settings).expect("settings");
    let (mut delivery, effect) = Delivery::begin(&BOT, &platforms, body, attempt, "me".into(), now);
    let mut asked = vec![told(&effect)];
    for input in inputs {
        asked.push(told(&delivery.next(input, now)));
    }
    asked
}

fn answer(status: u16, body: &str) -> Input {
    Input::Answered(ApiAnswer { status, retry_after: None, body: Some(body.as_bytes().to_vec()) })
}

fn ok() -> Input {
    answer(200, r#"{"ok":true}"#)
}

fn nothing_stored() -> Input {
    Input::Loaded(vec![None])
}

/// The record an earlier delivery of `envelope(text)` has left.
fn record(text: &str) -> Record {
    let platforms = Platforms::from_settings(&settings).expect("settings");
    let body = envelope(text).to_json();
    let (mut delivery, effect) = Delivery::begin(&BOT, &platforms, &body, 1, "earlier".into(), NOW);
    let effect = if matches!(effect, Effect::Load(_)) {
        delivery.next(nothing_stored(), NOW)
    } else {
        effect
    };
    match effect {
        Effect::Commit(commit) => commit.record,
        other => panic!("{}", told(&other)),
    }
}

const COMMIT: &str = "commit decision with 1 steps and 1 states";
const SEND: &str = r#"send {"chat_id":42,"text":"hello"}"#;

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
    let stored = |version| Input::Loaded(vec![Some(Stored { version, json: version.to_string() })]);
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
fn poison_is_recorded_then_buried_then_acknowledged() {
    let inputs = vec![Input::Committed, Input::Buried, Input::Marked];
    let asked = play(&envelope("/panic").to_json(), 1, NOW, inputs);
    assert_eq!(
        asked,
        [
            "commit poison with 1 steps and 0 states",
            "bury: the handler panicked",
            "mark 1 as me",
            "acknowledge Buried(\"the handler panicked\")",
        ]
    );
}

#[test]
fn poison_is_buried_once_whatever_comes_between() {
    // (what the mark says, what is asked after it)
    let cases: [(usize, &[&str]); 2] = [
        (
            0,
            &[
                "bury: the handler panicked",
                "mark 1 as me",
                "acknowledge Buried(\"the handler panicked\")",
            ],
        ),
        (1, &["acknowledge Duplicate"]),
    ];

    for (confirmed, expected) in cases {
        let mut inputs = vec![Input::Exists(record("/panic")), Input::TakenOver(Some(confirmed))];
        if confirmed == 0 {
            inputs.extend([Input::Buried, Input::Marked]);
        }
        let asked = play(&envelope("/panic").to_json(), 2, NOW, inputs);
        assert_eq!(asked[2..], *expected, "{confirmed} confirmed");
    }
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
        (
            "dead token",
            401,
            r#"{"ok":false,"description":"Unauthorized"}"#,
            "give back for 300 s: not authorised",
        ),
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
        ("from the future", r#"{"v":2}"#.to_owned(), NOW, "give back for 300 s"),
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
fn a_commit_says_which_generation_and_where() {
    let mut redriven = envelope("hello");
    redriven.generation = 3;
    let platforms = Platforms::from_settings(&settings).expect("settings");
    let (mut delivery, _) =
        Delivery::begin(&BOT, &platforms, &redriven.to_json(), 1, "me".into(), NOW);
    let Effect::Commit(commit) = delivery.next(nothing_stored(), NOW) else { panic!("no commit") };
    assert_eq!(commit.generation, 3);
    assert_eq!(commit.record.replies, [Reply::text("hello")]);
    assert_ne!(commit.key.record, commit.key.mark);
    assert_eq!(commit.key.partition, commit.states[0].key.partition);
    assert_ne!(commit.key.record, commit.states[0].key.sort);
}

#[test]
fn what_cannot_be_sent_is_set_aside() {
    let inputs = vec![nothing_stored(), Input::Committed, Input::Unsendable, Input::Buried];
    let asked = play(&envelope("hello").to_json(), 1, NOW, inputs);
    assert_eq!(asked[3..], ["bury: the request cannot be made", "mark 1 as me"]);
}

#[test]
fn only_a_mark_is_worth_the_last_seconds() {
    let platforms = Platforms::from_settings(&settings).expect("settings");
    let body = envelope("hello").to_json();
    let (mut delivery, load) = Delivery::begin(&BOT, &platforms, &body, 1, "me".into(), NOW);
    let commit = delivery.next(nothing_stored(), NOW);
    let send = delivery.next(Input::Committed, NOW);
    let mark = delivery.next(ok(), NOW);
    let done = delivery.next(Input::Marked, NOW);
    let beginnings = [load, commit, send, mark, done].map(|effect| effect.is_a_beginning());
    assert_eq!(beginnings, [true, true, true, false, false]);
}

#[test]
fn a_missing_token_loses_nothing() {
    let platforms = Platforms::from_settings(&|_: &str| None).expect("settings");
    let body = envelope("hello").to_json();
    let (mut delivery, _) = Delivery::begin(&BOT, &platforms, &body, 1, "me".into(), NOW);
    delivery.next(nothing_stored(), NOW);
    let asked = told(&delivery.next(Input::Committed, NOW));
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

#[test]
fn a_decision_is_stored_without_secrets_of_ours() {
    let json = serde_json::to_string(&record("hello")).expect("plain data");
    assert!(json.contains("sendMessage") && !json.contains("token"), "{json}");
}
