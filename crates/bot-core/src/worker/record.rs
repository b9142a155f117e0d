//! What is stored of a decided event: the record, and the mark of what has been confirmed.
//!
//! The record is written once, in the transaction that decides the event. What changes after that, who delivers and how
//! far it has come, is an item of its own: DynamoDB bills a write by the size of its item, and the record holds all
//! replies.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::envelope::Envelope;
use crate::event::Event;
use crate::memory::MAX_ITEM_BYTES;
use crate::platform::Call;
use crate::reply::Reply;
use crate::state::{StateChange, conversation_partition};
use crate::time::Timestamp;

/// How long a record is kept: 30 days, longer than a message can live in the queue and then in the dead-letter queue.
pub const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Older envelopes are not decided any more, because the record that says they were may be gone.
pub const OLDEST: Duration = Duration::from_secs(29 * 24 * 60 * 60);

/// Where an event's record and mark are stored: beside its conversation's states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordKey {
    /// The table's partition key.
    pub partition: String,
    /// The sort key of the record.
    pub record: String,
    /// The sort key of the mark.
    pub mark: String,
    /// The sort key of the note of its beginnings.
    pub started: String,
}

impl RecordKey {
    /// The place of what the envelope is about: its event, or one reply of it, which each time it is taken out of the
    /// dead-letter queue has a record of its own. What was decided stays as it is.
    #[must_use]
    pub fn of(envelope: &Envelope) -> Self {
        let key = envelope.event.key.as_str();
        match (envelope.again, envelope.generation) {
            (None, 0) => Self::of_event(&envelope.event),
            // Whoever has taken it out may have mended what it died of: what it killed before is not held against it.
            (None, generation) => Self {
                started: format!("started#{generation}#{key}"),
                ..Self::of_event(&envelope.event)
            },
            (Some(step), generation) => {
                Self::named(&envelope.event, &format!("again#{generation}#{step}#{key}"))
            }
        }
    }

    /// The place of an event.
    #[must_use]
    pub fn of_event(event: &Event) -> Self {
        Self::named(event, event.key.as_str())
    }

    fn named(event: &Event, name: &str) -> Self {
        Self {
            partition: conversation_partition(event),
            record: format!("event#{name}"),
            mark: format!("mark#{name}"),
            started: format!("started#{name}"),
        }
    }
}

/// What was decided about an event: that it happened, and what follows from it in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When it was decided.
    pub decided_at: Timestamp,
    /// What the bot says, before a platform's form.
    #[serde(default)]
    pub replies: Vec<Reply>,
    /// What has to be done, in this order.
    pub outbox: Vec<Step>,
}

/// One thing to do after the commit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Make an API call.
    Call(Call),
    /// Put the event into the dead-letter queue, for this reason.
    Bury {
        /// Why.
        reason: String,
    },
}

impl Record {
    /// What is said, and the calls that say it.
    ///
    /// # Errors
    ///
    /// It is more than an item of the table takes.
    pub(crate) fn decided(
        replies: Vec<Reply>,
        calls: Vec<Call>,
        decided_at: Timestamp,
    ) -> Result<Self, String> {
        let outbox = calls.into_iter().map(Step::Call).collect();
        let record = Self { decided_at, replies, outbox };
        if serde_json::to_string(&record).map_or(usize::MAX, |json| json.len()) > MAX_ITEM_BYTES {
            return Err("the replies and their calls are larger than 350,000 bytes".to_owned());
        }
        Ok(record)
    }

    /// An event that is set aside.
    #[must_use]
    pub fn poison(reason: String, decided_at: Timestamp) -> Self {
        Self { decided_at, replies: Vec::new(), outbox: vec![Step::Bury { reason }] }
    }

    /// Whether the event was set aside instead of answered.
    #[must_use]
    pub fn is_poison(&self) -> bool {
        matches!(self.outbox.first(), Some(Step::Bury { .. }))
    }
}

/// One transaction: all of it happens or nothing.
///
/// It demands that the event has no record yet, or one of a lower generation that set it aside, and that every state is
/// still of the version that was read. The record's demand outranks the states': an event that has been decided is not
/// decided again because its states have changed since.
#[derive(Clone, Debug, PartialEq)]
pub struct Commit {
    /// Where the record goes.
    pub key: RecordKey,
    /// What was decided.
    pub record: Record,
    /// How often the event has come out of the dead-letter queue.
    pub generation: u32,
    /// Who delivers; the mark names it.
    pub owner: String,
    /// The states that were read, and what becomes of them.
    pub states: Vec<StateChange>,
    /// When the record and the mark may be deleted.
    pub expires_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::platform::Method;
    use crate::testing::{message, timestamp};

    #[test]
    fn record_format_is_frozen() {
        let call = Call {
            method: Method::Post,
            target: "sendMessage".into(),
            body: json!({ "chat_id": 42 }),
        };
        let record = Record {
            decided_at: Timestamp::from_millis(5),
            replies: vec![Reply::text("hi")],
            outbox: vec![Step::Call(call), Step::Bury { reason: "why".into() }],
        };
        let frozen = r#"{"decided_at":5,"replies":[{"text":"hi"}],"outbox":[{"call":{"method":"POST","target":"sendMessage","body":{"chat_id":42}}},{"bury":{"reason":"why"}}]}"#;

        assert_eq!(serde_json::to_string(&record).expect("plain data"), frozen);
        assert_eq!(serde_json::from_str::<Record>(frozen).expect("a record"), record);
    }

    #[test]
    fn an_event_that_was_taken_out_has_its_record_and_is_not_blamed_for_deaths_before() {
        let envelope = Envelope::new(message("hello"), timestamp());
        let (before, after) = (RecordKey::of(&envelope), RecordKey::of(&envelope.taken_out(None)));
        assert_eq!((&after.record, &after.mark), (&before.record, &before.mark));
        assert_ne!(after.started, before.started);
    }

    #[test]
    fn a_record_outlives_every_message_that_could_ask_for_it() {
        let retention = Duration::from_secs(14 * 24 * 60 * 60);
        assert!(OLDEST > 2 * retention);
        assert!(KEPT > OLDEST);
    }
}
