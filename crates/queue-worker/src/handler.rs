//! Does the jobs of a batch, as many at once as there are.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::anyhow;
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use bot_aws::Metrics;
use bot_aws::process::now;
use bot_core::Timestamp;
use bot_core::worker::Setup;
use bot_core::worker::batch::{Batch, Job, Report};
use bot_core::worker::deadline::{GRACE, HIDING};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tracing::{error, warn};

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
        let groups = records.iter().map(|record| record.group.as_str());
        let (mut batch, mut jobs) = Batch::begin(groups, deadline.since(now()) + GRACE);
        let mut parked = HashMap::new();
        let mut under_way = FuturesUnordered::new();
        loop {
            for job in jobs {
                let work = match job {
                    Job::Deliver(nth) => {
                        #[expect(clippy::indexing_slicing, reason = "a batch names its records")]
                        let record = &records[nth];
                        Work::Run(nth, Box::new(Run::begin(self, record, invocation)), false)
                    }
                    Job::Resume(nth) => match parked.remove(&nth) {
                        Some(run) => Work::Run(nth, run, true),
                        None => continue,
                    },
                    Job::Hide(nths, wait) => Work::Hide(receipts(&records, &nths), wait),
                    Job::Delete(nths) => Work::Delete(receipts(&records, &nths)),
                };
                under_way.push(self.work(work, deadline));
            }
            let Some((report, run)) = under_way.next().await else { break };
            if let (Report::Parked(nth), Some(run)) = (&report, run) {
                parked.insert(*nth, run);
            }
            jobs = batch.next(report);
        }

        let mut response = SqsBatchResponse::default();
        let left = batch.left().iter().filter_map(|&nth| records.get(nth));
        response.batch_item_failures = left.map(Record::as_failure).collect();
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

    /// Does one job: what came of it, and the delivery that goes on when it is alone.
    async fn work<'a>(
        &self,
        work: Work<'a>,
        deadline: Timestamp,
    ) -> (Report, Option<Box<Run<'a>>>) {
        match work {
            Work::Run(nth, run, is_alone) => match run.advance(self, deadline, is_alone).await {
                Ended::Over(done) => (Report::Over(nth, done), None),
                Ended::Parked(run) => (Report::Parked(nth), Some(run)),
            },
            Work::Hide(receipts, wait) => {
                let hidden = timeout(HIDING, self.effects.queue.hide(&receipts, wait)).await;
                if let Err(error) = hidden.unwrap_or_else(|_| Err(anyhow!("no answer in time"))) {
                    warn!("messages stay out of sight longer than they need: {error:#}");
                }
                (Report::Hidden, None)
            }
            Work::Delete(receipts) => {
                let deleted = timeout(HIDING, self.effects.queue.delete(&receipts)).await;
                if let Err(error) = deleted.unwrap_or_else(|_| Err(anyhow!("no answer in time"))) {
                    warn!("finished messages may be delivered again: {error:#}");
                }
                (Report::Deleted, None)
            }
        }
    }
}

/// A job, with what it is about.
enum Work<'a> {
    /// Go on with a delivery, alone or not.
    Run(usize, Box<Run<'a>>, bool),
    Hide(Vec<String>, Duration),
    Delete(Vec<String>),
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
    fn as_failure(&self) -> BatchItemFailure {
        let mut failure = BatchItemFailure::default();
        failure.item_identifier.clone_from(&self.id);
        failure
    }
}

fn receipts(records: &[Record], nths: &[usize]) -> Vec<String> {
    nths.iter().filter_map(|&nth| Some(records.get(nth)?.receipt.clone())).collect()
}
