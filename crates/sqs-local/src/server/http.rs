//! One HTTP request: what of it SQS reads, and the answer in SQS's form.
//!
//! Signatures are not checked: who can reach the port can use the queues.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Shared;
use crate::api;
use crate::error::{ErrorCode, SqsError};

/// The most a valid request can need: 1 MiB of messages, with every character escaped as JSON allows.
const MAX_BODY_BYTES: usize = 10 * 1_048_576;

/// How much of a request that is too large is read nevertheless. A client that is still sending when the
/// connection closes would report that, and not our answer.
const MAX_DISCARDED_BYTES: usize = 10 * MAX_BODY_BYTES;

const CONTENT_TYPE: &str = "application/x-amz-json-1.0";

pub(super) async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let request_id = shared.request_id();
    let (status, query_error, body) = match answer(&shared, request).await {
        Ok(answer) => (StatusCode::OK, None, answer),
        Err(error) => {
            let code = error.code();
            let fault = if code.is_sender_fault() { "Sender" } else { "Receiver" };
            let query_error = format!("{};{fault}", code.query_code());
            let body = json!({ "__type": code.shape(), "message": error.to_string() });
            (status(code), Some(query_error), body)
        }
    };
    let headers = [("content-type", CONTENT_TYPE), ("x-amzn-requestid", request_id.as_str())];
    let query_error = query_error.map(|error| [("x-amzn-query-error", error)]);
    (status, headers, query_error, body.to_string()).into_response()
}

async fn answer(shared: &Shared, request: Request) -> Result<Value, SqsError> {
    let (parts, body) = request.into_parts();
    let body = read(body).await?;
    let action = if parts.method == Method::POST { action(&parts.headers) } else { None };
    let action = action.ok_or_else(|| {
        SqsError::new(
            ErrorCode::InvalidAction,
            "Expected a POST of SQS's JSON protocol, with the header X-Amz-Target: \
             AmazonSQS.<action>.",
        )
    })?;
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let base_url = host.map(|host| format!("http://{host}"));
    let base_url = base_url.as_deref().unwrap_or(&shared.base_url);
    shared.answer(api::Request { action, body: &body, base_url }).await
}

fn action(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-amz-target")?.to_str().ok()?.strip_prefix("AmazonSQS.")
}

async fn read(mut body: Body) -> Result<Vec<u8>, SqsError> {
    let mut bytes = Vec::new();
    let mut total = 0_usize;
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let frame = frame.map_err(|_| {
            SqsError::new(ErrorCode::Serialization, "The request's body could not be read.")
        })?;
        let Ok(data) = frame.into_data() else { continue };
        total = total.saturating_add(data.len());
        if total > MAX_DISCARDED_BYTES {
            break;
        }
        if total <= MAX_BODY_BYTES {
            bytes.extend_from_slice(&data);
        } else {
            bytes = Vec::new();
        }
    }
    if total > MAX_BODY_BYTES {
        let message = format!("A request must not be longer than {MAX_BODY_BYTES} bytes.");
        return Err(SqsError::new(ErrorCode::RequestEntityTooLarge, message));
    }
    Ok(bytes)
}

/// The only place an error becomes an HTTP status. SDKs retry what is not the sender's fault.
fn status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::RequestEntityTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        _ if code.is_sender_fault() => StatusCode::BAD_REQUEST,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
