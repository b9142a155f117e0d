//! The function's handler over batches, with the real SDK, local stores and a stand-in for a platform's API.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use bot::BOT;
use bot_aws::setup::{create_queues, create_table};
use bot_aws::{Aws, Patience};
use bot_core::Timestamp;
use queue_worker::Worker;
use queue_worker::sqs::{SqsEvent, SqsMessage};
use serde_json::Value;
use tokio::net::TcpListener;

/// A platform's API that writes down what it is sent, and answers some chats with an error.
#[derive(Clone, Default)]
struct Platform {
    said: Arc<Mutex<Vec<String>>>,
    broken: Arc<Mutex<Vec<i64>>>,
    /// How long an answer takes, and how much it echoes.
    delay: Arc<Mutex<Duration>>,
    echo: Arc<Mutex<usize>>,
}

impl Platform {
    fn said(&self) -> Vec<String> {
        self.said.lock().expect("unpoisoned").clone()
    }

    async fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let router = axum::Router::new().fallback(take).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }
}

async fn take(State(platform): State<Platform>, uri: Uri, body: Bytes) -> (StatusCode, String) {
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    let chat = body["chat_id"].as_i64().expect("a chat");
    if platform.broken.lock().expect("unpoisoned").contains(&chat) {
        return (StatusCode::BAD_GATEWAY, "<html>".to_owned());
    }
    let text = body["text"].as_str().expect("text");
    let said = format!("{} {chat}: {text}", uri.path());
    platform.said.lock().expect("unpoisoned").push(said);
    let (delay, echo) =
        (*platform.delay.lock().expect("unpoisoned"), *platform.echo.lock().expect("unpoisoned"));
    tokio::time::sleep(delay).await;
    let result = "x".repeat(echo);
    (StatusCode::OK, format!(r#"{{"ok":true,"result":{{"text":"{result}"}}}}"#))
}

struct Sut {
    worker: Worker,
    platform: Platform,
    sqs: aws_sdk_sqs::Client,
    queue: String,
    dead_letters: String,
}

async fn sut() -> Sut {
    let platform = Platform::default();
    let address = "127.0.0.1:0".parse().expect("an address");
    let sqs_server = sqs_local::Server::bind(address, sqs_local::Options::default());
    let sqs_server = sqs_server.await.expect("a server");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let dynamodb_url = format!("http://{}", listener.local_addr().expect("an address"));
    let database = dynoxide::Database::memory().expect("memory");
    let mut settings = BTreeMap::from([
        ("AWS_REGION", "eu-central-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ("AWS_ENDPOINT_URL_SQS", sqs_server.url()),
        ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb_url),
        ("TABLE_NAME", "table".to_owned()),
        ("TELEGRAM_BOT_TOKEN", "1:token".to_owned()),
        ("TELEGRAM_API_URL", platform.serve().await),
    ]);
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    tokio::spawn(sqs_server.run(std::future::pending()));

    let second = Duration::from_secs(1);
    let patience = Patience { attempts: 1, attempt: second, altogether: second };
    let aws = Aws::from_settings(&|name| settings.get(name).cloned(), patience).expect("settings");
    create_table(&aws.dynamodb(), "table").await.expect("a table");
    let sqs = aws.sqs();
    let (queue, dead_letters) = create_queues(&sqs, "queue").await.expect("queues");
    settings.insert("QUEUE_URL", queue.clone());
    settings.insert("DLQ_URL", dead_letters.clone());
    let worker = Worker::from_settings(&BOT, &|name| settings.get(name).cloned());
    Sut { worker: worker.expect("settings"), platform, sqs, queue, dead_letters }
}

fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970")
}

/// The recorded batch, received just now.
fn recorded() -> SqsEvent {
    let event = include_str!("../../../events/sqs-batch.json");
    let event = event.replace("1768052452456", &now().as_millis().to_string());
    serde_json::from_str(&event).expect("an event")
}

impl Sut {
    async fn handle(&self, event: SqsEvent, time_left: Duration) -> Vec<String> {
        let deadline = Timestamp::default().plus(now() + time_left);
        let response = self.worker.handle(event, "invocation", deadline).await;
        response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
    }

    /// Queues the recorded batch's messages.
    async fn queue_recorded(&self) {
        for record in recorded().records {
            self.sqs
                .send_message()
                .queue_url(&self.queue)
                .message_body(record.body.expect("a body"))
                .message_group_id(&record.attributes["MessageGroupId"])
                .message_deduplication_id(&record.attributes["MessageDeduplicationId"])
                .send()
                .await
                .expect("queued");
        }
    }

    async fn receive(&self, url: &str) -> Vec<Message> {
        let all = MessageSystemAttributeName::All;
        let request = self.sqs.receive_message().queue_url(url).max_number_of_messages(10);
        let received = request.message_system_attribute_names(all).send().await;
        received.expect("an answer").messages.unwrap_or_default()
    }
}

fn event(messages: Vec<Message>) -> SqsEvent {
    let mut event = SqsEvent::default();
    for message in messages {
        let mut record = SqsMessage::default();
        record.message_id = message.message_id;
        record.receipt_handle = message.receipt_handle;
        record.body = message.body;
        for (name, value) in message.attributes.unwrap_or_default() {
            record.attributes.insert(name.as_str().to_owned(), value);
        }
        event.records.push(record);
    }
    event
}

const MINUTE: Duration = Duration::from_secs(60);

fn id(nth: u8) -> String {
    format!("0000000{nth}-0000-4000-8000-000000000000")
}

#[tokio::test]
async fn a_batch_is_answered_in_order_and_what_is_no_envelope_is_set_aside() {
    let sut = sut().await;
    assert!(sut.handle(recorded(), MINUTE).await.is_empty());

    let mut said = sut.platform.said();
    said.sort_by_key(|said| said.contains(" 22: "));
    assert_eq!(
        said,
        [
            "/bot1:token/sendMessage 11: You said: one",
            "/bot1:token/sendMessage 11: You said: three",
            "/bot1:token/sendMessage 22: You said: two",
        ]
    );
    let dead = sut.receive(&sut.dead_letters).await;
    assert_eq!(dead.len(), 1);
    assert!(dead[0].body.as_ref().is_some_and(|body| body.contains("no envelope: line 1")));
}

#[tokio::test]
async fn a_second_delivery_says_nothing_again() {
    let sut = sut().await;
    assert!(sut.handle(recorded(), MINUTE).await.is_empty());
    let said = sut.platform.said().len();
    assert!(sut.handle(recorded(), MINUTE).await.is_empty());
    assert_eq!(sut.platform.said().len(), said);
}

#[tokio::test]
async fn one_conversations_trouble_is_its_own_and_what_was_decided_stays_so() {
    let sut = sut().await;
    sut.platform.broken.lock().expect("unpoisoned").push(11);
    // Its first record failed, so its second was not begun.
    assert_eq!(sut.handle(recorded(), MINUTE).await, [id(1), id(3)]);
    assert_eq!(sut.platform.said(), ["/bot1:token/sendMessage 22: You said: two"]);

    sut.platform.broken.lock().expect("unpoisoned").clear();
    assert!(sut.handle(recorded(), MINUTE).await.is_empty());
    assert_eq!(
        sut.platform.said()[1..],
        [
            "/bot1:token/sendMessage 11: You said: one",
            "/bot1:token/sendMessage 11: You said: three",
        ]
    );
}

#[tokio::test]
async fn a_conversation_that_is_given_back_is_out_of_sight_as_a_whole() {
    let sut = sut().await;
    sut.queue_recorded().await;
    sut.platform.broken.lock().expect("unpoisoned").push(11);
    let failed = sut.handle(event(sut.receive(&sut.queue).await), MINUTE).await;
    assert_eq!(failed.len(), 2);

    // The first attempt waits one second and a bit, both messages alike: SQS gave them a minute.
    assert!(sut.receive(&sut.queue).await.is_empty());
    tokio::time::sleep(Duration::from_millis(2100)).await;
    assert_eq!(sut.receive(&sut.queue).await.len(), 2);
}

#[tokio::test]
async fn what_there_is_no_time_for_is_given_back_at_once() {
    let sut = sut().await;
    sut.queue_recorded().await;
    let failed = sut.handle(event(sut.receive(&sut.queue).await), Duration::from_secs(3)).await;
    assert_eq!(failed.len(), 4);
    assert!(sut.platform.said().is_empty());
    assert_eq!(sut.receive(&sut.queue).await.len(), 4);
}

#[tokio::test]
async fn what_was_sent_in_the_last_seconds_is_marked_and_not_sent_again() {
    let sut = sut().await;
    let long = |event: SqsEvent| {
        let mut event = event;
        event.records.truncate(1);
        for record in &mut event.records {
            let text = format!("{} {}", "a".repeat(4000), "b".repeat(4000));
            record.body = record.body.take().map(|body| body.replace("one", &text));
        }
        event
    };
    let parts = || -> Vec<String> {
        let last = |said: String| said.chars().last().map(String::from).unwrap_or_default();
        sut.platform.said().into_iter().map(last).collect()
    };

    // Enough to begin the first part, which takes too long for the second to be begun.
    *sut.platform.delay.lock().expect("unpoisoned") = Duration::from_secs(1);
    assert_eq!(sut.handle(long(recorded()), Duration::from_millis(18_900)).await, [id(1)]);
    assert_eq!(parts(), ["a"]);
    assert!(sut.handle(long(recorded()), MINUTE).await.is_empty());
    assert_eq!(parts(), ["a", "b"]);
}

#[tokio::test]
async fn a_long_answer_is_an_answer() {
    for echo in [200_000, 2_000_000] {
        let sut = sut().await;
        *sut.platform.echo.lock().expect("unpoisoned") = echo;
        assert!(sut.handle(recorded(), MINUTE).await.is_empty(), "{echo}");
    }
}

#[tokio::test]
async fn nothing_is_lost_when_the_table_cannot_be_reached() {
    let settings = |name: &str| {
        let value = match name {
            "AWS_REGION" => "eu-central-1",
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "test",
            "AWS_ENDPOINT_URL" => "http://127.0.0.1:1",
            "TABLE_NAME" => "table",
            "QUEUE_URL" | "DLQ_URL" => "http://127.0.0.1:1/000000000000/queue.fifo",
            _ => return None,
        };
        Some(value.to_owned())
    };
    let worker = Worker::from_settings(&BOT, &settings).expect("settings");
    let deadline = Timestamp::default().plus(now() + MINUTE);
    let response = worker.handle(recorded(), "invocation", deadline).await;
    assert_eq!(response.batch_item_failures.len(), 4);
}

#[test]
fn a_missing_variable_is_named() {
    let names = [
        "AWS_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "TABLE_NAME",
        "QUEUE_URL",
        "DLQ_URL",
    ];
    for missing in names {
        let settings = |name: &str| {
            (names.contains(&name) && name != missing).then(|| "http://127.0.0.1:1".to_owned())
        };
        let error = Worker::from_settings(&BOT, &settings).err().map(|error| error.to_string());
        assert_eq!(error, Some(format!("{missing} is not set")));
    }
}
