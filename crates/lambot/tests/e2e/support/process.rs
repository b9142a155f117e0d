//! A child process that does not outlive its test, and what it writes.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use super::eventually;

/// The built binary, with nothing of our own environment: a variable that somebody has set would change what is tested.
pub(crate) fn lambot() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lambot"));
    command.env_clear().env("RUST_LOG", "info,dynoxide=error");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A running child.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap())
    }

    pub(crate) const fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// Sends a signal by its name, as a shell does: the standard library knows only SIGKILL.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        let sent = Command::new("sh").args(["-c", r#"kill -s "$0" "$1""#, name, &id]).status();
        assert!(sent.unwrap().success(), "SIG{name}");
    }

    #[track_caller]
    pub(crate) fn wait(&mut self) -> ExitStatus {
        eventually("the end of the process", || self.0.try_wait().unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The lines of a stream, as they come.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    lines: Vec<String>,
    is_over: bool,
}

impl Lines {
    pub(crate) fn of(stream: impl Read + Send + 'static) -> Self {
        let lines = Self::default();
        let read = lines.clone();
        thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                read.0.lock().unwrap().lines.push(line);
            }
            read.0.lock().unwrap().is_over = true;
        });
        lines
    }

    /// What there is so far.
    pub(crate) fn so_far(&self) -> Vec<String> {
        self.0.lock().unwrap().lines.clone()
    }

    /// Everything, once the process has ended.
    #[track_caller]
    pub(crate) fn all(&self) -> Vec<String> {
        eventually("the end of a stream", || self.0.lock().unwrap().is_over.then_some(()));
        self.so_far()
    }

    /// Waits until `count` lines hold `part`; the last one of them.
    #[track_caller]
    pub(crate) fn wait_for(&self, count: usize, part: &str) -> String {
        eventually(&format!("{count} lines with {part:?}"), || {
            self.so_far().into_iter().filter(|line| line.contains(part)).nth(count - 1)
        })
    }
}
