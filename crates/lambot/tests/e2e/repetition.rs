//! What comes again is answered once, and what is not for the bot is not answered at all.

use serde_json::json;

use crate::support::api::{Api, Reply};
use crate::support::http::Request;
use crate::support::lambot::Setup;
use crate::support::{discord, now, slack, telegram};

/// Sends the webhooks, each of which has to be accepted; what the bot says.
#[track_caller]
fn said_to(api: &Api, webhooks: &[Request]) -> Vec<String> {
    let lambot = Setup::default().calling(api).start();
    for webhook in webhooks {
        lambot.accept(webhook);
    }
    lambot.settle();
    assert_eq!(lambot.dead_letters(), []);
    api.texts()
}

#[test]
fn a_webhook_that_comes_again_is_answered_once() {
    let api = Api::start();
    let slack = slack::message("D1", "1771442498.000100", "slack");
    let command = slack::command(&api, "1.2.a", "/echo", "command");
    let discord = discord::echo(1_457_536_583_141_294_258, "discord");
    let telegram = telegram::private(1, "telegram");
    let once = [slack, command, discord, telegram];
    let again = once.iter().map(|webhook| webhook.clone().header("X-Slack-Retry-Num", "1"));
    let webhooks: Vec<Request> = once.iter().cloned().chain(again).collect();

    let mut said = said_to(&api, &webhooks);
    said.sort();
    assert_eq!(
        said,
        ["command", "discord", "slack", "telegram"].map(|text| format!("You said: {text}"))
    );
}

#[test]
fn a_mention_that_comes_as_two_events_is_answered_once() {
    let text = format!("<@{}> hello", slack::BOT);
    let (first, second) = ("1771442498.000100", "1771442499.000100");
    let api = Api::start();
    // Slack promises no order of the two.
    let webhooks = [
        slack::app_mention("C1", first, &text),
        slack::message("C1", first, &text),
        slack::message("C1", second, &text),
        slack::app_mention("C1", second, &text),
    ];
    assert_eq!(said_to(&api, &webhooks), ["You said: hello"; 2]);
}

#[test]
fn an_event_that_is_queued_again_is_answered_once() {
    // The dead letter of what is refused holds the message of the queue.
    let refused = r#"{"ok":false,"error":"invalid_blocks"}"#;
    let api = Api::scripted(move |nth, _| (nth == 0).then_some(Reply::status(200, "", refused)));
    let lambot = Setup::default().calling(&api).start();
    lambot.accept(&slack::message("D1", "1771442498.000100", "hello"));
    lambot.settle();
    let letters = lambot.dead_letters();
    let message = String::from_utf8(letters[0].content.clone()).unwrap();
    // Another id of the queue's gets it past SQS's own deduplication, as five minutes do.
    lambot.enqueue(&message, "any", "later");
    lambot.settle();
    assert_eq!(api.texts(), ["You said: hello"]);
}

#[test]
fn a_message_of_the_first_version_is_still_read() {
    let api = Api::start();
    let lambot = Setup::default().calling(&api).start();
    lambot.enqueue(&first_version(), "any", "once");
    lambot.enqueue(&first_version(), "any", "twice");
    lambot.settle();
    assert_eq!(api.texts(), ["You said: queued"]);
}

#[test]
fn what_is_not_for_the_bot_is_not_answered() {
    let api = Api::start();
    let change = |change: fn(&mut serde_json::Value)| slack::event(change);
    let others_command = "/echo@other_bot hi";
    let webhooks = [
        slack::message("C1", "1771442498.000100", "hello"),
        slack::message("C1", "1771442498.000200", "<@U0ADXQT6CRW> hello"),
        change(|message| message["bot_id"] = json!("B1")),
        change(|message| message["user"] = json!(slack::BOT)),
        change(|message| message["subtype"] = json!("bot_message")),
        change(|message| message["subtype"] = json!("message_changed")),
        change(|message| message["edited"] = json!({ "user": "U1", "ts": "1.2" })),
        discord::signed(r#"{"id":"1","token":"t","type":3,"data":{"custom_id":"old"}}"#),
        telegram::in_topic(1, "hello"),
        telegram::in_topic(2, others_command),
        telegram::in_topic(3, "/unknown"),
        telegram::authentic(
            r#"{"update_id":4,"edited_message":{"message_id":1,"date":1,"chat":{"id":1,"type":"private"},"from":{"id":1,"is_bot":false},"text":"hello"}}"#,
        ),
        telegram::authentic(
            r#"{"update_id":5,"message":{"message_id":1,"date":1,"chat":{"id":1,"type":"private"},"from":{"id":1,"is_bot":true},"text":"hello"}}"#,
        ),
        telegram::authentic(r#"{"update_id":6,"kind_of_tomorrow":{"text":"hello"}}"#),
    ];
    assert_eq!(said_to(&api, &webhooks), [""; 0]);
}

/// A message of the queue, as the first version of this code wrote it.
fn first_version() -> String {
    let received_at = u64::try_from(now().as_millis()).unwrap();
    json!({
        "v": 1,
        "generation": 0,
        "received_at": received_at,
        "event": {
            "key": "telegram:my_bot:8",
            "platform": "telegram",
            "tenant": "my_bot",
            "conversation": "1",
            "user": { "id": "1" },
            "addressed": true,
            "kind": { "type": "message", "text": "queued" },
            "address": { "chat_id": 1 },
        },
    })
    .to_string()
}
