//! Handing out messages, and handing the same ones out again to a receiver that lost the answer.
//!
//! Receiving is where a FIFO queue keeps its promises: what is received stays in its group's way until
//! it is deleted or visible again, and what was received too often is put out of the way first.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::dedupe::DEDUPLICATION_MS;
use super::message::{Delivery, Message, check_id};
use super::message_attribute::{MessageAttribute, md5_of_body};
use super::queue::Queue;
use super::receipt::Receipt;
use super::send::sequence_number;
use super::{ACCOUNT, Model};
use crate::error::{SqsError, within};

/// What a receiver asks for. Waiting for messages is up to the caller.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReceiveRequest {
    /// At most this many messages, 1 to 10; one unless given.
    pub max_messages: Option<i64>,
    /// How long the messages stay hidden; the queue's setting unless given.
    pub visibility_timeout_seconds: Option<i64>,
    /// Names this receive, so that a repetition gets the same messages. FIFO queues only.
    pub attempt_id: Option<String>,
}

/// A message as a receiver gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedMessage {
    /// The message's id.
    pub message_id: String,
    /// What to delete it by. Every receive makes a new one.
    pub receipt_handle: String,
    /// The text of the message.
    pub body: String,
    /// The digest of the body, in hexadecimal.
    pub md5_of_body: String,
    /// What SQS knows about the message, by SQS's names.
    pub attributes: BTreeMap<&'static str, String>,
    /// What was sent along with the body.
    pub message_attributes: BTreeMap<String, MessageAttribute>,
}

/// The receives that named themselves.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Attempts(BTreeMap<String, Attempt>);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Attempt {
    until_ms: u64,
    /// Each message's position, its number of receives and when it is visible again.
    messages: Vec<(u64, u64, u64)>,
}

impl Model {
    /// Receives messages that are there.
    ///
    /// # Errors
    ///
    /// When there is no such queue, or the request asks for what cannot be.
    pub fn receive(
        &mut self,
        now_ms: u64,
        name: &str,
        request: &ReceiveRequest,
    ) -> Result<Vec<ReceivedMessage>, SqsError> {
        self.advance(now_ms);
        let queue = self.queue_mut(name)?;
        let most = within("MaxNumberOfMessages", request.max_messages.unwrap_or(1), 1..=10)?;
        let timeout_seconds = match request.visibility_timeout_seconds {
            Some(seconds) => within("VisibilityTimeout", seconds, 0..=43_200)?,
            None => queue.attributes.visibility_timeout_seconds,
        };
        let visible_ms = now_ms.saturating_add(timeout_seconds * 1_000);
        queue.drop_expired(now_ms);

        if let Some(attempt_id) = &request.attempt_id {
            check_id("ReceiveRequestAttemptId", attempt_id)?;
            if !queue.attributes.fifo {
                return Err(SqsError::invalid_value(
                    "ReceiveRequestAttemptId",
                    "The request includes a parameter that is not valid for this queue type.",
                ));
            }
            let repeated = queue.repeat(now_ms, name, attempt_id, visible_ms)?;
            if !repeated.is_empty() {
                self.revision += 1;
                return Ok(repeated);
            }
        }

        let positions = self.select(now_ms, name, most);
        let queue = self.queue_mut(name)?;
        let deliver = |position: &u64| queue.deliver(now_ms, name, *position, visible_ms);
        let received: Vec<ReceivedMessage> = positions.iter().filter_map(deliver).collect();
        if !received.is_empty() {
            if let Some(attempt_id) = &request.attempt_id {
                queue.remember(now_ms, attempt_id, positions);
            }
            self.revision += 1;
        }
        Ok(received)
    }

    /// The positions of the next messages to hand out; what was received too often is moved away.
    fn select(&mut self, now_ms: u64, name: &str, most: u64) -> Vec<u64> {
        let Some(queue) = self.queues.get(name) else { return Vec::new() };
        let dead_letters = self.dead_letters(name);
        let mut selected = Vec::new();
        let mut dead = Vec::new();
        for position in queue.receivable(now_ms) {
            if selected.len() as u64 == most {
                break;
            }
            let receives = queue.messages.get(&position).map_or(0, |m| m.receives_here);
            match &dead_letters {
                Some((target, limit)) if receives >= *limit => {
                    dead.push((position, target.clone()));
                }
                _ => selected.push(position),
            }
        }
        for (position, target) in dead {
            self.bury(now_ms, name, position, &target);
        }
        selected
    }
}

