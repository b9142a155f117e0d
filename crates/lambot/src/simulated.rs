//! Stand-ins for the platforms' APIs: they take every call, and show what the bot says.
//!
//! One server stands in for all of them, below a path of each. Its answer holds what every platform's success holds, so
//! that a new platform needs nothing here.

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

use crate::stores::{loopback, stopped};

/// What the bot said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// Where: a platform's slug.
    pub(crate) platform: String,
    /// What, as a person would read it.
    pub(crate) text: String,
}

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

    let platform = request.uri().path().split('/').nth(1).unwrap_or_default().to_owned();
    let body = to_bytes(request.into_body(), 1024 * 1024).await.unwrap_or_default();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if let Some(text) = body.get("text").or_else(|| body.get("content")).and_then(Value::as_str) {
        // Nobody is told when nobody listens.
        let _ = listener.0.send(Said { text: readable(&platform, text), platform });
    }
    let id = MESSAGES.fetch_add(1, Ordering::Relaxed);
    let answer = json!({ "ok": true, "id": id.to_string(), "ts": format!("{id}.000000"), "result": { "message_id": id } });
    ([(CONTENT_TYPE, "application/json")], answer.to_string()).into_response()
}

/// The text without the escapes of its platform.
fn readable(platform: &str, text: &str) -> String {
    match platform {
        "slack" => text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"),
        "discord" => {
            let mut readable = String::new();
            let mut characters = text.chars();
            while let Some(c) = characters.next() {
                readable.extend(if c == '\\' { characters.next() } else { Some(c) });
            }
            readable
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_a_person_would_read() {
        // (platform, as sent, as read)
        let cases = [
            ("telegram", r"a &lt; \* b", r"a &lt; \* b"),
            ("slack", "1 &lt; 2 &amp;lt;", "1 < 2 &lt;"),
            ("discord", r"\*a\* \\", r"*a* \"),
        ];

        for (platform, sent, read) in cases {
            assert_eq!(readable(platform, sent), read, "{platform}");
        }
    }
}
