//! Where a name leads, and whether we go there.

use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bot_core::fetch::is_public;
use hyper_util::client::legacy::connect::dns::Name;
use lambda_runtime::Service;
use tokio::task::spawn_blocking;

type Addresses = std::vec::IntoIter<SocketAddr>;

/// Resolves names to addresses that may be connected to.
#[derive(Clone)]
pub(super) struct Resolver {
    resolve: Arc<dyn Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + Sync>,
    is_allowed: fn(IpAddr) -> bool,
}

/// All addresses of a name are inside a network.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to no public address")]
pub(super) struct NotPublic;

impl Resolver {
    pub(super) fn new(
        resolve: impl Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
        is_allowed: fn(IpAddr) -> bool,
    ) -> Self {
        Self { resolve: Arc::new(resolve), is_allowed }
    }

    /// The system's resolver, as far as it leads to the internet.
    pub(super) fn internet() -> Self {
        Self::new(system, is_public)
    }

    /// The system's resolver, for a name of this machine.
    pub(super) fn this_machine() -> Self {
        Self::new(system, |address| address.is_loopback())
    }
}

/// The port is the client's to fill in.
fn system(name: &str) -> io::Result<Vec<SocketAddr>> {
    Ok((name, 0).to_socket_addrs()?.collect())
}

impl Service<Name> for Resolver {
    type Response = Addresses;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Addresses, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let Self { resolve, is_allowed } = self.clone();
        Box::pin(async move {
            // The system's resolver blocks.
            let mut addresses = spawn_blocking(move || resolve(name.as_str())).await??;
            addresses.retain(|address| is_allowed(address.ip()));
            if addresses.is_empty() { Err(NotPublic.into()) } else { Ok(addresses.into_iter()) }
        })
    }
}
