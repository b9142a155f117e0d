//! The model of the table does what the real one does, over any sequence of operations.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::time::Duration;

use bot_aws::setup::create_table;
use bot_aws::{Aws, Patience};
use bot_core::envelope::Envelope;
use bot_core::event::{EventKey, EventKind};
use bot_core::platform::{Call, Method};
use bot_core::state::{StateChange, StateKey};
use bot_core::worker::Input;
use bot_core::worker::record::{Commit, Record, RecordKey, Step};
use bot_core::{Event, Platform, Timestamp};
use fastrand::Rng;
use serde_json::json;
use simulation::table::Table;

const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

/// A table of its own, in memory, through the real SDK.
async fn real() -> bot_aws::Table {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    let database = dynoxide::Database::memory().expect("memory");
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    let settings = |name: &str| {
        let value = match name {
            "AWS_REGION" => "eu-central-1",
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "test",
            "AWS_ENDPOINT_URL" => &endpoint,
            _ => return None,
        };
        Some(value.to_owned())
    };
    let patience = Patience {
        attempts: 1,
        attempt: Duration::from_secs(5),
        altogether: Duration::from_secs(5),
    };
    let client = Aws::from_settings(&settings, patience).expect("settings").dynamodb();
    create_table(&client, "table").await.expect("a table");
    bot_aws::Table::new(client, "table".to_owned())
}

fn record_key(chance: &mut Rng) -> RecordKey {
    let kind = EventKind::Message { text: "hello".to_owned() };
    let mut event = Event::example(Platform::Telegram, kind);
    event.key = EventKey::new(Platform::Telegram, &[if chance.bool() { "1" } else { "2" }]);
    RecordKey::of(&Envelope::new(event, NOW))
}

fn state_key(name: &str) -> StateKey {
    StateKey { partition: "conversation#1".to_owned(), sort: format!("state#{name}") }
}

fn outbox(chance: &mut Rng) -> Vec<Step> {
    let call = Call { method: Method::Post, target: "send".to_owned(), body: json!({ "n": 1 }) };
    match chance.u8(..3) {
        0 => Vec::new(),
        1 => vec![Step::Bury { reason: "why".to_owned() }],
        _ => vec![Step::Call(call.clone()), Step::Call(call)],
    }
}

fn commit(chance: &mut Rng, owner: String) -> Commit {
    let key = record_key(chance);
    let record = Record { decided_at: NOW, replies: Vec::new(), outbox: outbox(chance) };
    let mut states = Vec::new();
    for name in ["a", "b"] {
        if chance.bool() {
            let write = chance.bool().then(|| chance.u8(..).to_string());
            states.push(StateChange { key: state_key(name), read: chance.u64(..4), write });
        }
    }
    let generation = chance.u32(..3);
    Commit { key, record, generation, owner, states, expires_at: NOW }
}

/// What a commit came to, in words.
fn told(input: &Input) -> String {
    match input {
        Input::Committed => "committed".to_owned(),
        Input::Conflict => "conflict".to_owned(),
        Input::Exists(record) => format!("exists {record:?}"),
        _ => "something else".to_owned(),
    }
}

#[tokio::test]
async fn the_model_and_the_real_table_agree() {
    for seed in 0..12 {
        let mut chance = Rng::with_seed(seed);
        let (real, mut model) = (real().await, Table::default());
        for nth in 0..60 {
            let owner = format!("owner {}", chance.u8(..3));
            let key = record_key(&mut chance);
            let (ours, theirs) = match chance.u8(..8) {
                0..3 => {
                    let commit = commit(&mut chance, owner);
                    let theirs = real.commit(&commit).await.expect("an answer");
                    (told(&model.commit(&commit)), told(&theirs))
                }
                3 => {
                    let keys = [state_key("b"), state_key("a"), state_key("c")];
                    let theirs = real.load(&keys).await.expect("an answer");
                    (format!("{:?}", model.load(&keys)), format!("{theirs:?}"))
                }
                4 => {
                    let theirs = real.find(&key).await.expect("an answer");
                    (format!("{:?}", model.find(&key)), format!("{theirs:?}"))
                }
                5 => {
                    let theirs = real.take_over(&key, &owner).await.expect("an answer");
                    (format!("{:?}", model.take_over(&key, &owner)), format!("{theirs:?}"))
                }
                6 => {
                    let confirmed = chance.usize(..4);
                    let theirs = real.mark(&key, &owner, confirmed).await.expect("an answer");
                    let ours = model.mark(&key, &owner, confirmed);
                    (ours.to_string(), theirs.to_string())
                }
                _ => {
                    let theirs = real.start(&key, &owner, NOW).await.expect("an answer");
                    let ours = model.start(&key, &owner);
                    if chance.bool() {
                        let process = format!("owner {}", chance.u8(..3));
                        real.take_back(&key, &process).await.expect("an answer");
                        model.take_back(&key, &process);
                    }
                    (ours.to_string(), theirs.to_string())
                }
            };
            assert_eq!(ours, theirs, "seed {seed}, operation {nth}");
        }
    }
}
