//! Lambda function: the smallest one. If it answers, the deployment works.

use bot_core::http::gateway::GatewayRequest;
use lambda_http::lambda_runtime::{LambdaEvent, run};
use lambda_http::{Error, service_fn, tracing};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(async |event: LambdaEvent<GatewayRequest>| {
        Ok::<_, Error>(echo::handle(event.payload))
    }))
    .await
}
