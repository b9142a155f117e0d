//! The actions on up to ten messages at once, on the wire.
//!
//! A batch is refused as a whole only for what it is as a batch. What is wrong with one entry is said
//! about that entry, in an answer that is otherwise a success: senders must look.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::message::sent_members;
use super::{queue_name, required};
use crate::error::{ErrorCode, SqsError};
use crate::model::{MAX_MESSAGE_BYTES, Model, NewMessage};

/// SQS's limit for the entries of a batch.
const MAX_ENTRIES: usize = 10;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Batch<T> {
    queue_url: Option<String>,
    entries: Option<Vec<Entry<T>>>,
}

#[derive(Debug, Deserialize)]
struct Entry<T> {
    #[serde(rename = "Id", default)]
    id: String,
    #[serde(flatten)]
    what: T,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteEntry {
    receipt_handle: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct VisibilityEntry {
    receipt_handle: Option<String>,
    visibility_timeout: Option<i64>,
}

pub(super) fn send(
    model: &mut Model,
    now_ms: u64,
    batch: Batch<NewMessage>,
) -> Result<Value, SqsError> {
    let sizes = batch.entries.iter().flatten().map(|entry| entry.what.size());
    if sizes.sum::<u64>() > MAX_MESSAGE_BYTES {
        return Err(SqsError::new(
            ErrorCode::BatchRequestTooLong,
            format!("Batch requests cannot be longer than {MAX_MESSAGE_BYTES} bytes."),
        ));
    }
    each(model, batch, |model, queue, message| {
        model.send(now_ms, queue, message).map(|sent| sent_members(&sent))
    })
}

pub(super) fn delete(
    model: &mut Model,
    now_ms: u64,
    batch: Batch<DeleteEntry>,
) -> Result<Value, SqsError> {
    each(model, batch, |model, queue, entry| {
        let handle = required("ReceiptHandle", entry.receipt_handle)?;
        model.delete(now_ms, queue, &handle).map(|()| Map::new())
    })
}

pub(super) fn change_visibility(
    model: &mut Model,
    now_ms: u64,
    batch: Batch<VisibilityEntry>,
) -> Result<Value, SqsError> {
    each(model, batch, |model, queue, entry| {
        let handle = required("ReceiptHandle", entry.receipt_handle)?;
        let timeout = required("VisibilityTimeout", entry.visibility_timeout)?;
        model.change_visibility(now_ms, queue, &handle, timeout).map(|()| Map::new())
    })
}

/// Does the same with every entry, and says of each how it went.
fn each<T>(
    model: &mut Model,
    batch: Batch<T>,
    mut action: impl FnMut(&mut Model, &str, T) -> Result<Map<String, Value>, SqsError>,
) -> Result<Value, SqsError> {
    let queue = queue_name(batch.queue_url.as_deref())?;
    if !model.has_queue(queue) {
        return Err(SqsError::no_such_queue());
    }
    let entries = required("Entries", batch.entries)?;
    check_entries(&entries)?;

    let mut successful = Vec::new();
    let mut failed = Vec::new();
    for Entry { id, what } in entries {
        match action(model, queue, what) {
            Ok(mut members) => {
                members.insert("Id".to_owned(), json!(id));
                successful.push(members);
            }
            Err(error) => failed.push(json!({
                "Id": id,
                "SenderFault": error.code().is_sender_fault(),
                "Code": error.code().query_code(),
                "Message": error.to_string(),
            })),
        }
    }
    Ok(json!({ "Successful": successful, "Failed": failed }))
}

fn check_entries<T>(entries: &[Entry<T>]) -> Result<(), SqsError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let mut seen = HashSet::new();
    let (code, message) = if entries.is_empty() {
        (ErrorCode::EmptyBatchRequest, "There should be at least one entry in the request.")
    } else if entries.len() > MAX_ENTRIES {
        (ErrorCode::TooManyEntriesInBatchRequest, "Maximum number of entries per request are 10.")
    } else if entries.iter().any(|e| !(1..=80).contains(&e.id.len()) || !e.id.chars().all(allowed))
    {
        (
            ErrorCode::InvalidBatchEntryId,
            "A batch entry id can only contain alphanumeric characters, hyphens and underscores. \
             It can be at most 80 letters long.",
        )
    } else if !entries.iter().all(|entry| seen.insert(&entry.id)) {
        (ErrorCode::BatchEntryIdsNotDistinct, "Two or more batch entries have the same Id.")
    } else {
        return Ok(());
    };
    Err(SqsError::new(code, message))
}
