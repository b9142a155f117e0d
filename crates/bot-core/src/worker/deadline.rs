//! What may still be begun before the worker's time is over.
//!
//! What is not begun is given back at once and begun by a later invocation. That must come to an end: a message that is
//! alone in a fresh invocation gets through, however long its handler computes and fetches.

use std::time::Duration;

use super::Effect;

/// How long a platform may take to answer.
pub const SENDING: Duration = Duration::from_secs(8);

/// How long AWS may take, all tries together: SQS brings back what it takes longer for.
pub const STORING: Duration = Duration::from_secs(5);

/// How long SQS may take to change when messages are seen again. Without it they are seen a little later.
pub const HIDING: Duration = Duration::from_secs(2);

/// How much longer than its invocation a batch stays out of sight, should the process die.
pub const GRACE: Duration = Duration::from_secs(5);

/// What must be left to begin anything: the longest effect, its mark, and giving back.
pub const RESERVE: Duration = SENDING.saturating_add(STORING).saturating_add(HIDING);

/// What must be left of the invocation's time to begin `effect`.
///
/// After a fetch there must be time for what its answer leads to: one that comes to nothing would be made again and again.
#[must_use]
pub fn needed(effect: &Effect) -> Duration {
    match effect {
        Effect::Fetch(fetch) => fetch.within.saturating_add(RESERVE),
        effect if effect.is_a_beginning() => RESERVE,
        _ => Duration::ZERO,
    }
}
