//! Puts a model behind HTTP, for any AWS SDK.
//!
//! All requests go through one lock and take the time when they have it, so the model sees one call
//! after the other and time never goes back. Only waiting is done outside: a long poll asks again when
//! something has changed, or when a visibility timeout or a delay ends.

mod http;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::serve::ListenerExt;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use crate::api::{self, LongPoll};
use crate::error::{ErrorCode, SqsError};
use crate::model::Model;
use crate::store::Store;

/// How long a request that is still arriving can hold up the end.
const DRAIN: Duration = Duration::from_millis(500);

/// How a [`Server`] is set up. The default keeps everything in memory.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The file that keeps queues and messages across restarts, with a journal beside it.
    pub data: Option<PathBuf>,
    /// The region in the queues' ARNs; `us-east-1` unless given.
    pub region: Option<String>,
}

/// An SQS server that has its port and is ready to run.
///
/// Connections are accepted from [`bind`](Self::bind) on, and answered once it [runs](Self::run).
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
}

impl Server {
    /// Takes a port (0 for any) and restores what is kept on disk.
    ///
    /// # Errors
    ///
    /// When the port is taken, or the data file is in use or not one of ours.
    pub async fn bind(address: SocketAddr, options: Options) -> io::Result<Self> {
        let region = options.region.unwrap_or_else(|| "us-east-1".to_owned());
        let model = Model::new(&region, random());
        let mut store = match options.data {
            Some(file) => Store::open(&file, model)?,
            None => Store::in_memory(model),
        };
        store.model().set_region(region);
        Self::listen(address, store).await
    }

    async fn listen(address: SocketAddr, store: Store) -> io::Result<Self> {
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| io::Error::new(error.kind(), format!("{address}: {error}")))?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let shared = Arc::new(Shared {
            base_url: format!("http://{address}"),
            store: Mutex::new(Some(store)),
            changes: watch::Sender::new(0),
            stopped,
            requests: AtomicU64::new(random()),
        });
        Ok(Self { listener, address, shared, stop })
    }

    /// The address with the port the server has.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// What to give an AWS SDK as its endpoint URL.
    pub fn url(&self) -> String {
        self.shared.base_url.clone()
    }

    /// Answers requests until `shutdown` is done.
    ///
    /// Requests in progress are finished, long polls at once and with what there is. When this returns,
    /// nothing is answered any more and the data file is free.
    ///
    /// # Errors
    ///
    /// When connections cannot be accepted any more.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let Self { listener, shared, stop, .. } = self;
        let app = Router::new().fallback(http::handle).with_state(Arc::clone(&shared));
        let mut stopped = shared.stopped.clone();
        let signal = async move {
            shutdown.await;
            stop.send_replace(true);
        };
        // Answers are small and awaited: collecting them into larger packets only adds latency.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let serving = axum::serve(listener, app).with_graceful_shutdown(signal);
        let overdue = async {
            let _ = stopped.wait_for(|stopped| *stopped).await;
            sleep(DRAIN).await;
        };
        let result = tokio::select! {
            result = serving.into_future() => result,
            () = overdue => Ok(()),
        };
        *shared.lock() = None;
        result
    }
}

/// What all requests share.
#[derive(Debug)]
struct Shared {
    base_url: String,
    /// `None` once the server has stopped.
    store: Mutex<Option<Store>>,
    /// The model's revision, for those who wait for something to change.
    changes: watch::Sender<u64>,
    stopped: watch::Receiver<bool>,
    requests: AtomicU64,
}

impl Shared {
    /// Performs an action, waiting for messages if that is what it asks for.
    async fn answer(&self, request: api::Request<'_>) -> Result<Value, SqsError> {
        if request.action == "ReceiveMessage" {
            return self.receive(request).await;
        }
        self.with_store(|store, now_ms| store.answer(now_ms, request))?
    }

    async fn receive(&self, request: api::Request<'_>) -> Result<Value, SqsError> {
        // What changes from here on wakes us, even while we are not waiting yet.
        let mut changes = self.changes.subscribe();
        let mut stopped = self.stopped.clone();
        let LongPoll { queue, wait_ms } =
            self.with_store(|store, _| Ok(api::long_poll(store.model(), request.body)))??;
        let deadline = Instant::now() + Duration::from_millis(wait_ms);
        loop {
            let (answer, wakes_in_ms) = self.with_store(|store, now_ms| {
                let answer = store.answer(now_ms, request)?;
                let wakes_at_ms = store.model().wakes_at_ms(now_ms, &queue);
                Ok((answer, wakes_at_ms.map(|at_ms| at_ms.saturating_sub(now_ms))))
            })?;
            let answer = answer?;
            let is_over = Instant::now() >= deadline || *stopped.borrow();
            if answer.get("Messages").is_some() || is_over {
                return Ok(answer);
            }
            let wake =
                wakes_in_ms.map(|ms| Instant::now() + Duration::from_millis(ms.min(wait_ms)));
            tokio::select! {
                _ = changes.changed() => {}
                _ = stopped.wait_for(|stopped| *stopped) => {}
                () = sleep_until(wake.map_or(deadline, |wake| wake.min(deadline))) => {}
            }
        }
    }

    /// One call of the model, written down before it counts.
    fn with_store<R>(
        &self,
        call: impl FnOnce(&mut Store, u64) -> io::Result<R>,
    ) -> Result<R, SqsError> {
        let mut store = self.lock();
        let Some(store) = store.as_mut() else {
            return Err(SqsError::new(ErrorCode::InternalFailure, "The server has stopped."));
        };
        let result = call(store, now_ms());
        let revision = store.model().revision();
        self.changes.send_if_modified(|seen| std::mem::replace(seen, revision) != revision);
        result.map_err(|error| {
            tracing::error!(%error, "a change could not be written");
            let message = format!("The change could not be written to disk: {error}");
            SqsError::new(ErrorCode::InternalFailure, message)
        })
    }

    /// A panic elsewhere leaves the model as its last complete step left it.
    fn lock(&self) -> MutexGuard<'_, Option<Store>> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn request_id(&self) -> String {
        format!("{:032x}", self.requests.fetch_add(1, Ordering::Relaxed))
    }
}

/// The time in epoch milliseconds.
fn now_ms() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
}

/// A number no other server has: the standard library's hash keys are random.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
