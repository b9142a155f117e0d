//! Runs an author's code where it cannot stop anybody else's.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

/// How long a handler may compute at a stretch. It takes milliseconds, unless it is caught in a loop.
pub(crate) const LONGEST: Duration = Duration::from_secs(5);

/// What became of it instead of a result.
#[derive(Debug)]
pub(crate) enum Lost {
    /// It does not end. Its thread is left to itself, and the process has to end before long.
    Endless,
    /// It panicked.
    Panicked,
}

/// Does `work` on a thread of its own: one that does not end holds up nobody but the caller, and that not for long.
pub(crate) async fn bounded<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Lost> {
    let (tell, result) = oneshot::channel();
    let work = move || {
        // Nobody may be left to tell.
        let _ = tell.send(catch_unwind(AssertUnwindSafe(work)));
    };
    std::thread::spawn(work);
    match timeout(LONGEST, result).await {
        Ok(Ok(Ok(result))) => Ok(result),
        Ok(_) => Err(Lost::Panicked),
        Err(_) => Err(Lost::Endless),
    }
}
