//! The table, through the real SDK against a local DynamoDB.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "each test file uses its part")]
mod support;

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use bot_aws::Table;
use bot_core::platform::{Call, Holds, HoldsKey, Limit, Method};
use bot_core::state::{StateChange, StateKey, Stored};
use bot_core::worker::Input;
use bot_core::worker::record::{Commit, Record, RecordKey, Step};
use serde_json::json;
use support::{NOW, aws, dynamodb, envelope, nowhere};

async fn table() -> Table {
    Table::new(dynamodb().await, "table".to_owned())
}

fn key(name: &str) -> StateKey {
    StateKey { partition: "conversation#1".to_owned(), sort: format!("state#{name}") }
}

fn change(name: &str, read: u64, write: Option<&str>) -> StateChange {
    StateChange { key: key(name), read, write: write.map(str::to_owned) }
}

fn call(text: &str) -> Step {
    let body = json!({ "text": text });
    Step::Call(Call { method: Method::Post, target: "sendMessage".to_owned(), body })
}

fn bury() -> Step {
    Step::Bury { reason: "why".to_owned() }
}

fn commit(outbox: Vec<Step>, states: Vec<StateChange>) -> Commit {
    Commit {
        key: RecordKey::of(&envelope("hello")),
        record: Record { decided_at: NOW, replies: Vec::new(), outbox },
        generation: 0,
        owner: "first".to_owned(),
        states,
        expires_at: NOW,
    }
}

/// What a commit came to, in words.
fn told(input: &Input) -> String {
    match input {
        Input::Committed => "committed".to_owned(),
        Input::Conflict => "conflict".to_owned(),
        Input::Exists(record) => format!("exists with {} steps", record.outbox.len()),
        _ => "something else".to_owned(),
    }
}

async fn committed(table: &Table, commit: &Commit) -> String {
    told(&table.commit(commit).await.expect("an answer"))
}

#[tokio::test]
async fn states_come_back_in_the_order_they_are_asked_for() {
    let table = table().await;
    let written = vec![change("b", 0, Some("1")), change("a", 0, Some("2")), change("c", 0, None)];
    assert_eq!(committed(&table, &commit(vec![], written)).await, "committed");

    let states = table.load(&[key("c"), key("b"), key("a")]).await.expect("an answer");
    let stored = |json: &str| Some(Stored { version: 1, json: json.to_owned() });
    assert_eq!(states, [None, stored("1"), stored("2")]);
}

#[tokio::test]
async fn a_record_is_found_once_it_is_committed() {
    let table = table().await;
    let commit = Commit { generation: 3, ..commit(vec![call("a")], Vec::new()) };
    assert_eq!(table.find(&commit.key).await.expect("an answer"), None);
    assert_eq!(committed(&table, &commit).await, "committed");
    let found = table.find(&commit.key).await.expect("an answer");
    assert_eq!(found, Some((commit.record, 3)));
}

#[tokio::test]
async fn an_event_is_committed_once() {
    let table = table().await;
    let first = commit(vec![call("a"), call("b")], vec![change("a", 0, Some("1"))]);
    assert_eq!(committed(&table, &first).await, "committed");

    // The states have changed as well, but the record outranks them.
    let again = commit(vec![call("c")], vec![change("a", 0, Some("2"))]);
    assert_eq!(committed(&table, &again).await, "exists with 2 steps");
    let states = table.load(&[key("a")]).await.expect("an answer");
    assert_eq!(states[0].as_ref().map(|state| state.json.as_str()), Some("1"));
}

