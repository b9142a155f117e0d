//! `lambot`, with the bot of this repository.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    lambot::run(&bot::BOT).await
}
