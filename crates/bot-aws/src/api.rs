//! HTTPS to the platforms.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use bot_core::platform::{ApiAnswer, ApiRequest};
use bot_core::worker::deadline::SENDING;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{HeaderMap, RETRY_AFTER};
use hyper::{Request, Response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use secrecy::ExposeSecret as _;
use tokio::time::{Instant, timeout};

/// How much of an answer is read. Platforms echo what was said, and what that answered.
const MOST_BYTES: usize = 1024 * 1024;

/// How long a connection is kept. A frozen function does not see that its peer has closed it, so not for long.
pub const IDLE: Duration = Duration::from_secs(20);

/// A client that reuses its connections.
pub struct Api(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl Default for Api {
    fn default() -> Self {
        Self::new()
    }
}

impl Api {
    /// A client without connections.
    #[must_use]
    pub fn new() -> Self {
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

    /// Makes a request, whose answer may take as long as a platform's usual ones.
    ///
    /// # Errors
    ///
    /// As of [`Api::send_within`].
    pub async fn send(&self, request: ApiRequest) -> Result<ApiAnswer, SendError> {
        self.send_within(request, SENDING).await
    }

    /// Makes a request, whose answer may take so long.
    ///
    /// # Errors
    ///
    /// No message names the URL: it may hold a token.
    pub async fn send_within(
        &self,
        request: ApiRequest,
        within: Duration,
    ) -> Result<ApiAnswer, SendError> {
        self.ask(request, within).await.map(|(_, answer)| answer)
    }

    /// Makes a request, whose answer may take so long; the answer's header fields, too.
    ///
    /// # Errors
    ///
    /// As of [`Api::send_within`].
    pub async fn ask(
        &self,
        request: ApiRequest,
        within: Duration,
    ) -> Result<(HeaderMap, ApiAnswer), SendError> {
        let mut builder =
            Request::builder().method(request.method.as_str()).uri(request.url.expose_secret());
        for (name, value) in &request.headers {
            builder = builder.header(*name, value.expose_secret());
        }
        let request = builder.body(Full::from(request.body)).map_err(|_| SendError::Unsendable)?;
        let begun = Instant::now();
        let response = timeout(within, self.0.request(request))
            .await
            .map_err(|_| SendError::NoAnswer(anyhow!("no answer in time")))?
            .context("no answer")
            .map_err(SendError::NoAnswer)?;
        let headers = response.headers().clone();
        Ok((headers, read(response, within.saturating_sub(begun.elapsed())).await))
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub enum SendError {
    /// What was to be sent is no HTTP request.
    Unsendable,
    /// Nobody knows whether the platform has it.
    NoAnswer(anyhow::Error),
}

/// Reads an answer whose status is known. Often that says enough when the rest does not come.
async fn read(response: Response<hyper::body::Incoming>, within: Duration) -> ApiAnswer {
    let status = response.status().as_u16();
    let retry_after = response.headers().get(RETRY_AFTER);
    let retry_after = retry_after.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let rate_limit = response.headers().iter().filter_map(|(name, value)| {
        let name = name.as_str().strip_prefix("x-ratelimit-")?;
        Some((name.to_owned(), value.to_str().ok()?.to_owned()))
    });
    let rate_limit = rate_limit.collect();
    let body = Limited::new(response.into_body(), MOST_BYTES).collect();
    let body = timeout(within, body).await.ok().and_then(Result::ok);
    ApiAnswer { status, retry_after, rate_limit, body: body.map(|body| body.to_bytes().to_vec()) }
}