#[tokio::test]
async fn a_state_that_changed_since_it_was_read_stops_the_commit() {
    // (case, read version and write of a state that is at version 1, outcome)
    let cases = [
        ("as it was read", 1, Some("2"), "committed"),
        ("only read, as it was", 1, None, "committed"),
        ("never read", 0, Some("2"), "conflict"),
        ("older", 2, Some("2"), "conflict"),
        ("only read, and changed", 2, None, "conflict"),
        ("only read as missing, and there", 0, None, "conflict"),
    ];

    for (case, read, write, expected) in cases {
        let table = table().await;
        let mut other = commit(vec![], vec![change("a", 0, Some("1"))]);
        other.key.record = "event#other".to_owned();
        assert_eq!(committed(&table, &other).await, "committed", "{case}");

        let outcome = committed(&table, &commit(vec![], vec![change("a", read, write)])).await;
        assert_eq!(outcome, expected, "{case}");
        let states = table.load(&[key("a")]).await.expect("an answer");
        let version = states[0].as_ref().map(|state| state.version);
        let expected = if outcome == "committed" && write.is_some() { 2 } else { 1 };
        assert_eq!(version, Some(expected), "{case}");
    }
}

#[tokio::test]
async fn a_conflict_leaves_nothing_behind() {
    let table = table().await;
    let lost = commit(vec![call("a")], vec![change("a", 7, Some("1"))]);
    assert_eq!(committed(&table, &lost).await, "conflict");

    assert_eq!(table.load(&[key("a")]).await.expect("an answer"), [None]);
    assert_eq!(table.take_over(&lost.key, "second").await.expect("an answer"), None);
    assert_eq!(committed(&table, &commit(vec![call("a")], vec![])).await, "committed");
}

#[tokio::test]
async fn marks_belong_to_the_last_who_took_over() {
    let table = table().await;
    let first = commit(vec![call("a"), call("b")], vec![]);
    assert_eq!(committed(&table, &first).await, "committed");
    let key = &first.key;

    assert!(table.mark(key, "first", 1).await.expect("an answer"));
    assert_eq!(table.take_over(key, "second").await.expect("an answer"), Some(1));
    assert!(!table.mark(key, "first", 2).await.expect("an answer"));
    assert!(table.mark(key, "second", 2).await.expect("an answer"));
    assert_eq!(table.take_over(key, "third").await.expect("an answer"), Some(2));
}

#[tokio::test]
async fn an_event_without_steps_has_no_mark() {
    let table = table().await;
    let silent = commit(vec![], vec![]);
    assert_eq!(committed(&table, &silent).await, "committed");
    assert_eq!(table.take_over(&silent.key, "second").await.expect("an answer"), None);
    assert!(!table.mark(&silent.key, "first", 1).await.expect("an answer"));
}

#[tokio::test]
async fn a_higher_generation_replaces_what_was_set_aside_and_nothing_else() {
    // (case, what is recorded, generation of the next, outcome)
    let cases = [
        ("set aside, redriven", bury(), 1, "committed"),
        ("set aside, delivered again", bury(), 0, "exists with 1 steps"),
        ("decided, redriven", call("a"), 1, "exists with 1 steps"),
    ];

    for (case, recorded, generation, expected) in cases {
        let table = table().await;
        assert_eq!(committed(&table, &commit(vec![recorded], vec![])).await, "committed", "{case}");
        let next = Commit { generation, ..commit(vec![call("b")], vec![]) };
        assert_eq!(committed(&table, &next).await, expected, "{case}");
    }
}

#[tokio::test]
async fn limits_are_noted_beside_each_other_and_forgotten() {
    let table = table().await;
    let key = HoldsKey::of(&envelope("hello").event);
    let chat = Limit::Chat("-1001".to_owned());
    let later = NOW.plus(Duration::from_secs(30));
    let holds = async || table.holds(&key).await.expect("an answer");
    assert_eq!(holds().await, Holds::default());

    table.hold(&key, &Limit::Token, NOW, &[]).await.expect("an answer");
    table.hold(&key, &chat, later, &[]).await.expect("an answer");
    let both = [(Limit::Token.name(), NOW), (chat.name(), later)];
    assert_eq!(holds().await, Holds::from_iter(both));

    // Two are over, of which one has never been.
    let over = [Limit::Token.name(), "never".to_owned()];
    table.hold(&key, &chat, NOW, &over).await.expect("an answer");
    assert_eq!(holds().await, Holds::from_iter([(chat.name(), NOW)]));
}

