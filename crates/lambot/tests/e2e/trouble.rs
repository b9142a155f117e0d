//! What the bot does when a platform does not take what it says.

use std::time::Duration;

use crate::support::api::{Api, Reply};
use crate::support::http::Request;
use crate::support::lambot::Setup;
use crate::support::{discord, slack, telegram};

/// A Slack message to the bot alone, in one of several conversations.
fn slack_message(channel: &str, nth: u32, text: &str) -> Request {
    slack::message(channel, &format!("1771442498.{nth:06}"), text)
}

/// What is said, in order, and how long after the first refusal the same is said again.
fn paced(limited: Reply, [one, two, other]: [&Request; 3]) -> (Vec<String>, Duration) {
    let api = Api::scripted(move |nth, _| (nth == 0).then_some(limited.clone()));
    let lambot = Setup::default().calling(&api).start();
    lambot.accept(one);
    api.wait_for(1);
    lambot.accept(two);
    lambot.accept(other);
    let calls = api.wait_for(4);
    lambot.settle();
    let again = calls.iter().skip(1).find(|call| call.text() == calls[0].text()).unwrap();
    (api.texts(), again.at - calls[0].at)
}

// More than the bot waits by itself after a first failure, which is 2 s in whole seconds.
const ASKED: Duration = Duration::from_secs(3);

#[test]
fn a_chats_pace_delays_one_conversation_and_keeps_its_order() {
    let limited = Reply::status(429, "", r#"{"ok":false,"parameters":{"retry_after":3}}"#);
    let in_topic = telegram::in_topic(3, "/echo@my_bot other");
    let (one, two) = (telegram::private(1, "one"), telegram::private(2, "two"));
    let (said, waited) = paced(limited, [&one, &two, &in_topic]);
    assert_eq!(said, ["one", "other", "one", "two"].map(|text| format!("You said: {text}")));
    assert!(waited >= ASKED, "{waited:?}");
}

#[test]
fn a_channels_pace_delays_it_and_loses_nothing() {
    let limited = Reply::status(429, "retry-after: 3\r\n", r#"{"ok":false,"error":"ratelimited"}"#);
    let one = slack_message("D1", 1, "one");
    let (two, other) = (slack_message("D1", 2, "two"), slack_message("D2", 3, "other"));
    let (mut said, waited) = paced(limited, [&one, &two, &other]);
    assert_eq!(said.remove(0), "You said: one");
    let at = |text: &str| said.iter().position(|said| *said == format!("You said: {text}"));
    assert!(at("one") < at("two") && at("other").is_some(), "{said:?}");
    assert!(waited >= ASKED, "{waited:?}");
}

#[test]
fn what_fails_by_chance_is_said_again_before_what_comes_later() {
    let api = Api::scripted(|nth, _| match nth {
        0 => Some(Reply::status(502, "content-type: text/html\r\n", "<h1>Bad Gateway</h1>")),
        1 => Some(Reply::Nothing),
        _ => None,
    });
    let lambot = Setup::default().calling(&api).start();
    lambot.accept(&telegram::private(1, "one"));
    lambot.accept(&telegram::private(2, "two"));
    api.wait_for(4);
    lambot.settle();
    assert_eq!(api.texts(), ["one", "one", "one", "two"].map(|text| format!("You said: {text}")));
    assert_eq!(lambot.dead_letters(), []);
}

#[test]
fn who_cannot_be_reached_is_not_told_again_and_is_nobodys_business() {
    let gone = r#"{"ok":false,"error":"channel_not_found"}"#;
    let blocked =
        r#"{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}"#;
    let api = Api::scripted(move |nth, _| match nth {
        0 => Some(Reply::status(200, "", gone)),
        1 => Some(Reply::status(403, "", blocked)),
        _ => None,
    });
    let lambot = Setup::default().calling(&api).start();
    lambot.accept(&slack_message("D1", 1, "one"));
    api.wait_for(1);
    lambot.accept(&telegram::private(1, "two"));
    api.wait_for(2);
    lambot.accept(&slack_message("D1", 2, "three"));
    lambot.settle();
    assert_eq!(api.texts(), ["one", "two", "three"].map(|text| format!("You said: {text}")));
    assert_eq!(lambot.dead_letters(), []);
}

#[test]
fn what_the_platform_refuses_is_set_aside_and_the_conversation_goes_on() {
    let refused = r#"{"ok":false,"error":"invalid_blocks"}"#;
    let api = Api::scripted(move |nth, _| (nth == 0).then_some(Reply::status(200, "", refused)));
    let lambot = Setup::default().calling(&api).start();
    lambot.accept(&slack_message("D1", 1, "one"));
    lambot.accept(&slack_message("D1", 2, "two"));
    lambot.settle();
    assert_eq!(api.texts(), ["You said: one", "You said: two"]);
    let letters = lambot.dead_letters();
    let reasons: Vec<&str> = letters.iter().map(|letter| letter.reason.as_str()).collect();
    assert_eq!(reasons, ["refused by the platform: invalid_blocks"]);
    // It is the whole event, to be replayed.
    assert!(
        String::from_utf8_lossy(&letters[0].content)
            .contains("slack:T0ADGE2G4EM:D1:1771442498.000001")
    );
}

#[test]
fn an_answer_that_overtakes_discords_own_deferral_is_sent_again() {
    // Where the interaction is older than that, it will not appear any more.
    let unknown = r#"{"message":"Unknown Webhook","code":10015}"#;
    let api = Api::scripted(move |nth, call| {
        let is_late = call.text() == "You said: late";
        (nth == 0 || is_late).then_some(Reply::status(404, "", unknown))
    });
    let lambot = Setup::default().calling(&api).start();
    lambot.accept(&discord::echo(discord::id_of_now(), "soon"));
    api.wait_for(2);
    lambot.accept(&discord::echo(1_457_536_583_141_294_258, "late"));
    lambot.settle();
    // What is too late for its interaction is tried as a message of the bot's own.
    assert_eq!(
        api.texts(),
        ["soon", "soon", "late", "late"].map(|text| format!("You said: {text}"))
    );
    let last = api.calls().pop().unwrap();
    assert!(last.path.ends_with("/messages") && last.path.contains("/channels/"), "{}", last.path);
    assert_eq!(lambot.dead_letters(), []);
}
