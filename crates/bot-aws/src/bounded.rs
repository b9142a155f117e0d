//! Runs an author's code where it cannot stop anybody else's.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::Builder;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

/// What became of it instead of a result.
#[derive(Debug)]
pub enum Lost {
    /// It does not end. Its thread is left to itself, and the process has to end before long.
    Endless,
    /// It panicked.
    Panicked,
    /// The system gave it no thread.
    NotBegun,
}

/// Does `work` on a thread of its own: one that does not end holds up nobody but the caller, and that no longer than
/// `longest`.
///
/// # Errors
///
/// It brought nothing, for a reason of its own or of the system's.
pub async fn bounded<T: Send + 'static>(
    longest: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Lost> {
    let (tell, result) = oneshot::channel();
    let work = move || {
        // Nobody may be left to tell.
        let _ = tell.send(catch_unwind(AssertUnwindSafe(work)));
    };
    if Builder::new().name("author".to_owned()).spawn(work).is_err() {
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

    use super::*;

    #[tokio::test]
    async fn work_that_brings_nothing_is_told_apart() {
        static MAY_END: AtomicBool = AtomicBool::new(false);

        let long = Duration::from_secs(60);
        let done = bounded(long, || 7).await;
        let panicked = bounded(long, || -> u8 { panic!("on purpose") }).await;
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
