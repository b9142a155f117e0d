//! How long a message that could not be finished stays out of sight.

use std::time::Duration;

use crate::hash::hash;

/// The longest wait: 5 minutes. Whoever asks for more is asked again after that.
pub const LONGEST: Duration = Duration::from_secs(300);

/// The wait after the first attempt.
const SHORTEST: Duration = Duration::from_secs(1);

/// The longest wait that is spread: what is added to it still fits below [`LONGEST`]. Doubling ends there.
pub(super) const LONGEST_SPREAD: Duration = Duration::from_secs(240);

/// How many deliveries are made at a platform's pace. The queue sets aside what it has delivered 1,000 times: those that
/// are left last for more than a day, whatever is asked for.
const PACED: u32 = 500;

/// The wait before the next attempt: as long as the platform `asked` for, at least a second and at most [`LONGEST`].
///
/// Where nothing was asked for it doubles from one second. To wait as told is no failure, and so does not double.
///
/// Up to a quarter is added, by a hash of `seed` and the attempt, so that what failed together does not return together.
#[must_use]
pub fn wait(attempt: u32, asked: Option<Duration>, seed: &str) -> Duration {
    let failures = if asked.is_some() { attempt.saturating_sub(PACED) } else { attempt };
    let doubled = SHORTEST
        .saturating_mul(1_u32.checked_shl(failures.saturating_sub(1).min(9)).unwrap_or(u32::MAX));
    let base = doubled.min(LONGEST_SPREAD).max(asked.unwrap_or_default()).min(LONGEST);
    let digits = hash(&[seed, &attempt.to_string()]);
    let share =
        digits.get(..4).and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or_default();
    base.saturating_add(base / 4 * share / 0xffff).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_respect_the_platform_and_end() {
        // (attempt, asked for, at least, at most), in seconds
        let cases = [
            (0, None, 1.0, 1.25),
            (1, None, 1.0, 1.25),
            (2, None, 2.0, 2.5),
            (5, None, 16.0, 20.0),
            (8, None, 128.0, 160.0),
            (9, None, 240.0, 300.0),
            (u32::MAX, None, 240.0, 300.0),
            (1, Some(30.0), 30.0, 37.5),
            (6, Some(0.5), 1.0, 1.25),
            (500, Some(2.0), 2.0, 2.5),
            (506, Some(2.0), 32.0, 40.0),
            (1000, Some(2.0), 240.0, 300.0),
            (1, Some(86_400.0), 300.0, 300.0),
            (1, Some(1e18), 300.0, 300.0),
        ];

        for (attempt, asked, least, most) in cases {
            for seed in ["a", "b", "c"] {
                let wait = wait(attempt, asked.map(Duration::from_secs_f64), seed).as_secs_f64();
                assert!(
                    (least..=most).contains(&wait),
                    "attempt {attempt}, asked {asked:?}, seed {seed}: {wait}"
                );
            }
        }
    }

    #[test]
    fn what_failed_together_does_not_return_together() {
        // However long it has failed.
        let cases = [(1, None), (5, None), (9, None), (100, None), (1, Some(LONGEST_SPREAD))];
        for (attempt, asked) in cases {
            let waits: std::collections::BTreeSet<_> =
                (0..100).map(|n| wait(attempt, asked, &n.to_string())).collect();
            assert!(waits.len() > 90, "attempt {attempt}, asked {asked:?}: {}", waits.len());
        }
    }
}
