//! The local tool: `cargo run`, `cargo run -- chat`, `cargo run -- help`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    lambot::run(&{{crate}}::BOT).await
}
