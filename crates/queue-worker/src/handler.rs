//! Works through a batch: conversations at once, each in order.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::anyhow;
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use bot_aws::Metrics;
use bot_aws::process::now;
use bot_core::Timestamp;
use bot_core::worker::batch::lanes;
use bot_core::worker::{Done, Setup};
use futures_util::future::join_all;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tracing::{error, warn};

use crate::deadline::{GRACE, HIDING};
use crate::effects::Effects;
use crate::run::{Ended, Run};

/// The handler and what it holds between batches. Nothing of one batch is left to the next.
pub struct Worker {
    pub(crate) setup: Arc<Setup>,
    pub(crate) effects: Effects,
    pub(crate) metrics: Metrics,
    pub(crate) is_tainted: AtomicBool,
    /// Whose turn it is: one handler computes at a time, so that the clock of none runs while others have the processor.
    pub(crate) turn: Mutex<()>,
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
        let lanes: Vec<Lane> = lanes.into_iter().map(Lane::new).collect();
        let worked = lanes.into_iter().map(async |mut lane| {
            self.work(&mut lane, invocation, deadline, None).await;
            lane
        });
        let mut lanes = join_all(worked).await;

        // What may have killed a process before is done last, one by one, and takes nothing with it.
        let mut finished: Vec<String> =
            lanes.iter_mut().flat_map(|lane| std::mem::take(&mut lane.finished)).collect();
        for lane in lanes.iter_mut().filter(|lane| lane.parked.is_some()) {
            self.work(lane, invocation, deadline, Some(&mut finished)).await;
        }

        let mut response = SqsBatchResponse::default();
        response.batch_item_failures =
            lanes.into_iter().flat_map(|lane| lane.left).map(Record::into_failure).collect();
        response
    }

    /// Whether a handler of an earlier batch is still running and keeps a processor busy: the process has to end.
    #[must_use]
    pub fn is_tainted(&self) -> bool {
        self.is_tainted.load(Ordering::Relaxed)
    }

    pub(crate) fn taint(&self) {
        if !self.is_tainted.swap(true, Ordering::Relaxed) {
            error!("a handler does not end: it keeps a processor busy until this process ends");
        }
    }

    /// Works through one conversation, until something has to be done alone or is given back, and the rest with it.
    ///
    /// What has to be done alone is done when everything else is `finished`.
    async fn work(
        &self,
        lane: &mut Lane,
        invocation: &str,
        deadline: Timestamp,
        mut finished: Option<&mut Vec<String>>,
    ) {
        loop {
            let run = match lane.parked.take() {
                Some(run) => run,
                None => match lane.next.pop_front() {
                    Some(record) => Run::begin(self, record, invocation),
                    None => return,
                },
            };
            match run.advance(self, deadline, finished.as_deref_mut()).await {
                Ended::Parked(run) => {
                    lane.parked = Some(*run);
                    return;
                }
                Ended::Done(record, Done::Acknowledge(_)) => match &mut finished {
                    Some(finished) => finished.push(record.receipt),
                    None => lane.finished.push(record.receipt),
                },
                Ended::Done(record, Done::GiveBack { after, .. }) => {
                    lane.left = std::iter::once(record).chain(lane.next.drain(..)).collect();
                    self.hide(&lane.left, after).await;
                    return;
                }
            }
        }
    }

    async fn hide(&self, records: &[Record], wait: Duration) {
        let receipts: Vec<String> = records.iter().map(|record| record.receipt.clone()).collect();
        let hidden = timeout(HIDING, self.effects.queue.hide(&receipts, wait)).await;
        if let Err(error) = hidden.unwrap_or_else(|_| Err(anyhow!("no answer in time"))) {
            warn!("messages stay out of sight longer than they need: {error:#}");
        }
    }

    /// Deletes finished messages without waiting for the end of the batch, which may not come.
    pub(crate) async fn delete(&self, finished: &mut Vec<String>) {
        let receipts = std::mem::take(finished);
        let deleted = timeout(HIDING, self.effects.queue.delete(&receipts)).await;
        if let Err(error) = deleted.unwrap_or_else(|_| Err(anyhow!("no answer in time"))) {
            warn!("finished messages may be delivered again: {error:#}");
        }
    }
}

/// One conversation of a batch.
struct Lane {
    next: VecDeque<Record>,
    /// What has to be done alone, and what follows it.
    parked: Option<Run>,
    /// The receipts of what is finished.
    finished: Vec<String>,
    /// What stays on the queue.
    left: Vec<Record>,
}

impl Lane {
    fn new(records: Vec<Record>) -> Self {
        Self { next: records.into(), parked: None, finished: Vec::new(), left: Vec::new() }
    }
}

/// What is used of a message of the queue.
pub(crate) struct Record {
    pub(crate) id: String,
    receipt: String,
    pub(crate) body: String,
    pub(crate) group: String,
    pub(crate) attempt: u32,
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
