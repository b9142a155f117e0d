//! The queue and its dead-letter queue.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry,
    MessageSystemAttributeNameForSends, MessageSystemAttributeValue,
};
use bot_core::dead_letter::DeadLetter;
use bot_core::envelope::Envelope;

/// The most entries SQS takes in one batch.
///
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html>
const MOST_ENTRIES: usize = 10;

/// The FIFO queue between webhook-ingest and queue-worker, and the one beside it.
#[derive(Clone, Debug)]
pub struct Queue {
    client: Client,
    url: String,
    dead_letter_url: String,
}

impl Queue {
    /// The queues at these URLs.
    #[must_use]
    pub const fn new(client: Client, url: String, dead_letter_url: String) -> Self {
        Self { client, url, dead_letter_url }
    }

    /// Queues an envelope. When this returns, SQS has it.
    ///
    /// `trace` is X-Ray's header of the request that brought it: the trace goes on at whoever receives it.
    ///
    /// # Errors
    ///
    /// SQS could not be reached in time or did not take it: the webhook must not be answered as if it had.
    pub async fn send(&self, envelope: &Envelope, trace: Option<&str>) -> anyhow::Result<()> {
        let trace = trace.filter(|trace| is_trace(trace)).map(trace_header).transpose()?;
        self.client
            .send_message()
            .queue_url(&self.url)
            .message_body(envelope.to_json())
            .message_group_id(envelope.group_id())
            .message_deduplication_id(envelope.deduplication_id())
            .set_message_system_attributes(trace)
            .send()
            .await
            .context("SQS SendMessage")?;
        Ok(())
    }

    /// Puts something where an engineer looks at it.
    ///
    /// # Errors
    ///
    /// SQS could not be reached in time or did not take it: keep what would be lost.
    pub async fn bury(&self, letter: &DeadLetter) -> anyhow::Result<()> {
        self.client
            .send_message()
            .queue_url(&self.dead_letter_url)
            .message_body(letter.to_json())
            .message_group_id(&letter.ids.group)
            .message_deduplication_id(&letter.ids.deduplication)
            .send()
            .await
            .context("SQS SendMessage to the dead-letter queue")?;
        Ok(())
    }

    /// Deletes received messages.
    ///
    /// # Errors
    ///
    /// Some are still there, and will be delivered again.
    pub async fn delete(&self, receipts: &[String]) -> anyhow::Result<()> {
        for receipts in receipts.chunks(MOST_ENTRIES) {
            let entries = receipts
                .iter()
                .enumerate()
                .map(|(id, receipt)| {
                    DeleteMessageBatchRequestEntry::builder()
                        .id(id.to_string())
                        .receipt_handle(receipt)
                        .build()
                })
                .collect::<Result<Vec<_>, _>>()
                .context("a deletion batch")?;
            let answer = self
                .client
                .delete_message_batch()
                .queue_url(&self.url)
                .set_entries(Some(entries))
                .send()
                .await
                .context("SQS DeleteMessageBatch")?;
            ensure!(
                answer.failed().is_empty(),
                "{} messages could not be deleted",
                answer.failed().len()
            );
        }
        Ok(())
    }

    /// Keeps received messages out of sight for `wait` from now, rounded up to seconds.
    ///
    /// # Errors
    ///
    /// Some are still out of sight for as long as they were: that only delays them.
    pub async fn hide(&self, receipts: &[String], wait: Duration) -> anyhow::Result<()> {
        let seconds = i32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(i32::MAX);
        for receipts in receipts.chunks(MOST_ENTRIES) {
            let entries = receipts
                .iter()
                .enumerate()
                .map(|(id, receipt)| {
                    ChangeMessageVisibilityBatchRequestEntry::builder()
                        .id(id.to_string())
                        .receipt_handle(receipt)
                        .visibility_timeout(seconds)
                        .build()
                })
                .collect::<Result<Vec<_>, _>>()
                .context("a visibility batch")?;
            let answer = self
                .client
                .change_message_visibility_batch()
                .queue_url(&self.url)
                .set_entries(Some(entries))
                .send()
                .await
                .context("SQS ChangeMessageVisibilityBatch")?;
            ensure!(
                answer.failed().is_empty(),
                "{} messages could not be hidden",
                answer.failed().len()
            );
        }
        Ok(())
    }
}

/// Whether SQS takes it: a message is not to be refused for want of a trace.
///
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>
fn is_trace(header: &str) -> bool {
    header.starts_with("Root=1-")
        && header.len() <= 500
        && header.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-=;:|".contains(&byte))
}

/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sqs.html>
fn trace_header(
    trace: &str,
) -> anyhow::Result<HashMap<MessageSystemAttributeNameForSends, MessageSystemAttributeValue>> {
    let value = MessageSystemAttributeValue::builder()
        .data_type("String")
        .string_value(trace)
        .build()
        .context("a trace header")?;
    Ok(HashMap::from([(MessageSystemAttributeNameForSends::AwsTraceHeader, value)]))
}
