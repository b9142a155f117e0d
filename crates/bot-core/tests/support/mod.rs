//! What several of these tests need.

use bot_core::Timestamp;
use bot_core::event::Event;
use bot_core::http::{Request, Response};
use bot_core::platform::{DecodeError, Decoded, Inbound, Platform, Verified, VerifyError};

/// Lets a recorded payload in: its signature is not recorded with it.
struct Unsigned(Box<dyn Inbound>);

impl Inbound for Unsigned {
    fn verify(&self, _request: &Request, _now: Timestamp) -> Result<(), VerifyError> {
        Ok(())
    }

    fn decode(&self, request: Verified<'_>) -> Result<Decoded, DecodeError> {
        self.0.decode(request)
    }

    fn respond(&self, event: &Event, queued: bool) -> Response {
        self.0.respond(event, queued)
    }
}

/// The development settings, with the platforms where they really are and the bot that recorded messages speak to.
pub(crate) fn settings(name: &str) -> Option<String> {
    if name == "TELEGRAM_BOT_USERNAME" {
        return Some("my_test_bot".to_owned());
    }
    let setting = Platform::ALL
        .iter()
        .flat_map(|platform| platform.settings())
        .find(|setting| setting.name == name);
    setting.map(|setting| setting.development.to_owned()).filter(|value| !value.starts_with('/'))
}

/// The side of `platform` that takes webhooks.
pub(crate) fn inbound(platform: Platform) -> Box<dyn Inbound> {
    platform.inbound(&settings).expect("settings").expect("switched on")
}

/// Decodes a body as if it had been verified.
pub(crate) fn decode(platform: Platform, body: &[u8]) -> Result<Decoded, DecodeError> {
    let inbound = Unsigned(inbound(platform));
    let request = Request { body: body.to_vec(), ..Request::default() };
    inbound.decode(Verified::check(&inbound, &request, Timestamp::default()).expect("unchecked"))
}
