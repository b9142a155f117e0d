//! What deliveries count as.

use std::time::Duration;

use super::effect::{Done, Outcome};
use crate::metric::{Metric, Name};
use crate::platform::Verdict;

/// What the end of a delivery counts as, of a message that was queued so long ago.
///
/// A duplicate counts as nothing: what it repeats has been counted.
#[must_use]
pub fn of_end(done: &Done, waited: Duration) -> Vec<Metric> {
    match done {
        Done::GiveBack { .. } => of_leaving(&[waited]),
        Done::Acknowledge(Outcome::Delivered | Outcome::Resumed) => vec![Name::Delivered.into()],
        Done::Acknowledge(Outcome::Undeliverable(_)) => vec![Name::Undeliverable.into()],
        Done::Acknowledge(Outcome::Buried(_)) => vec![Name::Poison.into()],
        Done::Acknowledge(Outcome::Duplicate) => Vec::new(),
    }
}

/// What it counts as that messages are given back which were queued so long ago.
#[must_use]
pub fn of_leaving(waited: &[Duration]) -> Vec<Metric> {
    let Some(&longest) = waited.iter().max() else { return Vec::new() };
    let value = u64::try_from(waited.len()).unwrap_or(u64::MAX);
    vec![Metric { name: Name::Retried, value }, Metric::waiting(longest)]
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
    use super::*;
    use crate::platform::Limit;

    #[test]
    fn every_end_counts_as_one_thing_and_a_wait_by_its_length() {
        let why = || "why".to_owned();
        let waited = Duration::from_secs(7);
        let waiting = Metric { name: Name::Waiting, value: 7_000 };
        let cases = [
            (
                Done::GiveBack { after: Duration::ZERO, reason: why() },
                vec![Name::Retried.into(), waiting],
            ),
            (Done::Acknowledge(Outcome::Delivered), vec![Name::Delivered.into()]),
            (Done::Acknowledge(Outcome::Resumed), vec![Name::Delivered.into()]),
            (Done::Acknowledge(Outcome::Duplicate), vec![]),
            (Done::Acknowledge(Outcome::Undeliverable(why())), vec![Name::Undeliverable.into()]),
            (Done::Acknowledge(Outcome::Buried(why())), vec![Name::Poison.into()]),
        ];
        for (done, expected) in cases {
            assert_eq!(of_end(&done, waited), expected, "{done:?}");
        }
    }

    #[test]
    fn of_what_is_given_back_together_the_longest_wait_counts() {
        let retried = |value| Metric { name: Name::Retried, value };
        let waiting = |value| Metric { name: Name::Waiting, value };
        let cases = [
            (vec![], vec![]),
            (vec![2], vec![retried(1), waiting(2_000)]),
            (vec![1, 601, 2], vec![retried(3), waiting(601_000)]),
        ];
        for (waited, expected) in cases {
            let waited: Vec<_> = waited.into_iter().map(Duration::from_secs).collect();
            assert_eq!(of_leaving(&waited), expected, "{waited:?}");
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
