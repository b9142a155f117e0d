//! HTTP/1.1 down to the byte: a client that can also send what no library would.

use std::io::{BufRead, Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;

use super::PATIENCE;

/// Names in lower case, and values.
pub(crate) type Headers = Vec<(String, String)>;

/// A request to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    method: String,
    path: String,
    headers: Headers,
    body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        let headers = Vec::new();
        Self { method: method.to_owned(), path: path.to_owned(), headers, body: Vec::new() }
    }

    pub(crate) fn post(path: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::new("POST", path).body(body)
    }

    /// Adds a field, even if there is one of that name.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The value of a field that it has.
    #[track_caller]
    pub(crate) fn value(&self, name: &str) -> &str {
        find(&self.headers, name).expect(name)
    }

    pub(crate) fn is_to(&self, path: &str) -> bool {
        self.path == path
    }

    pub(crate) fn content(&self) -> &[u8] {
        &self.body
    }

    pub(crate) fn method(mut self, method: &str) -> Self {
        method.clone_into(&mut self.method);
        self
    }

    pub(crate) fn path(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\nhost: localhost\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("content-length: {}\r\nconnection: close\r\n\r\n", self.body.len());
        [head.as_bytes(), &self.body].concat()
    }
}

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Headers,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The text of a JSON error body; `None` when the body is anything else.
    pub(crate) fn error(&self) -> Option<String> {
        let body = self.json();
        let is_alone = body.as_object().is_some_and(|fields| fields.len() == 1);
        let is_json = self.header("content-type") == Some("application/json");
        body["error"].as_str().filter(|_| is_alone && is_json).map(str::to_owned)
    }
}

/// Sends a request to `address` and reads the answer.
#[track_caller]
pub(crate) fn send(address: &str, request: &Request) -> Answer {
    exchange(address, &request.to_bytes()).expect("an answer")
}

/// Sends bytes to `address`; `None` when it closes the connection without an answer.
pub(crate) fn exchange(address: &str, bytes: &[u8]) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    // Whoever refuses a request may stop reading it: what counts is the answer.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let mut rest = answer.as_slice();
    let (first, headers) = read_head(&mut rest)?;
    let status = first.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, headers, body: String::from_utf8_lossy(rest).into_owned() })
}

/// The first line and the header fields of a message; `None` at the end of the connection.
pub(crate) fn read_head(reader: &mut impl BufRead) -> Option<(String, Headers)> {
    let first = read_line(reader)?;
    let mut headers = Headers::new();
    loop {
        let line = read_line(reader)?;
        if line.is_empty() {
            return Some((first, headers));
        }
        let (name, value) = line.split_once(':')?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}

fn read_line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    let read = reader.read_line(&mut line).ok()?;
    (read > 0).then(|| line.trim_end().to_owned())
}

pub(crate) fn find<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}
