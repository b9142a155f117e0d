//! A message: what a sender may ask for, and what the queue keeps.
//!
//! Everything about a message that does not depend on other messages is checked here, before the queue
//! is touched: a refused message leaves no trace.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::attributes::QueueAttributes;
use super::message_attribute::MessageAttribute;
use crate::error::{ErrorCode, SqsError, within};

/// SQS's limit for a message, and for all messages of one batch together.
pub(crate) const MAX_MESSAGE_BYTES: u64 = 1_048_576;

/// The only system attribute a sender can set.
const TRACE_HEADER: &str = "AWSTraceHeader";

/// A message as its sender describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NewMessage {
    /// The text of the message.
    #[serde(rename = "MessageBody")]
    pub body: String,
    /// The group within which order is kept. A FIFO queue requires it.
    pub message_group_id: Option<String>,
    /// What makes a message a duplicate of another. FIFO queues only.
    pub message_deduplication_id: Option<String>,
    /// How long the message stays hidden. Standard queues only; else it is the queue's setting.
    pub delay_seconds: Option<i64>,
    /// What is sent along with the body.
    pub message_attributes: BTreeMap<String, MessageAttribute>,
    /// What is sent along for AWS itself.
    pub message_system_attributes: BTreeMap<String, MessageAttribute>,
}

impl NewMessage {
    /// A message for a standard queue.
    pub fn standard(body: impl Into<String>) -> Self {
        Self { body: body.into(), ..Self::default() }
    }

    /// A message for a FIFO queue.
    pub fn fifo(
        body: impl Into<String>,
        group_id: impl Into<String>,
        deduplication_id: impl Into<String>,
    ) -> Self {
        Self {
            body: body.into(),
            message_group_id: Some(group_id.into()),
            message_deduplication_id: Some(deduplication_id.into()),
            ..Self::default()
        }
    }

    /// The size that counts against SQS's limits.
    pub fn size(&self) -> u64 {
        let attributes = self.message_attributes.iter();
        self.body.len() as u64 + attributes.map(|(name, value)| value.size(name)).sum::<u64>()
    }

    /// Checks the message against the settings of the queue it is for.
    pub(crate) fn check(&self, queue: &QueueAttributes) -> Result<(), SqsError> {
        if self.body.is_empty() {
            return Err(SqsError::missing("MessageBody"));
        }
        if !self.body.chars().all(is_allowed_in_body) {
            return Err(SqsError::new(
                ErrorCode::InvalidMessageContents,
                "Invalid characters in the message body: only #x9, #xA, #xD, #x20 to #xD7FF, \
                 #xE000 to #xFFFD and #x10000 to #x10FFFF are allowed.",
            ));
        }
        super::message_attribute::check(&self.message_attributes)?;
        if self.message_system_attributes.keys().any(|name| name != TRACE_HEADER) {
            return Err(SqsError::invalid_value(
                "MessageSystemAttributes",
                "Only AWSTraceHeader can be set.",
            ));
        }
        super::message_attribute::check(&self.message_system_attributes)?;
        if self.size() > queue.maximum_message_size {
            let limit = queue.maximum_message_size;
            let reason = format!("Message must be shorter than {limit} bytes.");
            return Err(SqsError::invalid_value("MessageBody", reason));
        }
        self.check_kind(queue)
    }

    /// What FIFO and standard queues do not have in common.
    fn check_kind(&self, queue: &QueueAttributes) -> Result<(), SqsError> {
        const OTHER_KIND: &str =
            "The request includes a parameter that is not valid for this queue type.";
        if let Some(group) = &self.message_group_id {
            check_id("MessageGroupId", group)?;
        } else if queue.fifo {
            return Err(SqsError::missing("MessageGroupId"));
        }
        if let Some(seconds) = self.delay_seconds {
            within("DelaySeconds", seconds, 0..=900)?;
            // Clients that always send a delay can use FIFO queues, as long as it says nothing.
            if queue.fifo && seconds != 0 {
                return Err(SqsError::invalid_value("DelaySeconds", OTHER_KIND));
            }
        }
        match &self.message_deduplication_id {
            Some(_) if !queue.fifo => {
                Err(SqsError::invalid_value("MessageDeduplicationId", OTHER_KIND))
            }
            Some(id) => check_id("MessageDeduplicationId", id),
            None if queue.fifo && !queue.content_based_deduplication => {
                Err(SqsError::invalid_value(
                    "MessageDeduplicationId",
                    "The queue should either have ContentBasedDeduplication enabled or \
                     MessageDeduplicationId provided explicitly",
                ))
            }
            None => Ok(()),
        }
    }

