//! One delivery of one message, effect by effect.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use bot_aws::bounded::{Lost, bounded};
use bot_aws::process::now;
use bot_core::Timestamp;
use bot_core::worker::backoff::{LONGEST, wait};
use bot_core::worker::count::of_end;
use bot_core::worker::deadline::{RESERVE, needed};
use bot_core::worker::{Delivery, Done, Effect, Input, Outcome, Setup};
use tokio::time::Instant;
use tracing::{error, info, warn};

use crate::handler::{Record, Worker};

/// How long a handler may compute in one turn, besides what it waits for. It takes milliseconds, unless it is caught in a
/// loop.
const COMPUTING: Duration = Duration::from_secs(5);

/// A delivery under way.
pub(crate) struct Run<'a> {
    setup: Arc<Setup>,
    record: &'a Record,
    owner: String,
    /// Where it stands, or how it ended.
    stage: Result<(Delivery, Effect), Done>,
    /// How long its handler may still compute.
    computing: Duration,
    platform: &'static str,
    event_key: String,
}

/// Where a run has come to.
pub(crate) enum Ended<'a> {
    /// It is over.
    Over(Done),
    /// What is next has to be done alone.
    Parked(Box<Run<'a>>),
}

impl<'a> Run<'a> {
    pub(crate) fn begin(setup: &Arc<Setup>, record: &'a Record, invocation: &str) -> Self {
        let owner = format!("{invocation}/{}", record.id);
        let begin = || {
            Delivery::begin(Arc::clone(setup), &record.body, record.attempt, owner.clone(), now())
        };
        let stage = caught(begin);
        let event = stage.as_ref().ok().and_then(|(delivery, _)| delivery.event());
        let (platform, event_key) = match event {
            Some(event) => (event.platform.slug(), event.key.as_str().to_owned()),
            None => ("", String::new()),
        };
        let setup = Arc::clone(setup);
        Self { setup, record, owner, stage, computing: COMPUTING, platform, event_key }
    }

    /// Goes on until it is over, or has to be alone and is not.
    pub(crate) async fn advance(
        mut self: Box<Self>,
        worker: &Worker,
        deadline: Timestamp,
        is_alone: bool,
    ) -> Ended<'a> {
        loop {
            let (delivery, effect) = match std::mem::replace(&mut self.stage, Err(panicked())) {
                Ok(stage) => stage,
                Err(done) => {
                    self.log(&done);
                    let waited = now().since(self.record.sent_at);
                    worker.metrics.emit(self.platform, &of_end(&done, waited));
                    return Ended::Over(done);
                }
            };
            let input = match effect {
                effect if deadline.since(now()) < needed(&effect) => Ok(Input::NoTime),
                Effect::Isolate if is_alone => Ok(Input::Isolated),
                Effect::Isolate => {
                    self.stage = Ok((delivery, Effect::Isolate));
                    return Ended::Parked(self);
                }
                effect => worker.effects.perform(effect).await,
            };
            self.stage = match input {
                Ok(input) => self.next(worker, delivery, input, deadline).await,
                Err(done) => Err(done),
            };
            if let Ok((delivery, _)) = &mut self.stage {
                worker.metrics.emit(self.platform, &delivery.counted());
            }
        }
    }

    /// Goes on with a delivery, where it is the author's code that runs, on a thread that can be left.
    async fn next(
        &mut self,
        worker: &Worker,
        mut delivery: Delivery,
        input: Input,
        deadline: Timestamp,
    ) -> Result<(Delivery, Effect), Done> {
        // A turn that is run again has all its time again.
        if matches!(input, Input::Loaded(_)) {
            self.computing = COMPUTING;
        }
        if !matches!(input, Input::Loaded(_) | Input::Fetched(_)) {
            let effect = caught(|| delivery.next(input, now()))?;
            return Ok((delivery, effect));
        }
        let _turn = worker.turn.lock().await;
        // Others may have taken long.
        if deadline.since(now()) < RESERVE {
            let effect = caught(|| delivery.next(Input::NoTime, now()))?;
            return Ok((delivery, effect));
        }
        let begun = Instant::now();
        let next = bounded(self.computing, move || {
            let effect = delivery.next(input, now());
            (delivery, effect)
        });
        let next = next.await;
        self.computing = self.computing.saturating_sub(begun.elapsed());
        next.or_else(|lost| match lost {
            Lost::Panicked => Err(panicked()),
            Lost::NotBegun => Err(Done::GiveBack {
                after: wait(self.record.attempt, None, &self.owner),
                reason: "there is no thread for the handler".to_owned(),
            }),
            // Beside another that does not end it had not the processor to itself: it may be innocent, the first time.
            Lost::Endless if worker.is_tainted() && self.record.attempt == 1 => {
                Err(Done::GiveBack {
                    after: wait(self.record.attempt, None, &self.owner),
                    reason: "another handler keeps the processor busy".to_owned(),
                })
            }
            Lost::Endless => {
                worker.taint();
                self.condemn()
            }
        })
    }

    fn condemn(&self) -> Result<(Delivery, Effect), Done> {
        caught(|| {
            let setup = Arc::clone(&self.setup);
            let reason = "the handler does not end".to_owned();
            let (body, attempt) = (&self.record.body, self.record.attempt);
            Delivery::condemn(setup, body, attempt, self.owner.clone(), reason, now())
        })
    }

    fn log(&self, done: &Done) {
        let (platform, event_key) = (self.platform, self.event_key.as_str());
        let (conversation, attempt) = (self.record.group.as_str(), self.record.attempt);
        match done {
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

#[cfg(test)]
mod tests {
    use bot_core::fetch::FETCH_TIME;

    use super::*;

    /// What AWS takes when nothing is wrong with it, connections included, to hide, to load, to find and to commit.
    const ORDINARY: Duration = Duration::from_secs(2);

    fn timeout_deployed() -> Duration {
        let deployment = include_str!("../../../infra/serverless.yml");
        let worker = deployment.split_once("\n  queue-worker:\n").expect("the function").1;
        let timeout = worker.lines().find_map(|line| line.trim().strip_prefix("timeout: "));
        Duration::from_secs(timeout.expect("a timeout").parse().expect("seconds"))
    }

    #[test]
    fn a_message_alone_in_a_fresh_invocation_gets_through() {
        let timeout = timeout_deployed();
        let turn = FETCH_TIME + COMPUTING;
        // (what has still to be begun, what has gone by)
        let cases = [
            ("the fetch, after computing", FETCH_TIME + RESERVE, COMPUTING),
            ("the last send, commit, or burial", RESERVE, turn),
        ];

        for (what, needed, gone) in cases {
            assert!(ORDINARY + gone + needed <= timeout, "{what}: {gone:?} + {needed:?}");
        }
    }
}
