//! The function's configuration, from its environment.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::Context as _;
use bot_aws::process::{self, required};
use bot_aws::{Aws, Configured, Metrics, Patience, Queue, Table};
use bot_core::Bot;
use bot_core::platform::{Lookup, Reader};
use bot_core::worker::Setup;
use bot_core::worker::deadline::STORING;
use tokio::sync::Mutex;

use crate::Worker;
use crate::effects::Effects;
use crate::fetch::{Fetcher, StandIn};
use crate::holds::Known;
use bot_aws::api::Api;

/// How long AWS may take, try by try.
const PATIENCE: Patience =
    Patience { attempts: 3, attempt: Duration::from_secs(2), altogether: STORING };

impl Worker {
    /// The handler for `bot`, by the environment of this process.
    ///
    /// # Errors
    ///
    /// As of [`Worker::from_settings`].
    pub fn from_env(bot: &'static Bot) -> anyhow::Result<Self> {
        Self::from_settings(bot, &|name| std::env::var(name).ok())
    }

    /// The handler for `bot`: `QUEUE_URL`, `DLQ_URL`, `TABLE_NAME`, AWS's variables, those of each platform, and the
    /// secrets of the bot's hosts. With `SECRETS_PREFIX`, secrets that are not set are read below it. With
    /// `METRICS_NAMESPACE` it writes metrics.
    ///
    /// `FETCH_URL` is where a server of this machine stands in for all of those hosts: `https://host/path` is asked for
    /// as `<FETCH_URL>/host/path`, by plain http. It is for tests and the local stack, and never set in a deployment.
    ///
    /// # Errors
    ///
    /// A variable is missing or cannot be right; the error names it.
    pub fn from_settings(bot: &'static Bot, settings: &Lookup<'_>) -> anyhow::Result<Self> {
        let aws = Aws::from_settings(settings, PATIENCE)?;
        Ok(Self {
            setup: Configured::from_settings(
                settings,
                &aws,
                Reader::Worker,
                bot.secrets(),
                move |settings| Setup::from_settings(bot, settings),
            )?,
            effects: Effects {
                table: Table::new(aws.dynamodb(), required(settings, "TABLE_NAME")?),
                queue: Queue::new(
                    aws.sqs(),
                    required(settings, "QUEUE_URL")?,
                    required(settings, "DLQ_URL")?,
                ),
                api: Api::new(),
                fetcher: Fetcher::from_settings(settings)?,
                known: Known::default(),
                process: process::name(),
            },
            metrics: Metrics::from_settings(settings),
            is_tainted: AtomicBool::new(false),
            turn: Mutex::new(()),
        })
    }
}

impl Fetcher {
    /// To the internet, or to what `FETCH_URL` has stand in for it.
    ///
    /// # Errors
    ///
    /// `FETCH_URL` cannot be right.
    pub fn from_settings(settings: &Lookup<'_>) -> anyhow::Result<Self> {
        stand_in(settings).map(Self::new)
    }
}

fn stand_in(settings: &Lookup<'_>) -> anyhow::Result<Option<StandIn>> {
    let url = settings("FETCH_URL").filter(|url| !url.is_empty());
    url.map(|url| StandIn::at(&url).context("FETCH_URL is not http on this machine")).transpose()
}