    pub(crate) fn trace_header(&self) -> Option<&str> {
        self.message_system_attributes.get(TRACE_HEADER)?.string_value.as_deref()
    }
}

fn is_allowed_in_body(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{FFFD}' | '\u{10000}'..)
}

/// The rule for ids a sender makes up: up to 128 printable ASCII characters, and no space.
pub(crate) fn check_id(parameter: &str, id: &str) -> Result<(), SqsError> {
    if (1..=128).contains(&id.len()) && id.chars().all(|c| c.is_ascii_graphic()) {
        return Ok(());
    }
    let reason = "It can only include alphanumeric and punctuation characters, 1 to 128 in length.";
    Err(SqsError::invalid_value(parameter, reason))
}

/// A message in a queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) body: String,
    pub(crate) attributes: BTreeMap<String, MessageAttribute>,
    pub(crate) trace_header: Option<String>,
    pub(crate) group_id: Option<String>,
    pub(crate) deduplication_id: Option<String>,
    pub(crate) sent_ms: u64,
    /// When the delay of a message in a standard queue ends.
    pub(crate) available_ms: u64,
    pub(crate) first_received_ms: Option<u64>,
    /// In all queues the message was in: the number receivers see.
    pub(crate) receive_count: u64,
    /// In this queue: the number its redrive policy goes by.
    pub(crate) receives_here: u64,
    /// The last time it was received in this queue.
    pub(crate) delivery: Option<Delivery>,
    pub(crate) dead_letter_source_arn: Option<String>,
}

/// What a receiver holds of a message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Delivery {
    pub(crate) received_ms: u64,
    /// When the message can be received again.
    pub(crate) visible_ms: u64,
}

impl Message {
    pub(crate) fn group(&self) -> &str {
        self.group_id.as_deref().unwrap_or_default()
    }

    /// Takes away what belonged to the queue the message was in.
    pub(crate) fn leave_queue(&mut self) {
        self.receives_here = 0;
        self.delivery = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ErrorCode::{InvalidMessageContents, InvalidParameterValue, MissingParameter};

    #[test]
    fn messages_are_checked_against_their_queue() {
        let fifo = || NewMessage::fifo("text", "group", "id");
        let standard = || NewMessage::standard("text");
        let long = || "x".repeat(129);
        let body = |body: &str| NewMessage { body: body.to_owned(), ..fifo() };
        let group = |id: &str| NewMessage { message_group_id: Some(id.to_owned()), ..fifo() };
        let delayed = |of: NewMessage, s| NewMessage { delay_seconds: Some(s), ..of };
        // (case, for a FIFO queue, message, why it is refused)
        let cases = [
            ("fifo", true, fifo(), None),
            ("no group", true, standard(), Some(MissingParameter)),
            (
                "no deduplication id",
                true,
                NewMessage { message_deduplication_id: None, ..fifo() },
                Some(InvalidParameterValue),
            ),
            ("delay on FIFO", true, delayed(fifo(), 3), Some(InvalidParameterValue)),
            ("no delay, said aloud", true, delayed(fifo(), 0), None),
            ("empty body", true, body(""), Some(MissingParameter)),
            ("control character", true, body("a\u{1}"), Some(InvalidMessageContents)),
            ("not a character", true, body("a\u{FFFF}"), Some(InvalidMessageContents)),
            ("tab, newline, emoji", true, body("\t\r\n🦀\u{7f}"), None),
            ("1 MiB", true, body(&"x".repeat(1_048_576)), None),
            ("over 1 MiB", true, body(&"x".repeat(1_048_577)), Some(InvalidParameterValue)),
            ("group with a space", true, group("a b"), Some(InvalidParameterValue)),
            ("group not ASCII", true, group("é"), Some(InvalidParameterValue)),
            ("group empty", true, group(""), Some(InvalidParameterValue)),
            ("group too long", true, group(&long()), Some(InvalidParameterValue)),
            ("standard", false, standard(), None),
            ("fair queue", false, NewMessage { message_deduplication_id: None, ..fifo() }, None),
            ("deduplication on standard", false, fifo(), Some(InvalidParameterValue)),
            ("delay", false, delayed(standard(), 900), None),
            ("delay too long", false, delayed(standard(), 901), Some(InvalidParameterValue)),
            ("delay negative", false, delayed(standard(), -1), Some(InvalidParameterValue)),
        ];

        for (case, is_fifo, message, expected) in cases {
            let result = message.check(&QueueAttributes::new(is_fifo));
            assert_eq!(result.err().map(|error| error.code()), expected, "{case}");
        }
    }
}
