//! Message move tasks: bringing dead messages back to where they came from, or elsewhere.
//!
//! A task has no thread of its own. Every call first catches up on what the tasks should have moved by
//! its time, which is what a receiver can observe anyway.

use serde::{Deserialize, Serialize};

use super::{Model, queue_of_arn};
use crate::error::{ErrorCode, SqsError, within};

/// How many tasks of a queue SQS remembers.
const REMEMBERED: usize = 10;

/// How far a task has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MoveTaskStatus {
    /// Messages are still being moved.
    Running,
    /// All messages were moved.
    Completed,
    /// The task was cancelled.
    Cancelled,
    /// A message could not be moved.
    Failed,
}

/// A message move task, as SQS lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MoveTask {
    /// What to cancel the task by.
    pub task_handle: String,
    /// How far it has got.
    pub status: MoveTaskStatus,
    /// The dead-letter queue.
    pub source_arn: String,
    /// Where the messages go, unless back to where each came from.
    pub destination_arn: Option<String>,
    /// The pace, unless as fast as possible.
    pub max_number_of_messages_per_second: Option<u64>,
    /// How many messages were moved.
    pub approximate_number_of_messages_moved: u64,
    /// How many messages there were at the start.
    pub approximate_number_of_messages_to_move: u64,
    /// Why it failed.
    pub failure_reason: Option<String>,
    /// When it was started, in epoch milliseconds.
    pub started_timestamp: u64,
}

impl MoveTask {
    /// The name of the dead-letter queue.
    pub(super) fn source(&self) -> &str {
        queue_of_arn(&self.source_arn).unwrap_or_default()
    }

    /// How many messages may have been moved by now.
    fn allowance(&self, now_ms: u64) -> u64 {
        let seconds = now_ms.saturating_sub(self.started_timestamp) / 1_000;
        let paced = |rate: u64| rate.saturating_mul(seconds.saturating_add(1));
        self.max_number_of_messages_per_second.map_or(u64::MAX, paced)
    }

    pub(super) fn wakes_at_ms(&self, now_ms: u64) -> Option<u64> {
        let seconds = now_ms.saturating_sub(self.started_timestamp) / 1_000;
        (self.status == MoveTaskStatus::Running)
            .then(|| self.started_timestamp.saturating_add((seconds + 1).saturating_mul(1_000)))
    }
}

impl Model {
    /// Starts to move the messages of a dead-letter queue, and names the task.
    ///
    /// # Errors
    ///
    /// When a queue does not exist, the source is no dead-letter queue, or a task is running there.
    pub fn start_message_move_task(
        &mut self,
        now_ms: u64,
        source_arn: &str,
        destination_arn: Option<&str>,
        messages_per_second: Option<i64>,
    ) -> Result<String, SqsError> {
        self.advance(now_ms);
        let source = self.resolve(source_arn)?.to_owned();
        if self.sources_of(&source).next().is_none() {
            let reason = "Source queue must be configured as a Dead Letter Queue.";
            return Err(SqsError::invalid_value("SourceArn", reason));
        }
        if let Some(arn) = destination_arn {
            let destination = self.resolve(arn)?;
            let reason = if destination == source {
                Some("Source queue arn and destination queue arn cannot be the same.")
            } else if self.queue(destination)?.attributes.fifo
                != self.queue(&source)?.attributes.fifo
            {
                Some("Both queues must be of the same type.")
            } else {
                None
            };
            if let Some(reason) = reason {
                return Err(SqsError::invalid_value("DestinationArn", reason));
            }
        }
        let pace = messages_per_second
            .map(|pace| within("MaxNumberOfMessagesPerSecond", pace, 1..=500))
            .transpose()?;
        let of_source = |task: &&MoveTask| task.source() == source;
        if self.move_tasks.iter().filter(of_source).any(|t| t.status == MoveTaskStatus::Running) {
            let reason = "There is already a task running. Only one active task is allowed for a \
                          source queue arn at a given time.";
            return Err(SqsError::invalid_value("SourceArn", reason));
        }

        let number = self.issue();
        let task_handle = self.message_id(number);
        let queue = self.queue_mut(&source)?;
        queue.drop_expired(now_ms);
        let to_move = queue.messages.len() as u64;
        if self.move_tasks.iter().filter(of_source).count() >= REMEMBERED
            && let Some(oldest) = self.move_tasks.iter().position(|task| task.source() == source)
        {
            self.move_tasks.remove(oldest);
        }
        self.move_tasks.push(MoveTask {
            task_handle: task_handle.clone(),
            status: MoveTaskStatus::Running,
            source_arn: source_arn.to_owned(),
            destination_arn: destination_arn.map(str::to_owned),
            max_number_of_messages_per_second: pace,
            approximate_number_of_messages_moved: 0,
            approximate_number_of_messages_to_move: to_move,
            failure_reason: None,
            started_timestamp: now_ms,
        });
        self.revision += 1;
        self.advance(now_ms);
        Ok(task_handle)
    }

