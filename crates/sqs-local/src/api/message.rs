//! The actions on single messages, on the wire.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{object, parse, queue_name, required};
use crate::error::{SqsError, within};
use crate::model::{Model, NewMessage, ReceiveRequest, ReceivedMessage, Sent, md5_of_attributes};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SendMessage {
    queue_url: Option<String>,
    #[serde(flatten)]
    message: NewMessage,
}

/// What names a message that was received.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteMessage {
    queue_url: Option<String>,
    receipt_handle: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ChangeMessageVisibility {
    queue_url: Option<String>,
    receipt_handle: Option<String>,
    visibility_timeout: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReceiveMessage {
    queue_url: Option<String>,
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
    receive_request_attempt_id: Option<String>,
    /// The older name of the next one.
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
}

/// How a receiver waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LongPoll {
    /// The queue it waits at.
    pub(crate) queue: String,
    /// For how long.
    pub(crate) wait_ms: u64,
}

/// How the sender of a `ReceiveMessage` wants to wait.
pub(crate) fn long_poll(model: &Model, body: &[u8]) -> Result<LongPoll, SqsError> {
    let request: ReceiveMessage = parse(body)?;
    let queue = queue_name(request.queue_url.as_deref())?;
    let queue_wait_seconds = model.wait_seconds(queue)?;
    let wait_seconds = match request.wait_time_seconds {
        Some(seconds) => within("WaitTimeSeconds", seconds, 0..=20)?,
        None => queue_wait_seconds,
    };
    Ok(LongPoll { queue: queue.to_owned(), wait_ms: wait_seconds * 1_000 })
}

pub(super) fn send(
    model: &mut Model,
    now_ms: u64,
    request: SendMessage,
) -> Result<Value, SqsError> {
    let sent = model.send(now_ms, queue_name(request.queue_url.as_deref())?, request.message)?;
    Ok(Value::Object(sent_members(&sent)))
}

/// What a sender is told, as members of an answer or of a batch's entry.
pub(super) fn sent_members(sent: &Sent) -> Map<String, Value> {
    object([
        ("MessageId", Some(json!(sent.message_id))),
        ("MD5OfMessageBody", Some(json!(sent.md5_of_body))),
        ("MD5OfMessageAttributes", sent.md5_of_attributes.as_ref().map(|md5| json!(md5))),
        (
            "MD5OfMessageSystemAttributes",
            sent.md5_of_system_attributes.as_ref().map(|md5| json!(md5)),
        ),
        ("SequenceNumber", sent.sequence_number.as_ref().map(|number| json!(number))),
    ])
}

pub(super) fn delete(
    model: &mut Model,
    now_ms: u64,
    request: DeleteMessage,
) -> Result<Value, SqsError> {
    let handle = required("ReceiptHandle", request.receipt_handle)?;
    model.delete(now_ms, queue_name(request.queue_url.as_deref())?, &handle)?;
    Ok(json!({}))
}

pub(super) fn change_visibility(
    model: &mut Model,
    now_ms: u64,
    request: ChangeMessageVisibility,
) -> Result<Value, SqsError> {
    let handle = required("ReceiptHandle", request.receipt_handle)?;
    let timeout = required("VisibilityTimeout", request.visibility_timeout)?;
    model.change_visibility(now_ms, queue_name(request.queue_url.as_deref())?, &handle, timeout)?;
    Ok(json!({}))
}

pub(super) fn receive(
    model: &mut Model,
    now_ms: u64,
    request: ReceiveMessage,
) -> Result<Value, SqsError> {
    let asked = ReceiveRequest {
        max_messages: request.max_number_of_messages,
        visibility_timeout_seconds: request.visibility_timeout,
        attempt_id: request.receive_request_attempt_id.clone(),
    };
    let received = model.receive(now_ms, queue_name(request.queue_url.as_deref())?, &asked)?;
    let messages: Vec<Value> =
        received.into_iter().map(|message| received_message(message, &request)).collect();
    Ok(if messages.is_empty() { json!({}) } else { json!({ "Messages": messages }) })
}

/// A message with those of its attributes that were asked for.
fn received_message(mut message: ReceivedMessage, request: &ReceiveMessage) -> Value {
    message.attributes.retain(|name, _| {
        let mut wanted =
            request.attribute_names.iter().chain(&request.message_system_attribute_names);
        wanted.any(|wanted| wanted == "All" || wanted == name)
    });
    message.message_attributes.retain(|name, _| {
        request.message_attribute_names.iter().any(|wanted| matches(wanted, name))
    });

    let md5 = md5_of_attributes(&message.message_attributes);
    let attributes = Some(message.attributes).filter(|attributes| !attributes.is_empty());
    Value::Object(object([
        ("MessageId", Some(json!(message.message_id))),
        ("ReceiptHandle", Some(json!(message.receipt_handle))),
        ("MD5OfBody", Some(json!(message.md5_of_body))),
        ("Body", Some(json!(message.body))),
        ("Attributes", attributes.map(|attributes| json!(attributes))),
        ("MessageAttributes", md5.is_some().then(|| json!(message.message_attributes))),
        ("MD5OfMessageAttributes", md5.map(|md5| json!(md5))),
    ]))
}

/// Whether a requested name, which may end in `.*`, includes this attribute.
fn matches(wanted: &str, name: &str) -> bool {
    match wanted.strip_suffix(".*") {
        Some(prefix) => name.starts_with(prefix),
        None => wanted == "All" || wanted == name,
    }
}
