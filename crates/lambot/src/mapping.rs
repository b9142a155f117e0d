//! A loop in place of Lambda's event source mapping: it receives batches, has queue-worker work through them, and deletes
//! what is done.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Once};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName};
use bot_core::Timestamp;
use queue_worker::Worker;
use queue_worker::sqs::{SqsEvent, SqsMessage};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::stores::stopped;
use crate::terminal::complain;

/// The deployed function's timeout.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(30);

/// How many batches are worked through at once.
const CONCURRENCY: usize = 4;

/// The pause after a receive that failed.
const PAUSE: Duration = Duration::from_millis(500);

/// The mapping between a queue and the worker.
pub(crate) struct Mapping {
    pub(crate) sqs: aws_sdk_sqs::Client,
    pub(crate) queue_url: String,
    pub(crate) worker: Worker,
    /// How many messages have been deleted.
    pub(crate) done: watch::Sender<u64>,
}

impl Mapping {
    /// Runs until `stop`, then lets what has begun end.
    pub(crate) async fn run(self: Arc<Self>, stop: watch::Receiver<bool>) {
        let slots = Arc::new(Semaphore::new(CONCURRENCY));
        let mut invocations = JoinSet::new();
        let stopping = stopped(stop);
        tokio::pin!(stopping);
        loop {
            let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { break };
            let received = tokio::select! {
                () = &mut stopping => break,
                received = self.receive() => received,
            };
            match received {
                Ok(messages) if messages.is_empty() => {}
                Ok(messages) => {
                    let mapping = Arc::clone(&self);
                    invocations.spawn(async move {
                        mapping.invoke(messages).await;
                        drop(slot);
                    });
                }
                Err(error) => {
                    tracing::warn!("{error:#}");
                    tokio::time::sleep(PAUSE).await;
                }
            }
            while invocations.try_join_next().is_some() {}
        }
        while invocations.join_next().await.is_some() {}
    }

    async fn receive(&self) -> anyhow::Result<Vec<Message>> {
        let received = self
            .sqs
            .receive_message()
            .queue_url(&self.queue_url)
            .max_number_of_messages(10)
            .wait_time_seconds(20)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .send()
            .await
            .context("SQS ReceiveMessage")?;
        Ok(received.messages.unwrap_or_default())
    }

    async fn invoke(&self, messages: Vec<Message>) {
        static INVOCATIONS: AtomicU64 = AtomicU64::new(0);

        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let receipts: Vec<(String, String)> = messages
            .iter()
            .map(|message| {
                (
                    message.message_id.clone().unwrap_or_default(),
                    message.receipt_handle.clone().unwrap_or_default(),
                )
            })
            .collect();
        let mut event = SqsEvent::default();
        event.records = messages.into_iter().map(into_record).collect();
        let invocation =
            format!("{}-{}", now.as_millis(), INVOCATIONS.fetch_add(1, Ordering::Relaxed));
        let deadline = Timestamp::default().plus(now + TIMEOUT);
        let response = self.worker.handle(event, &invocation, deadline).await;
        // The deployed function ends its process by itself then.
        if self.worker.is_tainted() {
            static SAID: Once = Once::new();
            SAID.call_once(|| {
                complain("A handler does not end, and keeps a processor busy: mend it, and start this again.");
            });
        }
        let failed: HashSet<String> = response
            .batch_item_failures
            .into_iter()
            .map(|failure| failure.item_identifier)
            .collect();
        let done = receipts
            .into_iter()
            .filter(|(id, _)| !failed.contains(id))
            .map(|(_, receipt)| receipt)
            .collect();
        if let Err(error) = self.delete(done).await {
            tracing::warn!("{error:#}");
        }
    }

    async fn delete(&self, receipts: Vec<String>) -> anyhow::Result<()> {
        if receipts.is_empty() {
            return Ok(());
        }
        let entries = receipts
            .into_iter()
            .enumerate()
            .map(|(id, receipt)| {
                DeleteMessageBatchRequestEntry::builder()
                    .id(id.to_string())
                    .receipt_handle(receipt)
                    .build()
            })
            .collect::<Result<Vec<_>, _>>()?;
        let count = entries.len() as u64;
        self.sqs
            .delete_message_batch()
            .queue_url(&self.queue_url)
            .set_entries(Some(entries))
            .send()
            .await
            .context("SQS DeleteMessageBatch")?;
        self.done.send_modify(|done| *done += count);
        Ok(())
    }
}

/// A received message as Lambda hands it to a function.
fn into_record(message: Message) -> SqsMessage {
    let mut record = SqsMessage::default();
    record.message_id = message.message_id;
    record.receipt_handle = message.receipt_handle;
    record.body = message.body;
    record.attributes = message
        .attributes
        .unwrap_or_default()
        .into_iter()
        .map(|(name, value)| (name.as_str().to_owned(), value))
        .collect::<HashMap<_, _>>();
    record.event_source = Some("aws:sqs".to_owned());
    record
}
