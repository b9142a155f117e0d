//! The queues of one account in one region, and the actions on queues as such.
//!
//! Everything an action needs is in the model or in its parameters, so the same calls always have the
//! same outcome. Every effective change is counted in [`Model::revision`]: waiting receivers are woken
//! and snapshots are written by that count, so a change that does not count is a change that is lost.

mod attributes;
mod dedupe;
mod message;
mod message_attribute;
mod move_task;
mod queue;
mod receipt;
mod receive;
mod redrive;
mod send;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use self::attributes::QueueAttributes;
use self::queue::Queue;
use crate::error::{ErrorCode, SqsError};

pub use self::message::NewMessage;
pub use self::message_attribute::MessageAttribute;
pub use self::move_task::{MoveTask, MoveTaskStatus};
pub use self::receive::{ReceiveRequest, ReceivedMessage};
pub use self::send::Sent;

pub(crate) use self::attributes::is_attribute_name;
pub(crate) use self::message::MAX_MESSAGE_BYTES;
pub(crate) use self::message_attribute::md5_of_attributes;

/// The account every queue belongs to: the one emulators of AWS agree on.
pub(crate) const ACCOUNT: &str = "000000000000";

/// SQS allows one purge of a queue per minute.
const PURGE_INTERVAL_MS: u64 = 60_000;

/// All queues, and what is in them.
///
/// A queue is named by its name alone, times are Unix epoch milliseconds, and no call should pass an
/// earlier time than the one before it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Model {
    region: String,
    seed: u64,
    issued: u64,
    queues: BTreeMap<String, Queue>,
    move_tasks: Vec<MoveTask>,
    #[serde(skip)]
    revision: u64,
}

impl Model {
    /// A model without queues. Models with the same seed issue the same ids.
    pub fn new(region: impl Into<String>, seed: u64) -> Self {
        Self {
            region: region.into(),
            seed,
            issued: 0,
            queues: BTreeMap::new(),
            move_tasks: Vec::new(),
            revision: 0,
        }
    }

    /// Moves the account to another region, as the queues' ARNs show it.
    pub fn set_region(&mut self, region: impl Into<String>) {
        self.region = region.into();
    }

    /// Grows with every effective change since the model was made or restored.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Creates a queue, or finds the one that has this name and these attributes already.
    ///
    /// # Errors
    ///
    /// When the name or an attribute is not one SQS would accept, or the queue exists with others.
    pub fn create_queue(
        &mut self,
        now_ms: u64,
        name: &str,
        attributes: &BTreeMap<String, String>,
    ) -> Result<(), SqsError> {
        let fifo = attributes.get("FifoQueue").is_some_and(|value| value == "true");
        check_name(name, fifo)?;
        let wanted = QueueAttributes::new(fifo).with(attributes)?;

        if let Some(existing) = self.queues.get(name) {
            let same =
                |attribute: &String| existing.attributes.get(attribute) == wanted.get(attribute);
            if attributes.keys().all(same) {
                return Ok(());
            }
            return Err(SqsError::new(
                ErrorCode::QueueNameExists,
                "A queue already exists with the same name and a different value for an attribute.",
            ));
        }

        self.check_redrive(name, &wanted)?;
        self.queues.insert(name.to_owned(), Queue::new(wanted, now_ms));
        self.revision += 1;
        Ok(())
    }

    /// Deletes a queue with everything in it.
    ///
    /// # Errors
    ///
    /// When there is no such queue.
    pub fn delete_queue(&mut self, name: &str) -> Result<(), SqsError> {
        self.queues.remove(name).ok_or_else(SqsError::no_such_queue)?;
        self.move_tasks.retain(|task| task.source() != name);
        self.revision += 1;
        Ok(())
    }

    /// Deletes every message of a queue, those in flight included.
    ///
    /// # Errors
    ///
    /// When there is no such queue, or its last purge is less than a minute ago.
    pub fn purge_queue(&mut self, now_ms: u64, name: &str) -> Result<(), SqsError> {
        let queue = self.queue_mut(name)?;
        let recently = |purged_ms: u64| now_ms < purged_ms.saturating_add(PURGE_INTERVAL_MS);
        if queue.purged_ms.is_some_and(recently) {
            return Err(SqsError::new(
                ErrorCode::PurgeQueueInProgress,
                "Only one PurgeQueue operation on a queue is allowed every 60 seconds.",
            ));
        }
        queue.purge(now_ms);
        self.revision += 1;
        Ok(())
    }

    /// The names of all queues, sorted.
    pub fn queue_names(&self) -> impl Iterator<Item = &str> {
        self.queues.keys().map(String::as_str)
    }

