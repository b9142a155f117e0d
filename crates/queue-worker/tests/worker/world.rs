//! The function between local stores and a stand-in for a platform's API.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use bot_aws::setup::{create_queues, create_table};
use bot_aws::{Aws, Patience};
use bot_core::{Bot, Timestamp};
use queue_worker::Worker;
use queue_worker::sqs::{SqsEvent, SqsMessage};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// A platform's API that writes down what it is sent, and answers some chats with an error.
#[derive(Clone, Default)]
pub(crate) struct Platform {
    said: Arc<Mutex<Vec<String>>>,
    /// What shows that the bot works.
    pub(crate) shown: Arc<Mutex<Vec<String>>>,
    pub(crate) broken: Arc<Mutex<Vec<i64>>>,
    /// The chats that have had too much, for five minutes.
    pub(crate) limited: Arc<Mutex<Vec<i64>>>,
    /// How long an answer takes, and how much it echoes.
    pub(crate) delay: Arc<Mutex<Duration>>,
    pub(crate) echo: Arc<Mutex<usize>>,
}

impl Platform {
    pub(crate) fn said(&self) -> Vec<String> {
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
    if platform.limited.lock().expect("unpoisoned").contains(&chat) {
        let answer = r#"{"ok":false,"parameters":{"retry_after":300}}"#;
        return (StatusCode::TOO_MANY_REQUESTS, answer.to_owned());
    }
    let Some(text) = body["text"].as_str() else {
        let shown = format!("{} {chat}: {}", uri.path(), body["action"]);
        platform.shown.lock().expect("unpoisoned").push(shown);
        return (StatusCode::OK, r#"{"ok":true,"result":true}"#.to_owned());
    };
    let said = format!("{} {chat}: {text}", uri.path());
    platform.said.lock().expect("unpoisoned").push(said);
    let (delay, echo) =
        (*platform.delay.lock().expect("unpoisoned"), *platform.echo.lock().expect("unpoisoned"));
    tokio::time::sleep(delay).await;
    let result = "x".repeat(echo);
    (StatusCode::OK, format!(r#"{{"ok":true,"result":{{"text":"{result}"}}}}"#))
}

pub(crate) struct Sut {
    pub(crate) settings: Settings,
    pub(crate) worker: Worker,
    pub(crate) platform: Platform,
    sqs: aws_sdk_sqs::Client,
    pub(crate) queue: String,
    pub(crate) dead_letters: String,
}

type Settings = BTreeMap<&'static str, String>;

impl Sut {
    pub(crate) async fn new(bot: &'static Bot) -> Self {
        Self::with(bot, []).await
    }

    /// With more settings.
    pub(crate) async fn with(
        bot: &'static Bot,
        more: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Self {
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
        settings.extend(more);
        tokio::spawn(dynoxide::server::serve_on(listener, database));
        tokio::spawn(sqs_server.run(std::future::pending()));

        let second = Duration::from_secs(1);
        let patience = Patience { attempts: 1, attempt: second, altogether: second };
        let aws = Aws::from_settings(&|name| settings.get(name).cloned(), patience);
        let aws = aws.expect("settings");
        create_table(&aws.dynamodb(), "table").await.expect("a table");
        let sqs = aws.sqs();
        let (queue, dead_letters) = create_queues(&sqs, "queue").await.expect("queues");
        settings.insert("QUEUE_URL", queue.clone());
        settings.insert("DLQ_URL", dead_letters.clone());
        let worker = worker(bot, &settings);
        Self { settings, worker, platform, sqs, queue, dead_letters }
    }

    pub(crate) async fn handle(&self, event: SqsEvent, time_left: Duration) -> Vec<String> {
        handle(&self.worker, event, time_left).await
    }
    /// Queues the recorded batch's messages.
    pub(crate) async fn queue_recorded(&self) {
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

    pub(crate) async fn receive(&self, url: &str) -> Vec<Message> {
        let all = MessageSystemAttributeName::All;
        let request = self.sqs.receive_message().queue_url(url).max_number_of_messages(10);
        let received = request.message_system_attribute_names(all).send().await;
        received.expect("an answer").messages.unwrap_or_default()
    }
}

/// Another worker on the same table.
pub(crate) fn worker(bot: &'static Bot, settings: &Settings) -> Worker {
    Worker::from_settings(bot, &|name| settings.get(name).cloned()).expect("settings")
}

/// Has a worker handle a batch: the messages it gives back.
pub(crate) async fn handle(worker: &Worker, event: SqsEvent, time_left: Duration) -> Vec<String> {
    let deadline = Timestamp::default().plus(now() + time_left);
    let response = worker.handle(event, "invocation", deadline).await;
    response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
}

pub(crate) fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970")
}

/// The recorded batch, received just now.
pub(crate) fn recorded() -> SqsEvent {
    let event = include_str!("../../../../events/sqs-batch.json");
    let event = event.replace("1768052452456", &now().as_millis().to_string());
    serde_json::from_str(&event).expect("an event")
}

pub(crate) fn event(messages: Vec<Message>) -> SqsEvent {
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

/// What Ann says in a chat, as the `update`th thing of all.
pub(crate) fn message(update: u64, chat: i64, text: &str) -> SqsMessage {
    let body = json!({ "v": 1, "generation": 0, "received_at": now().as_millis(), "event": {
        "key": format!("telegram:1:{update}"),
        "platform": "telegram",
        "tenant": "1",
        "conversation": chat.to_string(),
        "user": { "id": "7", "name": "Ann" },
        "addressed": true,
        "kind": { "type": "message", "text": text },
        "address": { "chat_id": chat },
    } });
    let mut message = SqsMessage::default();
    message.message_id = Some(update.to_string());
    message.receipt_handle = Some(format!("receipt-{update}"));
    message.body = Some(body.to_string());
    message.attributes.insert("MessageGroupId".to_owned(), chat.to_string());
    message
}

pub(crate) fn batch(messages: impl IntoIterator<Item = SqsMessage>) -> SqsEvent {
    let mut event = SqsEvent::default();
    event.records = messages.into_iter().collect();
    event
}
