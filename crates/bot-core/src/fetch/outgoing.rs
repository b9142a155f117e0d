//! A request as the worker makes it, and where it may go.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use http::header::{self, HeaderName, HeaderValue};
use http::{Uri, uri};
use secrecy::{ExposeSecret as _, SecretString};

use super::answer::FetchError;
use super::request::{Method, Request};
use crate::platform::Lookup;

/// A host a bot speaks to, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Host {
    pub(crate) name: &'static str,
    pub(crate) secret: Option<&'static str>,
}

impl Host {
    /// The host called `name`, and none of those below it.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, secret: None }
    }

    /// It may be sent the secret in the environment variable `name`; no other host may.
    ///
    /// # Panics
    ///
    /// When it is compiled: a host has one secret.
    ///
    /// ```compile_fail
    /// # use bot_core::Host;
    /// const SKY: Host = Host::new("sky.example").secret("SKY_KEY").secret("SKY_USER");
    /// ```
    #[must_use]
    pub const fn secret(mut self, name: &'static str) -> Self {
        assert!(self.secret.is_none(), "a host has one secret");
        self.secret = Some(name);
        self
    }

    /// Whether it can be one: lower-case letters, digits and `-` between dots, and no address.
    pub(crate) fn is_name(&self) -> bool {
        let is_label = |label: &str| {
            !label.is_empty()
                && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        };
        self.name.contains('.')
            && self.name.split('.').all(is_label)
            && self.name.parse::<IpAddr>().is_err()
            // Some resolvers read a name that ends in a number as an address.
            && !self.name.ends_with(|last: char| last.is_ascii_digit())
    }
}

