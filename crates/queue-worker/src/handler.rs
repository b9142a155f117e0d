//! Does the jobs of a batch, as many at once as there are.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::anyhow;
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use bot_aws::process::now;
use bot_aws::{Configured, Metrics};
use bot_core::Timestamp;
use bot_core::worker::Setup;
use bot_core::worker::backoff::wait;
use bot_core::worker::batch::{Batch, Job, Report};
use bot_core::worker::count::of_leaving;
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
    pub(crate) setup: Configured<Setup>,
    pub(crate) effects: Effects,
    pub(crate) metrics: Metrics,
    pub(crate) is_tainted: AtomicBool,
    /// Whose turn it is: one handler computes at a time, so that the clock of none runs while others have the processor.
    pub(crate) turn: Mutex<()>,
}

impl Worker {
    /// Reads the secrets before the first batch comes, which would wait for them.
    pub async fn prepare(&self) {
        if let Err(error) = self.setup.at(now()).await {
            error!("secrets could not be read: {error:#}");
        }
    }

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
        let setup = match self.setup.at(now()).await {
            Ok(setup) => setup,
            Err(error) => {
                error!("secrets could not be read: {error:#}");
                return self.leave(&records, invocation).await;
            }
        };
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
                        Work::Run(nth, Box::new(Run::begin(&setup, record, invocation)), false)
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

    /// Leaves a whole batch on the queue, for a while.
    async fn leave(&self, records: &[Record], invocation: &str) -> SqsBatchResponse {
        let attempt = records.iter().map(|record| record.attempt).min().unwrap_or(1);
        let all: Vec<usize> = (0..records.len()).collect();
        let wait = wait(attempt, None, invocation);
        self.hide(&receipts(records, &all), wait).await;
        let now = now();
        let waited: Vec<_> = records.iter().map(|record| now.since(record.sent_at)).collect();
        self.metrics.emit("", &of_leaving(&waited));
        let mut response = SqsBatchResponse::default();
        response.batch_item_failures = records.iter().map(Record::as_failure).collect();
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

    async fn hide(&self, receipts: &[String], wait: Duration) {
        let hidden = timeout(HIDING, self.effects.queue.hide(receipts, wait)).await;
        if let Err(error) = hidden.unwrap_or_else(|_| Err(anyhow!("no answer in time"))) {
            warn!("messages stay out of sight longer than they need: {error:#}");
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
                self.hide(&receipts, wait).await;
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
    /// When the queue took it.
    pub(crate) sent_at: Timestamp,
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
            sent_at: message
                .attributes
                .get("SentTimestamp")
                .and_then(|millis| millis.parse().ok())
                .map_or_else(now, Timestamp::from_millis),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_queue_says_of_a_message_is_read() {
        let record = |attributes: &[(&str, &str)]| {
            let mut message = SqsMessage::default();
            let attributes = attributes.iter().map(|&(name, value)| (name.into(), value.into()));
            message.attributes.extend(attributes);
            Record::from(message)
        };

        let told = record(&[
            ("MessageGroupId", "group"),
            ("ApproximateReceiveCount", "3"),
            ("SentTimestamp", "1795740423049"),
        ]);
        assert_eq!((told.group.as_str(), told.attempt), ("group", 3));
        assert_eq!(told.sent_at, Timestamp::from_millis(1_795_740_423_049));

        // A time that nobody can read is no outage.
        let before = now();
        assert!(record(&[("SentTimestamp", "yesterday")]).sent_at >= before);
    }
}
