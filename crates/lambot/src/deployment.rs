//! The queues and the table an operator looks into: those of a deployment, of a running stack, or of a stopped one.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::ensure;
use bot_aws::process::required;
use bot_aws::{Aws, Patience, Queue, Table};
use bot_core::Bot;
use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::environment::{Environment, all_secrets};
use crate::settings::{Settings, chosen};
use crate::stack::{CLOSING, set_up_stores};

/// Somebody waits at a terminal, and the longest poll of a queue takes a second.
const PATIENCE: Patience =
    Patience { attempts: 3, attempt: Duration::from_secs(10), altogether: Duration::from_secs(30) };

/// What the variables lead to.
pub(crate) struct Deployment {
    /// Those of a stopped stack; otherwise the environment's.
    folder: Option<Folder>,
    environment: Environment,
}

/// The stores of a stopped stack, served for as long as they are looked into.
struct Folder {
    settings: Settings,
    stop: watch::Sender<bool>,
    stores: Vec<JoinHandle<()>>,
}

impl Deployment {
    /// The one in `folder`, or the one that the environment leads to.
    ///
    /// # Errors
    ///
    /// The folder is none of a stack's, or a stack is running there.
    pub(crate) async fn open(bot: &'static Bot, folder: Option<PathBuf>) -> anyhow::Result<Self> {
        let environment = Environment::default();
        let Some(folder) = folder else { return Ok(Self { folder: None, environment }) };
        ensure!(folder.is_dir(), "{} is no folder", folder.display());
        let (stop, stopping) = watch::channel(false);
        // Nothing is said to a platform from here.
        let mut settings = Settings::of_platforms(chosen, "http://127.0.0.1:1");
        settings.add_chosen(bot);
        let stores = set_up_stores(&mut settings, Some(folder), &stopping).await?;
        Ok(Self { folder: Some(Folder { settings, stop, stores }), environment })
    }

    /// Reads the secrets that are not set, for what cannot do without; a stopped stack has all of its own.
    ///
    /// # Errors
    ///
    /// They cannot be read.
    pub(crate) async fn read_secrets(&mut self, bot: &'static Bot) -> anyhow::Result<()> {
        if self.folder.is_none() {
            self.environment = Environment::with(all_secrets(bot)).await?;
        }
        Ok(())
    }

    /// A variable of its functions.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        match &self.folder {
            Some(folder) => folder.settings.value(name),
            None => self.environment.value(name),
        }
    }

    /// Its queues, and a client for them.
    ///
    /// # Errors
    ///
    /// A variable is missing.
    pub(crate) fn queues(&self) -> anyhow::Result<Queues> {
        let settings = |name: &str| self.value(name);
        let sqs = Aws::from_settings(&settings, PATIENCE)?.sqs();
        let dead_letter_url = required(&settings, "DLQ_URL")?;
        let queue_url = required(&settings, "QUEUE_URL")?;
        let queue = Queue::new(sqs.clone(), queue_url, dead_letter_url.clone());
        Ok(Queues { sqs, queue, dead_letter_url })
    }

    /// Its table.
    ///
    /// # Errors
    ///
    /// A variable is missing.
    pub(crate) fn table(&self) -> anyhow::Result<Table> {
        let settings = |name: &str| self.value(name);
        let dynamodb = Aws::from_settings(&settings, PATIENCE)?.dynamodb();
        Ok(Table::new(dynamodb, required(&settings, "TABLE_NAME")?))
    }

    /// Closes what was opened.
    pub(crate) async fn close(self) {
        let Some(Folder { stop, stores, .. }) = self.folder else { return };
        let _ = stop.send(true);
        if timeout(CLOSING, join_all(stores)).await.is_err() {
            tracing::warn!("the stores did not close in time");
        }
    }
}

/// The queue and its dead-letter queue.
pub(crate) struct Queues {
    pub(crate) sqs: aws_sdk_sqs::Client,
    pub(crate) queue: Queue,
    pub(crate) dead_letter_url: String,
}
