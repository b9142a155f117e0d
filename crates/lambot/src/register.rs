//! Registering the bot with a platform: what is registered is asked for, shown beside what should be, and replaced.
//!
//! Tokens come from the environment or from Parameter Store, so that none stands in a shell's history.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use bot_aws::api::{Api, SendError};
use bot_core::Bot;
use bot_core::platform::registration::{Comparison, result};
use bot_core::platform::{ApiAnswer, ApiRequest, Platform, Registration, slack};
use clap::{Args, ValueEnum};
use serde_json::Value;
use similar::TextDiff;

use crate::environment::{Environment, secrets};
use crate::settings::chosen;
use crate::terminal::{complain, printable, say};

/// How long a platform may take. Discord and Slack ask the endpoint before they answer.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Args)]
pub(crate) struct Register {
    platform: Name,
    /// The URL that the bot is served at, without `/webhooks/…`; on Slack it is needed.
    #[arg(long, env = "PUBLIC_URL", value_name = "URL")]
    url: Option<String>,
    /// Show what is different, and leave it.
    #[arg(long)]
    dry_run: bool,
    /// Register what is no different, too: Telegram does not say whether its secret is still the one that is set.
    #[arg(long, conflicts_with = "dry_run")]
    force: bool,
}

/// The platforms' names on the command line.
#[derive(Clone, Copy, ValueEnum)]
enum Name {
    Slack,
    Discord,
    Telegram,
}

impl From<Name> for Platform {
    fn from(name: Name) -> Self {
        match name {
            Name::Slack => Self::Slack,
            Name::Discord => Self::Discord,
            Name::Telegram => Self::Telegram,
        }
    }
}

pub(crate) async fn run(bot: &'static Bot, register: Register) -> anyhow::Result<()> {
    let platform = Platform::from(register.platform);
    let url = register.url.as_deref().filter(|url| !url.is_empty());
    if platform == Platform::Slack {
        let url =
            url.context("Slack has to know where the bot is: add --url, or set PUBLIC_URL")?;
        if chosen(slack::CONFIG_TOKEN).is_none() {
            say(&pretty(&slack::manifest(bot, &platform.webhook(url))));
            complain(
                "Paste this at https://api.slack.com/apps as the manifest of an app. To have it compared and updated, \
                 set SLACK_CONFIG_TOKEN and SLACK_APP_ID.",
            );
            return Ok(());
        }
    }
    let environment = Environment::with(secrets(platform)).await?;
    let registration = platform.registration(bot, url, &|name| environment.value(name))?;
    let api = Api::new();
    for item in &registration.items {
        let answer = send(&api, registration.read(item)?).await.context(item.name)?;
        let comparison = item.compare(&answer).context(item.name)?;
        show(item.name, &comparison);
        let is_due = !comparison.is_same() || register.force;
        if is_due && !register.dry_run {
            write(&api, &registration, &comparison).await.context(item.name)?;
            say(&format!("{}: registered.", item.name));
        }
    }
    Ok(())
}

fn show(name: &str, comparison: &Comparison) {
    if comparison.is_same() {
        say(&format!("{name}: as declared."));
        return;
    }
    let (registered, wanted) = (pretty(&comparison.registered), pretty(&comparison.wanted));
    let diff = TextDiff::from_lines(&registered, &wanted);
    let diff = diff.unified_diff().header("registered", "declared").to_string();
    say(&format!("{name}: this is different."));
    for line in diff.lines() {
        say(&printable(line));
    }
}

async fn write(
    api: &Api,
    registration: &Registration,
    comparison: &Comparison,
) -> anyhow::Result<()> {
    result(&send(api, registration.write(comparison)?).await?)?;
    Ok(())
}

async fn send(api: &Api, request: ApiRequest) -> anyhow::Result<ApiAnswer> {
    api.send_within(request, PATIENCE).await.map_err(|error| match error {
        SendError::Unsendable => anyhow!("the request cannot be made"),
        SendError::NoAnswer(error) => error,
    })
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}
