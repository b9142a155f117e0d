//! Lambda function: decides queued events and delivers the replies.

use aws_lambda_events::sqs::SqsEvent;
use bot::BOT;
use bot_aws::process::hush_panics;
use bot_core::Timestamp;
use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use queue_worker::Worker;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    hush_panics();
    let worker = Worker::from_env(&BOT)?;
    let handle = async |event: LambdaEvent<SqsEvent>| {
        let deadline = Timestamp::from_millis(event.context.deadline);
        Ok::<_, Error>(worker.handle(event.payload, &event.context.request_id, deadline).await)
    };
    run(service_fn(handle)).await
}
