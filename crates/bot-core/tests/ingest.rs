//! What becomes of webhooks: queued, answered, ignored or kept.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use bot_core::http::Request;
use bot_core::ingest::{Action, Note, Platforms, decide};
use bot_core::platform::{Decoded, Ignored, Platform};
use bot_core::{Bot, Cx, Listener, Reply, Timestamp, UsageError};
use serde_json::{Value, json};
use support::{decode, settings};

struct Silent;

impl Listener for Silent {
    type State = ();

    async fn hear(_: String, _: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::text(""))
    }
}

const BOT: Bot = Bot::new().on_message::<Silent>();

fn merge(mut base: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().expect("an object") {
        base[name] = value.clone();
    }
    base
}

fn slack(more: &Value) -> Decoded {
    let event = json!({ "type": "message", "channel": "D1", "channel_type": "im", "user": "U1", "ts": "1.000002", "text": "hi" });
    let body = json!({
        "type": "event_callback", "team_id": "T1", "api_app_id": "A1",
        "authorizations": [{ "user_id": "UBOT", "is_bot": true }],
        "event": merge(event, more),
    });
    decode(Platform::Slack, body.to_string().as_bytes()).expect("readable")
}

fn telegram(more: &Value) -> Decoded {
    let message = json!({ "message_id": 3, "chat": { "id": 42, "type": "private" }, "from": { "id": 42 }, "text": "hi" });
    let body = json!({ "update_id": 1, "message": merge(message, more) });
    decode(Platform::Telegram, body.to_string().as_bytes()).expect("readable")
}

/// Why it was ignored, if it was.
fn ignored(decoded: &Decoded) -> Option<Ignored> {
    match decoded {
        Decoded::Ignored(reason, _) => Some(*reason),
        _ => None,
    }
}

#[test]
fn bots_do_not_answer_bots_nor_edits() {
    // (what the message has besides, why it is ignored)
    let cases = [
        (json!({}), None),
        (json!({ "bot_id": "B1" }), Some(Ignored::FromBot)),
        (json!({ "bot_id": "" }), None),
        (json!({ "bot_profile": {} }), Some(Ignored::FromBot)),
        (json!({ "app_id": "A1" }), Some(Ignored::FromBot)),
        (json!({ "app_id": "A2" }), None),
        (json!({ "user": "UBOT" }), Some(Ignored::FromBot)),
        (json!({ "subtype": "bot_message" }), Some(Ignored::FromBot)),
        (json!({ "edited": { "user": "U1" } }), Some(Ignored::Edited)),
        (json!({ "subtype": "message_changed" }), Some(Ignored::Edited)),
        (json!({ "subtype": "message_deleted" }), Some(Ignored::Edited)),
        (json!({ "hidden": true }), Some(Ignored::Kind)),
        (json!({ "subtype": "channel_join" }), Some(Ignored::Kind)),
        (json!({ "subtype": "not_yet_known" }), Some(Ignored::Kind)),
        (json!({ "subtype": "file_share" }), None),
        (json!({ "subtype": "thread_broadcast" }), None),
        (json!({ "subtype": "me_message" }), None),
        (json!({ "user": null }), Some(Ignored::NoText)),
    ];
    for (more, expected) in cases {
        assert_eq!(ignored(&slack(&more)), expected, "Slack {more}");
    }

    let anonymous = json!({ "id": 1_087_968_824, "is_bot": true });
    let channel = json!({ "id": 136_817_688, "is_bot": true, "username": "Channel_Bot" });
    let cases = [
        (json!({}), None),
        (json!({ "from": { "id": 7, "is_bot": true } }), Some(Ignored::FromBot)),
        (json!({ "from": anonymous }), Some(Ignored::FromBot)),
        (json!({ "from": anonymous, "sender_chat": { "id": -1 } }), None),
        (json!({ "from": channel, "sender_chat": { "id": -1005, "type": "channel" } }), None),
        (json!({ "from": null }), Some(Ignored::NoText)),
        (json!({ "text": null }), Some(Ignored::NoText)),
        (json!({ "text": null, "caption": "a photo" }), None),
        (json!({ "text": "/help@other_bot" }), Some(Ignored::OtherBot)),
    ];
    for (more, expected) in cases {
        assert_eq!(ignored(&telegram(&more)), expected, "Telegram {more}");
    }
}

/// Decides about an authentic Telegram webhook.
fn decided(body: String) -> Action {
    let request = Request {
        method: "POST".into(),
        path: "/webhooks/telegram".into(),
        headers: [("x-telegram-bot-api-secret-token", "telegram-development-secret")]
            .into_iter()
            .collect(),
        body: body.into_bytes(),
        ..Request::default()
    };
    decide(
        &BOT,
        &Platforms::from_settings(&settings).expect("settings"),
        &request,
        Timestamp::default(),
    )
}

fn group_message(text: &str) -> String {
    let chat = json!({ "id": -1, "type": "group" });
    json!({ "update_id": 1, "message": { "message_id": 3, "chat": chat, "from": { "id": 42 }, "text": text } }).to_string()
}

#[test]
fn only_what_concerns_the_bot_is_queued() {
    assert!(matches!(decided(group_message("/x@my_test_bot")), Action::Enqueue { .. }));
    for text in ["hello", "/x", "@other hello"] {
        let action = decided(group_message(text));
        assert!(
            matches!(action, Action::Respond(_, Note::Unwanted(Platform::Telegram))),
            "{text}: {action:?}"
        );
    }
}

#[test]
fn what_cannot_be_read_or_queued_is_kept() {
    // SQS takes this character only escaped, and then it is twice as long.
    let large = json!({ "text": "\u{ffff}".repeat(174_500), "message_id": 3, "chat": { "id": 1 }, "from": { "id": 1 } });
    let large = json!({ "update_id": 1, "message": merge(large, &json!({ "chat": { "id": 1, "type": "private" } })) });
    // (body, reason)
    let cases = [
        ("{".to_owned(), "unreadable JSON at line 1, column 1"),
        ("{}".to_owned(), "update_id is missing"),
        (
            r#"{"update_id":1,"message":{"message_id":"x"}}"#.to_owned(),
            "a field of the JSON has an unexpected type",
        ),
        (large.to_string(), "too large for the queue"),
    ];
    for (body, expected) in cases {
        let Action::Bury { letter, kept } = decided(body.clone()) else {
            panic!("{body:.99} is not kept")
        };
        assert_eq!((letter.reason.as_str(), kept.status), (expected, 200), "{body:.99}");
    }
}
