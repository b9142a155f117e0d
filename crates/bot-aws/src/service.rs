//! Services of AWS that are asked one thing.
//!
//! The SDK of each takes a minute to compile, and every author would wait for it. What all of them share is here: a signed
//! request, and who asks again after which answer.

use std::time::Duration;

use anyhow::{Context as _, bail};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt as _;
use serde::Deserialize;
use tokio::time::{sleep, timeout};

use crate::Patience;
use crate::process::now;

/// How long to wait between two tries.
const PAUSE: Duration = Duration::from_millis(50);

/// One of AWS's services.
pub struct Service {
    pub(crate) connector: Connector,
    /// As signatures name it.
    pub(crate) name: &'static str,
    pub(crate) endpoint: String,
    pub(crate) region: String,
    pub(crate) credentials: Credentials,
    pub(crate) patience: Patience,
}

impl Service {
    /// The body of the success that `request` is answered with, whose URI is the part behind the endpoint. Asks as often
    /// as its patience allows.
    ///
    /// # Errors
    ///
    /// It could not be reached or refuses. The error holds nothing of the request, and of the answer only its kind.
    pub async fn ask(&self, request: &http::Request<String>) -> anyhow::Result<Vec<u8>> {
        let mut left = self.patience.attempts;
        loop {
            left = left.saturating_sub(1);
            let answer = timeout(self.patience.attempt, self.once(request)).await;
            match answer.unwrap_or_else(|_| Ok(Answer::Again("no answer in time".to_owned())))? {
                Answer::Success(body) => return Ok(body),
                Answer::Again(reason) if left == 0 => bail!(reason),
                Answer::Again(_) => sleep(PAUSE).await,
            }
        }
    }

    /// # Errors
    ///
    /// Another try would come to the same.
    async fn once(&self, request: &http::Request<String>) -> anyhow::Result<Answer> {
        let sent = self.connector.call(self.signed(request)?).await;
        let answer = match sent {
            Ok(answer) => answer,
            Err(error) => return Ok(Answer::Again(format!("cannot be reached: {error}"))),
        };
        let (status, header) = (answer.status().as_u16(), header_kind(&answer));
        let Ok(body) = answer.into_body().collect().await else {
            return Ok(Answer::Again("the answer broke off".to_owned()));
        };
        let body = body.to_bytes();
        if status == 200 {
            return Ok(Answer::Success(body.into()));
        }
        let kind = plain(&header.unwrap_or_else(|| body_kind(&body)));
        let reason = format!("answered {status} {kind}");
        if status >= 500 || status == 429 || kind.contains("Throttling") {
            Ok(Answer::Again(reason))
        } else {
            bail!(reason)
        }
    }

    fn signed(&self, request: &http::Request<String>) -> anyhow::Result<HttpRequest> {
        let uri = format!("{}{}", self.endpoint.trim_end_matches('/'), request.uri());
        let mut signed = request.clone().map(SdkBody::from);
        *signed.uri_mut() = uri.parse().context("the endpoint")?;
        let identity = self.credentials.clone().into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(self.name)
            .time(std::time::UNIX_EPOCH + Duration::from_millis(now().as_millis()))
            .settings(SigningSettings::default())
            .build()
            .context("a signature")?
            .into();
        let headers = request
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let body = SignableBody::Bytes(request.body().as_bytes());
        let signable = SignableRequest::new(request.method().as_str(), &uri, headers, body)
            .context("a signature")?;
        let (instructions, _) = sign(signable, &params).context("a signature")?.into_parts();
        instructions.apply_to_request_http1x(&mut signed);
        HttpRequest::try_from(signed).context("a request")
    }
}

/// What came of one try.
enum Answer {
    Success(Vec<u8>),
    /// Nothing yet, and why.
    Again(String),
}

/// The kind of an error where a service says it in a header field.
///
/// <https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization>
fn header_kind(answer: &HttpResponse) -> Option<String> {
    let kind = answer.headers().get("x-amzn-errortype")?;
    kind.split(':').next().map(str::to_owned)
}

/// The kind of an error, without its message, which may name what was asked for.
fn body_kind(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        #[serde(rename = "__type")]
        kind: String,
    }
    let kind = serde_json::from_slice(body).map_or_else(|_| String::new(), |r: Refusal| r.kind);
    kind.rsplit('#').next().unwrap_or_default().to_owned()
}

fn plain(kind: &str) -> String {
    kind.chars().filter(char::is_ascii_alphanumeric).take(64).collect()
}
