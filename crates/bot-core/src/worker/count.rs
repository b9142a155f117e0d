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
pub(super) const fn of_answer(verdict: &Verdict) -> Option<Name> {
    match verdict {
        Verdict::Unauthorized(..) => Some(Name::TokenRefused),
        Verdict::Limited(..) => Some(Name::Limited),
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
    use crate::platform::Limit;

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
    fn limits_and_refused_tokens_are_counted() {
        let why = || "why".to_owned();
        let cases = [
            (Verdict::Unauthorized(Limit::Token, why()), Some(Name::TokenRefused)),
            (Verdict::Limited(Some(Limit::Token), None), Some(Name::Limited)),
            (Verdict::Limited(None, None), Some(Name::Limited)),
            (Verdict::Retry(None), None),
            (Verdict::Delivered, None),
            (Verdict::Undeliverable(why()), None),
            (Verdict::Refused(why()), None),
        ];
        for (verdict, expected) in cases {
            assert_eq!(of_answer(&verdict), expected, "{verdict:?}");
        }
    }
}
