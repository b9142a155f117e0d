//! Answers `POST /echo`, `GET /health` and whatever no other function is routed to.

use bot_core::echo::answer;
use bot_core::http::gateway::{GatewayRequest, GatewayResponse};
use bot_core::http::{Request, Response};
use lambda_http::lambda_runtime::{self, LambdaEvent};
use lambda_http::{service_fn, tracing};

pub use lambda_http::Error;

/// Is the function: takes requests from Lambda as long as there are any.
///
/// # Errors
///
/// Lambda cannot be reached; the process has to end.
pub async fn run() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let handle = async |event: LambdaEvent<GatewayRequest>| Ok::<_, Error>(handle(event.payload));
    lambda_runtime::run(service_fn(handle)).await
}

/// Answers one event of API Gateway.
#[must_use]
pub fn handle(event: GatewayRequest) -> GatewayResponse {
    Request::try_from(event).map_or_else(Response::from, |request| answer(&request)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_every_kind_of_event() {
        // (event, status, body)
        let hello = r#"{"response":"You said: hello"}"#;
        let cases = [
            (include_str!("../../../events/echo.json"), 200, hello),
            (include_str!("../../../events/echo-base64.json"), 200, hello),
            (include_str!("../../../events/echo-rest.json"), 200, hello),
            (
                include_str!("../../../events/echo-malformed-base64.json"),
                400,
                r#"{"error":"the body is not valid base64"}"#,
            ),
            ("{}", 404, r#"{"error":"nothing is served at this path"}"#),
        ];

        for (event, status, body) in cases {
            let answer = handle(serde_json::from_str(event).expect("an event"));
            assert_eq!((answer.status_code, answer.body.as_str()), (status, body), "{event}");
        }
    }
}
