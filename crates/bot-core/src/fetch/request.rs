//! What a handler asks for.

use serde::Serialize;

/// A request to a host the bot has declared.
///
/// ```
/// use bot_core::{Request, Secret};
///
/// let forecast = Request::get("https://api.open-meteo.com/v1/forecast")
///     .query("latitude", 52.52)
///     .query("longitude", 13.41);
/// let guarded = Request::get("https://api.weather.example/now").bearer(Secret::named("WEATHER_KEY"));
/// # let _ = (forecast, guarded);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) query: Vec<(String, Text)>,
    pub(crate) headers: Vec<(String, Text)>,
    pub(crate) body: Vec<u8>,
    pub(crate) is_json: bool,
}

/// The HTTP methods of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// DELETE
    Delete,
    /// GET
    Get,
    /// PATCH
    Patch,
    /// POST
    Post,
    /// PUT
    Put,
}

impl Method {
    /// As it stands in a request line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Patch => "PATCH",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }
}

impl Request {
    /// Any request.
    #[must_use]
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Vec::new(),
            is_json: false,
        }
    }

    /// A GET request.
    #[must_use]
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::Get, url)
    }

    /// A POST request.
    #[must_use]
    pub fn post(url: impl Into<String>) -> Self {
        Self::new(Method::Post, url)
    }

    /// Adds a parameter to the URL, encoded as it has to be.
    #[must_use]
    pub fn query(mut self, name: impl Into<String>, value: impl Into<Text>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Adds a header field.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Text>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds `Authorization: Bearer <secret>`.
    #[must_use]
    pub fn bearer(self, secret: Secret) -> Self {
        self.header("authorization", secret.after("Bearer "))
    }

    /// Sends `body` as JSON. What cannot be JSON, a map whose keys are no strings, is sent as `null`.
    #[must_use]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        self.body = serde_json::to_vec(body).unwrap_or_else(|_| b"null".to_vec());
        self.is_json = true;
        self
    }

    /// The HTTP method.
    #[must_use]
    pub const fn method(&self) -> Method {
        self.method
    }

    /// The URL with its parameters, each secret as its name in braces.
    #[must_use]
    pub fn url(&self) -> String {
        self.full_url(&mut |secret| format!("{{{}}}", secret.name))
    }

    /// The body; empty for none.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The header fields, each secret as its name in braces.
    pub(crate) fn headers_in_words(&self) -> String {
        let in_words = |(name, value): &(String, Text)| {
            format!("{name}: {}\n", value.reveal(&mut |secret| format!("{{{}}}", secret.name)))
        };
        self.headers.iter().map(in_words).collect()
    }

    /// The URL with its parameters.
    pub(crate) fn full_url(&self, reveal: &mut dyn FnMut(&Secret) -> String) -> String {
        if self.query.is_empty() {
            return self.url.clone();
        }
        let separator = if self.url.contains('?') { '&' } else { '?' };
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.query {
            query.append_pair(name, &value.reveal(reveal));
        }
        format!("{}{separator}{}", self.url, query.finish())
    }
}

/// A value in a request: text, or a secret that only the worker sees.
#[derive(Clone, Debug, PartialEq)]
pub enum Text {
    /// As it stands.
    Plain(String),
    /// Put in by the worker.
    Secret(Secret),
}

impl Text {
    pub(crate) fn reveal(&self, reveal: &mut dyn FnMut(&Secret) -> String) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::Secret(secret) => format!("{}{}", secret.prefix, reveal(secret)),
        }
    }
}

macro_rules! plain {
    ($($kind:ty),*) => {$(
        impl From<$kind> for Text {
            fn from(value: $kind) -> Self {
                Self::Plain(value.to_string())
            }
        }
    )*};
}

plain!(&str, &String, String, bool, f32, f64, i32, i64, u8, u32, u64, usize);

impl From<Secret> for Text {
    fn from(secret: Secret) -> Self {
        Self::Secret(secret)
    }
}

/// A secret by its name: the worker knows its value, the bot never does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    pub(crate) name: &'static str,
    prefix: &'static str,
}

impl Secret {
    /// The secret in the environment variable `name`, which the bot declares for the host it is meant for.
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self { name, prefix: "" }
    }

    /// The same with words before it, as header fields want it.
    #[must_use]
    pub const fn after(mut self, prefix: &'static str) -> Self {
        self.prefix = prefix;
        self
    }
}
