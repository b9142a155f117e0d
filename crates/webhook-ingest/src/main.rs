//! Lambda function: accepts platform webhooks and queues the events in them.

use bot::BOT;
use bot_aws::process::hush_panics;
use bot_core::http::gateway::GatewayRequest;
use lambda_http::lambda_runtime::{LambdaEvent, run};
use lambda_http::{Error, service_fn, tracing};
use webhook_ingest::Ingest;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    hush_panics();
    let ingest = Ingest::from_env(&BOT)?;
    let handle = async |event: LambdaEvent<GatewayRequest>| {
        Ok::<_, Error>(ingest.handle(event.payload).await)
    };
    run(service_fn(handle)).await
}
