//! The actions on message move tasks, on the wire.

use serde::Deserialize;
use serde_json::{Value, json};

use super::required;
use crate::error::{SqsError, within};
use crate::model::{Model, MoveTaskStatus};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StartMessageMoveTask {
    source_arn: Option<String>,
    destination_arn: Option<String>,
    max_number_of_messages_per_second: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListMessageMoveTasks {
    source_arn: Option<String>,
    max_results: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CancelMessageMoveTask {
    task_handle: Option<String>,
}

pub(super) fn start(
    model: &mut Model,
    now_ms: u64,
    request: StartMessageMoveTask,
) -> Result<Value, SqsError> {
    let source_arn = required("SourceArn", request.source_arn)?;
    let destination_arn = request.destination_arn.as_deref();
    let pace = request.max_number_of_messages_per_second;
    let handle = model.start_message_move_task(now_ms, &source_arn, destination_arn, pace)?;
    Ok(json!({ "TaskHandle": handle }))
}

pub(super) fn list(
    model: &mut Model,
    now_ms: u64,
    request: ListMessageMoveTasks,
) -> Result<Value, SqsError> {
    let source_arn = required("SourceArn", request.source_arn)?;
    let most = within("MaxResults", request.max_results.unwrap_or(1), 1..=10)?;
    let mut tasks = model.message_move_tasks(now_ms, &source_arn)?;
    tasks.truncate(usize::try_from(most).unwrap_or(usize::MAX));

    let results: Vec<Value> = tasks
        .into_iter()
        .map(|task| {
            let mut result = json!(task);
            if let Value::Object(members) = &mut result {
                // Only a task that can still be cancelled shows its handle.
                let shows_handle = task.status == MoveTaskStatus::Running;
                members.retain(|name, value| {
                    !value.is_null() && (shows_handle || name != "TaskHandle")
                });
            }
            result
        })
        .collect();
    Ok(json!({ "Results": results }))
}

pub(super) fn cancel(
    model: &mut Model,
    now_ms: u64,
    request: CancelMessageMoveTask,
) -> Result<Value, SqsError> {
    let handle = required("TaskHandle", request.task_handle)?;
    let moved = model.cancel_message_move_task(now_ms, &handle)?;
    Ok(json!({ "ApproximateNumberOfMessagesMoved": moved }))
}
