//! Accepting a message, or recognising it as one that was accepted before.

use sha2::{Digest, Sha256};

use super::message::{Message, NewMessage};
use super::message_attribute::{md5_of_attributes, md5_of_body};
use super::{Model, dedupe};
use crate::error::SqsError;

/// What the sender of a message is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The message's id; a duplicate is told the original's.
    pub message_id: String,
    /// The message's place in the order of a FIFO queue.
    pub sequence_number: Option<String>,
    /// The digest of the body, in hexadecimal.
    pub md5_of_body: String,
    /// The digest of the attributes, if there are any.
    pub md5_of_attributes: Option<String>,
    /// The digest of the system attributes, if there are any.
    pub md5_of_system_attributes: Option<String>,
}

impl Model {
    /// Sends a message.
    ///
    /// # Errors
    ///
    /// When there is no such queue, or the message is not one it takes.
    pub fn send(&mut self, now_ms: u64, name: &str, message: NewMessage) -> Result<Sent, SqsError> {
        let attributes = &self.queue(name)?.attributes;
        message.check(attributes)?;
        let fifo = attributes.fifo;
        let per_group = attributes.deduplicates_per_group;
        let queue_delay_seconds = attributes.delay_seconds;

        let mut sent = Sent {
            message_id: String::new(),
            sequence_number: None,
            md5_of_body: md5_of_body(&message.body),
            md5_of_attributes: md5_of_attributes(&message.message_attributes),
            md5_of_system_attributes: md5_of_attributes(&message.message_system_attributes),
        };
        let deduplication_id = fifo.then(|| {
            let given = message.message_deduplication_id.clone();
            given.unwrap_or_else(|| content_id(&message.body))
        });
        let key = deduplication_id
            .as_deref()
            .map(|id| dedupe::key(id, message.message_group_id.as_deref().filter(|_| per_group)));

        if let Some(key) = &key
            && let Some(original) = self.queue(name)?.duplicates.original(now_ms, key)
        {
            sent.message_id.clone_from(&original.message_id);
            sent.sequence_number = Some(sequence_number(original.position));
            return Ok(sent);
        }

        let position = self.issue();
        sent.message_id = self.message_id(position);
        sent.sequence_number = fifo.then(|| sequence_number(position));
        let delay = message.delay_seconds.and_then(|seconds| u64::try_from(seconds).ok());
        let delay_ms = delay.unwrap_or(queue_delay_seconds) * 1_000;

        let queue = self.queue_mut(name)?;
        if let Some(key) = key {
            queue.duplicates.remember(now_ms, key, &sent.message_id, position);
        }
        let kept = Message {
            id: sent.message_id.clone(),
            trace_header: message.trace_header().map(str::to_owned),
            body: message.body,
            attributes: message.message_attributes,
            group_id: message.message_group_id,
            deduplication_id,
            sent_ms: now_ms,
            available_ms: now_ms.saturating_add(delay_ms),
            first_received_ms: None,
            receive_count: 0,
            receives_here: 0,
            delivery: None,
            dead_letter_source_arn: None,
        };
        queue.messages.insert(position, kept);
        self.revision += 1;
        Ok(sent)
    }
}

/// The deduplication id that content-based deduplication gives a message.
fn content_id(body: &str) -> String {
    Sha256::digest(body.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A position as SQS writes it: twenty digits, and no leading zero for a parser to drop.
pub(super) fn sequence_number(position: u64) -> String {
    format!("188{position:017}")
}
