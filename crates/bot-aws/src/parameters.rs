//! Secrets from SSM's Parameter Store.
//!
//! The SDK for SSM takes a minute to compile, and every author would wait for it. This is its one call that is needed.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context as _, bail};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt as _;
use serde::Deserialize;
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::Patience;
use crate::process::now;

/// The most names that one call takes.
///
/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html>
const MOST_NAMES: usize = 10;

/// How long to wait between two tries.
const PAUSE: Duration = Duration::from_millis(50);

/// The parameters whose names begin alike.
pub struct ParameterStore {
    pub(crate) connector: Connector,
    pub(crate) endpoint: String,
    pub(crate) region: String,
    pub(crate) credentials: Credentials,
    pub(crate) patience: Patience,
    pub(crate) prefix: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    parameters: Vec<Parameter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter {
    name: String,
    value: String,
}

impl ParameterStore {
    /// The values of those of `names` that are there, without the prefix.
    ///
    /// # Errors
    ///
    /// SSM could not be reached in time or refuses: what is there is not known.
    pub async fn read(&self, names: &[String]) -> anyhow::Result<HashMap<String, String>> {
        let reading = async {
            let mut values = HashMap::new();
            for names in names.chunks(MOST_NAMES) {
                let found = self.patiently(names).await?.parameters.into_iter();
                values.extend(found.filter_map(|parameter| {
                    let name = parameter.name.strip_prefix(&self.prefix)?.to_owned();
                    Some((name, parameter.value))
                }));
            }
            Ok(values)
        };
        let read = timeout(self.patience.altogether, reading).await;
        read.unwrap_or_else(|_| bail!("no answer in time")).context("SSM GetParameters")
    }

    async fn patiently(&self, names: &[String]) -> anyhow::Result<Found> {
        let names: Vec<String> =
            names.iter().map(|name| format!("{}{name}", self.prefix)).collect();
        let body = json!({ "Names": names, "WithDecryption": true }).to_string();
        let mut left = self.patience.attempts;
        loop {
            left = left.saturating_sub(1);
            let answer = timeout(self.patience.attempt, self.once(&body)).await;
            match answer.unwrap_or_else(|_| Ok(Answer::Again("no answer in time".to_owned())))? {
                Answer::Found(found) => return Ok(found),
                Answer::Again(reason) if left == 0 => bail!(reason),
                Answer::Again(_) => sleep(PAUSE).await,
            }
        }
    }

    /// # Errors
    ///
    /// Another try would come to the same.
    async fn once(&self, body: &str) -> anyhow::Result<Answer> {
        let sent = self.connector.call(self.signed(body)?).await;
        let answer = match sent {
            Ok(answer) => answer,
            Err(error) => return Ok(Answer::Again(format!("SSM cannot be reached: {error}"))),
        };
        let status = answer.status().as_u16();
        let Ok(body) = answer.into_body().collect().await else {
            return Ok(Answer::Again("the answer broke off".to_owned()));
        };
        let body = body.to_bytes();
        match status {
            // The parser's message would quote its input.
            200 => match serde_json::from_slice(&body) {
                Ok(found) => Ok(Answer::Found(found)),
                Err(_) => bail!("the answer cannot be read"),
            },
            status => {
                let kind = kind(&body);
                let reason = format!("SSM answered {status} {kind}");
                if status >= 500 || kind.contains("Throttling") {
                    Ok(Answer::Again(reason))
                } else {
                    bail!(reason)
                }
            }
        }
    }

    fn signed(&self, body: &str) -> anyhow::Result<HttpRequest> {
        let mut request = http::Request::post(&self.endpoint)
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", "AmazonSSM.GetParameters")
            .body(SdkBody::from(body))
            .context("a request to SSM")?;
        let identity = self.credentials.clone().into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("ssm")
            .time(std::time::UNIX_EPOCH + Duration::from_millis(now().as_millis()))
            .settings(SigningSettings::default())
            .build()
            .context("a signature")?
            .into();
        let headers = request
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let signable = SignableRequest::new(
            "POST",
            &self.endpoint,
            headers,
            SignableBody::Bytes(body.as_bytes()),
        )
        .context("a signature")?;
        let (instructions, _) = sign(signable, &params).context("a signature")?.into_parts();
        instructions.apply_to_request_http1x(&mut request);
        HttpRequest::try_from(request).context("a request to SSM")
    }
}

/// What came of one try.
enum Answer {
    Found(Found),
    /// Nothing yet, and why.
    Again(String),
}

/// The kind of an error, without its message, which may name what was asked for.
fn kind(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        #[serde(rename = "__type")]
        kind: String,
    }
    let kind = serde_json::from_slice(body).map_or_else(|_| String::new(), |r: Refusal| r.kind);
    kind.rsplit('#')
        .next()
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect()
}
