//! Works through a batch: conversations at once, each in order.

use std::time::Duration;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use bot_aws::process::now;
use bot_core::worker::batch::lanes;
use bot_core::worker::{Delivery, Done, Platforms};
use bot_core::{Bot, Timestamp};
use futures_util::future::join_all;
use tracing::{error, info, warn};

use crate::api;
use crate::effects::Effects;

/// What must be left of the function's time to begin an effect: the longest one, and giving back after it.
const RESERVE: Duration = api::TIMEOUT.saturating_add(Duration::from_secs(2));

/// How much longer than this invocation its messages stay out of sight, should it die.
const GRACE: Duration = Duration::from_secs(5);

/// The handler and what it holds between batches. Nothing of one batch is left to the next.
pub struct Worker {
    pub(crate) bot: &'static Bot,
    pub(crate) platforms: Platforms,
    pub(crate) effects: Effects,
}

impl Worker {
    /// Works through one batch and names the messages that stay on the queue.
    ///
    /// `invocation` names this invocation and no other; it must be over by `deadline`.
    pub async fn handle(
        &self,
        event: SqsEvent,
        invocation: &str,
        deadline: Timestamp,
    ) -> SqsBatchResponse {
        let records: Vec<Record> = event.records.into_iter().map(Record::from).collect();
        // The queue's own timeout covers the slowest batch. Should this invocation die, others need not wait for that.
        self.hide(&records, deadline.since(now()) + GRACE).await;
        let lanes = lanes(records, |record| record.group.clone());
        let failed =
            join_all(lanes.into_iter().map(|lane| self.work(lane, invocation, deadline))).await;
        let mut response = SqsBatchResponse::default();
        response.batch_item_failures = failed.into_iter().flatten().collect();
        response
    }

    /// Works through one conversation: what is left of it when a record is given back.
    async fn work(
        &self,
        lane: Vec<Record>,
        invocation: &str,
        deadline: Timestamp,
    ) -> Vec<BatchItemFailure> {
        let mut lane = lane.into_iter();
        while let Some(record) = lane.next() {
            if let Done::GiveBack { after, .. } = self.deliver(&record, invocation, deadline).await
            {
                let left: Vec<Record> = std::iter::once(record).chain(lane).collect();
                self.hide(&left, after).await;
                return left.into_iter().map(Record::into_failure).collect();
            }
        }
        Vec::new()
    }

    async fn deliver(&self, record: &Record, invocation: &str, deadline: Timestamp) -> Done {
        let owner = format!("{invocation}/{}", record.id);
        let (mut delivery, mut effect) =
            Delivery::begin(self.bot, &self.platforms, &record.body, record.attempt, owner, now());
        let (platform, event_key) = match delivery.event() {
            Some(event) => (event.platform.slug(), event.key.as_str().to_owned()),
            None => ("", String::new()),
        };
        let done = loop {
            if !matches!(effect, bot_core::worker::Effect::Done(_))
                && deadline.since(now()) < RESERVE
            {
                break Done::GiveBack { after: Duration::ZERO, reason: "no time left".to_owned() };
            }
            match self.effects.perform(effect).await {
                Ok(input) => effect = delivery.next(input, now()),
                Err(done) => break done,
            }
        };
        let (conversation, attempt) = (&record.group, record.attempt);
        match &done {
            Done::Acknowledge(bot_core::worker::delivery::Outcome::Buried) => {
                error!(
                    platform,
                    event_key, conversation, attempt, "event is in the dead-letter queue"
                );
            }
            Done::Acknowledge(outcome) => {
                info!(platform, event_key, conversation, attempt, ?outcome, "event done");
            }
            Done::GiveBack { after, reason } => {
                let after_ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
                warn!(
                    platform,
                    event_key, conversation, attempt, after_ms, reason, "event given back"
                );
            }
        }
        done
    }

    async fn hide(&self, records: &[Record], wait: Duration) {
        let receipts: Vec<String> = records.iter().map(|record| record.receipt.clone()).collect();
        if let Err(error) = self.effects.queue.hide(&receipts, wait).await {
            warn!("messages stay out of sight longer than they need: {error:#}");
        }
    }
}

/// What is used of a message of the queue.
struct Record {
    id: String,
    receipt: String,
    body: String,
    group: String,
    attempt: u32,
}

impl From<SqsMessage> for Record {
    fn from(mut message: SqsMessage) -> Self {
        Self {
            id: message.message_id.unwrap_or_default(),
            receipt: message.receipt_handle.unwrap_or_default(),
            body: message.body.unwrap_or_default(),
            group: message.attributes.remove("MessageGroupId").unwrap_or_default(),
            attempt: message
                .attributes
                .get("ApproximateReceiveCount")
                .and_then(|n| n.parse().ok())
                .unwrap_or(1),
        }
    }
}

impl Record {
    fn into_failure(self) -> BatchItemFailure {
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = self.id;
        failure
    }
}
