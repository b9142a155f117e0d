//! Telegram's messages without a public URL.

use std::net::TcpListener;

use serde_json::{Value, json};

use crate::support::api::Reply;
use crate::support::folder::Folder;
use crate::support::http::Request;
use crate::support::lambot::Setup;
use crate::support::process::{Process, lambot};
use crate::support::telegram;
use crate::support::updates::{USERNAME, Updates};

/// The update of a webhook.
fn update(webhook: &Request) -> Value {
    serde_json::from_slice(webhook.content()).unwrap()
}

fn hello(update_id: u64) -> Value {
    update(&telegram::private(update_id, "hello"))
}

#[test]
fn what_people_say_is_fetched_and_answered_in_order() {
    let updates = Updates::start();
    // Said before anybody asks.
    updates.push(update(&telegram::private(7, "one")));
    updates.push(update(&telegram::private(8, "two")));
    let lambot = Setup::default().polling(&updates).start();
    lambot.said.wait_for(1, &format!("https://t.me/{USERNAME}"));
    assert_eq!(updates.said(2), ["You said: one", "You said: two"]);
    updates.push(update(&telegram::private(9, "three")));
    assert_eq!(updates.said(3)[2], "You said: three");
    updates.asked_from(10);

    let kinds = ["message", "callback_query"];
    let first = json!({ "timeout": 25, "limit": 5, "allowed_updates": kinds });
    assert_eq!(updates.calls("getUpdates")[0], first);
}

#[test]
fn the_bot_learns_its_name() {
    let updates = Updates::start();
    updates.push(update(&telegram::in_topic(1, "/echo@another_bot no")));
    updates.push(update(&telegram::in_topic(2, &format!("/echo@{USERNAME} yes"))));
    let _lambot = Setup::default().polling(&updates).start();
    assert_eq!(updates.said(1), ["You said: yes"]);

    let updates = Updates::start();
    updates.push(update(&telegram::in_topic(1, &format!("/echo@{USERNAME} no"))));
    updates.push(update(&telegram::in_topic(2, "/echo@my_bot yes")));
    let named = Setup::default().variable("TELEGRAM_BOT_USERNAME", telegram::USERNAME);
    let _lambot = named.polling(&updates).start();
    assert_eq!(updates.said(1), ["You said: yes"]);
}

#[test]
fn what_was_answered_is_confirmed_at_the_end() {
    let updates = Updates::start();
    let mut lambot = Setup::default().polling(&updates).start();
    updates.push(hello(7));
    updates.said(1);
    assert_eq!(lambot.stop("TERM").code(), Some(0));
    let last = updates.calls("getUpdates").pop().unwrap();
    assert_eq!((&last["offset"], &last["timeout"]), (&json!(8), &json!(0)));
}

#[test]
fn a_restart_goes_on_where_it_was_even_after_a_crash() {
    let folder = Folder::new();
    let updates = Updates::start();
    let mut lambot = Setup::default().polling(&updates).keeping(&folder).start();
    updates.push(hello(7));
    updates.said(1);
    updates.asked_from(8);
    lambot.settle();
    lambot.process.child().kill().unwrap();
    lambot.process.wait();

    // Another Telegram, one to which nothing was ever confirmed.
    let updates = Updates::start();
    updates.push(hello(7));
    updates.push(update(&telegram::private(8, "/stats")));
    let _lambot = Setup::default().polling(&updates).keeping(&folder).start();
    assert_eq!(updates.said(1), ["2 messages so far, with this one."]);
    assert_eq!(updates.calls("getUpdates")[0]["offset"], 8);
}

#[test]
fn a_webhook_is_somebodys_until_they_say_otherwise() {
    let updates = Updates::with_webhook("https://bot.example/hook/zebra");
    updates.push(hello(7));
    let complaint = Setup::default().polling(&updates).fail();
    for part in ["@asking_bot has a webhook at bot.example,", "--delete-webhook"] {
        assert!(complaint.contains(part), "{complaint}");
    }
    assert!(!complaint.contains("zebra"), "{complaint}");
    assert_eq!(updates.calls("deleteWebhook"), [Value::Null; 0]);

    // Who cannot serve takes nothing from anybody.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut busy = lambot();
    busy.args(["--telegram-polling", "--delete-webhook", "--port", &port]);
    busy.env("TELEGRAM_BOT_TOKEN", telegram::TOKEN);
    busy.env("TELEGRAM_API_URL", format!("{}/telegram", updates.api.url));
    assert_eq!(Process::start(&mut busy).wait().code(), Some(1));
    assert_eq!(updates.calls("deleteWebhook"), [Value::Null; 0]);

    let lambot = Setup::default().polling(&updates).argument("--delete-webhook").start();
    assert_eq!(updates.said(1), ["You said: hello"]);
    // What waits is not dropped.
    assert_eq!(updates.calls("deleteWebhook"), [json!({})]);
    let said = lambot.said.so_far().join("\n");
    assert!(said.contains("Deleted the webhook of @asking_bot at bot.example."), "{said}");
    assert!(!said.contains("zebra"), "{said}");
}