    /// Whether there is a queue of this name.
    pub fn has_queue(&self, name: &str) -> bool {
        self.queues.contains_key(name)
    }

    /// A queue's attributes and counters, by the names SQS gives them.
    ///
    /// # Errors
    ///
    /// When there is no such queue.
    pub fn queue_attributes(
        &mut self,
        now_ms: u64,
        name: &str,
    ) -> Result<BTreeMap<&'static str, String>, SqsError> {
        self.advance(now_ms);
        let arn = self.arn(name);
        let queue = self.queue_mut(name)?;
        queue.drop_expired(now_ms);

        let mut attributes = queue.attributes.all();
        attributes.extend(queue.counters(now_ms));
        attributes.insert("QueueArn", arn);
        Ok(attributes)
    }

    /// Changes the attributes of a queue that are named.
    ///
    /// # Errors
    ///
    /// When there is no such queue, or it cannot have these attributes.
    pub fn set_queue_attributes(
        &mut self,
        now_ms: u64,
        name: &str,
        attributes: &BTreeMap<String, String>,
    ) -> Result<(), SqsError> {
        let wanted = self.queue(name)?.attributes.clone().with(attributes)?;
        // A queue whose dead-letter queue is gone can still have its other attributes changed.
        if attributes.contains_key("RedrivePolicy") {
            self.check_redrive(name, &wanted)?;
        }
        let queue = self.queue_mut(name)?;
        queue.attributes = wanted;
        queue.modified_ms = now_ms;
        self.revision += 1;
        Ok(())
    }

    /// How long a receiver of this queue waits for a message unless it says otherwise.
    ///
    /// # Errors
    ///
    /// When there is no such queue.
    pub fn wait_seconds(&self, name: &str) -> Result<u64, SqsError> {
        Ok(self.queue(name)?.attributes.wait_seconds)
    }

    /// The next time at which a message of this queue may become receivable by itself.
    pub fn wakes_at_ms(&self, now_ms: u64, name: &str) -> Option<u64> {
        let queue = self.queues.get(name)?.wakes_at_ms(now_ms);
        let tasks = self.move_tasks.iter().filter_map(|task| task.wakes_at_ms(now_ms)).min();
        queue.into_iter().chain(tasks).min()
    }

    /// The ARN a queue of this name has, whether it exists or not.
    pub fn arn(&self, name: &str) -> String {
        format!("arn:aws:sqs:{}:{ACCOUNT}:{name}", self.region)
    }

    fn queue(&self, name: &str) -> Result<&Queue, SqsError> {
        self.queues.get(name).ok_or_else(SqsError::no_such_queue)
    }

    fn queue_mut(&mut self, name: &str) -> Result<&mut Queue, SqsError> {
        self.queues.get_mut(name).ok_or_else(SqsError::no_such_queue)
    }

    /// The next number of the order in which everything happened.
    fn issue(&mut self) -> u64 {
        self.issued += 1;
        self.issued
    }

    /// The message id that belongs to an issued number.
    fn message_id(&self, number: u64) -> String {
        let digest = Sha256::new().chain_update(self.seed.to_be_bytes());
        let digest = digest.chain_update(number.to_be_bytes()).finalize();
        let mut id = String::with_capacity(36);
        for (index, byte) in digest.iter().take(16).enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                id.push('-');
            }
            id.push_str(&format!("{byte:02x}"));
        }
        id
    }
}

/// The queue an ARN names: one server has one account and one region, so the name says it all.
fn queue_of_arn(arn: &str) -> Option<&str> {
    let mut parts = arn.split(':');
    let is_sqs = parts.next() == Some("arn")
        && parts.next().is_some_and(|partition| partition.starts_with("aws"))
        && parts.next() == Some("sqs");
    let name = parts.nth(2).filter(|name| !name.is_empty())?;
    (is_sqs && parts.next().is_none()).then_some(name)
}

fn check_name(name: &str, fifo: bool) -> Result<(), SqsError> {
    let stem = if fifo { name.strip_suffix(".fifo") } else { Some(name) };
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if stem.is_some_and(|stem| !stem.is_empty() && stem.chars().all(allowed)) && name.len() <= 80 {
        return Ok(());
    }
    let suffix = if fifo { ", and must end with the .fifo suffix" } else { "" };
    Err(SqsError::invalid_value(
        "QueueName",
        format!(
            "Can only include alphanumeric characters, hyphens, or underscores, 1 to 80 in \
             length{suffix}."
        ),
    ))
}
