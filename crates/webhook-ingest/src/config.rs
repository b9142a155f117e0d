//! The function's configuration, from its environment.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bot_aws::api::Api;
use bot_aws::process::required;
use bot_aws::{Aws, Configured, Metrics, Patience, Queue};
use bot_core::Bot;
use bot_core::ingest::Platforms;
use bot_core::platform::{Lookup, Reader};

use crate::Ingest;

/// All tries to queue something end within 1.5 s: platforms wait 3 s for an answer, a cold start included.
const PATIENCE: Patience = Patience {
    attempts: 3,
    attempt: Duration::from_millis(700),
    altogether: Duration::from_millis(1500),
};

impl Ingest {
    /// The handler for `bot`, by the environment of this process.
    ///
    /// # Errors
    ///
    /// As of [`Ingest::from_settings`].
    pub fn from_env(bot: &'static Bot) -> anyhow::Result<Self> {
        Self::from_settings(bot, &|name| std::env::var(name).ok())
    }

    /// The handler for `bot`: `QUEUE_URL`, `DLQ_URL`, AWS's variables, and those of each platform. With
    /// `SECRETS_PREFIX`, secrets that are not set are read below it. With `METRICS_NAMESPACE` it writes metrics.
    ///
    /// # Errors
    ///
    /// A variable is missing or cannot be right; the error names it.
    pub fn from_settings(bot: &'static Bot, settings: &Lookup<'_>) -> anyhow::Result<Self> {
        let aws = Aws::from_settings(settings, PATIENCE)?;
        Ok(Self {
            bot,
            platforms: Configured::from_settings(
                settings,
                &aws,
                Reader::Ingest,
                std::iter::empty(),
                Platforms::from_settings,
            )?,
            api: Api::new(),
            queue: Queue::new(
                aws.sqs(),
                required(settings, "QUEUE_URL")?,
                required(settings, "DLQ_URL")?,
            ),
            metrics: Metrics::from_settings(settings),
            is_tainted: AtomicBool::new(false),
        })
    }
}
