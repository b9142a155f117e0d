//! What the person at the terminal reads.

use std::io::{self, IsTerminal as _, Write as _};

use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// One line on standard output. That nobody reads it is no reason to stop serving.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// A prompt, without the end of its line.
pub(crate) fn prompt(text: &str) {
    let mut stdout = io::stdout();
    let _ = write!(stdout, "{text}");
    let _ = stdout.flush();
}

/// One line on standard error.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Logs go to standard error, so that what the bot says stands alone; `RUST_LOG` asks for more of them.
pub(crate) fn log_to_stderr() {
    // The table's server warns of answers its clients expect.
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,dynoxide=error"));
    let is_terminal = io::stderr().is_terminal();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(is_terminal)
        .init();
}

/// Returns when the person or the system asks us to stop.
pub(crate) async fn asked_to_stop() -> io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
