//! AWS clients, built explicitly.
//!
//! The SDK's default configuration looks for profiles, regions and credentials in files and on the network, and parses
//! every certificate of the system before the first request. A function has all of that in its environment, and talks to
//! one certificate authority.

use std::time::Duration;

use anyhow::Context as _;
use aws_credential_types::Credentials;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::config::{BehaviorVersion, Region, SharedHttpClient};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use bot_core::platform::Lookup;

use crate::process::required;
use crate::{ParameterStore, Service};

/// The roots of <https://www.amazontrust.com/repository/>, as Debian's ca-certificates ships them.
const AMAZON_ROOTS: &[u8] = include_bytes!("../certs/amazon.pem");

/// Where AWS is, and who we are to it.
pub struct Aws {
    region: Region,
    credentials: Credentials,
    endpoint: Option<String>,
    sqs_endpoint: Option<String>,
    dynamodb_endpoint: Option<String>,
    ssm_endpoint: Option<String>,
    lambda_endpoint: Option<String>,
    http: SharedHttpClient,
    patience: Patience,
}

/// How long to try.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How often.
    pub attempts: u32,
    /// How long one attempt may take.
    pub attempt: Duration,
    /// How long all attempts together may take.
    pub altogether: Duration,
}

impl Aws {
    /// From the variables every AWS SDK reads: `AWS_REGION`, the credentials, `AWS_ENDPOINT_URL` and those of the
    /// services.
    ///
    /// # Errors
    ///
    /// A variable that Lambda always sets is missing.
    pub fn from_settings(settings: &Lookup<'_>, patience: Patience) -> anyhow::Result<Self> {
        let read = |name: &str| settings(name).filter(|value| !value.is_empty());
        let region = read("AWS_REGION")
            .or_else(|| read("AWS_DEFAULT_REGION"))
            .context("AWS_REGION is not set")?;
        Ok(Self {
            region: Region::new(region),
            credentials: Credentials::new(
                required(settings, "AWS_ACCESS_KEY_ID")?,
                required(settings, "AWS_SECRET_ACCESS_KEY")?,
                read("AWS_SESSION_TOKEN"),
                None,
                "environment",
            ),
            endpoint: read("AWS_ENDPOINT_URL"),
            sqs_endpoint: read("AWS_ENDPOINT_URL_SQS"),
            dynamodb_endpoint: read("AWS_ENDPOINT_URL_DYNAMODB"),
            ssm_endpoint: read("AWS_ENDPOINT_URL_SSM"),
            lambda_endpoint: read("AWS_ENDPOINT_URL_LAMBDA"),
            http: http_client()?,
            patience,
        })
    }

    /// A client for SQS.
    #[must_use]
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        let mut config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(self.region.clone())
            .credentials_provider(self.credentials.clone())
            .http_client(self.http.clone())
            .retry_config(self.retries())
            .timeout_config(self.timeouts());
        config.set_endpoint_url(self.sqs_endpoint.clone().or_else(|| self.endpoint.clone()));
        aws_sdk_sqs::Client::from_conf(config.build())
    }

    /// A client for DynamoDB.
    #[must_use]
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let mut config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(self.region.clone())
            .credentials_provider(self.credentials.clone())
            .http_client(self.http.clone())
            .retry_config(self.retries())
            .timeout_config(self.timeouts());
        config.set_endpoint_url(self.dynamodb_endpoint.clone().or_else(|| self.endpoint.clone()));
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }

    /// The parameters of SSM whose names begin with `prefix`.
    ///
    /// # Errors
    ///
    /// The trust anchors cannot be read.
    pub fn parameter_store(&self, prefix: String) -> anyhow::Result<ParameterStore> {
        Ok(ParameterStore { service: self.service("ssm", self.ssm_endpoint.as_ref())?, prefix })
    }

    /// Lambda; `None` where SQS is a local one and Lambda is not: then no function takes what is in the queue.
    ///
    /// # Errors
    ///
    /// The trust anchors cannot be read.
    pub fn lambda(&self) -> anyhow::Result<Option<Service>> {
        let is_local = self.sqs_endpoint.is_some();
        if is_local && self.lambda_endpoint.is_none() && self.endpoint.is_none() {
            return Ok(None);
        }
        self.service("lambda", self.lambda_endpoint.as_ref()).map(Some)
    }

    fn service(&self, name: &'static str, own: Option<&String>) -> anyhow::Result<Service> {
        let region = self.region.to_string();
        let endpoint = own.or(self.endpoint.as_ref()).cloned();
        Ok(Service {
            connector: Connector::builder()
                .tls_provider(Provider::rustls(CryptoMode::Ring))
                .tls_context(trust()?)
                .build(),
            name,
            endpoint: endpoint.unwrap_or_else(|| format!("https://{name}.{region}.amazonaws.com")),
            region,
            credentials: self.credentials.clone(),
            patience: self.patience,
        })
    }

    fn retries(&self) -> RetryConfig {
        RetryConfig::standard()
            .with_max_attempts(self.patience.attempts)
            .with_initial_backoff(Duration::from_millis(50))
            .with_max_backoff(Duration::from_millis(200))
    }

    fn timeouts(&self) -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(self.patience.attempt)
            .operation_attempt_timeout(self.patience.attempt)
            .operation_timeout(self.patience.altogether)
            .build()
    }
}

fn http_client() -> anyhow::Result<SharedHttpClient> {
    Ok(aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::rustls(CryptoMode::Ring))
        .tls_context(trust()?)
        .build_https())
}

fn trust() -> anyhow::Result<TlsContext> {
    TlsContext::builder()
        .with_trust_store(TrustStore::empty().with_pem_certificate(AMAZON_ROOTS))
        .build()
        .context("TLS configuration")
}
