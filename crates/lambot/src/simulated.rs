//! Stand-ins for the platforms' APIs: they take every call, and show what the bot says.
//!
//! One server stands in for all of them, below a path of each. Its answer holds what every platform's success holds, so
//! that a new platform needs nothing here.

mod said;

use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

pub(crate) use said::{Act, Choice, Message, Said};

use crate::stores::{loopback, stopped};

#[derive(Clone)]
struct Listener(mpsc::UnboundedSender<Said>);

/// Serves the stand-ins and reports what the bot says to `said`; their URL, and the task that ends after `stop`.
pub(crate) async fn serve(
    said: mpsc::UnboundedSender<Said>,
    stop: watch::Receiver<bool>,
) -> anyhow::Result<(String, JoinHandle<()>)> {
    let listener = TcpListener::bind(loopback()).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let router = Router::new().fallback(take).with_state(Listener(said));
    let server = tokio::spawn(async move {
        if let Err(error) =
            axum::serve(listener, router).with_graceful_shutdown(stopped(stop)).await
        {
            tracing::error!("the simulated platforms ended: {error}");
        }
    });
    Ok((url, server))
}

async fn take(State(listener): State<Listener>, request: Request<Body>) -> Response {
    static MESSAGES: AtomicU64 = AtomicU64::new(1);

    let path = request.uri().path().to_owned();
    let body = to_bytes(request.into_body(), 1024 * 1024).await.unwrap_or_default();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let id = MESSAGES.fetch_add(1, Ordering::Relaxed);
    if let Some(said) = Said::read(&path, &body, &id.to_string()) {
        // Nobody is told when nobody listens.
        let _ = listener.0.send(said);
    }
    let answer = json!({ "ok": true, "id": id.to_string(), "ts": format!("{id}.000000"), "result": { "message_id": id } });
    ([(CONTENT_TYPE, "application/json")], answer.to_string()).into_response()
}