#[test]
fn a_press_stops_turning() {
    let recorded = include_str!(
        "../../../bot-core/fixtures/telegram/callback_query--constructed-with-message.json"
    );
    let press: Value = serde_json::from_str(recorded).unwrap();
    let query = press["callback_query"]["id"].clone();
    let next = press["update_id"].as_i64().unwrap() + 1;
    let updates = Updates::start();
    updates.push(press);
    let _lambot = Setup::default().polling(&updates).start();
    updates.asked_from(next);
    assert_eq!(updates.calls("answerCallbackQuery"), [json!({ "callback_query_id": query })]);
}

#[test]
fn trouble_passes_and_nothing_is_answered_twice_or_written_down() {
    let updates = Updates::start();
    let slow = r#"{"ok":false,"description":"zebra","parameters":{"retry_after":1}}"#;
    updates.trouble([
        Reply::status(500, "", "zebra"),
        Reply::status(409, "", r#"{"ok":false,"description":"Conflict: zebra"}"#),
        Reply::status(429, "", slow),
    ]);
    let mut lambot = Setup::default().polling(&updates).start();
    updates.push(update(&telegram::private(7, "zebra")));
    assert_eq!(updates.said(1), ["You said: zebra"]);
    updates.trouble([Reply::Nothing]);
    updates.push(update(&telegram::private(8, "zebra")));
    updates.asked_from(9);
    assert_eq!(lambot.stop("INT").code(), Some(0));
    assert_eq!(updates.said(2).len(), 2);

    let logged = lambot.logged.all().join("\n");
    let troubles = [
        "Telegram answers with status 500",
        "another program asks for this bot's updates",
        "Telegram asks for a pause",
        "Telegram cannot be reached",
    ];
    for trouble in troubles {
        assert!(logged.contains(trouble), "{trouble:?} is not in the log:\n{logged}");
    }
    let written = format!("{logged}\n{}", lambot.said.all().join("\n"));
    for secret in ["zebra", telegram::TOKEN, "test-token"] {
        assert!(!written.contains(secret), "{secret:?} is written");
    }
}

#[test]
fn what_is_not_accepted_is_tried_again_and_not_passed_over() {
    let updates = Updates::start();
    let mut lambot = Setup::default().polling(&updates).start();
    // Larger than any webhook may be.
    updates.push(update(&telegram::private(7, &"x".repeat(600_000))));
    updates.push(hello(8));
    lambot.logged.wait_for(2, "update 7 is not accepted (status 413)");
    assert_eq!(lambot.stop("TERM").code(), Some(0));
    assert_eq!(updates.said(0), [""; 0]);
    let offsets: Vec<Value> =
        updates.calls("getUpdates").iter().map(|call| call["offset"].clone()).collect();
    assert_eq!(offsets, [Value::Null]);
}

#[test]
fn a_token_that_is_none_ends_it() {
    let updates = Updates::start();
    let mut lambot = Setup::default().polling(&updates).start();
    updates.trouble([Reply::status(401, "", r#"{"ok":false}"#)]);
    assert_eq!(lambot.process.wait().code(), Some(1));
    lambot.logged.wait_for(1, "lambot: Telegram does not accept TELEGRAM_BOT_TOKEN (status 401)");

    // (token, what it complains about)
    let cases = [
        ("", "TELEGRAM_BOT_TOKEN is not set"),
        ("zebra zebra", "TELEGRAM_BOT_TOKEN holds a space"),
    ];
    for (token, problem) in cases {
        let setup = Setup::default().polling(&updates).variable("TELEGRAM_BOT_TOKEN", token);
        let complaint = setup.fail();
        assert!(complaint.contains(problem), "{complaint}");
        assert!(!complaint.contains("zebra"), "{complaint}");
    }
}
