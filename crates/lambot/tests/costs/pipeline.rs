//! Both functions over local stores, with this test in the place of Lambda.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use aws_sdk_sqs::types::MessageSystemAttributeName;
use bot::BOT;
use bot_aws::setup::{create_queues, create_table};
use bot_aws::{Aws, Patience};
use bot_core::Timestamp;
use queue_worker::Worker;
use queue_worker::sqs::{SqsEvent, SqsMessage};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use webhook_ingest::Ingest;

use crate::tap::{Call, Calls, tap};

pub(crate) const SECRET: &str = "telegram-secret";

/// As long as a build may run beside the tests.
const PATIENCE: Patience =
    Patience { attempts: 1, attempt: Duration::from_secs(20), altogether: Duration::from_secs(20) };

/// Both functions.
pub(crate) struct Pipeline {
    ingest: Ingest,
    /// What leads the worker to its stores.
    settings: BTreeMap<&'static str, String>,
    calls: Calls,
    /// Lambda's own way to the queue, which nobody notes.
    sqs: aws_sdk_sqs::Client,
    queue: String,
}

impl Pipeline {
    pub(crate) async fn start() -> Self {
        let address = "127.0.0.1:0".parse().unwrap();
        let sqs = sqs_local::Server::bind(address, sqs_local::Options::default()).await.unwrap();
        let (dynamodb, dynamodb_url) = listener().await;
        let mut settings = BTreeMap::from([
            ("AWS_REGION", "eu-central-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_ENDPOINT_URL_SQS", sqs.url()),
            ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb_url.clone()),
            ("TABLE_NAME", "table".to_owned()),
            ("TELEGRAM_SECRET_TOKEN", SECRET.to_owned()),
            ("TELEGRAM_BOT_TOKEN", "1:token".to_owned()),
            ("TELEGRAM_API_URL", telegram().await),
        ]);
        let sqs_url = sqs.url();
        tokio::spawn(dynoxide::server::serve_on(dynamodb, dynoxide::Database::memory().unwrap()));
        tokio::spawn(sqs.run(std::future::pending()));
        let aws = Aws::from_settings(&|name| settings.get(name).cloned(), PATIENCE).unwrap();
        create_table(&aws.dynamodb(), "table").await.unwrap();
        let sqs = aws.sqs();
        let (queue, dead_letters) = create_queues(&sqs, "queue").await.unwrap();

        let calls = Calls::default();
        settings.insert("QUEUE_URL", queue.clone());
        settings.insert("DLQ_URL", dead_letters);
        settings.insert("AWS_ENDPOINT_URL_SQS", tap(&sqs_url, &calls).await);
        settings.insert("AWS_ENDPOINT_URL_DYNAMODB", tap(&dynamodb_url, &calls).await);
        let lookup = |name: &str| settings.get(name).cloned();
        let ingest = Ingest::from_settings(&BOT, &lookup).unwrap();
        Self { ingest, settings, calls, sqs, queue }
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// What a webhook is answered.
    pub(crate) async fn webhook(&self, update: &str, secret: &str) -> u16 {
        let mut event: Value =
            serde_json::from_str(include_str!("../../../../events/telegram-message.json")).unwrap();
        event["body"] = json!(update);
        event["headers"]["x-telegram-bot-api-secret-token"] = json!(secret);
        let event = serde_json::from_value(event).unwrap();
        self.ingest.handle(event, None).await.status_code
    }

    /// Has one person say something, and an instance answer that remembers nothing.
    pub(crate) async fn say(&self, update: u64, text: &str) {
        let ann = json!({ "id": 1, "is_bot": false, "first_name": "Ann" });
        let chat = json!({ "id": 1, "type": "private" });
        let message = json!({ "message_id": update, "date": now().as_secs(), "chat": chat, "from": ann, "text": text });
        let update = json!({ "update_id": update, "message": message });
        assert_eq!(self.webhook(&update.to_string(), SECRET).await, 200);

        let received = self.sqs.receive_message().queue_url(&self.queue);
        let all = MessageSystemAttributeName::All;
        let received = received.message_system_attribute_names(all).send().await.unwrap();
        let [message] = received.messages() else { panic!("{received:?}") };
        let receipt = message.receipt_handle.clone();
        let mut record = SqsMessage::default();
        record.message_id.clone_from(&message.message_id);
        record.receipt_handle.clone_from(&receipt);
        record.body.clone_from(&message.body);
        for (name, value) in message.attributes.iter().flatten() {
            record.attributes.insert(name.as_str().to_owned(), value.clone());
        }
        let mut event = SqsEvent::default();
        event.records.push(record);
        let deadline = Timestamp::default().plus(now() + Duration::from_secs(60));
        let worker = Worker::from_settings(&BOT, &|name| self.settings.get(name).cloned()).unwrap();
        let response = worker.handle(event, "invocation", deadline).await;
        assert!(response.batch_item_failures.is_empty(), "{response:?}");
        let deletion = self.sqs.delete_message().queue_url(&self.queue);
        deletion.set_receipt_handle(receipt).send().await.unwrap();
    }
}

/// An API that takes whatever the bot says.
async fn telegram() -> String {
    let (listener, url) = listener().await;
    let answer = async || r#"{"ok":true,"result":{"message_id":1}}"#;
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(answer)).await });
    url
}

async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap()
}
