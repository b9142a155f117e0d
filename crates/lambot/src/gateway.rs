//! An HTTP listener in place of API Gateway: it turns requests into the same events and routes them alike.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bot_core::http::gateway::{GatewayRequest, GatewayResponse};
use http_body_util::LengthLimitError;
use serde_json::json;
use webhook_ingest::Ingest;

/// The largest body API Gateway passes on: 10 MB.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>
const MOST_BYTES: usize = 10_000_000;

/// The routes.
pub(crate) fn router(ingest: Arc<Ingest>) -> Router {
    Router::new().fallback(answer).with_state(ingest)
}

/// Answers one event as the deployed routes do.
pub(crate) async fn route(ingest: &Ingest, path: &str, event: GatewayRequest) -> GatewayResponse {
    match path.strip_prefix("/webhooks/") {
        Some(platform) if !platform.is_empty() && !platform.contains('/') => {
            ingest.handle(event, None).await
        }
        _ => echo::handle(event),
    }
}

async fn answer(State(ingest): State<Arc<Ingest>>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = match to_bytes(body, MOST_BYTES).await {
        Ok(body) => body,
        Err(error) => {
            let is_too_large = error.source().is_some_and(|source| source.is::<LengthLimitError>());
            let answer = if is_too_large {
                bot_core::http::Response::too_large()
            } else {
                bot_core::http::Response::error(400, "the body broke off")
            };
            return into_response(answer.into());
        }
    };
    let path = parts.uri.path();
    let event = event(
        parts.method.as_str(),
        path,
        parts.uri.query().unwrap_or_default(),
        &headers(&parts.headers),
        &body,
    );
    into_response(route(&ingest, path, event).await)
}

/// An event of an HTTP API, payload 2.0. The body is always base64, as API Gateway does with what may not be text.
pub(crate) fn event(
    method: &str,
    path: &str,
    query: &str,
    headers: &BTreeMap<String, String>,
    body: &[u8],
) -> GatewayRequest {
    let millis =
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
    let event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "stage": "$default",
            "http": { "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1" },
            "timeEpoch": u64::try_from(millis).unwrap_or_default(),
        },
        "body": STANDARD.encode(body),
        "isBase64Encoded": true,
    });
    serde_json::from_value(event).unwrap_or_default()
}

/// Header fields as API Gateway passes them on: lower-case names, repeated fields joined by commas.
fn headers(fields: &HeaderMap) -> BTreeMap<String, String> {
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in fields {
        let value = String::from_utf8_lossy(value.as_bytes());
        headers
            .entry(name.as_str().to_owned())
            .and_modify(|values| {
                values.push(',');
                values.push_str(&value);
            })
            .or_insert_with(|| value.clone().into_owned());
    }
    headers
}

fn into_response(answer: GatewayResponse) -> Response<Body> {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() =
        StatusCode::from_u16(answer.status_code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        response.headers_mut().insert(name, axum::http::HeaderValue::from_static(value));
    }
    response
}
