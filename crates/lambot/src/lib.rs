//! The command-line tool: the whole pipeline on one machine, and what an operator needs.
//!
//! It is a library so that a bot outside this repository has a tool of its own: a `main` that calls [`run`].

mod chat;
mod deployment;
mod dev;
mod dlq;
mod doctor;
mod environment;
mod gateway;
mod mapping;
mod new;
mod polling;
mod register;
mod replay;
mod settings;
mod simulated;
mod stack;
mod stores;
mod telegram;
mod terminal;

use std::path::PathBuf;
use std::process::ExitCode;

use bot_core::Bot;
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
    /// Show how what a platform keeps of the bot differs from what the bot declares, and register that.
    Register(register::Register),
    /// Look into the dead-letter queue that the environment leads to, and have what is in it decided again.
    #[command(subcommand)]
    Dlq(dlq::Dlq),
    /// Check what the environment leads to: variables, table, queues, clock, and what platforms know of the bot.
    Doctor(doctor::Doctor),
    /// Decide an event again without any effect, and show what is different from what was decided then.
    Replay(replay::Replay),
    /// Begin a bot of your own in a folder outside this repository.
    New(New),
}

#[derive(Args)]
struct Dev {
    /// The port to listen on.
    #[arg(long, env = "PORT", default_value_t = 3000)]
    port: u16,
    #[command(flatten)]
    data: Data,
    /// Fetch a real bot's messages from Telegram, which needs no public URL; set `TELEGRAM_BOT_TOKEN`.
    #[arg(long)]
    telegram_polling: bool,
    /// If the bot has a webhook, delete it: Telegram gives messages to a webhook or to us.
    #[arg(long, requires = "telegram_polling")]
    delete_webhook: bool,
}

#[derive(Args)]
struct Data {
    /// A folder that keeps states and queued messages; without it they are forgotten at the end.
    #[arg(long = "data", value_name = "DIR")]
    folder: Option<PathBuf>,
}

#[derive(Args)]
struct New {
    /// The folder, which is made unless it is there and holds nothing but `.git`.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The package's name, unless it is the folder's.
    #[arg(long)]
    name: Option<String>,
    /// Where Lambot is got from, instead of the folder this tool was built in.
    #[arg(long, value_name = "URL")]
    git: Option<String>,
}

/// The whole tool, for `bot`: reads the arguments, does what they say, and says how it went.
///
/// ```no_run
/// # use bot_core::Bot;
/// # static BOT: Bot = Bot::new();
/// #[tokio::main]
/// async fn main() -> std::process::ExitCode {
///     lambot::run(&BOT).await
/// }
/// ```
pub async fn run(bot: &'static Bot) -> ExitCode {
    let arguments = Arguments::parse();
    terminal::log_to_stderr();
    bot_aws::process::hush_panics();
    let result = match arguments.command.unwrap_or(Command::Dev(arguments.dev)) {
        Command::Dev(dev) => dev::run(bot, dev).await,
        Command::Chat(data) => chat::run(bot, data.folder).await,
        Command::Commands => {
            terminal::say(&bot_core::platform::discord::commands(bot).to_string());
            Ok(())
        }
        Command::Register(register) => register::run(bot, register).await,
        Command::Dlq(dlq) => dlq::run(bot, dlq).await,
        Command::Doctor(doctor) => return doctor::run(bot, doctor).await,
        Command::Replay(replay) => match replay::run(bot, replay).await {
            Ok(code) => return code,
            Err(error) => {
                terminal::complain(&format!("lambot: {error:#}"));
                return replay::trouble();
            }
        },
        Command::New(project) => new::run(&project),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::complain(&format!("lambot: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
