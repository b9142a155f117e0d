//! The command-line tool: the whole pipeline on one machine, and what an operator needs.

mod chat;
mod dev;
mod gateway;
mod mapping;
mod settings;
mod simulated;
mod stack;
mod stores;
mod terminal;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

/// Lambot: a serverless backend for chat bots.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    dev: Dev,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the whole pipeline on this machine (what `lambot` does by itself).
    Dev(Dev),
    /// Talk to the bot in this terminal, through the whole pipeline.
    Chat(Data),
    /// Print the bot's commands as Discord registers them.
    Commands,
}

#[derive(Args)]
struct Dev {
    /// The port to listen on.
    #[arg(long, env = "PORT", default_value_t = 3000)]
    port: u16,
    #[command(flatten)]
    data: Data,
}

#[derive(Args)]
struct Data {
    /// A folder that keeps states and queued messages; without it they are forgotten at the end.
    #[arg(long = "data", value_name = "DIR")]
    folder: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    terminal::log_to_stderr();
    bot_aws::process::hush_panics();
    let result = match arguments.command {
        None => dev::run(arguments.dev.port, arguments.dev.data.folder).await,
        Some(Command::Dev(dev)) => dev::run(dev.port, dev.data.folder).await,
        Some(Command::Chat(data)) => chat::run(data.folder).await,
        Some(Command::Commands) => {
            terminal::say(&bot_core::platform::discord::commands(&bot::BOT).to_string());
            Ok(())
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::complain(&format!("lambot: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
