//! Lambda function: decides queued events and delivers the replies.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), queue_worker::Error> {
    queue_worker::run(&{{crate}}::BOT).await
}
