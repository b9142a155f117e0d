//! The whole pipeline in one process: the functions' own handlers between local stand-ins for AWS and the platforms.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bot::BOT;
use bot_aws::setup::{create_queues, create_table};
use bot_aws::{Aws, Patience};
use queue_worker::Worker;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use webhook_ingest::Ingest;

use crate::gateway;
use crate::mapping::Mapping;
use crate::settings::{Settings, chosen};
use crate::simulated::{self, Said};
use crate::stores::{serve_dynamodb, serve_sqs, stopped};

/// Longer than the longest poll of the queue.
const PATIENCE: Patience =
    Patience { attempts: 1, attempt: Duration::from_secs(30), altogether: Duration::from_secs(30) };

/// How long stopping may take: a delivery under way gets its time, and not more.
const STOPPING: Duration = Duration::from_secs(10);

/// A running stack.
pub(crate) struct Stack {
    /// Every variable of the functions.
    pub(crate) settings: Settings,
    /// Where requests go.
    pub(crate) address: SocketAddr,
    /// The function behind the webhooks.
    pub(crate) ingest: Arc<Ingest>,
    /// What the bot says to the simulated platforms.
    pub(crate) said: mpsc::UnboundedReceiver<Said>,
    /// How many queued events are done.
    pub(crate) done: watch::Receiver<u64>,
    stop: watch::Sender<bool>,
    /// In the order they have to end.
    tasks: Vec<JoinHandle<()>>,
}

impl Stack {
    /// Starts everything; requests are taken at `address`.
    pub(crate) async fn start(
        address: SocketAddr,
        folder: Option<PathBuf>,
    ) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot listen on {address}"))?;
        let address = listener.local_addr()?;
        if let Some(folder) = &folder {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot use {}", folder.display()))?;
        }
        let (stop, stopping) = watch::channel(false);
        let (stop_stores, stores_stopping) = watch::channel(false);
        let (said_to, said) = mpsc::unbounded_channel();
        let (simulated_url, simulated) = simulated::serve(said_to, stores_stopping.clone()).await?;
        let mut settings = Settings::of_platforms(&simulated_url);
        let stores = set_up_stores(&mut settings, folder, &stores_stopping).await?;

        let lookup = |name: &str| settings.value(name);
        let ingest = Arc::new(Ingest::from_settings(&BOT, &lookup)?);
        let (done_to, done) = watch::channel(0);
        let mapping = Arc::new(Mapping {
            sqs: Aws::from_settings(&lookup, PATIENCE)?.sqs(),
            queue_url: settings.value("QUEUE_URL").unwrap_or_default(),
            worker: Worker::from_settings(&BOT, &lookup)?,
            done: done_to,
        });
        let router = gateway::router(Arc::clone(&ingest));
        let listening = stopped(stopping.clone());
        let requests = tokio::spawn(async move {
            if let Err(error) =
                axum::serve(listener, router).with_graceful_shutdown(listening).await
            {
                tracing::error!("the listener ended: {error}");
            }
        });
        let worker = tokio::spawn(mapping.run(stopping));
        // The stores end when everything that uses them has.
        let pipeline = tokio::spawn(async move {
            let _ = tokio::join!(requests, worker);
            let _ = stop_stores.send(true);
        });
        let tasks = [pipeline, simulated].into_iter().chain(stores).collect();
        Ok(Self { settings, address, ingest, said, done, stop, tasks })
    }

    /// Stops taking requests, ends what has begun, and closes the stores.
    pub(crate) async fn stop(self) {
        let _ = self.stop.send(true);
        let ended = async {
            for task in self.tasks {
                let _ = task.await;
            }
        };
        if tokio::time::timeout(STOPPING, ended).await.is_err() {
            tracing::warn!("something did not end in time");
        }
    }
}

/// Starts the table and the queues and sets the variables that lead to them.
async fn set_up_stores(
    settings: &mut Settings,
    folder: Option<PathBuf>,
    stop: &watch::Receiver<bool>,
) -> anyhow::Result<Vec<JoinHandle<()>>> {
    // The person's own credentials have no business here.
    settings.set("AWS_ACCESS_KEY_ID", "development".to_owned());
    settings.set("AWS_SECRET_ACCESS_KEY", "development".to_owned());
    let region = chosen("AWS_REGION").unwrap_or_else(|| "eu-central-1".to_owned());
    settings.set("AWS_REGION", region.clone());
    let table = chosen("TABLE_NAME").unwrap_or_else(|| "lambot-dev".to_owned());
    settings.set("TABLE_NAME", table.clone());
    let (dynamodb_url, dynamodb) = serve_dynamodb(folder.as_deref(), stop.clone()).await?;
    settings.set("AWS_ENDPOINT_URL_DYNAMODB", dynamodb_url);
    let (sqs_url, sqs) = serve_sqs(folder.as_deref(), region, stop.clone()).await?;
    settings.set("AWS_ENDPOINT_URL_SQS", sqs_url);

    let aws = Aws::from_settings(&|name| settings.value(name), PATIENCE)?;
    create_table(&aws.dynamodb(), &table).await?;
    let (queue_url, dead_letter_url) = create_queues(&aws.sqs(), "lambot-dev").await?;
    settings.set("QUEUE_URL", queue_url);
    settings.set("DLQ_URL", dead_letter_url);
    Ok(vec![dynamodb, sqs])
}