#[tokio::test]
async fn a_limit_is_noted_however_many_are_over() {
    let table = table().await;
    let key = HoldsKey::of(&envelope("hello").event);
    let chat = |nth: i64| Limit::Chat((-1001 - nth).to_string());
    for nth in 0..150 {
        table.hold(&key, &chat(nth), NOW, &[]).await.expect("an answer");
    }
    let over: Vec<String> = (0..500).map(|nth| chat(nth).name()).collect();
    table.hold(&key, &Limit::Token, NOW, &over).await.expect("an answer");
    let left = (100..150).map(|nth| (chat(nth).name(), NOW));
    let left = Holds::from_iter(left.chain([(Limit::Token.name(), NOW)]));
    assert_eq!(table.holds(&key).await.expect("an answer"), left);
}

#[tokio::test]
async fn turns_at_once_lose_no_update() {
    let table = table().await;
    let turn = async |nth: u32| {
        let mut tries = 0;
        loop {
            let state = table.load(&[key("count")]).await.expect("an answer").remove(0);
            let (read, count) = state.map_or((0, 0), |state| {
                (state.version, state.json.parse::<u32>().expect("a number"))
            });
            let write = (count + 1).to_string();
            let mut commit = commit(vec![], vec![change("count", read, Some(&write))]);
            commit.key.record = format!("event#{nth}");
            match table.commit(&commit).await {
                Ok(Input::Committed) => return tries,
                Ok(_) | Err(_) => tries += 1,
            }
        }
    };
    let tries = futures_util::future::join_all((0..20).map(turn)).await;

    let state = table.load(&[key("count")]).await.expect("an answer").remove(0);
    assert_eq!(state.map(|state| state.json).as_deref(), Some("20"));
    assert!(tries.iter().sum::<u32>() > 0, "no two turns met");
}

#[tokio::test]
async fn a_process_that_has_begun_an_event_counts_once_until_it_takes_that_back() {
    let table = table().await;
    let key = RecordKey::of(&envelope("hello"));
    let start = async |process: &str| table.start(&key, process, NOW).await.expect("an answer");
    let take_back = async |process: &str| table.take_back(&key, process).await.expect("an answer");

    take_back("one").await;
    assert_eq!([start("one").await, start("one").await, start("two").await], [1, 1, 2]);
    take_back("one").await;
    take_back("one").await;
    assert_eq!(start("three").await, 2);
    take_back("two").await;
    take_back("three").await;
    assert_eq!(start("four").await, 1);
}

#[tokio::test]
async fn what_an_older_deployment_has_counted_counts() {
    let key = RecordKey::of(&envelope("hello"));
    // (what it has left, how many have begun when one more has)
    for (started, expected) in [("2", 3), ("0", 1), ("-1", 1)] {
        let client = dynamodb().await;
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let item = client.put_item().table_name("table").item("pk", text(&key.partition));
        let item = item.item("sk", text(&key.started));
        item.item("started", AttributeValue::N(started.to_owned())).send().await.expect("an item");
        let table = Table::new(client, "table".to_owned());
        assert_eq!(table.start(&key, "one", NOW).await.expect("an answer"), expected, "{started}");
    }
}

#[tokio::test]
async fn an_unreachable_table_is_an_error() {
    let table = Table::new(aws(&nowhere().await).dynamodb(), "table".to_owned());
    let key_of_record = RecordKey::of(&envelope("hello"));

    assert!(table.load(&[key("a")]).await.is_err());
    assert!(table.commit(&commit(vec![], vec![])).await.is_err());
    assert!(table.take_over(&key_of_record, "me").await.is_err());
    assert!(table.mark(&key_of_record, "me", 1).await.is_err());
    assert!(table.holds(&HoldsKey::of(&envelope("hello").event)).await.is_err());
}
