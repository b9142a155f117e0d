//! Any bytes, read as the verified body of each platform: an event, an answer or an error, and no panic.

#![no_main]

use bot_core::Timestamp;
use bot_core::http::{Request, Response};
use bot_core::event::Event;
use bot_core::platform::{DecodeError, Decoded, Inbound, Platform, Verified, VerifyError};
use libfuzzer_sys::fuzz_target;

/// Lets every body in: no fuzzer finds a signature.
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

fn settings(name: &str) -> Option<String> {
    let mut settings = Platform::ALL.iter().flat_map(|platform| platform.settings());
    let setting = settings.find(|setting| setting.name == name)?;
    Some(setting.development.to_owned()).filter(|value| !value.starts_with('/'))
}

fuzz_target!(|body: &[u8]| {
    for &platform in Platform::ALL {
        let inbound = Unsigned(platform.inbound(&settings).unwrap().unwrap());
        let request = Request { body: body.to_vec(), ..Request::default() };
        let verified = Verified::check(&inbound, &request, Timestamp::default()).unwrap();
        if let Ok(Decoded::Event(event)) = inbound.decode(verified) {
            inbound.respond(&event, true);
            inbound.respond(&event, false);
        }
    }
});
