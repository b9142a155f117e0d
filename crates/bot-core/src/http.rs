//! HTTP requests to us and our responses, as values.
//!
//! The same handlers stand behind API Gateway and behind the local listener, so neither's types appear in a decision.

pub mod gateway;

use serde_json::{Value, json};

/// The largest body accepted: 512 KiB.
///
/// A body travels base64-encoded through SQS when it has to be kept as it came, and SQS takes 1 MiB.
pub const MAX_BODY_BYTES: usize = 512 * 1024;

/// One HTTP request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path, without the stage of API Gateway.
    pub path: String,
    /// What follows the `?`, undecoded; empty when there is none.
    pub query: String,
    /// The header fields.
    pub headers: Headers,
    /// The exact bytes of the body: signatures are computed over them.
    pub body: Vec<u8>,
}

/// Header fields under lower-case names.
///
/// A field sent twice is one field whose values are joined by a comma, as API Gateway does it: a signature sent twice
/// is therefore no signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// The value of a field, whose `name` is given in lower case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Adds a value to the field called `name`, in any case.
    pub fn add(&mut self, name: &str, value: &str) {
        let name = name.to_ascii_lowercase();
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => {
                values.push(',');
                values.push_str(value);
            }
            None => self.0.push((name, value.to_owned())),
        }
    }

    /// The fields, in the order they came.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        let mut headers = Self::default();
        for (name, value) in fields {
            headers.add(name.as_ref(), value.as_ref());
        }
        headers
    }
}

/// One HTTP response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header fields.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The body; all of ours are text.
    pub body: String,
}

impl Response {
    /// A response without a body.
    #[must_use]
    pub const fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new() }
    }

    /// A JSON response.
    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        Self { status, headers: vec![JSON], body: body.to_string() }
    }

    /// `{"error":"…"}`. The text is one of ours and quotes nothing that was sent.
    #[must_use]
    pub fn error(status: u16, error: &str) -> Self {
        Self::json(status, &json!({ "error": error }))
    }

    /// 405, naming the one method that is served.
    #[must_use]
    pub fn method_not_allowed(allowed: &'static str) -> Self {
        let mut response = Self::error(405, "this method is not served here");
        response.headers.push(("allow", allowed));
        response
    }

    /// 404.
    #[must_use]
    pub fn not_found() -> Self {
        Self::error(404, "nothing is served at this path")
    }

    /// 413, naming [`MAX_BODY_BYTES`].
    #[must_use]
    pub fn too_large() -> Self {
        Self::error(413, "the body is larger than 512 KiB")
    }
}

/// The content type of everything we answer with.
pub(crate) const JSON: (&str, &str) = ("content-type", "application/json");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_found_in_any_case_and_joined_when_repeated() {
        let headers: Headers = [("X-One", "1"), ("x-ONE", "2"), ("Two", "3")].into_iter().collect();

        assert_eq!(headers.get("x-one"), Some("1,2"));
        assert_eq!(headers.get("two"), Some("3"));
        assert_eq!(headers.get("three"), None);
    }

    #[test]
    fn the_size_limit_is_the_one_its_error_names() {
        assert_eq!(MAX_BODY_BYTES, 512 * 1024);
        assert!(Response::too_large().body.contains("512 KiB"));
    }
}
