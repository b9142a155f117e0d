//! The queues, by SQS's own protocol, as an operator would look inside.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::eventually;
use super::http::{self, Request};
use super::lambot::Lambot;

impl Lambot {
    /// Performs an action of SQS on the queue that the variable `queue` leads to.
    #[track_caller]
    pub(crate) fn sqs(&self, action: &str, queue: &str, mut parameters: Value) -> Value {
        parameters["QueueUrl"] = json!(self.exported(queue));
        let endpoint = self.exported("AWS_ENDPOINT_URL_SQS");
        let request = Request::post("/", parameters.to_string())
            .header("X-Amz-Target", &format!("AmazonSQS.{action}"))
            .header("Content-Type", "application/x-amz-json-1.0");
        let answer = http::send(endpoint.strip_prefix("http://").unwrap(), &request);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// Waits until everything that was accepted is done. From then on nothing more is said.
    #[track_caller]
    pub(crate) fn settle(&self) {
        const COUNTS: [&str; 2] =
            ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];

        eventually("an empty queue", || {
            let answer =
                self.sqs("GetQueueAttributes", "QUEUE_URL", json!({ "AttributeNames": COUNTS }));
            COUNTS.iter().all(|count| answer["Attributes"][count] == "0").then_some(())
        });
    }

    /// Queues a message past webhook-ingest.
    #[track_caller]
    pub(crate) fn enqueue(&self, body: &str, group: &str, deduplication: &str) {
        self.put("QUEUE_URL", body, group, deduplication);
    }

    /// Puts a message into the dead-letter queue, as SQS moves it there.
    #[track_caller]
    pub(crate) fn bury(&self, body: &str, group: &str, deduplication: &str) {
        self.put("DLQ_URL", body, group, deduplication);
    }

    #[track_caller]
    fn put(&self, queue: &str, body: &str, group: &str, deduplication: &str) {
        let message = json!({
            "MessageBody": body,
            "MessageGroupId": group,
            "MessageDeduplicationId": deduplication,
        });
        self.sqs("SendMessage", queue, message);
    }

    /// Takes what is in the dead-letter queue.
    #[track_caller]
    pub(crate) fn dead_letters(&self) -> Vec<DeadLetter> {
        let mut letters = Vec::new();
        loop {
            let answer =
                self.sqs("ReceiveMessage", "DLQ_URL", json!({ "MaxNumberOfMessages": 10 }));
            let Some(messages) = answer["Messages"].as_array().filter(|m| !m.is_empty()) else {
                return letters;
            };
            letters.extend(messages.iter().map(DeadLetter::read));
        }
    }
}

/// A message of the dead-letter queue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DeadLetter {
    pub(crate) reason: String,
    /// The exact bytes of a webhook, or what stood in the queue.
    pub(crate) content: Vec<u8>,
}

impl DeadLetter {
    #[track_caller]
    fn read(message: &Value) -> Self {
        let letter: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
        let content = match letter["webhook"]["body_base64"].as_str() {
            Some(body) => STANDARD.decode(body).unwrap(),
            None => match letter["message"].as_str() {
                Some(message) => message.into(),
                None => letter["envelope"].to_string().into(),
            },
        };
        Self { reason: letter["reason"].as_str().unwrap().to_owned(), content }
    }
}
