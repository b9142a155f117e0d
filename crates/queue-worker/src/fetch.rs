//! HTTPS to the hosts a bot has declared.
//!
//! Where a request may go is bot-core's to say. One thing only the network knows: where a name leads. A name that leads
//! into a network is nobody to speak to, whoever has put it there, so addresses are checked where they are resolved and
//! nowhere else is connected to.

mod resolver;
mod stand_in;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::sync::OnceLock;
use std::time::Duration;

use bot_core::fetch::{Answer, FetchError, Fetched, MAX_ANSWER_BYTES, MOST_REDIRECTS, Outgoing};
use futures_util::future::join_all;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::LOCATION;
use hyper::{Request, Response, Uri};
use hyper_rustls::builderstates::WantsProtocols1;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::timeout;
use tracing::debug;

use bot_aws::api::IDLE;
use resolver::{NotPublic, Resolver};
pub(crate) use stand_in::StandIn;

type HttpClient = Client<HttpsConnector<HttpConnector<Resolver>>, Full<Bytes>>;

/// A client that reuses its connections, and is built when the first request is made: most turns make none.
pub struct Fetcher {
    client: OnceLock<HttpClient>,
    stand_in: Option<StandIn>,
}

impl Fetcher {
    /// To the internet, or to what stands in for it.
    pub(crate) const fn new(stand_in: Option<StandIn>) -> Self {
        Self { client: OnceLock::new(), stand_in }
    }

    /// Makes all requests at once. Each is answered `within` that time, however far it is led.
    pub async fn fetch(&self, requests: Vec<Outgoing>, within: Duration) -> Vec<Fetched> {
        let fetches = requests.into_iter().map(async |request| {
            let host = request.url.host().unwrap_or_default().to_owned();
            let answer = timeout(within, self.follow(request)).await;
            let answer = answer.unwrap_or(Err(FetchError::NoAnswer));
            match &answer {
                Ok(Answer { status, .. }) => debug!(host, status, "fetched"),
                Err(error) => debug!(host, "not fetched: {error}"),
            }
            Fetched::from(answer)
        });
        join_all(fetches).await
    }

    /// Makes one request, and those it is led on to. What leads on too often is the answer.
    async fn follow(&self, mut request: Outgoing) -> Result<Answer, FetchError> {
        let mut redirects = 0;
        loop {
            let response = self.ask(&request).await?;
            let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            match request.redirected(response.status().as_u16(), location) {
                Some(next) if redirects < MOST_REDIRECTS => request = next?,
                Some(_) | None => return read(response).await,
            }
            redirects += 1;
        }
    }

    async fn ask(&self, request: &Outgoing) -> Result<Response<Incoming>, FetchError> {
        let url: Uri = match &self.stand_in {
            None => request.url.clone(),
            Some(stand_in) => stand_in.url(&request.url).ok_or(FetchError::Url)?,
        };
        let mut built = Request::builder().method(request.method.as_str()).uri(url);
        for (name, value) in &request.headers {
            built = built.header(name, value);
        }
        let body = Full::from(request.body.to_vec());
        let built = built.body(body).map_err(|_| FetchError::Url)?;
        self.client().request(built).await.map_err(|error| reason(&error))
    }

    fn client(&self) -> &HttpClient {
        self.client.get_or_init(|| {
            let tls = HttpsConnectorBuilder::new().with_webpki_roots();
            match self.stand_in {
                None => client(tls.https_only(), Resolver::internet()),
                Some(_) => client(tls.https_or_http(), Resolver::this_machine()),
            }
        })
    }
}

fn client(tls: HttpsConnectorBuilder<WantsProtocols1>, resolver: Resolver) -> HttpClient {
    let mut http = HttpConnector::new_with_resolver(resolver);
    // What it may speak is the business of what is wrapped around it.
    http.enforce_http(false);
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .build(tls.enable_http1().wrap_connector(http))
}

async fn read(response: Response<Incoming>) -> Result<Answer, FetchError> {
    let status = response.status().as_u16();
    match Limited::new(response.into_body(), MAX_ANSWER_BYTES).collect().await {
        Ok(body) => Ok(Answer { status, body: body.to_bytes().to_vec() }),
        Err(error) if error.is::<LengthLimitError>() => Err(FetchError::TooLarge),
        Err(_) => Err(FetchError::NoAnswer),
    }
}

/// Why there is no response. The client's own words may quote the URL, and are left out.
fn reason(error: &legacy::Error) -> FetchError {
    let mut causes = std::iter::successors(error.source(), |&cause| cause.source());
    if causes.any(|cause| cause.is::<NotPublic>()) {
        FetchError::Address
    } else {
        FetchError::NoAnswer
    }
}
