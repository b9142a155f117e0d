//! When a message is given up, and where it then goes.
//!
//! SQS decides this when a message is about to be received once too often, not when its visibility
//! timeout ends: until someone asks for it, a dead message still counts in its own queue.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::attributes::QueueAttributes;
use super::{Model, queue_of_arn};
use crate::error::SqsError;

/// Which queue takes the messages that are received too often.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RedrivePolicy {
    dead_letter_target_arn: String,
    pub(crate) max_receive_count: u64,
}

impl RedrivePolicy {
    /// The policy in an attribute's value; an empty value takes the policy away.
    pub(crate) fn parse(value: &str) -> Result<Option<Self>, SqsError> {
        if value.is_empty() {
            return Ok(None);
        }
        let invalid = || SqsError::invalid_attribute("RedrivePolicy");
        let policy: Value = serde_json::from_str(value).map_err(|_| invalid())?;
        let arn = policy.get("deadLetterTargetArn").and_then(Value::as_str).ok_or_else(invalid)?;
        // SQS takes the number as a string as well.
        let count = match policy.get("maxReceiveCount") {
            Some(Value::String(text)) => text.parse().ok(),
            Some(number) => number.as_u64(),
            None => None,
        };
        let count = count.filter(|count| (1..=1_000).contains(count)).ok_or_else(invalid)?;
        queue_of_arn(arn).ok_or_else(invalid)?;
        Ok(Some(Self { dead_letter_target_arn: arn.to_owned(), max_receive_count: count }))
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The name of the dead-letter queue.
    pub(crate) fn target(&self) -> &str {
        queue_of_arn(&self.dead_letter_target_arn).unwrap_or_default()
    }
}

/// Which queues may name this one as their dead-letter queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RedriveAllowPolicy {
    redrive_permission: RedrivePermission,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    source_queue_arns: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum RedrivePermission {
    AllowAll,
    DenyAll,
    ByQueue,
}

impl RedriveAllowPolicy {
    pub(crate) fn parse(value: &str) -> Result<Option<Self>, SqsError> {
        if value.is_empty() {
            return Ok(None);
        }
        let policy = serde_json::from_str(value);
        policy.map(Some).map_err(|_| SqsError::invalid_attribute("RedriveAllowPolicy"))
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn allows(&self, source: &str) -> bool {
        match self.redrive_permission {
            RedrivePermission::AllowAll => true,
            RedrivePermission::DenyAll => false,
            RedrivePermission::ByQueue => {
                self.source_queue_arns.iter().any(|arn| queue_of_arn(arn) == Some(source))
            }
        }
    }
}

impl Model {
    /// The names of the queues whose dead messages go to this one, sorted.
    ///
    /// # Errors
    ///
    /// When there is no such queue.
    pub fn dead_letter_source_queues(&self, name: &str) -> Result<Vec<&str>, SqsError> {
        self.queue(name)?;
        Ok(self.sources_of(name).collect())
    }

    pub(super) fn sources_of(&self, name: &str) -> impl Iterator<Item = &str> {
        self.queues.iter().filter_map(move |(source, queue)| {
            let policy = queue.attributes.redrive_policy.as_ref()?;
            (policy.target() == name).then_some(source.as_str())
        })
    }

    /// Checks a redrive policy against the queue it names.
    pub(super) fn check_redrive(
        &self,
        name: &str,
        wanted: &QueueAttributes,
    ) -> Result<(), SqsError> {
        let Some(policy) = &wanted.redrive_policy else { return Ok(()) };
        let invalid = |reason| Err(SqsError::invalid_value("RedrivePolicy", reason));
        if policy.target() == name {
            return invalid("A queue cannot be its own dead-letter queue.");
        }
        let Some(target) = self.queues.get(policy.target()) else {
            return invalid("Dead letter target does not exist.");
        };
        if target.attributes.fifo != wanted.fifo {
            return invalid("Dead-letter queue must be same type of queue as the source.");
        }
        if target.attributes.redrive_allow_policy.as_ref().is_some_and(|allow| !allow.allows(name))
        {
            return invalid("The dead-letter queue does not allow this source queue.");
        }
        Ok(())
    }

    /// The queue that takes the dead messages of this one, and after how many receives.
    pub(super) fn dead_letters(&self, name: &str) -> Option<(String, u64)> {
        let policy = self.queues.get(name)?.attributes.redrive_policy.as_ref()?;
        // Without its dead-letter queue a queue keeps delivering: nothing may get lost.
        self.has_queue(policy.target())
            .then(|| (policy.target().to_owned(), policy.max_receive_count))
    }

    /// Moves a message to the dead-letter queue.
    pub(super) fn bury(&mut self, now_ms: u64, name: &str, position: u64, target: &str) {
        let source_arn = self.arn(name);
        let new_position = self.issue();
        let Some(mut message) =
            self.queues.get_mut(name).and_then(|q| q.messages.remove(&position))
        else {
            return;
        };
        let Some(dead_letters) = self.queues.get_mut(target) else { return };

        message.leave_queue();
        message.dead_letter_source_arn = Some(source_arn);
        if dead_letters.attributes.fifo {
            // The id has been used up in the source queue, and must not be mistaken for a duplicate
            // in this one; a FIFO message also begins a new retention period.
            message.deduplication_id = Some(message.id.clone());
            message.sent_ms = now_ms;
        }
        dead_letters.messages.insert(new_position, message);
        self.revision += 1;
    }
}
