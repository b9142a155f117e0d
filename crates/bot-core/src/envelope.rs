//! The contract between webhook-ingest and queue-worker: what is in the queue, and under which ids.
//!
//! Both functions are deployed together, but messages outlive a deployment: a worker meets envelopes written by older
//! and, after a rollback, by newer code. Every envelope therefore says its version, and a worker that does not know it
//! leaves the message where it is.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::event::{Event, EventKey};
use crate::platform::Platform;
use crate::time::Timestamp;

/// The newest version this code reads and the one it writes.
const VERSION: u32 = 1;

/// The largest envelope: 1 MiB, which is what SQS takes, less what a dead letter adds around it.
///
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
pub const MAX_ENVELOPE_BYTES: usize = 1024 * 1024 - 4096;

/// How much is kept of a message that is no envelope. Escaped, a character may take six bytes.
const MAX_KEPT_BYTES: usize = 128 * 1024;

/// An event on its way through the queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    #[serde(rename = "v")]
    version: u32,
    /// 0, or how often this event has been taken back out of the dead-letter queue.
    pub generation: u32,
    /// When webhook-ingest accepted it.
    pub received_at: Timestamp,
    /// What happened.
    pub event: Event,
}

/// Why an envelope cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// A newer deployment will know how: leave the message on the queue.
    #[error("envelope version {0} is newer than this worker")]
    Newer(u32),
    /// Nobody ever will.
    #[error("no envelope: line {line}, column {column}")]
    Unreadable {
        /// Where reading stopped.
        line: usize,
        /// Where reading stopped.
        column: usize,
    },
}

impl Envelope {
    /// Wraps an event that was accepted at `received_at`.
    #[must_use]
    pub const fn new(event: Event, received_at: Timestamp) -> Self {
        Self { version: VERSION, generation: 0, received_at, event }
    }

    /// The message body.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Opens a message body.
    ///
    /// # Errors
    ///
    /// [`OpenError::Newer`] asks for patience, [`OpenError::Unreadable`] for the dead-letter queue.
    pub fn open(body: &str) -> Result<Self, OpenError> {
        #[derive(Deserialize)]
        struct Versioned {
            v: u32,
        }

        let unreadable = |error: serde_json::Error| OpenError::Unreadable {
            line: error.line(),
            column: error.column(),
        };
        let Versioned { v } = serde_json::from_str(body).map_err(unreadable)?;
        if v > VERSION {
            return Err(OpenError::Newer(v));
        }
        serde_json::from_str(body).map_err(unreadable)
    }

    /// The `MessageGroupId`: events of one conversation wait for each other.
    #[must_use]
    pub fn group_id(&self) -> String {
        conversation_hash(&self.event)
    }

    /// The `MessageDeduplicationId`: within SQS's five minutes the same event is queued once.
    #[must_use]
    pub fn deduplication_id(&self) -> String {
        hash(&[self.event.key.as_str(), &self.generation.to_string()])
    }
}

/// A conversation's name in queues, tables and logs, where the platform's own ids do not belong.
#[must_use]
pub fn conversation_hash(event: &Event) -> String {
    hash(&[event.platform.slug(), &event.tenant, &event.conversation])
}

/// A message in the dead-letter queue that an engineer should look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    #[serde(rename = "v")]
    version: u32,
    /// Why it is here; quotes nothing a person wrote.
    pub reason: String,
    /// When it was put here.
    pub died_at: Timestamp,
    /// What died.
    #[serde(flatten)]
    pub content: DeadContent,
    /// Its ids in the queue.
    #[serde(skip)]
    pub ids: DeadIds,
}

/// What died.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadContent {
    /// An authentic webhook nobody could read, as it came.
    Webhook {
        /// Who sent it.
        platform: Platform,
        /// Its exact bytes.
        body_base64: String,
    },
    /// An event that could not be decided or answered. Not as text: escaping it could make it larger than SQS takes.
    Envelope(Box<Envelope>),
    /// A message of the queue that is no envelope, or its beginning.
    Message(String),
}

/// The ids a dead letter is queued under.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeadIds {
    /// The `MessageGroupId`.
    pub group: String,
    /// The `MessageDeduplicationId`: putting it there again after a crash adds nothing.
    pub deduplication: String,
}

impl DeadLetter {
    /// An authentic webhook of `platform` that cannot be read.
    #[must_use]
    pub fn webhook(
        platform: Platform,
        body_base64: String,
        reason: String,
        died_at: Timestamp,
    ) -> Self {
        let id = hash(&[platform.slug(), &body_base64]);
        let ids = DeadIds { group: id.clone(), deduplication: id };
        Self {
            version: VERSION,
            reason,
            died_at,
            content: DeadContent::Webhook { platform, body_base64 },
            ids,
        }
    }

    /// The `nth` dead letter of the event with this key, or of the whole event when `nth` is zero.
    #[must_use]
    pub fn envelope(envelope: &Envelope, nth: usize, reason: String, died_at: Timestamp) -> Self {
        let deduplication = dead_deduplication_id(&envelope.event.key, envelope.generation, nth);
        let ids = DeadIds { group: envelope.group_id(), deduplication };
        Self {
            version: VERSION,
            reason,
            died_at,
            content: DeadContent::Envelope(Box::new(envelope.clone())),
            ids,
        }
    }

    /// A message body that is no envelope.
    #[must_use]
    pub fn message(body: &str, reason: String, died_at: Timestamp) -> Self {
        let id = hash(&[body]);
        let ids = DeadIds { group: id.clone(), deduplication: id };
        let kept = body.get(..body.floor_char_boundary(MAX_KEPT_BYTES)).unwrap_or_default();
        let content = DeadContent::Message(kept.to_owned());
        Self { version: VERSION, reason, died_at, content, ids }
    }

