//! The whole pipeline in one process: the functions' own handlers between local stand-ins for AWS and the platforms.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use aws_sdk_sqs::types::QueueAttributeName;
use bot_aws::setup::{create_queues, create_table};
use bot_aws::{Aws, Patience};
use bot_core::Bot;
use futures_util::future::join_all;
use queue_worker::Worker;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use webhook_ingest::Ingest;

use crate::gateway;
use crate::mapping::Mapping;
use crate::settings::{Settings, chosen};
use crate::simulated::{self, Said};
use crate::stores::{serve_dynamodb, serve_sqs, stopped};

/// Longer than the longest poll of the queue.
const PATIENCE: Patience =
    Patience { attempts: 1, attempt: Duration::from_secs(30), altogether: Duration::from_secs(30) };

/// How long what has begun may take to end, once we are asked to stop: a request, and a delivery.
const STOPPING: Duration = Duration::from_secs(5);

/// How long closing the stores may take.
pub(crate) const CLOSING: Duration = Duration::from_secs(2);

/// What a stack is to be.
pub(crate) struct Plan {
    /// The bot that answers.
    pub(crate) bot: &'static Bot,
    /// Where requests are taken.
    pub(crate) address: SocketAddr,
    /// Where states and queued messages are kept; otherwise they are forgotten.
    pub(crate) folder: Option<PathBuf>,
    /// Whether every platform is a simulated one, whatever the person has set.
    pub(crate) is_talk: bool,
    /// Variables that differ from the person's and from those for development.
    pub(crate) variables: Vec<(&'static str, String)>,
}

/// A running stack.
pub(crate) struct Stack {
    /// Every variable of the functions.
    pub(crate) settings: Settings,
    /// Where requests go.
    pub(crate) address: SocketAddr,
    /// The function behind the webhooks.
    pub(crate) ingest: Arc<Ingest>,
    /// How many queued events are done.
    pub(crate) done: watch::Receiver<u64>,
    sqs: aws_sdk_sqs::Client,
    stop: watch::Sender<bool>,
    stop_stores: watch::Sender<bool>,
    /// What takes requests and works on them.
    pipeline: Vec<JoinHandle<()>>,
    /// What the pipeline needs until its end.
    stores: Vec<JoinHandle<()>>,
}

impl Stack {
    /// Starts everything; what the bot says to the simulated platforms comes out of the receiver.
    pub(crate) async fn start(plan: Plan) -> anyhow::Result<(Self, mpsc::UnboundedReceiver<Said>)> {
        let Plan { bot, address, folder, is_talk, variables } = plan;
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
        let chosen = |name: &str| if is_talk { None } else { chosen(name) };
        let mut settings = Settings::of_platforms(chosen, &simulated_url);
        settings.add_chosen(bot);
        for (name, value) in variables {
            settings.set(name, value);
        }
        let stores = set_up_stores(&mut settings, folder, &stores_stopping).await?;

        let lookup = |name: &str| settings.value(name);
        let ingest = Arc::new(Ingest::from_settings(bot, &lookup)?);
        let (done_to, done) = watch::channel(0);
        let mapping = Arc::new(Mapping {
            sqs: Aws::from_settings(&lookup, PATIENCE)?.sqs(),
            queue_url: settings.value("QUEUE_URL").unwrap_or_default(),
            worker: Worker::from_settings(bot, &lookup)?,
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
        let sqs = mapping.sqs.clone();
        let worker = tokio::spawn(mapping.run(stopping));
        let stack = Self {
            settings,
            address,
            ingest,
            done,
            sqs,
            stop,
            stop_stores,
            pipeline: vec![requests, worker],
            stores: stores.into_iter().chain([simulated]).collect(),
        };
        Ok((stack, said))
    }

    /// How many messages wait in the queue or are being worked on.
    pub(crate) async fn queued(&self) -> Option<usize> {
        let names = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let request =
            self.sqs.get_queue_attributes().set_queue_url(self.settings.value("QUEUE_URL"));
        let answer = request.set_attribute_names(Some(names.to_vec())).send().await.ok()?;
        let attributes = answer.attributes?;
        names.iter().map(|name| attributes.get(name)?.parse::<usize>().ok()).sum()
    }

    /// Stops taking requests, ends what has begun, and then closes the stores it needs.
    pub(crate) async fn stop(self) {
        let _ = self.stop.send(true);
        if timeout(STOPPING, join_all(self.pipeline)).await.is_err() {
            tracing::warn!("a request or a delivery was cut off");
        }
        let _ = self.stop_stores.send(true);
        if timeout(CLOSING, join_all(self.stores)).await.is_err() {
            tracing::warn!("the stores did not close in time");
        }
    }
}

/// Starts the table and the queues and sets the variables that lead to them.
pub(crate) async fn set_up_stores(
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
