//! Lambda function: accepts platform webhooks and queues the events in them.

use bot::BOT;
use webhook_ingest::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    webhook_ingest::run(&BOT).await
}
