//! A talk in the terminal.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

use crate::support::PATIENCE;
use crate::support::api::Api;
use crate::support::folder::Folder;
use crate::support::process::{Lines, Process, lambot};

/// What somebody sees who types these lines.
fn talk(arguments: &[&str], lines: &str) -> String {
    talk_with(lambot().arg("chat").args(arguments), lines)
}

/// The same in a talk begun by `command`; their own words do not appear, because nobody echoes them.
pub(crate) fn talk_with(command: &mut Command, lines: &str) -> String {
    let mut process = Process::start(command.stdin(Stdio::piped()));
    let mut stdin = process.child().stdin.take().unwrap();
    stdin.write_all(lines.as_bytes()).unwrap();
    drop(stdin);
    assert_eq!(process.wait().code(), Some(0));
    let mut transcript = String::new();
    process.child().stdout.take().unwrap().read_to_string(&mut transcript).unwrap();
    transcript
}

#[test]
fn every_line_is_answered_before_the_next_is_asked_for() {
    let lines = "hello\n\n/echo *a* <b> & \u{1f9c0}\n/echo\n/nope\n/stats";
    let transcript = "\
        Say something, or /help. The end of input ends the talk.\n\
        > You said: hello\n\
        > > You said: *a* <b> & \u{1f9c0}\n\
        > I need \"text\" (What to say).\n\
        Usage: /echo <text>\n\
        > I don't know this command. /help lists what I can do.\n\
        > 5 messages so far, with this one.\n\
        > \n";
    assert_eq!(talk(&[], lines), transcript);
}

#[test]
fn a_talk_stays_here_whatever_is_set_for_real_bots() {
    let api = Api::start();
    let mut command = lambot();
    command.arg("chat").env("TELEGRAM_API_URL", format!("{}/telegram", api.url));
    let transcript = talk_with(&mut command, "hello\n");
    assert!(transcript.contains("> You said: hello\n"), "{transcript}");
    assert_eq!(api.texts(), [""; 0]);
}

#[test]
fn a_folder_remembers_the_talk() {
    let folder = Folder::new();
    let path = folder.path();
    talk(&["--data", &path], "hello\n");
    let transcript = talk(&["--data", &path], "/stats\n");
    assert!(transcript.contains("2 messages so far"), "{transcript}");
}

#[test]
fn either_signal_ends_the_talk_although_nothing_is_typed() {
    for signal in ["TERM", "INT"] {
        let mut process = Process::start(lambot().arg("chat").stdin(Stdio::piped()));
        let said = Lines::of(process.child().stdout.take().unwrap());
        said.wait_for(1, "Say something");
        // The terminal stays open.
        let _stdin = process.child().stdin.take();
        process.signal(signal);
        assert_eq!(process.wait().code(), Some(0), "SIG{signal}");
    }
}

#[test]
fn whoever_stops_an_answer_is_told_and_need_not_wait_for_it() {
    let (release, released) = mpsc::channel::<()>();
    let released = Mutex::new(released);
    let sky = Api::scripted(move |_, _| {
        let _ = released.lock().unwrap().recv_timeout(PATIENCE);
        None
    });
    let mut command = lambot();
    command.arg("chat").env("FETCH_URL", &sky.url).stdin(Stdio::piped());
    let mut process = Process::start(&mut command);
    let said = Lines::of(process.child().stdout.take().unwrap());
    let mut stdin = process.child().stdin.take().unwrap();
    stdin.write_all(b"/weather Berlin\n").unwrap();
    sky.wait_for(1);
    let start = Instant::now();
    process.signal("INT");
    said.wait_for(1, "Stopping.");
    process.signal("INT");
    assert_eq!(process.wait().code(), Some(0));
    // By itself it would wait for five seconds.
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    drop(release);
}
