//! The actions on queues, on the wire.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{object, queue_name, required};
use crate::error::{SqsError, within};
use crate::model::{ACCOUNT, Model, is_attribute_name};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateQueue {
    queue_name: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetQueueUrl {
    queue_name: Option<String>,
}

/// The parameters of the actions that need nothing but a queue.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneQueue {
    queue_url: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetQueueAttributes {
    queue_url: Option<String>,
    #[serde(default)]
    attribute_names: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetQueueAttributes {
    queue_url: Option<String>,
    attributes: Option<BTreeMap<String, String>>,
}

/// The parameters of both actions that list queues.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct List {
    queue_url: Option<String>,
    queue_name_prefix: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

pub(super) fn create(
    model: &mut Model,
    now_ms: u64,
    request: CreateQueue,
    base_url: &str,
) -> Result<Value, SqsError> {
    let name = required("QueueName", request.queue_name)?;
    model.create_queue(now_ms, &name, &request.attributes)?;
    Ok(json!({ "QueueUrl": queue_url(base_url, &name) }))
}

pub(super) fn delete(model: &mut Model, request: OneQueue) -> Result<Value, SqsError> {
    model.delete_queue(queue_name(request.queue_url.as_deref())?)?;
    Ok(json!({}))
}

pub(super) fn purge(model: &mut Model, now_ms: u64, request: OneQueue) -> Result<Value, SqsError> {
    model.purge_queue(now_ms, queue_name(request.queue_url.as_deref())?)?;
    Ok(json!({}))
}

pub(super) fn url(model: &Model, request: GetQueueUrl, base_url: &str) -> Result<Value, SqsError> {
    let name = required("QueueName", request.queue_name)?;
    if !model.has_queue(&name) {
        return Err(SqsError::no_such_queue());
    }
    Ok(json!({ "QueueUrl": queue_url(base_url, &name) }))
}

pub(super) fn attributes(
    model: &mut Model,
    now_ms: u64,
    request: GetQueueAttributes,
) -> Result<Value, SqsError> {
    let mut attributes =
        model.queue_attributes(now_ms, queue_name(request.queue_url.as_deref())?)?;
    let names = request.attribute_names;
    if let Some(unknown) = names.iter().find(|name| !is_attribute_name(name)) {
        return Err(SqsError::unknown_attribute(unknown));
    }
    attributes.retain(|name, _| names.iter().any(|wanted| wanted == "All" || wanted == name));
    Ok(if attributes.is_empty() { json!({}) } else { json!({ "Attributes": attributes }) })
}

pub(super) fn set_attributes(
    model: &mut Model,
    now_ms: u64,
    request: SetQueueAttributes,
) -> Result<Value, SqsError> {
    let attributes = required("Attributes", request.attributes)?;
    model.set_queue_attributes(now_ms, queue_name(request.queue_url.as_deref())?, &attributes)?;
    Ok(json!({}))
}

pub(super) fn list(model: &Model, request: List, base_url: &str) -> Result<Value, SqsError> {
    let prefix = request.queue_name_prefix.as_deref().unwrap_or_default();
    let names = model.queue_names().filter(|name| name.starts_with(prefix));
    page("QueueUrls", names, &request, base_url)
}

pub(super) fn list_sources(
    model: &Model,
    request: List,
    base_url: &str,
) -> Result<Value, SqsError> {
    let names = model.dead_letter_source_queues(queue_name(request.queue_url.as_deref())?)?;
    // The one member of SQS's answers that begins in lower case.
    page("queueUrls", names.into_iter(), &request, base_url)
}

/// One page of URLs. The token of the next page is the last name of this one.
fn page<'a>(
    member: &str,
    names: impl Iterator<Item = &'a str>,
    request: &List,
    base_url: &str,
) -> Result<Value, SqsError> {
    let most = within("MaxResults", request.max_results.unwrap_or(1_000), 1..=1_000)?;
    let after = request.next_token.as_deref().unwrap_or_default();
    let mut names: Vec<&str> = names.filter(|name| *name > after).collect();
    let is_last = names.len() as u64 <= most;
    names.truncate(usize::try_from(most).unwrap_or(usize::MAX));

    let urls: Vec<String> = names.iter().map(|name| queue_url(base_url, name)).collect();
    let next_token = names.last().filter(|_| !is_last).map(|last| json!(last));
    let members = [(member, Some(json!(urls))), ("NextToken", next_token)];
    Ok(Value::Object(object(members)))
}

fn queue_url(base_url: &str, name: &str) -> String {
    format!("{base_url}/{ACCOUNT}/{name}")
}