/// The values of the secrets a bot has declared.
#[derive(Clone, Debug, Default)]
pub struct Secrets(BTreeMap<&'static str, SecretString>);

impl Secrets {
    /// Those that are set.
    #[must_use]
    pub fn from_settings(hosts: &'static [Host], settings: &Lookup<'_>) -> Self {
        let names = hosts.iter().filter_map(|host| host.secret);
        let values = names.filter_map(|name| {
            let value = settings(name).map(|value| value.trim().to_owned())?;
            (!value.is_empty()).then(|| (name, value.into()))
        });
        Self(values.collect())
    }
}

/// A request as the worker makes it: every secret in its place, so it does not print itself.
#[derive(Clone)]
pub struct Outgoing {
    /// The HTTP method.
    pub method: Method,
    /// Where it goes: always https, always a declared host.
    pub url: Uri,
    /// Header fields. Those with a secret are marked as such.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body; empty for none.
    pub body: Arc<[u8]>,
    hosts: &'static [Host],
}

impl Outgoing {
    /// Where an answer with status 3xx leads: `None` when it is the answer.
    ///
    /// Only a GET is led on, and no further than to another declared host, which is sent no secret of the first.
    #[must_use]
    pub fn redirected(
        &self,
        status: u16,
        location: Option<&str>,
    ) -> Option<Result<Self, FetchError>> {
        let (301 | 302 | 303 | 307 | 308, Method::Get, Some(location)) =
            (status, self.method, location)
        else {
            return None;
        };
        Some(allowed(&resolved(&self.url, location), self.hosts).map(|(url, _)| {
            let is_same = url.host() == self.url.host();
            let headers = self.headers.iter().filter(|(_, value)| is_same || !value.is_sensitive());
            Self { url, headers: headers.cloned().collect(), ..self.clone() }
        }))
    }
}

/// Where `location` leads from `base`: <https://www.rfc-editor.org/rfc/rfc3986#section-5.2>, but for dots in paths, which
/// are for the host to understand.
fn resolved(base: &Uri, location: &str) -> String {
    // A fragment is for whoever looks at the answer.
    let location = location.split('#').next().unwrap_or_default();
    let first = location.split(['/', '?']).next().unwrap_or_default();
    let authority = base.authority().map(uri::Authority::as_str).unwrap_or_default();
    if first.contains(':') {
        return location.to_owned();
    }
    if location.starts_with("//") {
        return format!("https:{location}");
    }
    let path = base.path();
    let before = match location.chars().next() {
        Some('/') => "",
        Some('?') => path,
        Some(_) => path
            .rsplit_once('/')
            .map_or("/", |(folder, _)| path.get(..=folder.len()).unwrap_or("/")),
        None => return base.to_string(),
    };
    format!("https://{authority}{before}{location}")
}

/// The request with its secrets and its idempotency key, if it may be made at all.
pub(crate) fn prepare(
    request: &Request,
    idempotency_key: &str,
    hosts: &'static [Host],
    secrets: &Secrets,
) -> Result<Outgoing, FetchError> {
    // Who may be asked is known before any secret is.
    let (_, host) = allowed(&request.url, hosts)?;
    let mut missing = None;
    let mut reveal = |secret: &super::Secret| {
        let value = secrets.0.get(secret.name).filter(|_| host.secret == Some(secret.name));
        if value.is_none() {
            missing = Some(secret.name);
        }
        value.map(|value| value.expose_secret().to_owned()).unwrap_or_default()
    };
    let url = request.full_url(&mut reveal);
    let json = request.is_json.then_some(("content-type", "application/json"));
    let defaults = [("idempotency-key", idempotency_key), ("user-agent", USER_AGENT)];
    // Some hosts want a name of their own in these.
    let is_free =
        |name: &str| !request.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
    let mut headers = Vec::new();
    for (name, value) in defaults.into_iter().chain(json).filter(|(name, _)| is_free(name)) {
        headers.push(field(name, value, false)?);
    }
    for (name, value) in &request.headers {
        let is_secret = matches!(value, super::Text::Secret(_));
        headers.push(field(name, &value.reveal(&mut reveal), is_secret)?);
    }
    if let Some(name) = missing {
        return Err(FetchError::Secret(name));
    }
    let (url, _) = allowed(&url, hosts)?;
    Ok(Outgoing {
        method: request.method,
        url,
        headers,
        body: request.body.as_slice().into(),
        hosts,
    })
}

const USER_AGENT: &str = concat!("lambot/", env!("CARGO_PKG_VERSION"));

fn field(
    name: &str,
    value: &str,
    is_secret: bool,
) -> Result<(HeaderName, HeaderValue), FetchError> {
    // These say where a request ends, where it goes, and what is understood of the answer: that is not the bot's to say.
    const OURS: [HeaderName; 7] = [
        header::ACCEPT_ENCODING,
        header::CONNECTION,
        header::CONTENT_LENGTH,
        header::HOST,
        header::TE,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
    ];
    // Whoever puts a secret of its own into these does not mean it for another host either.
    const PERSONAL: [HeaderName; 2] = [header::AUTHORIZATION, header::COOKIE];

    let name: HeaderName = name.parse().map_err(|_| FetchError::Header)?;
    let mut value: HeaderValue = value.parse().map_err(|_| FetchError::Header)?;
    if OURS.contains(&name) {
        return Err(FetchError::Header);
    }
    value.set_sensitive(is_secret || PERSONAL.contains(&name));
    Ok((name, value))
}

/// The URL, if it is https and leads to one of `hosts`. The parser is the client's own: both see the same host.
fn allowed(url_text: &str, hosts: &'static [Host]) -> Result<(Uri, &'static Host), FetchError> {
    let url: Uri = url_text.parse().map_err(|_| FetchError::Url)?;
    let authority = url.authority().ok_or(FetchError::Url)?;
    if url.scheme() != Some(&uri::Scheme::HTTPS)
        || url_text.contains('#')
        || authority.as_str().contains('@')
        || !matches!(url.port_u16(), None | Some(443))
        || (url.port().is_none() && authority.as_str() != authority.host())
    {
        return Err(FetchError::Url);
    }
    let host = hosts
        .iter()
        .find(|host| host.is_name() && host.name.eq_ignore_ascii_case(authority.host()))
        .ok_or(FetchError::Host)?;
    Ok((url, host))
}
