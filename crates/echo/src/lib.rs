//! Answers `POST /echo`, `GET /health` and whatever no other function is routed to.

use bot_core::echo::answer;
use bot_core::http::gateway::{GatewayRequest, GatewayResponse};
use bot_core::http::{Request, Response};

/// Answers one event of API Gateway.
#[must_use]
pub fn handle(event: GatewayRequest) -> GatewayResponse {
    Request::try_from(event).map_or_else(Response::from, |request| answer(&request)).into()
}
