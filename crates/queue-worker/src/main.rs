//! Lambda function: decides queued events and delivers the replies.

use bot::BOT;
use queue_worker::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    queue_worker::run(&BOT).await
}
