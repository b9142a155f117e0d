//! What a folder of data keeps, however the process ends.

use crate::support::api::{Api, Reply};
use crate::support::folder::Folder;
use crate::support::lambot::Setup;
use crate::support::process::{Lines, Process, lambot};
use crate::support::{slack, telegram};

#[test]
fn states_grow_from_message_to_message_and_belong_to_a_conversation() {
    let api = Api::start();
    let lambot = Setup::default().calling(&api).start();
    let webhooks = [
        telegram::private(1, "/stats"),
        telegram::private(2, "hello"),
        telegram::private(3, "/stats"),
        telegram::private_in(77, 4, "/stats"),
        slack::message("D1", "1771442498.000100", "/stats"),
    ];
    for (nth, webhook) in webhooks.iter().enumerate() {
        lambot.accept(webhook);
        api.wait_for(nth + 1);
    }
    let first = "1 message so far: this one.";
    let third = "3 messages so far, with this one.";
    assert_eq!(api.texts(), [first, "You said: hello", third, first, first]);
}

#[test]
fn states_and_what_is_done_survive_a_restart() {
    let api = Api::start();
    let folder = Folder::new();
    let hello = telegram::private(1, "hello");
    let mut lambot = Setup::default().calling(&api).keeping(&folder).start();
    lambot.accept(&hello);
    lambot.settle();
    assert_eq!(lambot.stop("TERM").code(), Some(0));

    let lambot = Setup::default().calling(&api).keeping(&folder).start();
    lambot.accept(&hello);
    lambot.accept(&telegram::private(2, "/stats"));
    api.wait_for(2);
    lambot.settle();
    assert_eq!(api.texts(), ["You said: hello", "2 messages so far, with this one."]);
}

#[test]
fn without_a_folder_everything_is_forgotten() {
    let api = Api::start();
    for nth in 1..=2 {
        let lambot = Setup::default().calling(&api).start();
        lambot.accept(&telegram::private(1, "/stats"));
        api.wait_for(nth);
    }
    assert_eq!(api.texts(), ["1 message so far: this one."; 2]);
}

#[test]
fn what_was_accepted_is_delivered_although_the_process_was_killed() {
    // The platform is down until the bot is killed.
    let down = Api::scripted(|_, call| {
        let is_late = call.text() == "You said: late";
        is_late.then_some(Reply::status(500, "", "down"))
    });
    let folder = Folder::new();
    let mut lambot = Setup::default().calling(&down).keeping(&folder).start();
    lambot.accept(&telegram::private(1, "late"));
    // Twice in vain: the message is then out of sight for two seconds at least. What another conversation is told
    // meanwhile shows that the worker has put it there.
    lambot.logged.wait_for(2, "event given back");
    lambot.accept(&telegram::private_in(77, 2, "early"));
    down.wait_for(3);
    lambot.process.child().kill().unwrap();
    lambot.process.wait();
    assert_eq!(down.texts(), ["You said: late", "You said: late", "You said: early"]);

    let up = Api::start();
    let lambot = Setup::default().calling(&up).keeping(&folder).start();
    lambot.accept(&telegram::private(3, "/stats"));
    up.wait_for(2);
    assert_eq!(up.texts(), ["You said: late", "2 messages so far, with this one."]);
}

#[test]
fn a_folder_belongs_to_one_process() {
    let folder = Folder::new();
    let _first = Setup::default().keeping(&folder).start();
    let mut second = Process::start(lambot().args(["--port", "0", "--data", &folder.path()]));
    let logged = Lines::of(second.child().stderr.take().unwrap());
    assert_eq!(second.wait().code(), Some(1));
    logged.wait_for(1, "is in use");
}
