//! Reads the dead-letter queue without taking anything out of it.
//!
//! SQS has no way to look: a message is received, and so hidden from others, until it is given back. A FIFO queue locks
//! the groups of what is hidden. So at most ten messages of a group are ever seen at once, and the rest of it only when
//! these are gone: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html>.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, Message, MessageSystemAttributeName,
    QueueAttributeName,
};
use bot_core::Timestamp;
use bot_core::dead_letter::DeadLetter;

use crate::deployment::Queues;

/// The most messages SQS hands out, and takes, at once.
///
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>
const MOST: usize = 10;

/// How many seconds what was received stays hidden, should we not come to give it back.
const HIDDEN: i32 = 30;

/// How many seconds an answer may wait for a message: with none of waiting, SQS may pass over messages it has.
///
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html>
const WAIT: i32 = 1;

/// A message of the dead-letter queue.
pub(crate) struct Found {
    /// Its id in SQS.
    pub(crate) id: String,
    /// What it says.
    pub(crate) letter: DeadLetter,
}

/// The dead-letter queue, from its beginning.
pub(crate) struct Letters<'a> {
    queues: &'a Queues,
    seen: BTreeSet<String>,
    /// What is hidden from others: receipts by id.
    held: BTreeMap<String, String>,
}

impl<'a> Letters<'a> {
    pub(crate) const fn of(queues: &'a Queues) -> Self {
        Self { queues, seen: BTreeSet::new(), held: BTreeMap::new() }
    }

    /// The next ones, which others do not see until they are released; none when there is nothing more to be seen.
    ///
    /// # Errors
    ///
    /// SQS could not be reached or refuses.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Vec<Found>> {
        let most = i32::try_from(MOST).unwrap_or_default();
        let request = self.queues.sqs.receive_message().queue_url(&self.queues.dead_letter_url);
        let answer = request
            .max_number_of_messages(most)
            .visibility_timeout(HIDDEN)
            .wait_time_seconds(WAIT)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .send()
            .await
            .context("SQS ReceiveMessage")?;
        let mut page = Vec::new();
        for mut message in answer.messages.unwrap_or_default() {
            let id = message.message_id.take().context("SQS named no message id")?;
            let receipt = message.receipt_handle.take().context("SQS named no receipt")?;
            self.held.insert(id.clone(), receipt);
            // In a long queue, the first ones are there again before the last ones are read.
            if self.seen.insert(id.clone()) {
                let body = message.body.as_deref().unwrap_or_default();
                page.push(Found { id, letter: DeadLetter::read(body, sent_at(&message)) });
            }
        }
        Ok(page)
    }

    /// Takes one out of the queue.
    ///
    /// # Errors
    ///
    /// SQS could not be reached or refuses; it is still there.
    pub(crate) async fn delete(&mut self, id: &str) -> anyhow::Result<()> {
        let receipt = self.held.get(id).context("it is not held")?;
        let request = self.queues.sqs.delete_message().queue_url(&self.queues.dead_letter_url);
        request.receipt_handle(receipt).send().await.context("SQS DeleteMessage")?;
        self.held.remove(id);
        Ok(())
    }

    /// About how many there are that were not seen: behind others of their group, or in somebody else's hands.
    ///
    /// # Errors
    ///
    /// SQS could not be reached or refuses.
    pub(crate) async fn unseen(&self) -> anyhow::Result<usize> {
        let names = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let request = self.queues.sqs.get_queue_attributes();
        let answer = request
            .queue_url(&self.queues.dead_letter_url)
            .set_attribute_names(Some(names.to_vec()))
            .send()
            .await
            .context("SQS GetQueueAttributes")?;
        let attributes = answer.attributes.unwrap_or_default();
        let count = |name| attributes.get(name).and_then(|count| count.parse::<usize>().ok());
        Ok(names.iter().filter_map(count).sum::<usize>().saturating_sub(self.held.len()))
    }

    /// Shows the rest to others again.
    ///
    /// # Errors
    ///
    /// SQS could not be reached or refuses: they are hidden for a while yet.
    pub(crate) async fn release(self) -> anyhow::Result<()> {
        let receipts: Vec<String> = self.held.into_values().collect();
        for receipts in receipts.chunks(MOST) {
            let entries = receipts.iter().enumerate().map(|(nth, receipt)| {
                ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(nth.to_string())
                    .receipt_handle(receipt)
                    .visibility_timeout(0)
                    .build()
            });
            let entries = entries.collect::<Result<Vec<_>, _>>().context("a visibility batch")?;
            // What cannot be shown any more, because its time is over, is shown already.
            self.queues
                .sqs
                .change_message_visibility_batch()
                .queue_url(&self.queues.dead_letter_url)
                .set_entries(Some(entries))
                .send()
                .await
                .context("SQS ChangeMessageVisibilityBatch")?;
        }
        Ok(())
    }
}

fn sent_at(message: &Message) -> Timestamp {
    let attributes = message.attributes.as_ref();
    let sent_at = attributes.and_then(|all| all.get(&MessageSystemAttributeName::SentTimestamp));
    let millis = sent_at.and_then(|millis| millis.parse().ok()).unwrap_or_default();
    Timestamp::from_millis(millis)
}
