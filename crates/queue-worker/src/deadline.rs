//! What may still be begun before the function's time is over.
//!
//! What is not begun is given back at once and begun by a later invocation. That must come to an end: a message that is
//! alone in a fresh invocation gets through, however long its handler computes and fetches.

use std::time::Duration;

use bot_core::worker::Effect;

use crate::config::PATIENCE;

/// How much longer than this invocation its messages stay out of sight, should it die.
pub(crate) const GRACE: Duration = Duration::from_secs(5);

/// How long SQS may take to change when messages are seen again. Without it they are seen a little later.
pub(crate) const HIDING: Duration = Duration::from_secs(2);

/// What must be left to begin anything: the longest effect, its mark, and giving back.
pub(crate) const RESERVE: Duration =
    bot_aws::api::TIMEOUT.saturating_add(PATIENCE.altogether).saturating_add(HIDING);

/// What must be left of the function's time to begin `effect`.
///
/// After a fetch there must be time for what its answer leads to: one that comes to nothing would be made again and again.
pub(crate) fn needed(effect: &Effect) -> Duration {
    match effect {
        Effect::Fetch(fetch) => fetch.within.saturating_add(RESERVE),
        effect if effect.is_a_beginning() => RESERVE,
        _ => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use bot_core::fetch::FETCH_TIME;

    use super::*;
    use crate::bounded::LONGEST;

    /// What AWS takes when nothing is wrong with it, connections included, to hide, to load, to find and to commit.
    const ORDINARY: Duration = Duration::from_secs(2);

    fn timeout_deployed() -> Duration {
        let deployment = include_str!("../../../infra/serverless.yml");
        let worker = deployment.split_once("\n  queue-worker:\n").expect("the function").1;
        let timeout = worker.lines().find_map(|line| line.trim().strip_prefix("timeout: "));
        Duration::from_secs(timeout.expect("a timeout").parse().expect("seconds"))
    }

    #[test]
    fn a_message_alone_in_a_fresh_invocation_gets_through() {
        let timeout = timeout_deployed();
        let turn = FETCH_TIME + LONGEST;
        // (what has still to be begun, what has gone by)
        let cases = [
            ("the fetch, after computing", FETCH_TIME + RESERVE, LONGEST),
            ("the last send, commit, or burial", RESERVE, turn),
        ];

        for (what, needed, gone) in cases {
            assert!(ORDINARY + gone + needed <= timeout, "{what}: {gone:?} + {needed:?}");
        }
    }
}