    /// The message body.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn dead_deduplication_id(key: &EventKey, generation: u32, nth: usize) -> String {
    hash(&[key.as_str(), &generation.to_string(), &format!("p{nth}")])
}

/// SHA-256 in hex over length-prefixed parts, so that ("ab", "c") and ("a", "bc") differ.
///
/// SQS takes ids of at most 128 characters from a small alphabet; platforms promise neither.
pub(crate) fn hash(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hex(&hasher.finalize())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;

    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{message, timestamp};

    #[test]
    fn envelope_v1_format_is_frozen() {
        let mut event = message("hello");
        event.locale = Some("en".into());
        event.sent_at = Some(Timestamp::from_millis(1_700_000_000_123));
        let envelope = Envelope::new(event, Timestamp::from_millis(1_700_000_000_456));
        let frozen = r#"{"v":1,"generation":0,"received_at":1700000000456,"event":{"key":"telegram:99:1","platform":"telegram","tenant":"99","conversation":"42","user":{"id":"42","name":"Ann"},"locale":"en","sent_at":1700000000123,"addressed":true,"kind":{"type":"message","text":"hello"},"address":{"chat_id":42}}}"#;

        assert_eq!(envelope.to_json(), frozen);
        assert_eq!(Envelope::open(frozen), Ok(envelope));
    }

    #[test]
    fn fields_of_a_later_minor_change_are_ignored() {
        let body = Envelope::new(message("hello"), timestamp()).to_json().replacen(
            '{',
            r#"{"new":[1],"#,
            1,
        );
        assert!(Envelope::open(&body).is_ok());
    }

    #[test]
    fn tells_newer_from_unreadable() {
        // (body, error)
        let cases = [
            (r#"{"v":2}"#, OpenError::Newer(2)),
            (r#"{"v":2,"event":"in a new shape"}"#, OpenError::Newer(2)),
            (r#"{"v":1}"#, OpenError::Unreadable { line: 1, column: 7 }),
            ("hello", OpenError::Unreadable { line: 1, column: 1 }),
            ("", OpenError::Unreadable { line: 1, column: 0 }),
        ];

        for (body, expected) in cases {
            assert_eq!(Envelope::open(body), Err(expected), "{body:?}");
        }
    }

    #[test]
    fn ids_tell_conversations_events_and_generations_apart() {
        let envelope = Envelope::new(message("hello"), timestamp());
        let mut other_conversation = envelope.clone();
        other_conversation.event.conversation = "43".into();
        let mut again = envelope.clone();
        again.generation = 1;

        assert_ne!(envelope.group_id(), other_conversation.group_id());
        assert_eq!(envelope.group_id(), again.group_id());
        assert_ne!(envelope.deduplication_id(), again.deduplication_id());
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
        for id in [envelope.group_id(), envelope.deduplication_id()] {
            assert!(id.len() <= 128 && id.chars().all(|c| c.is_ascii_alphanumeric()), "{id}");
        }
    }

    #[test]
    fn dead_letter_v1_format_is_frozen() {
        let letter = DeadLetter::webhook(
            Platform::Slack,
            "e30=".into(),
            "line 1".into(),
            Timestamp::from_millis(5),
        );
        assert_eq!(
            letter.to_json(),
            r#"{"v":1,"reason":"line 1","died_at":5,"webhook":{"platform":"slack","body_base64":"e30="}}"#
        );

        let letter = DeadLetter::message("x", "why".into(), Timestamp::from_millis(5));
        assert_eq!(letter.to_json(), r#"{"v":1,"reason":"why","died_at":5,"message":"x"}"#);

        let letter = DeadLetter::envelope(
            &Envelope::new(message("hi"), Timestamp::from_millis(4)),
            0,
            "why".into(),
            Timestamp::from_millis(5),
        );
        assert!(letter.to_json().starts_with(r#"{"v":1,"reason":"why","died_at":5,"envelope":{"v":1,"generation":0,"received_at":4,"event":{"#));
    }

    #[test]
    fn no_dead_letter_is_larger_than_sqs_takes() {
        const SQS_TAKES: usize = 1024 * 1024;

        let mut text = String::new();
        while Envelope::new(message(&text), timestamp()).to_json().len() < MAX_ENVELOPE_BYTES - 12 {
            let left =
                MAX_ENVELOPE_BYTES - Envelope::new(message(&text), timestamp()).to_json().len();
            text.push_str(&"\"".repeat(left / 2));
        }
        let envelope = Envelope::new(message(&text), timestamp());
        assert!(envelope.to_json().len() <= MAX_ENVELOPE_BYTES);
        let letter = DeadLetter::envelope(&envelope, 0, "why".into(), timestamp());
        assert!(letter.to_json().len() <= SQS_TAKES);

        let letter = DeadLetter::message(&"\u{1}".repeat(SQS_TAKES), "why".into(), timestamp());
        assert!(letter.to_json().len() <= SQS_TAKES);
        let letter = DeadLetter::message(&"é".repeat(SQS_TAKES / 2), "why".into(), timestamp());
        assert!(letter.to_json().len() <= SQS_TAKES);
        let body = "A".repeat(crate::http::MAX_BODY_BYTES.div_ceil(3) * 4);
        let letter = DeadLetter::webhook(Platform::Slack, body, "why".into(), timestamp());
        assert!(letter.to_json().len() <= SQS_TAKES);
    }
}
