//! The end: what has begun is ended, and a shell sees success.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

use crate::support::PATIENCE;
use crate::support::api::Api;
use crate::support::folder::Folder;
use crate::support::lambot::Setup;
use crate::support::process::{Process, lambot};
use crate::support::telegram;

/// Long enough for a busy machine, and too short for a long poll to run out.
const SOON: Duration = Duration::from_secs(5);

#[test]
fn either_signal_stops_it_at_once_although_it_waits_for_messages() {
    for signal in ["TERM", "INT"] {
        let mut lambot = Setup::default().start();
        // Somebody is connected and says nothing.
        let _idle = TcpStream::connect(&lambot.address).unwrap();
        let start = Instant::now();
        assert_eq!(lambot.stop(signal).code(), Some(0), "SIG{signal}");
        assert!(start.elapsed() < SOON, "SIG{signal}: {:?}", start.elapsed());
        lambot.said.wait_for(1, "Stopping.");
    }
}

#[test]
fn a_signal_right_after_the_first_line_stops_it_cleanly_too() {
    // More than once, because the process may be ready in time by chance.
    for _ in 0..10 {
        let mut process = Process::start(lambot().args(["--port", "0"]));
        let id = process.child().id().to_string();
        // A shell that already runs loses no time.
        let mut shell = Process::start(
            Command::new("sh")
                .args(["-c", r#"read -r name && kill -s "$name" "$0""#, &id])
                .stdin(Stdio::piped()),
        );
        let mut said = BufReader::new(process.child().stdout.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        shell.child().stdin.take().unwrap().write_all(b"TERM\n").unwrap();
        assert_eq!(shell.wait().code(), Some(0));
        assert_eq!(process.wait().code(), Some(0), "after {line:?}");
    }
}

#[test]
fn a_delivery_under_way_is_finished_and_not_repeated_later() {
    let (release, released) = mpsc::channel::<()>();
    let released = Mutex::new(released);
    let api = Api::scripted(move |nth, _| {
        if nth == 0 {
            let _ = released.lock().unwrap().recv_timeout(PATIENCE);
        }
        None
    });
    let folder = Folder::new();
    let mut lambot = Setup::default().calling(&api).keeping(&folder).start();
    lambot.accept(&telegram::private(1, "hello"));
    api.wait_for(1);
    lambot.process.signal("TERM");
    lambot.said.wait_for(1, "Stopping.");
    release.send(()).unwrap();
    assert_eq!(lambot.process.wait().code(), Some(0));

    let lambot = Setup::default().calling(&api).keeping(&folder).start();
    lambot.accept(&telegram::private(2, "/stats"));
    api.wait_for(2);
    lambot.settle();
    assert_eq!(api.texts(), ["You said: hello", "2 messages so far, with this one."]);
}
