//! The local table and queues, set up as the deployed ones are.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    TimeToLiveSpecification,
};
use aws_sdk_sqs::types::QueueAttributeName;
use dynoxide::Database;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Serves a table; its URL, and the task that ends after `stop`.
pub(crate) async fn serve_dynamodb(
    folder: Option<&Path>,
    stop: watch::Receiver<bool>,
) -> anyhow::Result<(String, JoinHandle<()>)> {
    let database = match folder {
        Some(folder) => {
            let file = folder.join("table.sqlite");
            Database::new(file.to_str().context("the data folder's name is not UTF-8")?)
        }
        None => Database::memory(),
    };
    let database = database.map_err(|error| anyhow!("the table cannot be opened: {error}"))?;
    let listener = TcpListener::bind(loopback()).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let server = tokio::spawn(async move {
        if let Err(error) =
            dynoxide::server::serve_with_shutdown(listener, database, stopped(stop)).await
        {
            tracing::error!("the table's server ended: {error}");
        }
    });
    Ok((url, server))
}

/// Serves queues; their URL, and the task that ends after `stop`.
pub(crate) async fn serve_sqs(
    folder: Option<&Path>,
    region: String,
    stop: watch::Receiver<bool>,
) -> anyhow::Result<(String, JoinHandle<()>)> {
    let data: Option<PathBuf> = folder.map(|folder| folder.join("queues.json"));
    let server =
        sqs_local::Server::bind(loopback(), sqs_local::Options { data, region: Some(region) })
            .await
            .context("the queues cannot be opened")?;
    let url = server.url();
    let server = tokio::spawn(async move {
        if let Err(error) = server.run(stopped(stop)).await {
            tracing::error!("the queues' server ended: {error}");
        }
    });
    Ok((url, server))
}

/// Makes the table, unless it is there from an earlier run.
pub(crate) async fn create_table(
    dynamodb: &aws_sdk_dynamodb::Client,
    name: &str,
) -> anyhow::Result<()> {
    if dynamodb.describe_table().table_name(name).send().await.is_ok() {
        return Ok(());
    }
    let mut table =
        dynamodb.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
    for (attribute, role) in [("pk", KeyType::Hash), ("sk", KeyType::Range)] {
        let definition = AttributeDefinition::builder()
            .attribute_name(attribute)
            .attribute_type(ScalarAttributeType::S)
            .build()?;
        let element =
            KeySchemaElement::builder().attribute_name(attribute).key_type(role).build()?;
        table = table.attribute_definitions(definition).key_schema(element);
    }
    table.send().await.context("DynamoDB CreateTable")?;
    let expiry =
        TimeToLiveSpecification::builder().enabled(true).attribute_name("expires_at").build()?;
    dynamodb
        .update_time_to_live()
        .table_name(name)
        .time_to_live_specification(expiry)
        .send()
        .await
        .context("DynamoDB UpdateTimeToLive")?;
    Ok(())
}

/// Makes the queue and its dead-letter queue, unless they are there from an earlier run; their URLs.
pub(crate) async fn create_queues(
    sqs: &aws_sdk_sqs::Client,
    name: &str,
) -> anyhow::Result<(String, String)> {
    const FOURTEEN_DAYS: &str = "1209600";

    let create = |name: String| {
        sqs.create_queue()
            .queue_name(name)
            .attributes(QueueAttributeName::FifoQueue, "true")
            .attributes(QueueAttributeName::MessageRetentionPeriod, FOURTEEN_DAYS)
            .attributes(QueueAttributeName::DeduplicationScope, "messageGroup")
            .attributes(QueueAttributeName::FifoThroughputLimit, "perMessageGroupId")
    };
    let dead_letters =
        create(format!("{name}-dlq.fifo")).send().await.context("SQS CreateQueue")?;
    let dead_letters = dead_letters.queue_url.context("SQS CreateQueue returned no URL")?;
    let arn = sqs
        .get_queue_attributes()
        .queue_url(&dead_letters)
        .attribute_names(QueueAttributeName::QueueArn)
        .send()
        .await
        .context("SQS GetQueueAttributes")?
        .attributes
        .and_then(|mut attributes| attributes.remove(&QueueAttributeName::QueueArn))
        .context("the dead-letter queue has no ARN")?;
    let redrive = serde_json::json!({ "deadLetterTargetArn": arn, "maxReceiveCount": 1000 });
    let queue = create(format!("{name}.fifo"))
        .attributes(QueueAttributeName::VisibilityTimeout, "180")
        .attributes(QueueAttributeName::RedrivePolicy, redrive.to_string())
        .send()
        .await
        .context("SQS CreateQueue")?;
    Ok((queue.queue_url.context("SQS CreateQueue returned no URL")?, dead_letters))
}

/// Any free port of this machine, seen by nobody else.
pub(crate) fn loopback() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

/// Ends once `stop` says so, or nobody is left to say it.
pub(crate) async fn stopped(mut stop: watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}
