//! The local table and queues, set up as the deployed ones are.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use dynoxide::Database;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Serves a table; its URL, and the task that ends after `stop`.
pub(crate) async fn serve_dynamodb(
    folder: Option<&Path>,
    stop: watch::Receiver<bool>,
) -> anyhow::Result<(String, JoinHandle<()>)> {
    let database = match folder {
        Some(folder) => {
            let file = folder.join("table.sqlite");
            Database::new(file.to_str().context("the data folder's name is not UTF-8")?)
        }
        None => Database::memory(),
    };
    let database = database.map_err(|error| anyhow!("the table cannot be opened: {error}"))?;
    let listener = TcpListener::bind(loopback()).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let server = tokio::spawn(async move {
        if let Err(error) =
            dynoxide::server::serve_with_shutdown(listener, database, stopped(stop)).await
        {
            tracing::error!("the table's server ended: {error}");
        }
    });
    Ok((url, server))
}

/// Serves queues; their URL, and the task that ends after `stop`.
pub(crate) async fn serve_sqs(
    folder: Option<&Path>,
    region: String,
    stop: watch::Receiver<bool>,
) -> anyhow::Result<(String, JoinHandle<()>)> {
    let data: Option<PathBuf> = folder.map(|folder| folder.join("queues.json"));
    let server =
        sqs_local::Server::bind(loopback(), sqs_local::Options { data, region: Some(region) })
            .await
            .context("the queues cannot be opened")?;
    let url = server.url();
    let server = tokio::spawn(async move {
        if let Err(error) = server.run(stopped(stop)).await {
            tracing::error!("the queues' server ended: {error}");
        }
    });
    Ok((url, server))
}

/// Any free port of this machine, seen by nobody else.
pub(crate) fn loopback() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

/// Ends once `stop` says so, or nobody is left to say it.
pub(crate) async fn stopped(mut stop: watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}
