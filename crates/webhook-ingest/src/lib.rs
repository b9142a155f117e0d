//! Accepts platform webhooks and queues what is in them.
//!
//! Platforms give up on a webhook within a few seconds, so this function only checks the request, queues the event and
//! answers. queue-worker does the rest.

mod config;
mod handler;

use bot_aws::process::hush_panics;
use bot_core::Bot;
use bot_core::http::gateway::GatewayRequest;
use lambda_http::lambda_runtime::layers::TracingLayer;
use lambda_http::lambda_runtime::tower::util::MapResultLayer;
use lambda_http::lambda_runtime::{LambdaEvent, Runtime};
use lambda_http::{service_fn, tracing};

pub use lambda_http::Error;

pub use handler::Ingest;

/// Is the function, for `bot`: takes requests from Lambda as long as there are any.
///
/// # Errors
///
/// The process has to end: a variable is missing or cannot be right, Lambda cannot be reached, or what suggests values is caught
/// in a loop. Lambda starts another.
pub async fn run(bot: &'static Bot) -> Result<(), Error> {
    tracing::init_default_subscriber();
    hush_panics();
    let ingest = Ingest::from_env(bot)?;
    // Lambda gives a function its most processor time before it first asks for a request.
    ingest.prepare().await;
    let handle = async |event: LambdaEvent<GatewayRequest>| {
        let trace = event.context.xray_trace_id.as_deref();
        Ok::<_, Error>(ingest.handle(event.payload, trace).await)
    };
    // Here Lambda has the answer. Nothing but the end of the process ends a thread.
    let end = MapResultLayer::new(|answered: Result<(), Error>| {
        answered.and_then(|()| match ingest.is_tainted() {
            true => Err("suggestions do not end, so their process has to".into()),
            false => Ok(()),
        })
    });
    Runtime::new(service_fn(handle)).layer(TracingLayer::new()).layer(end).run().await
}
