//! Lambda function: accepts platform webhooks and queues the events in them.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), webhook_ingest::Error> {
    webhook_ingest::run(&{{crate}}::BOT).await
}
