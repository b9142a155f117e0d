//! Decides what the echo endpoint answers.
//!
//! It is the smallest function: when it answers, the deployment works. It also answers whatever no other function is
//! routed to, because API Gateway's own answers are not the JSON errors our callers are promised.

use serde_json::{Map, Value, json};

use crate::http::{MAX_BODY_BYTES, Request, Response};

/// The answer to any request that reaches the echo function.
#[must_use]
pub fn answer(request: &Request) -> Response {
    match (request.path.as_str(), request.method.as_str()) {
        ("/echo", "POST") if request.body.len() > MAX_BODY_BYTES => Response::too_large(),
        ("/echo", "POST") => echo(&request.body),
        ("/echo", _) => Response::method_not_allowed("POST"),
        ("/health", "GET" | "HEAD") => Response::json(200, &json!({ "status": "ok" })),
        ("/health", _) => Response::method_not_allowed("GET"),
        _ => Response::not_found(),
    }
}

fn echo(body: &[u8]) -> Response {
    let Ok(body) = serde_json::from_slice::<Map<String, Value>>(body) else {
        return Response::error(400, "the body must be a JSON object");
    };
    let message = match body.get("message") {
        Some(Value::String(message)) => message,
        None => "No message provided.",
        Some(_) => return Response::error(400, "\"message\" must be a string"),
    };
    Response::json(200, &json!({ "response": format!("You said: {message}") }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(body: &[u8]) -> Response {
        answer(&Request {
            method: "POST".into(),
            path: "/echo".into(),
            body: body.to_vec(),
            ..Request::default()
        })
    }

    #[test]
    fn echoes_the_message() {
        // (body, status, body of the answer)
        let nested = format!(r#"{{"message":{}1{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
        let cases: [(&[u8], u16, &str); 12] = [
            (br#"{"message":"hello"}"#, 200, r#"{"response":"You said: hello"}"#),
            (br#"{"message":""}"#, 200, r#"{"response":"You said: "}"#),
            (br#"{}"#, 200, r#"{"response":"You said: No message provided."}"#),
            (br#"{"other":1}"#, 200, r#"{"response":"You said: No message provided."}"#),
            (br#"{"message":7}"#, 400, r#"{"error":"\"message\" must be a string"}"#),
            (br#"{"message":null}"#, 400, r#"{"error":"\"message\" must be a string"}"#),
            (b"[1]", 400, r#"{"error":"the body must be a JSON object"}"#),
            (b"\"hello\"", 400, r#"{"error":"the body must be a JSON object"}"#),
            (b"", 400, r#"{"error":"the body must be a JSON object"}"#),
            (b"{\"message\":\"h", 400, r#"{"error":"the body must be a JSON object"}"#),
            (b"{\"message\":\"\xff\"}", 400, r#"{"error":"the body must be a JSON object"}"#),
            (nested.as_bytes(), 400, r#"{"error":"the body must be a JSON object"}"#),
        ];

        for (body, status, expected) in cases {
            let response = post(body);
            let case = String::from_utf8_lossy(body.get(..body.len().min(40)).unwrap_or_default())
                .into_owned();
            assert_eq!((response.status, response.body.as_str()), (status, expected), "{case}");
        }
    }

    #[test]
    fn says_what_it_does_not_serve() {
        // (method, path, status)
        let cases = [
            ("GET", "/echo", 405),
            ("", "/echo", 405),
            ("GET", "/health", 200),
            ("HEAD", "/health", 200),
            ("POST", "/health", 405),
            ("POST", "/", 404),
            ("POST", "/echo/", 404),
            ("GET", "/webhooks", 404),
        ];

        for (method, path, status) in cases {
            let request =
                Request { method: method.into(), path: path.into(), ..Request::default() };
            assert_eq!(answer(&request).status, status, "{method} {path}");
        }
    }

    #[test]
    fn refuses_what_is_too_large() {
        let body = |size: usize| format!(r#"{{"message":"{}"}}"#, "x".repeat(size - 14));

        assert_eq!(post(body(MAX_BODY_BYTES).as_bytes()).status, 200);
        assert_eq!(post(body(MAX_BODY_BYTES + 1).as_bytes()).status, 413);
    }
}