    /// The tasks of a dead-letter queue, newest first.
    ///
    /// # Errors
    ///
    /// When there is no such queue.
    pub fn message_move_tasks(
        &mut self,
        now_ms: u64,
        source_arn: &str,
    ) -> Result<Vec<MoveTask>, SqsError> {
        self.advance(now_ms);
        let source = self.resolve(source_arn)?;
        let tasks = self.move_tasks.iter().rev();
        Ok(tasks.filter(|task| task.source() == source).cloned().collect())
    }

    /// Stops a running task, and tells how many messages it has moved.
    ///
    /// # Errors
    ///
    /// When there is no such task, or it is not running.
    pub fn cancel_message_move_task(
        &mut self,
        now_ms: u64,
        task_handle: &str,
    ) -> Result<u64, SqsError> {
        self.advance(now_ms);
        let task = self.move_tasks.iter_mut().find(|task| task.task_handle == task_handle);
        let task =
            task.ok_or_else(|| SqsError::new(ErrorCode::ResourceNotFound, "Task does not exist."))?;
        if task.status != MoveTaskStatus::Running {
            let reason = "Only active tasks can be cancelled.";
            return Err(SqsError::invalid_value("TaskHandle", reason));
        }
        task.status = MoveTaskStatus::Cancelled;
        let moved = task.approximate_number_of_messages_moved;
        self.revision += 1;
        Ok(moved)
    }

    /// Moves what the running tasks should have moved by now.
    pub(super) fn advance(&mut self, now_ms: u64) {
        let mut tasks = std::mem::take(&mut self.move_tasks);
        for task in tasks.iter_mut().filter(|task| task.status == MoveTaskStatus::Running) {
            self.advance_task(now_ms, task);
        }
        self.move_tasks = tasks;
    }

    fn advance_task(&mut self, now_ms: u64, task: &mut MoveTask) {
        let allowance = task.allowance(now_ms);
        while task.approximate_number_of_messages_moved < allowance {
            let source = task.source();
            let next = self.queues.get(source).and_then(|q| q.receivable(now_ms).first().copied());
            let is_done = task.approximate_number_of_messages_moved
                >= task.approximate_number_of_messages_to_move;
            let Some(position) = next.filter(|_| !is_done) else {
                task.status = MoveTaskStatus::Completed;
                self.revision += 1;
                return;
            };
            match self.move_back(now_ms, source, position, task.destination_arn.as_deref()) {
                Ok(()) => task.approximate_number_of_messages_moved += 1,
                Err(reason) => {
                    task.status = MoveTaskStatus::Failed;
                    task.failure_reason = Some(reason.to_owned());
                    self.revision += 1;
                    return;
                }
            }
        }
    }

    /// Moves one message out of a dead-letter queue, as a new message.
    fn move_back(
        &mut self,
        now_ms: u64,
        source: &str,
        position: u64,
        destination_arn: Option<&str>,
    ) -> Result<(), &'static str> {
        const NO_SOURCE: &str = "CouldNotDetermineMessageSource";
        const NO_QUEUE: &str = "AWS.SimpleQueueService.NonExistentQueue";
        let messages = self.queues.get(source).map(|queue| &queue.messages);
        let message = messages.and_then(|messages| messages.get(&position)).ok_or(NO_QUEUE)?;
        let arn = destination_arn.or(message.dead_letter_source_arn.as_deref()).ok_or(NO_SOURCE)?;
        let destination = queue_of_arn(arn).ok_or(NO_QUEUE)?.to_owned();
        if !self.has_queue(&destination) {
            return Err(NO_QUEUE);
        }

        let new_position = self.issue();
        let id = self.message_id(new_position);
        let queue = self.queues.get_mut(source).ok_or(NO_QUEUE)?;
        let mut message = queue.messages.remove(&position).ok_or(NO_QUEUE)?;
        message.leave_queue();
        message.id = id;
        message.sent_ms = now_ms;
        message.available_ms = now_ms;
        message.first_received_ms = None;
        message.receive_count = 0;
        message.dead_letter_source_arn = None;
        let destination = self.queues.get_mut(&destination).ok_or(NO_QUEUE)?;
        destination.messages.insert(new_position, message);
        self.revision += 1;
        Ok(())
    }

    fn resolve<'a>(&self, arn: &'a str) -> Result<&'a str, SqsError> {
        queue_of_arn(arn).filter(|name| self.has_queue(name)).ok_or_else(SqsError::no_such_resource)
    }
}
