//! What is in the dead-letter queue: what an engineer should look at, with its reason.
//!
//! Whatever is put here has been acknowledged where it came from, so nothing here may be too large for SQS.

use serde::{Deserialize, Serialize};

use crate::envelope::{Envelope, to_message};
use crate::event::EventKey;
use crate::hash::hash;
use crate::platform::Platform;
use crate::time::Timestamp;

/// The newest version of the format.
const VERSION: u32 = 1;

/// How much is kept of a message that is no envelope. Escaped, a character may take six bytes.
const MAX_KEPT_BYTES: usize = 128 * 1024;

/// A message in the dead-letter queue that an engineer should look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    #[serde(rename = "v")]
    version: u32,
    /// Why it is here; quotes nothing a person wrote.
    pub reason: String,
    /// When it was put here.
    pub died_at: Timestamp,
    /// Which step of the event's outbox died, when the event itself was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<usize>,
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
            step: None,
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
            step: None,
            content: DeadContent::Envelope(Box::new(envelope.clone())),
            ids,
        }
    }

    /// The same for one step of the event's outbox.
    #[must_use]
    pub const fn of_step(mut self, step: Option<usize>) -> Self {
        self.step = step;
        self
    }

    /// A message body that is no envelope.
    #[must_use]
    pub fn message(body: &str, reason: String, died_at: Timestamp) -> Self {
        let id = hash(&[body]);
        let ids = DeadIds { group: id.clone(), deduplication: id };
        let kept = body.get(..body.floor_char_boundary(MAX_KEPT_BYTES)).unwrap_or_default();
        let content = DeadContent::Message(kept.to_owned());
        Self { version: VERSION, reason, died_at, step: None, content, ids }
    }

    /// Where it comes from, if anybody knows.
    #[must_use]
    pub fn platform(&self) -> Option<Platform> {
        match &self.content {
            DeadContent::Webhook { platform, .. } => Some(*platform),
            DeadContent::Envelope(envelope) => Some(envelope.event.platform),
            DeadContent::Message(_) => None,
        }
    }

    /// The message body.
    #[must_use]
    pub fn to_json(&self) -> String {
        to_message(self)
    }
}

fn dead_deduplication_id(key: &EventKey, generation: u32, nth: usize) -> String {
    hash(&[key.as_str(), &generation.to_string(), &format!("p{nth}")])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::MAX_ENVELOPE_BYTES;
    use crate::testing::{message, timestamp};

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
