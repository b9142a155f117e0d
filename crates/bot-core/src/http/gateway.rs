//! API Gateway's events as requests, and our responses as its answers.
//!
//! `lambda_http` has such a conversion, but it panics on malformed base64 and on paths that are no URI, and refuses
//! events whose header values are not ASCII. Whoever can reach the endpoint can send all three.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::{Headers, Request, Response};

/// A proxy event of an HTTP API (payload 2.0), a REST API (1.0) or a function URL, reduced to what is used.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GatewayRequest {
    raw_path: Option<String>,
    raw_query_string: Option<String>,
    path: Option<String>,
    http_method: Option<String>,
    query_string_parameters: Option<BTreeMap<String, Option<String>>>,
    headers: Option<BTreeMap<String, Option<String>>>,
    multi_value_headers: Option<BTreeMap<String, Vec<String>>>,
    request_context: RequestContext,
    body: Option<String>,
    is_base64_encoded: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct RequestContext {
    http: Option<HttpContext>,
    stage: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct HttpContext {
    method: String,
}

/// The body says that it is base64 and is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body is not valid base64")]
pub struct BodyError;

impl From<BodyError> for Response {
    fn from(error: BodyError) -> Self {
        Self::error(400, &error.to_string())
    }
}

impl TryFrom<GatewayRequest> for Request {
    type Error = BodyError;

    fn try_from(event: GatewayRequest) -> Result<Self, BodyError> {
        let body = event.body.unwrap_or_default();
        let body = if event.is_base64_encoded {
            STANDARD.decode(body).map_err(|_| BodyError)?
        } else {
            body.into_bytes()
        };
        // REST APIs send every header under both names; the multi-value form has all values.
        let headers: Headers = match event.multi_value_headers.filter(|headers| !headers.is_empty())
        {
            Some(headers) => headers
                .into_iter()
                .flat_map(|(name, values)| values.into_iter().map(move |v| (name.clone(), v)))
                .collect(),
            None => event
                .headers
                .unwrap_or_default()
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)))
                .collect(),
        };
        let method = event
            .request_context
            .http
            .map(|http| http.method)
            .or(event.http_method)
            .unwrap_or_default();
        let path = match event.raw_path {
            // The raw path of a named stage starts with its name.
            Some(raw) => match &event.request_context.stage {
                Some(stage) => without_stage(&raw, stage).to_owned(),
                None => raw,
            },
            None => event.path.unwrap_or_default(),
        };
        let query = event.raw_query_string.unwrap_or_else(|| {
            let mut query = form_urlencoded::Serializer::new(String::new());
            for (name, value) in event.query_string_parameters.unwrap_or_default() {
                query.append_pair(&name, &value.unwrap_or_default());
            }
            query.finish()
        });
        Ok(Self { method, path, query, headers, body })
    }
}

fn without_stage<'a>(path: &'a str, stage: &str) -> &'a str {
    match path.strip_prefix('/').and_then(|rest| rest.strip_prefix(stage)) {
        Some("") => "/",
        Some(rest) if rest.starts_with('/') => rest,
        _ => path,
    }
}

/// A proxy answer that HTTP APIs, REST APIs and function URLs all accept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewayResponse {
    /// The status code.
    pub status_code: u16,
    /// Header fields.
    pub headers: BTreeMap<&'static str, &'static str>,
    /// The body, as text.
    pub body: String,
    /// Always false: every body of ours is text.
    pub is_base64_encoded: bool,
}

impl From<Response> for GatewayResponse {
    fn from(response: Response) -> Self {
        Self {
            status_code: response.status,
            headers: response.headers.into_iter().collect(),
            body: response.body,
            is_base64_encoded: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(event: &str) -> Result<Request, BodyError> {
        serde_json::from_str::<GatewayRequest>(event).expect("an event").try_into()
    }

    #[test]
    fn reads_method_path_and_body_of_both_payload_versions() {
        // (case, event, method, path, query, body)
        let cases = [
            (
                "HTTP API",
                r#"{"version":"2.0","rawPath":"/echo","rawQueryString":"a=1","requestContext":{"stage":"$default","http":{"method":"POST"}},"body":"hi"}"#,
                ("POST", "/echo", "a=1", "hi"),
            ),
            (
                "HTTP API, named stage, base64",
                r#"{"rawPath":"/dev/echo","requestContext":{"stage":"dev","http":{"method":"POST"}},"body":"aGk=","isBase64Encoded":true}"#,
                ("POST", "/echo", "", "hi"),
            ),
            (
                "HTTP API, a path that only looks like its stage",
                r#"{"rawPath":"/develop","requestContext":{"stage":"dev","http":{"method":"GET"}}}"#,
                ("GET", "/develop", "", ""),
            ),
            (
                "HTTP API, the stage alone",
                r#"{"rawPath":"/dev","requestContext":{"stage":"dev","http":{"method":"GET"}}}"#,
                ("GET", "/", "", ""),
            ),
            (
                "REST API with nulls",
                r#"{"path":"/echo","httpMethod":"POST","headers":null,"multiValueHeaders":null,"queryStringParameters":{"a":"1 2"},"requestContext":{"stage":"dev"},"body":null}"#,
                ("POST", "/echo", "a=1+2", ""),
            ),
            ("nothing", "{}", ("", "", "", "")),
            (
                "a path that is no URI",
                r#"{"path":"/a b\u0000<é>","httpMethod":"GET"}"#,
                ("GET", "/a b\0<é>", "", ""),
            ),
        ];

        for (case, event, expected) in cases {
            let request = read(event).expect(case);
            let body = std::str::from_utf8(&request.body).expect(case);
            assert_eq!(
                (request.method.as_str(), request.path.as_str(), request.query.as_str(), body),
                expected,
                "{case}"
            );
        }
    }

    #[test]
    fn malformed_base64_is_an_error() {
        for body in ["%%%", "aGk", "aG k=", "====", "é"] {
            let event = format!(r#"{{"body":"{body}","isBase64Encoded":true}}"#);
            assert_eq!(read(&event), Err(BodyError), "{body:?}");
        }
    }

    #[test]
    fn headers_come_through_whatever_they_hold() {
        let request = read(r#"{"headers":{"X-Name":"Zoë","X-None":null}}"#).expect("a request");
        assert_eq!(request.headers.get("x-name"), Some("Zoë"));
        assert_eq!(request.headers.get("x-none"), None);

        let request = read(r#"{"headers":{"A":"2"},"multiValueHeaders":{"A":["1","2"]}}"#)
            .expect("a request");
        assert_eq!(request.headers.get("a"), Some("1,2"));
    }

    #[test]
    fn an_empty_multi_value_form_does_not_hide_the_headers() {
        let request = read(r#"{"headers":{"A":"2"},"multiValueHeaders":{}}"#).expect("a request");
        assert_eq!(request.headers.get("a"), Some("2"));
    }

    #[test]
    fn the_answer_has_the_shape_api_gateway_reads() {
        let answer = GatewayResponse::from(Response::error(400, "no"));
        assert_eq!(
            serde_json::to_string(&answer).expect("plain data"),
            r#"{"statusCode":400,"headers":{"content-type":"application/json"},"body":"{\"error\":\"no\"}","isBase64Encoded":false}"#
        );
    }
}
