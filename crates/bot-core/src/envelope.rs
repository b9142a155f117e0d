//! The contract between webhook-ingest and queue-worker: what is in the queue, and under which ids.
//!
//! Both functions are deployed together, but messages outlive a deployment: a worker meets envelopes written by older
//! and, after a rollback, by newer code. Every envelope therefore says its version, and a worker that does not know it
//! leaves the message where it is.

use serde::{Deserialize, Serialize};

use crate::event::{Arguments, Event, EventKind};
use crate::hash::hash;
use crate::time::Timestamp;

/// The newest version this code reads.
const VERSION: u32 = 2;

/// The largest envelope: 1 MiB, which is what SQS takes, less what a dead letter adds around it.
///
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
pub const MAX_ENVELOPE_BYTES: usize = 1024 * 1024 - 4096;

/// An event on its way through the queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    #[serde(rename = "v")]
    version: u32,
    /// 0, or how often this event has been taken back out of the dead-letter queue.
    pub generation: u32,
    /// Which step of its outbox is to be done again, when the event was decided and that step refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<usize>,
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
        Self { version: version_of(&event.kind), generation: 0, again: None, received_at, event }
    }

    /// The message body.
    #[must_use]
    pub fn to_json(&self) -> String {
        to_message(self)
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

    /// The envelope as it comes out of the dead-letter queue, where it was as a whole or for one step of its outbox: a new
    /// generation, which neither SQS nor the event's record takes for the one before.
    #[must_use]
    pub fn taken_out(self, step: Option<usize>) -> Self {
        Self { generation: self.generation.saturating_add(1), again: step, ..self }
    }

    /// The `MessageGroupId`: events of one conversation wait for each other.
    #[must_use]
    pub fn group_id(&self) -> String {
        conversation_hash(&self.event)
    }

    /// The `MessageDeduplicationId`: within SQS's five minutes the same event is queued once.
    #[must_use]
    pub fn deduplication_id(&self) -> String {
        let generation = self.generation.to_string();
        match self.again {
            None => hash(&[self.event.key.as_str(), &generation]),
            Some(step) => hash(&[self.event.key.as_str(), &generation, &step.to_string()]),
        }
    }
}

/// The oldest version that knows this kind of event: after a rollback, older code leaves what it cannot read.
const fn version_of(kind: &EventKind) -> u32 {
    match kind {
        EventKind::Moved(_) | EventKind::Command { arguments: Arguments::Target(_), .. } => 2,
        EventKind::Message { .. }
        | EventKind::Command { .. }
        | EventKind::Press { .. }
        | EventKind::Joined(_) => 1,
    }
}

/// The JSON of a message body.
///
/// SQS takes neither U+FFFE nor U+FFFF, which JSON can hold as they are and only inside strings:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>.
pub(crate) fn to_message(content: &impl Serialize) -> String {
    let json = serde_json::to_string(content).unwrap_or_default();
    json.replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff")
}

/// A conversation's name in queues, tables and logs, where the platform's own ids do not belong.
#[must_use]
pub fn conversation_hash(event: &Event) -> String {
    hash(&[event.platform.slug(), &event.tenant, &event.conversation])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Target;
    use crate::testing::{command, message, timestamp};

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
    fn what_version_1_cannot_read_says_so() {
        let chosen = EventKind::Command {
            name: "wave".into(),
            arguments: Arguments::Target(Target::User(message("").user)),
        };
        // (kind, version)
        let cases = [(message("hello").kind, 1), (command("echo", "hello").kind, 1), (chosen, 2)];

        for (kind, version) in cases {
            let envelope = Envelope::new(Event { kind, ..message("") }, timestamp());
            let json = envelope.to_json();
            assert!(json.starts_with(&format!(r#"{{"v":{version},"#)), "{json}");
            assert_eq!(Envelope::open(&json), Ok(envelope));
        }
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
            (r#"{"v":3}"#, OpenError::Newer(3)),
            (r#"{"v":3,"event":"in a new shape"}"#, OpenError::Newer(3)),
            (r#"{"v":1}"#, OpenError::Unreadable { line: 1, column: 7 }),
            ("hello", OpenError::Unreadable { line: 1, column: 1 }),
            ("", OpenError::Unreadable { line: 1, column: 0 }),
        ];

        for (body, expected) in cases {
            assert_eq!(Envelope::open(body), Err(expected), "{body:?}");
        }
    }

    #[test]
    fn a_message_body_holds_no_character_sqs_refuses() {
        let all: String = (0..=char::MAX as u32).filter_map(char::from_u32).collect();
        let envelope = Envelope::new(message(&all), timestamp());
        let body = envelope.to_json();

        // The characters of XML 1.0.
        let is_taken = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
        assert_eq!(body.chars().find(|c| !is_taken(*c)), None);
        assert_eq!(Envelope::open(&body), Ok(envelope));
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
        let [one, two] = [0, 1].map(|step| envelope.clone().taken_out(Some(step)));
        assert_ne!(one.deduplication_id(), two.deduplication_id());
        assert_ne!(one.deduplication_id(), again.deduplication_id());
        for id in [envelope.group_id(), envelope.deduplication_id()] {
            assert!(id.len() <= 128 && id.chars().all(|c| c.is_ascii_alphanumeric()), "{id}");
        }
    }
}
