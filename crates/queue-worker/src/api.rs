//! HTTPS to the platforms.

use std::time::Duration;

use anyhow::Context as _;
use bot_core::platform::{ApiAnswer, ApiRequest};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::header::RETRY_AFTER;
use hyper::{Request, Response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use secrecy::ExposeSecret as _;
use tokio::time::timeout;

/// How long a platform may take to answer.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(8);

/// How much of an answer is read: what decides is in its first lines.
const MOST_BYTES: usize = 64 * 1024;

/// How long a connection is kept. A frozen function does not see that its peer has closed it, so not for long.
const IDLE: Duration = Duration::from_secs(20);

/// A client that reuses its connections.
pub(crate) struct Api(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl Api {
    pub(crate) fn new() -> Self {
        // The anchors are constants of the program: nothing is parsed at start-up.
        let connector =
            HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().build();
        Self(
            Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(IDLE)
                .build(connector),
        )
    }

    /// Makes a request.
    ///
    /// # Errors
    ///
    /// Nobody knows whether the platform has it: network, or no answer in time. The error names no URL.
    pub(crate) async fn send(&self, request: ApiRequest) -> anyhow::Result<ApiAnswer> {
        let mut builder =
            Request::builder().method(request.method.as_str()).uri(request.url.expose_secret());
        for (name, value) in &request.headers {
            builder = builder.header(*name, value.expose_secret());
        }
        // The error of a builder quotes what it could not use.
        let request =
            builder.body(Full::from(request.body)).ok().context("the request cannot be built")?;
        let answer = async {
            let response = self.0.request(request).await.context("no answer")?;
            read(response).await
        };
        timeout(TIMEOUT, answer).await.context("no answer in time")?
    }
}

async fn read(response: Response<hyper::body::Incoming>) -> anyhow::Result<ApiAnswer> {
    let status = response.status().as_u16();
    let retry_after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    // A status says enough when the rest does not come.
    let body = Limited::new(response.into_body(), MOST_BYTES).collect().await;
    let body = body.map(|body| body.to_bytes().to_vec()).unwrap_or_default();
    Ok(ApiAnswer { status, retry_after, body })
}
