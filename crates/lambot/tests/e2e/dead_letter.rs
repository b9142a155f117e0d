//! What nobody can read is kept for an engineer, and with a reason that quotes nothing.

use crate::support::api::Api;
use crate::support::http::{Answer, Request};
use crate::support::lambot::Setup;
use crate::support::queue::DeadLetter;
use crate::support::{discord, hostile_bodies, slack, telegram};

/// The reason for a body that is not the JSON we know, without the place where reading stopped.
const UNREADABLE: &str = "unreadable JSON at line";
const UNEXPECTED: &str = "a field of the JSON has an unexpected type";

/// A dead letter whose reason names no place.
fn without_place(mut letter: DeadLetter) -> DeadLetter {
    if let Some((_, place)) = letter.reason.split_once(UNREADABLE) {
        let is_place = |c: char| c.is_ascii_digit() || ", column".contains(c);
        assert!(place.chars().all(is_place), "{}", letter.reason);
        UNREADABLE.clone_into(&mut letter.reason);
    }
    letter
}

/// Whether it is accepted and the person behind the webhook is told, where one may be waiting for an answer on the spot.
fn is_told(webhook: &Request, answer: &Answer) -> bool {
    let told = answer.json();
    if webhook.is_to(slack::PATH) && webhook.content().starts_with(b"payload=") {
        // Slack sends it once, and shows nothing but that the answer is an error.
        return answer.status == 422;
    }
    if answer.status != 200 {
        return false;
    }
    if webhook.is_to(discord::PATH) {
        told["type"] == 4 && told["data"]["flags"] == 64 && told["data"]["content"].is_string()
    } else if webhook.is_to(slack::PATH) && !webhook.content().starts_with(b"{") {
        told["response_type"] == "ephemeral" && told["text"].is_string()
    } else {
        answer.body.is_empty()
    }
}

/// Sends what is authentic and unreadable; each of it has to be a dead letter with its reason.
#[track_caller]
fn assert_buried(cases: Vec<(Request, &str)>) {
    let api = Api::start();
    let lambot = Setup::default().calling(&api).start();
    let mut expected = Vec::new();
    for (webhook, reason) in cases {
        let answer = lambot.send(&webhook);
        assert!(is_told(&webhook, &answer), "{reason}: {answer:?}");
        let content = webhook.content().to_vec();
        expected.push(DeadLetter { reason: reason.to_owned(), content });
    }
    let mut letters: Vec<_> = lambot.dead_letters().into_iter().map(without_place).collect();
    letters.sort();
    expected.sort();
    assert_eq!(letters, expected);
    lambot.still_answers(&api);
}

#[test]
fn bodies_that_are_no_json_are_kept_as_they_came() {
    let bodies = || hostile_bodies().into_iter().map(|(_, body)| body);
    let discord = bodies().map(|body| (discord::signed(body), UNREADABLE));
    let telegram = bodies().map(|body| (telegram::authentic(body), UNREADABLE));
    // Slack sends forms, too: what is no object is one without fields.
    let slack = bodies().map(|body| {
        let reason = if body.starts_with(b"{") { UNREADABLE } else { "command is missing" };
        (slack::signed(body), reason)
    });
    assert_buried(discord.chain(telegram).chain(slack).collect());
}

#[test]
fn bodies_that_lack_something_say_what() {
    let api = Api::start();
    let slack = [
        (r#"{"type":"url_verification","zebra":1}"#, "challenge is missing"),
        (r#"{"type":"event_callback","event":{}}"#, "event.type is missing"),
        (r#"{"type":"event_callback","event":{"type":"message"}}"#, "team_id is missing"),
        ("command=%2Fecho&text=zebra", "team_id is missing"),
        ("payload=zebra", UNREADABLE),
    ];
    let discord = [
        (r#"{"type":2,"id":"1","token":"t","data":{"name":"zebra"}}"#, "user is missing"),
        (r#"{"type":"zebra","id":"1","token":"t"}"#, UNREADABLE),
    ];
    let telegram = [
        (r#"{"update_id":"zebra"}"#, "update_id is missing"),
        (r#"{"update_id":1,"message":"zebra"}"#, UNEXPECTED),
        (r#"{"update_id":1,"message":{"text":"zebra"}}"#, UNEXPECTED),
    ];
    let mut cases: Vec<(Request, &str)> = Vec::new();
    cases.extend(slack.map(|(body, reason)| (slack::signed(body), reason)));
    cases.extend(discord.map(|(body, reason)| (discord::signed(body), reason)));
    cases.extend(telegram.map(|(body, reason)| (telegram::authentic(body), reason)));
    // Replies to this command would go to a stranger: the response URL is another server's.
    let foreign = slack::command(&api, "1.2.a", "/echo", "zebra");
    cases.push((foreign, "response_url is not the platform's"));
    assert_buried(cases);
}

#[test]
fn what_is_no_envelope_is_set_aside_and_the_conversation_goes_on() {
    let api = Api::start();
    let lambot = Setup::default().calling(&api).start();
    lambot.enqueue("zebra", "group", "1");
    lambot.settle();
    let expected = "no envelope: line 1, column 1".to_owned();
    let letter = DeadLetter { reason: expected, content: b"zebra".to_vec() };
    assert_eq!(lambot.dead_letters(), [letter]);
    lambot.still_answers(&api);
}
