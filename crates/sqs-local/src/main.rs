//! The SQS server by itself, on a port of this machine.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use sqs_local::{Options, Server};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// An Amazon SQS for development and tests, with FIFO queues. Signatures are not checked.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The port to listen on; 0 takes any that is free.
    #[arg(long, default_value_t = 9324)]
    port: u16,

    /// The file that keeps queues and messages across restarts; without it they are kept in memory.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,

    /// The region in the queues' ARNs.
    #[arg(long, env = "AWS_REGION", default_value = "us-east-1")]
    region: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    match serve(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when standard error is gone as well.
            let _ = writeln!(io::stderr(), "sqs-local: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(Arguments { port, data, region }: Arguments) -> io::Result<()> {
    let stop = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let server = Server::bind(address, Options { data, region: Some(region) }).await?;
    writeln!(io::stdout(), "sqs-local is listening on {}", server.url())?;
    server.run(either(stop)).await
}

async fn either((mut interrupt, mut terminate): (Signal, Signal)) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