impl Queue {
    /// Hands out one message.
    fn deliver(
        &mut self,
        now_ms: u64,
        name: &str,
        position: u64,
        visible_ms: u64,
    ) -> Option<ReceivedMessage> {
        let fifo = self.attributes.fifo;
        let message = self.messages.get_mut(&position)?;
        message.receive_count += 1;
        message.receives_here += 1;
        message.first_received_ms.get_or_insert(now_ms);
        message.delivery = Some(Delivery { received_ms: now_ms, visible_ms });
        Some(message.as_received(name, position, fifo))
    }

    /// The messages of an earlier receive of this name, hidden anew; none when it has to be made afresh.
    fn repeat(
        &mut self,
        now_ms: u64,
        name: &str,
        attempt_id: &str,
        visible_ms: u64,
    ) -> Result<Vec<ReceivedMessage>, SqsError> {
        let fifo = self.attributes.fifo;
        let Some(attempt) = self.attempts.0.get_mut(attempt_id) else { return Ok(Vec::new()) };
        if attempt.until_ms <= now_ms {
            return Ok(Vec::new());
        }
        let is_as_it_was = |(position, receives, visible_ms): &(u64, u64, u64)| {
            self.messages.get(position).is_some_and(|message| {
                let delivery = message.delivery.as_ref();
                message.receives_here == *receives
                    && delivery.is_some_and(|delivery| delivery.visible_ms == *visible_ms)
            })
        };
        if !attempt.messages.iter().all(is_as_it_was) {
            return Err(SqsError::invalid_value(
                "ReceiveRequestAttemptId",
                "The receiveRequestAttemptId is not valid anymore since the receive call is not \
                 retryable.",
            ));
        }
        if attempt.messages.iter().any(|(_, _, visible_ms)| *visible_ms <= now_ms) {
            return Ok(Vec::new());
        }

        let mut repeated = Vec::new();
        for (position, _, was_visible_ms) in &mut attempt.messages {
            let Some(message) = self.messages.get_mut(position) else { continue };
            if let Some(delivery) = &mut message.delivery {
                delivery.visible_ms = visible_ms;
            }
            *was_visible_ms = visible_ms;
            repeated.push(message.as_received(name, *position, fifo));
        }
        Ok(repeated)
    }

    fn remember(&mut self, now_ms: u64, attempt_id: &str, positions: Vec<u64>) {
        let messages = positions.into_iter().filter_map(|position| {
            let message = self.messages.get(&position)?;
            Some((position, message.receives_here, message.delivery.as_ref()?.visible_ms))
        });
        let until_ms = now_ms.saturating_add(DEDUPLICATION_MS);
        let attempt = Attempt { until_ms, messages: messages.collect() };
        self.attempts.0.retain(|_, attempt| attempt.until_ms > now_ms);
        self.attempts.0.insert(attempt_id.to_owned(), attempt);
    }
}

impl Message {
    fn as_received(&self, queue: &str, position: u64, fifo: bool) -> ReceivedMessage {
        let receipt = Receipt { queue: queue.to_owned(), position, receive: self.receives_here };
        let optional = [
            ("ApproximateFirstReceiveTimestamp", self.first_received_ms.map(|ms| ms.to_string())),
            ("MessageGroupId", self.group_id.clone()),
            ("MessageDeduplicationId", self.deduplication_id.clone()),
            ("SequenceNumber", fifo.then(|| sequence_number(position))),
            ("AWSTraceHeader", self.trace_header.clone()),
            ("DeadLetterQueueSourceArn", self.dead_letter_source_arn.clone()),
        ];
        let mut attributes: BTreeMap<&'static str, String> =
            optional.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        attributes.insert("SenderId", ACCOUNT.to_owned());
        attributes.insert("SentTimestamp", self.sent_ms.to_string());
        attributes.insert("ApproximateReceiveCount", self.receive_count.to_string());
        ReceivedMessage {
            message_id: self.id.clone(),
            receipt_handle: receipt.to_handle(),
            body: self.body.clone(),
            md5_of_body: md5_of_body(&self.body),
            attributes,
            message_attributes: self.attributes.clone(),
        }
    }
}
