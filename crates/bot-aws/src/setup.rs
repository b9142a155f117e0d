//! Makes the table and the queues as a deployment has them, where nothing is deployed: on one machine and in tests.

use anyhow::Context as _;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    TimeToLiveSpecification,
};
use aws_sdk_sqs::types::QueueAttributeName;

/// Makes the table, unless it is there from an earlier run.
///
/// # Errors
///
/// DynamoDB could not be reached or refuses.
pub async fn create_table(dynamodb: &aws_sdk_dynamodb::Client, name: &str) -> anyhow::Result<()> {
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
///
/// # Errors
///
/// SQS could not be reached or refuses, or the queues are there with other attributes.
pub async fn create_queues(
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
