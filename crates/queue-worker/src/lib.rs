//! Decides queued events and delivers the replies.
//!
//! What has to be done is bot-core's to say, one effect after the other; this function does it.

mod config;
mod effects;
mod fetch;
mod handler;
mod holds;
mod run;

use aws_lambda_events::sqs::SqsEvent;
use bot_aws::process::hush_panics;
use bot_core::{Bot, Timestamp};
use lambda_runtime::layers::TracingLayer;
use lambda_runtime::tower::util::MapResultLayer;
use lambda_runtime::{LambdaEvent, Runtime, service_fn, tracing};

pub use aws_lambda_events::sqs;
pub use lambda_runtime::Error;

pub use fetch::Fetcher;
pub use handler::Worker;

/// Is the function, for `bot`: takes batches from Lambda as long as there are any.
///
/// # Errors
///
/// The process has to end: a variable is missing or cannot be right, Lambda cannot be reached, or a handler is caught in
/// a loop. Lambda starts another.
pub async fn run(bot: &'static Bot) -> Result<(), Error> {
    tracing::init_default_subscriber();
    hush_panics();
    let worker = Worker::from_env(bot)?;
    // Lambda gives a function its most processor time before it first asks for a batch.
    worker.prepare().await;
    let handle = async |event: LambdaEvent<SqsEvent>| {
        let deadline = Timestamp::from_millis(event.context.deadline);
        Ok::<_, Error>(worker.handle(event.payload, &event.context.request_id, deadline).await)
    };
    // Here Lambda has been told what came of the batch. Nothing but the end of the process ends a thread.
    let end = MapResultLayer::new(|answered: Result<(), Error>| {
        answered.and_then(|()| match worker.is_tainted() {
            true => Err("a handler does not end, so its process has to".into()),
            false => Ok(()),
        })
    });
    Runtime::new(service_fn(handle)).layer(TracingLayer::new()).layer(end).run().await
}
