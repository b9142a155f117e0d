//! SQS's JSON protocol: which action a request names, and its parameters and answers as JSON.
//!
//! Nothing here waits or knows about HTTP. Parameters arrive as AWS SDKs send them and may be anything:
//! what has the wrong type is refused as a whole, what has a wrong value is refused by the model, and
//! what is unknown is ignored, since SDKs are newer than this.

mod batch;
mod message;
mod move_task;
mod queue;
#[cfg(test)]
mod tests;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{ErrorCode, SqsError};
use crate::model::Model;

pub(crate) use self::message::{LongPoll, long_poll};

/// One request, without what its transport adds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    /// The action's name.
    pub(crate) action: &'a str,
    /// The parameters, as JSON.
    pub(crate) body: &'a [u8],
    /// What queue URLs begin with: scheme, host and port.
    pub(crate) base_url: &'a str,
}

/// Performs an action and gives its answer.
pub(crate) fn answer(
    model: &mut Model,
    now_ms: u64,
    request: Request<'_>,
) -> Result<Value, SqsError> {
    let Request { action, body, base_url } = request;
    match action {
        "CreateQueue" => queue::create(model, now_ms, parse(body)?, base_url),
        "DeleteQueue" => queue::delete(model, parse(body)?),
        "GetQueueAttributes" => queue::attributes(model, now_ms, parse(body)?),
        "GetQueueUrl" => queue::url(model, parse(body)?, base_url),
        "ListDeadLetterSourceQueues" => queue::list_sources(model, parse(body)?, base_url),
        "ListQueues" => queue::list(model, parse(body)?, base_url),
        "PurgeQueue" => queue::purge(model, now_ms, parse(body)?),
        "SetQueueAttributes" => queue::set_attributes(model, now_ms, parse(body)?),

        "ChangeMessageVisibility" => message::change_visibility(model, now_ms, parse(body)?),
        "DeleteMessage" => message::delete(model, now_ms, parse(body)?),
        "ReceiveMessage" => message::receive(model, now_ms, parse(body)?),
        "SendMessage" => message::send(model, now_ms, parse(body)?),

        "ChangeMessageVisibilityBatch" => batch::change_visibility(model, now_ms, parse(body)?),
        "DeleteMessageBatch" => batch::delete(model, now_ms, parse(body)?),
        "SendMessageBatch" => batch::send(model, now_ms, parse(body)?),

        "CancelMessageMoveTask" => move_task::cancel(model, now_ms, parse(body)?),
        "ListMessageMoveTasks" => move_task::list(model, now_ms, parse(body)?),
        "StartMessageMoveTask" => move_task::start(model, now_ms, parse(body)?),

        _ => Err(SqsError::new(
            ErrorCode::InvalidAction,
            "The action is not one that this server knows.",
        )),
    }
}

/// The parameters of an action. The parser's own words are left out: they quote the request.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, SqsError> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        SqsError::new(
            ErrorCode::Serialization,
            format!(
                "The request is not the JSON this action expects: line {line}, column {column}."
            ),
        )
    })
}

/// An object of those members that have a value.
fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Map<String, Value> {
    members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn required<T>(parameter: &str, value: Option<T>) -> Result<T, SqsError> {
    value.ok_or_else(|| SqsError::missing(parameter))
}

/// The queue a URL names.
///
/// Only the URL's path counts: a server that was started again may have another port, and one in a
/// container another host.
fn queue_name(url: Option<&str>) -> Result<&str, SqsError> {
    let url = required("QueueUrl", url.filter(|url| !url.is_empty()))?;
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => url,
    };
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    if name.is_empty() {
        let message = "The specified queue URL does not name a queue.";
        return Err(SqsError::new(ErrorCode::InvalidAddress, message));
    }
    Ok(name)
}
