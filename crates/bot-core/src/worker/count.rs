//! What deliveries count as.

use super::effect::{Done, Outcome};
use crate::metric::Name;
use crate::platform::Verdict;

/// What the end of a delivery counts as.
///
/// A duplicate counts as nothing: what it repeats has been counted.
#[must_use]
pub const fn of_end(done: &Done) -> Option<Name> {
    match done {
        Done::GiveBack { .. } => Some(Name::Retried),
        Done::Acknowledge(Outcome::Delivered | Outcome::Resumed) => Some(Name::Delivered),
        Done::Acknowledge(Outcome::Undeliverable(_)) => Some(Name::Undeliverable),
        Done::Acknowledge(Outcome::Buried(_)) => Some(Name::Poison),
        Done::Acknowledge(Outcome::Duplicate) => None,
    }
}

/// What a platform's answer counts as, besides what becomes of the event.
pub(super) const fn of_answer(status: u16, verdict: &Verdict) -> Option<Name> {
    match verdict {
        Verdict::Unauthorized(_) => Some(Name::TokenRefused),
        Verdict::Limited(_) => Some(Name::Limited),
        Verdict::Retry(_) if status == 429 => Some(Name::Limited),
        Verdict::Retry(_)
        | Verdict::Delivered
        | Verdict::Instead(_)
        | Verdict::Undeliverable(_)
        | Verdict::Refused(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_end_counts_as_one_thing() {
        let why = || "why".to_owned();
        let cases = [
            (Done::GiveBack { after: Duration::ZERO, reason: why() }, Some(Name::Retried)),
            (Done::Acknowledge(Outcome::Delivered), Some(Name::Delivered)),
            (Done::Acknowledge(Outcome::Resumed), Some(Name::Delivered)),
            (Done::Acknowledge(Outcome::Duplicate), None),
            (Done::Acknowledge(Outcome::Undeliverable(why())), Some(Name::Undeliverable)),
            (Done::Acknowledge(Outcome::Buried(why())), Some(Name::Poison)),
        ];
        for (done, expected) in cases {
            assert_eq!(of_end(&done), expected, "{done:?}");
        }
    }

    #[test]
    fn limits_and_refused_tokens_are_counted_in_all_their_forms() {
        let why = || "why".to_owned();
        // (status, verdict, name)
        let cases = [
            (401, Verdict::Unauthorized(why()), Some(Name::TokenRefused)),
            // Slack's are answered 200.
            (200, Verdict::Unauthorized(why()), Some(Name::TokenRefused)),
            (200, Verdict::Limited(None), Some(Name::Limited)),
            (429, Verdict::Limited(None), Some(Name::Limited)),
            (429, Verdict::Retry(None), Some(Name::Limited)),
            (502, Verdict::Retry(None), None),
            (200, Verdict::Delivered, None),
            (403, Verdict::Undeliverable(why()), None),
            (400, Verdict::Refused(why()), None),
        ];
        for (status, verdict, expected) in cases {
            assert_eq!(of_answer(status, &verdict), expected, "{status} {verdict:?}");
        }
    }
}
