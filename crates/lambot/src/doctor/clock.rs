//! This machine's clock beside those of the platforms.

use std::time::Duration;

use bot_core::Timestamp;

use super::finding::{Finding, kinds};

kinds! {
    WRONG = Error "clock-wrong" "Set this machine's clock, by NTP: requests that it signs or checks are refused.";
    OFF = Warning "clock-off" "Set this machine's clock, by NTP.";
}

/// Slack's own advice is to refuse what is older, and AWS refuses what is signed so much too early or too late.
///
/// <https://docs.slack.dev/authentication/verifying-requests-from-slack>,
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-signing.html>
const REFUSED: Duration = Duration::from_secs(5 * 60);

/// More than an answer takes to come, and the second that a `Date` field leaves out.
const TOLERATED: Duration = Duration::from_secs(15);

/// What a `Date` field said, and when it was read here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) there: Timestamp,
    pub(super) here: Timestamp,
}

/// An answer may be late, and a server's clock wrong: the reading that is closest counts.
pub(super) fn findings(readings: &[Reading]) -> Vec<Finding> {
    let apart = |Reading { there, here }: &Reading| there.since(*here).max(here.since(*there));
    let Some(closest) = readings.iter().min_by_key(|reading| apart(reading)) else {
        return Vec::new();
    };
    let kind = match apart(closest) {
        apart if apart > REFUSED => WRONG,
        apart if apart > TOLERATED => OFF,
        _ => return Vec::new(),
    };
    let way = if closest.here > closest.there { "ahead of" } else { "behind" };
    let seconds = apart(closest).as_secs();
    vec![kind.because(format!("this machine's clock is {seconds} s {way} the platforms'"))]
}

#[cfg(test)]
mod tests {
    use super::super::finding::codes;
    use super::*;

    #[test]
    fn the_closest_clock_counts() {
        // (seconds here, when it is 1000 there; findings)
        let cases: [(&[u64], &[&str]); 7] = [
            (&[], &[]),
            (&[1000], &[]),
            (&[1015], &[]),
            (&[1016], &["clock-off"]),
            (&[984], &["clock-off"]),
            (&[1301, 699], &["clock-wrong"]),
            (&[1301, 1001, 699], &[]),
        ];
        for (here, expected) in cases {
            let reading = |secs: &u64| Reading {
                there: Timestamp::from_secs(1000),
                here: Timestamp::from_secs(*secs),
            };
            let readings: Vec<Reading> = here.iter().map(reading).collect();
            assert_eq!(codes(&findings(&readings)), expected, "{here:?}");
        }
    }

    #[test]
    fn says_which_way() {
        let [early, late] = [900, 1100].map(|here| {
            let (there, here) = (Timestamp::from_secs(1000), Timestamp::from_secs(here));
            findings(&[Reading { there, here }])
        });
        assert!(early[0].to_string().contains("100 s behind"), "{early:?}");
        assert!(late[0].to_string().contains("100 s ahead of"), "{late:?}");
    }
}
