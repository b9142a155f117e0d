//! Lambda function: decides queued events and delivers the replies.

use aws_lambda_events::sqs::SqsEvent;
use bot::BOT;
use bot_core::Timestamp;
use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use queue_worker::Worker;
use queue_worker::config::environment;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    queue_worker::hush_panics();
    let worker = Worker::from_settings(&BOT, &environment)?;
    let handle = async |event: LambdaEvent<SqsEvent>| {
        let deadline = Timestamp::from_millis(event.context.deadline);
        Ok::<_, Error>(worker.handle(event.payload, &event.context.request_id, deadline).await)
    };
    run(service_fn(handle)).await
}
