//! Runs an author's code where it cannot stop anybody else's.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::Builder;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

/// How long a handler may compute in one turn, besides what it waits for. It takes milliseconds, unless it is caught in a
/// loop.
pub(crate) const LONGEST: Duration = Duration::from_secs(5);

/// What became of it instead of a result.
#[derive(Debug)]
pub(crate) enum Lost {
    /// It does not end. Its thread is left to itself, and the process has to end before long.
    Endless,
    /// It panicked.
    Panicked,
    /// The system gave it no thread.
    NotBegun,
}

/// Does `work` on a thread of its own: one that does not end holds up nobody but the caller, and that no longer than
/// `longest`.
pub(crate) async fn bounded<T: Send + 'static>(
    longest: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Lost> {
    let (tell, result) = oneshot::channel();
    let work = move || {
        // Nobody may be left to tell.
        let _ = tell.send(catch_unwind(AssertUnwindSafe(work)));
    };
    if Builder::new().name("turn".to_owned()).spawn(work).is_err() {
        return Err(Lost::NotBegun);
    }
    match timeout(longest, result).await {
        Ok(Ok(Ok(result))) => Ok(result),
        Ok(_) => Err(Lost::Panicked),
        Err(_) => Err(Lost::Endless),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use bot_core::fetch::FETCH_TIME;
    use bot_core::worker::deadline::RESERVE;

    use super::*;

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

    #[tokio::test]
    async fn work_that_brings_nothing_is_told_apart() {
        static MAY_END: AtomicBool = AtomicBool::new(false);

        let done = bounded(LONGEST, || 7).await;
        let panicked = bounded(LONGEST, || -> u8 { panic!("on purpose") }).await;
        let endless = bounded(Duration::from_millis(50), || {
            while !MAY_END.load(Ordering::Relaxed) {
                std::hint::spin_loop();
            }
            7
        });
        let endless = endless.await;
        MAY_END.store(true, Ordering::Relaxed);

        assert!(matches!(done, Ok(7)), "{done:?}");
        assert!(matches!(panicked, Err(Lost::Panicked)), "{panicked:?}");
        assert!(matches!(endless, Err(Lost::Endless)), "{endless:?}");
    }
}
