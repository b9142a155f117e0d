//! What other frameworks were measured to lose, to repeat, or to fail at, as scenarios that this one passes.
//!
//! Each names the framework and what it does there. What becomes of a late worker's record, and of a batch in which one
//! group fails, stands with the protocol's tests and with the worker's.

use std::thread;

use serde_json::json;

use crate::support::api::{Api, Reply};
use crate::support::http::Request;
use crate::support::lambot::Setup;
use crate::support::{discord, now, slack, telegram};

const YEAR: u64 = 365 * 24 * 60 * 60;

/// A message in a thread of a channel that mentions the bot.
fn in_thread(nth: u32, text: &str) -> Request {
    slack::event(|message| {
        message["channel"] = json!("C1");
        message["channel_type"] = json!("channel");
        message["ts"] = json!(format!("1771442498.{nth:06}"));
        message["event_ts"] = message["ts"].clone();
        message["thread_ts"] = json!("1771442000.000100");
        message["text"] = json!(format!("<@{}> {text}", slack::BOT));
    })
}

fn answers<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    texts.into_iter().map(|text| format!("You said: {text}")).collect()
}

/// Chat SDK 4.41 loses it.
#[test]
fn what_fails_once_is_answered_once_although_the_platform_sends_it_again() {
    let api = Api::scripted(|nth, _| (nth == 0).then_some(Reply::status(500, "", "down")));
    let lambot = Setup::default().calling(&api).start();
    let hello = slack::message("D1", "1771442498.000100", "hello");
    lambot.accept(&hello);
    lambot.logged.wait_for(1, "event given back");
    lambot.accept(&hello.header("X-Slack-Retry-Num", "1"));
    api.wait_for(2);
    lambot.settle();
    assert_eq!(api.texts(), answers(["hello", "hello"]));
    assert_eq!(lambot.dead_letters(), []);
}

/// Chat SDK 4.41, as it is by default, handles one of the two.
#[test]
fn two_quick_messages_in_one_thread_are_both_answered() {
    let api = Api::start();
    let lambot = Setup::default().calling(&api).start();
    for (nth, text) in [(1, "one"), (2, "two")] {
        lambot.accept(&in_thread(nth, text));
    }
    api.wait_for(2);
    lambot.settle();
    assert_eq!(api.texts(), answers(["one", "two"]));
    let threads = api.calls().iter().all(|call| call.body["thread_ts"] == "1771442000.000100");
    assert!(threads, "{:?}", api.calls());
}

/// Of the 15, a handler of Chat SDK 4.41 sees 11.
#[test]
fn a_burst_of_fifteen_messages_is_answered_whole_and_in_order() {
    let api = Api::start();
    let lambot = Setup::default().calling(&api).start();
    let texts: Vec<String> = (1..=15).map(|nth| nth.to_string()).collect();
    for (nth, text) in (1..).zip(&texts) {
        lambot.accept(&telegram::private(nth, text));
    }
    api.wait_for(15);
    lambot.settle();
    assert_eq!(api.texts(), answers(texts.iter().map(String::as_str)));
}

/// `slack_bolt`, grammY 1.46 and, on Discord, Chat SDK 4.41 run their handlers twice.
#[test]
fn the_same_event_twice_at_once_is_answered_once() {
    let api = Api::start();
    let lambot = Setup::default().calling(&api).start();
    let webhooks = [
        slack::message("D1", "1771442498.000100", "event_id"),
        telegram::private(1, "update_id"),
        discord::echo(discord::id_of_now(), "interaction"),
    ];
    let repeated: Vec<Request> = webhooks.iter().chain(&webhooks).cloned().collect();
    thread::scope(|scope| {
        for webhook in &repeated {
            scope.spawn(|| lambot.accept(webhook));
        }
    });
    api.wait_for(webhooks.len());
    lambot.settle();
    let mut said = api.texts();
    said.sort();
    assert_eq!(said, answers(["event_id", "interaction", "update_id"]));
}

/// Bolt JS 5.1 and grammY 1.46 throw. `lambot dev` hands over every body as base64, as API Gateway does.
#[test]
fn a_body_with_emoji_that_comes_as_base64_is_read() {
    const EMOJI: &str = "👩‍🚀 é 漢字";

    let api = Api::start();
    let lambot = Setup::default().calling(&api).start();
    let webhooks = [
        slack::message("D1", "1771442498.000100", EMOJI),
        slack::command(&api, "1.2.a", "/echo", EMOJI),
        telegram::private(1, EMOJI),
        discord::echo(discord::id_of_now(), EMOJI),
    ];
    for (nth, webhook) in webhooks.iter().enumerate() {
        lambot.accept(webhook);
        api.wait_for(nth + 1);
    }
    lambot.settle();
    assert_eq!(api.texts(), answers([EMOJI; 4]));
}

/// Bolt JS 5.1 accepts it.
#[test]
fn a_signature_of_next_year_is_refused() {
    let lambot = Setup::default().calling(&Api::start()).start();
    let hello = slack::message("D1", "1771442498.000100", "hello");
    let next_year = slack::signed_at(&(now().as_secs() + YEAR).to_string(), hello.content());
    assert_eq!(lambot.send(&next_year).status, 401);
    assert_eq!(lambot.send(&hello).status, 200);
}

/// `slack_bolt` answers 500.
#[test]
fn a_timestamp_that_is_no_number_is_a_forgery_and_no_failure_of_ours() {
    let lambot = Setup::default().calling(&Api::start()).start();
    for timestamp in ["now", "", "1e9", "1771442498.5", "१७"] {
        let answer = lambot.send(&slack::signed_at(timestamp, "ssl_check=1"));
        assert_eq!(answer.status, 401, "{timestamp:?}: {answer:?}");
    }
}
