//! Works through a batch: conversations at once, each in order.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::anyhow;
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use bot_aws::process::now;
use bot_core::Timestamp;
use bot_core::worker::backoff::{LONGEST, wait};
use bot_core::worker::batch::lanes;
use bot_core::worker::{Delivery, Done, Effect, Input, Outcome, Setup};
use futures_util::future::join_all;
use tokio::time::{Instant, timeout};
use tracing::{error, info, warn};

use crate::bounded::{self, Lost, bounded};
use crate::deadline::{GRACE, HIDING, needed};
use crate::effects::Effects;

/// The handler and what it holds between batches. Nothing of one batch is left to the next.
pub struct Worker {
    pub(crate) setup: Arc<Setup>,
    pub(crate) effects: Effects,
    pub(crate) is_tainted: AtomicBool,
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

    /// Whether a handler of an earlier batch is still running and keeps a processor busy: the process has to end.
    #[must_use]
    pub fn is_tainted(&self) -> bool {
        self.is_tainted.load(Ordering::Relaxed)
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
        let begin = || {
            let setup = Arc::clone(&self.setup);
            Delivery::begin(setup, &record.body, record.attempt, owner.clone(), now())
        };
        let (mut delivery, mut effect) = match caught(begin) {
            Ok(begun) => begun,
            Err(done) => {
                error!(
                    conversation = record.group,
                    attempt = record.attempt,
                    "event given back unread"
                );
                return done;
            }
        };
        let (platform, event_key) = match delivery.event() {
            Some(event) => (event.platform.slug(), event.key.as_str().to_owned()),
            None => ("", String::new()),
        };
        let mut computing = bounded::LONGEST;
        let done = loop {
            if deadline.since(now()) < needed(&effect) {
                break Done::GiveBack { after: Duration::ZERO, reason: "no time left".to_owned() };
            }
            let input = match self.effects.perform(effect).await {
                Ok(input) => input,
                Err(done) => break done,
            };
            // A turn that is run again has all its time again.
            if matches!(input, Input::Loaded(_)) {
                computing = bounded::LONGEST;
            }
            let begun = Instant::now();
            let next = self.next(delivery, input, record, &owner, computing).await;
            computing = computing.saturating_sub(begun.elapsed());
            (delivery, effect) = match next {
                Ok(next) => next,
                Err(done) => break done,
            };
        };
        let (conversation, attempt) = (&record.group, record.attempt);
        match &done {
            Done::Acknowledge(Outcome::Buried(reason)) => {
                error!(
                    platform,
                    event_key, conversation, attempt, reason, "event is in the dead-letter queue"
                );
            }
            Done::Acknowledge(Outcome::Undeliverable(reason)) => {
                warn!(
                    platform,
                    event_key, conversation, attempt, reason, "event cannot be answered"
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

    /// Goes on with a delivery, where it is the author's code that runs, on a thread that can be left.
    async fn next(
        &self,
        mut delivery: Delivery,
        input: Input,
        record: &Record,
        owner: &str,
        computing: Duration,
    ) -> Result<(Delivery, Effect), Done> {
        if !matches!(input, Input::Loaded(_) | Input::Fetched(_)) {
            let effect = caught(|| delivery.next(input, now()))?;
            return Ok((delivery, effect));
        }
        let next = bounded(computing, move || {
            let effect = delivery.next(input, now());
            (delivery, effect)
        });
        next.await.or_else(|lost| match lost {
            Lost::Panicked => Err(panicked()),
            Lost::NotBegun => Err(Done::GiveBack {
                after: wait(record.attempt, None, owner),
                reason: "there is no thread for the handler".to_owned(),
            }),
            Lost::Endless => self.condemn(record, owner),
        })
    }

    fn condemn(&self, record: &Record, owner: &str) -> Result<(Delivery, Effect), Done> {
        if !self.is_tainted.swap(true, Ordering::Relaxed) {
            error!("a handler does not end: it keeps a processor busy until this process ends");
        }
        caught(|| {
            let setup = Arc::clone(&self.setup);
            let reason = "the handler does not end".to_owned();
            let owner = owner.to_owned();
            Delivery::condemn(setup, &record.body, record.attempt, owner, reason, now())
        })
    }

    async fn hide(&self, records: &[Record], wait: Duration) {
        let receipts: Vec<String> = records.iter().map(|record| record.receipt.clone()).collect();
        let hidden = timeout(HIDING, self.effects.queue.hide(&receipts, wait)).await;
        if let Err(error) = hidden.unwrap_or_else(|_| Err(anyhow!("no answer in time"))) {
            warn!("messages stay out of sight longer than they need: {error:#}");
        }
    }
}

/// Keeps a panic to its own record: the others of the batch are not to be delivered again for it.
///
/// A handler's panic is caught where it is run. This one is a bug of ours, and may end with the next deployment.
fn caught<T>(step: impl FnOnce() -> T) -> Result<T, Done> {
    catch_unwind(AssertUnwindSafe(step)).map_err(|_| panicked())
}

fn panicked() -> Done {
    Done::GiveBack { after: LONGEST, reason: "the worker panicked".to_owned() }
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
