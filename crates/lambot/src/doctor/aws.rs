//! What AWS says of the queues and the table.

use anyhow::Context as _;
use aws_sdk_dynamodb::types::{BillingMode, TimeToLiveStatus};
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::QueueAttributeName;
use axum::http::Request;
use bot_aws::Aws;
use bot_core::platform::Lookup;

use super::finding::Finding;
use super::mapping::{self, Mappings};
use super::queues::{self, Attributes};
use super::table::{self, Described};
use crate::environment::PATIENCE;
use crate::mapping::TIMEOUT;

/// Who asks; `None` where the variables lead to nobody, which is found elsewhere.
pub(super) fn clients(settings: &Lookup<'_>) -> Option<Aws> {
    Aws::from_settings(settings, PATIENCE).ok()
}

/// What is wrong with the queues that are set, and the ARN of the one that events are taken from.
pub(super) async fn of_queues(aws: &Aws, settings: &Lookup<'_>) -> (Vec<Finding>, Option<String>) {
    let sqs = aws.sqs();
    let mut findings = Vec::new();
    let mut queues = [None, None];
    for (variable, queue) in ["QUEUE_URL", "DLQ_URL"].into_iter().zip(&mut queues) {
        let Some(url) = settings(variable) else { continue };
        match attributes(&sqs, url).await {
            Ok(attributes) => *queue = Some(attributes),
            Err(why) => findings.push(queues::unanswered(variable, &why)),
        }
    }
    let [queue, dead_letters] = &queues;
    findings.extend(queues::findings(queue.as_ref(), dead_letters.as_ref(), TIMEOUT));
    let arn = queue.as_ref().and_then(|queue| queue.get("QueueArn").cloned());
    (findings, arn)
}

/// What is wrong with the way from the queue to the worker, which a local stack has not.
pub(super) async fn of_mapping(aws: &Aws, queue: &str) -> Option<Vec<Finding>> {
    let lambda = aws.lambda().transpose()?;
    let asked = async {
        let queue: String = form_urlencoded::byte_serialize(queue.as_bytes()).collect();
        let path = format!("/2015-03-31/event-source-mappings/?EventSourceArn={queue}");
        let answer = lambda?.ask(&Request::get(path).body(String::new())?).await?;
        serde_json::from_slice::<Mappings>(&answer).ok().context("the answer cannot be read")
    };
    Some(match asked.await {
        Ok(mappings) => mapping::findings(&mappings),
        Err(error) => vec![mapping::unanswered(&format!("{error:#}"))],
    })
}

/// What is wrong with the table, if it is set.
pub(super) async fn of_table(aws: &Aws, settings: &Lookup<'_>) -> Vec<Finding> {
    let Some(name) = settings("TABLE_NAME") else { return Vec::new() };
    match described(&aws.dynamodb(), &name).await {
        Ok(table) => table::findings(&table),
        Err(why) => vec![table::unanswered(&why)],
    }
}

async fn attributes(sqs: &aws_sdk_sqs::Client, url: String) -> Result<Attributes, String> {
    let call = sqs.get_queue_attributes().queue_url(url);
    let answer = call.attribute_names(QueueAttributeName::All).send().await.map_err(|e| why(&e))?;
    let attributes = answer.attributes.unwrap_or_default().into_iter();
    Ok(attributes.map(|(name, value)| (name.as_str().to_owned(), value)).collect())
}

async fn described(dynamodb: &aws_sdk_dynamodb::Client, name: &str) -> Result<Described, String> {
    let table = dynamodb.describe_table().table_name(name).send().await.map_err(|e| why(&e))?;
    let table = table.table.context("no description").map_err(|error| error.to_string())?;
    let expiry = dynamodb.describe_time_to_live().table_name(name).send().await;
    let expiry = expiry.map_err(|error| why(&error))?.time_to_live_description;
    let is_on = |status: &TimeToLiveStatus| {
        matches!(status, TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)
    };
    let expiry = expiry.filter(|expiry| expiry.time_to_live_status.as_ref().is_some_and(is_on));
    let types: Vec<(String, String)> = table
        .attribute_definitions
        .unwrap_or_default()
        .into_iter()
        .map(|it| (it.attribute_name, it.attribute_type.as_str().to_owned()))
        .collect();
    let kind = |name: &str| {
        let definition = types.iter().find(|(attribute, _)| attribute == name);
        definition.map(|(_, kind)| kind.clone()).unwrap_or_default()
    };
    let key = table.key_schema.unwrap_or_default().into_iter();
    Ok(Described {
        status: table.table_status.map(|it| it.as_str().to_owned()).unwrap_or_default(),
        key: key
            .map(|it| {
                let kind = kind(&it.attribute_name);
                (it.attribute_name, it.key_type.as_str().to_owned(), kind)
            })
            .collect(),
        is_on_demand: table.billing_mode_summary.and_then(|it| it.billing_mode)
            == Some(BillingMode::PayPerRequest),
        expiry: expiry.and_then(|expiry| expiry.attribute_name),
        is_recoverable: is_recoverable(dynamodb, name).await?,
    })
}

/// Local stand-ins have no backups and do not know the question.
async fn is_recoverable(
    dynamodb: &aws_sdk_dynamodb::Client,
    name: &str,
) -> Result<Option<bool>, String> {
    match dynamodb.describe_continuous_backups().table_name(name).send().await {
        Ok(answer) => {
            let backups = answer.continuous_backups_description;
            let recovery = backups.and_then(|it| it.point_in_time_recovery_description);
            let status = recovery.and_then(|it| it.point_in_time_recovery_status);
            Ok(Some(status.is_some_and(|status| status.as_str() == "ENABLED")))
        }
        Err(error) if error.code() == Some("UnknownOperationException") => Ok(None),
        Err(error) => Err(why(&error)),
    }
}

/// The code of AWS's error: its message may hold more than belongs in a terminal.
fn why<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    match error.code() {
        Some(code) => code.to_owned(),
        None => "no answer".to_owned(),
    }
}
