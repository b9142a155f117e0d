//! What the answers of platforms' APIs mean.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "each test file uses its part")]
mod support;

use std::time::Duration;

use bot_core::Event;
use bot_core::event::EventKind;
use bot_core::platform::{ApiAnswer, Call, Method, Outbound, Platform, Sent, Verdict};
use serde_json::json;
use support::settings;

fn outbound(platform: Platform) -> Box<dyn Outbound> {
    platform.outbound(&settings).expect("settings")
}

/// What an answer means that comes so many seconds after the event.
fn classify(platform: Platform, call: &Call, answer: &ApiAnswer, secs: u64) -> Verdict {
    let event = Event::example(platform, EventKind::Message { text: "hi".into() });
    let sent = Sent { event: &event, step: 0, call, age: Duration::from_secs(secs) };
    outbound(platform).classify(&sent, answer)
}

fn limited(after: f64) -> String {
    format!("limited, {after} s")
}

#[test]
fn answers_mean_what_the_platform_says() {
    use Platform::{Discord, Slack, Telegram};

    const HOOK: &str = "https://hooks.slack.com/commands/T1/1/x";
    const ORIGINAL: &str = "/webhooks/9/tok/messages/@original";

    let retry = |secs: f64| format!("retry after {secs}");
    // (platform, target, status, Retry-After, body, verdict)
    let cases: [(Platform, &str, u16, &str, &str, &str); 47] = [
        (Slack, "chat.postMessage", 200, "", r#"{"ok":true}"#, "delivered"),
        (
            Slack,
            "chat.postMessage",
            200,
            "",
            r#"{"ok":false,"error":"channel_not_found"}"#,
            "undeliverable",
        ),
        (
            Slack,
            "chat.postMessage",
            200,
            "",
            r#"{"ok":false,"error":"restricted_action_read_only_channel"}"#,
            "undeliverable",
        ),
        (Slack, "chat.postMessage", 200, "", r#"{"ok":false,"error":"invalid_blocks"}"#, "refused"),
        (
            Slack,
            "chat.postMessage",
            200,
            "",
            r#"{"ok":false,"error":"no_such_error_yet"}"#,
            "refused",
        ),
        (
            Slack,
            "chat.postMessage",
            200,
            "",
            r#"{"ok":false,"error":"token_revoked"}"#,
            "unauthorized",
        ),
        (Slack, "chat.postMessage", 200, "", r#"{"ok":false,"error":"internal_error"}"#, "retry"),
        (Slack, "chat.postMessage", 200, "", "<html>", "retry"),
        (Slack, "chat.postMessage", 200, "", "", "retry"),
        (
            Slack,
            "chat.postMessage",
            200,
            "7",
            r#"{"ok":false,"error":"ratelimited"}"#,
            &limited(7.0),
        ),
        (
            Slack,
            "chat.postMessage",
            429,
            "30",
            r#"{"ok":false,"error":"ratelimited"}"#,
            &limited(30.0),
        ),
        (Slack, "chat.postMessage", 429, "soon", "", "limited"),
        (Slack, "chat.postMessage", 503, "", "", "retry"),
        (Slack, HOOK, 200, "", "ok", "delivered"),
        (Slack, HOOK, 404, "", "expired_url", "undeliverable"),
        (Slack, HOOK, 429, "2", "", &limited(2.0)),
        (Slack, HOOK, 500, "", "", "retry"),
        (Discord, ORIGINAL, 200, "", "{}", "delivered"),
        (Discord, ORIGINAL, 404, "", r#"{"code":10015}"#, &retry(1.0)),
        (Discord, ORIGINAL, 404, "", r#"{"code":10008}"#, &retry(1.0)),
        (Discord, "/webhooks/9/tok", 404, "", r#"{"code":10015}"#, &retry(1.0)),
        (Discord, "/webhooks/9/tok", 404, "", r#"{"code":10008}"#, "undeliverable"),
        (Discord, ORIGINAL, 401, "", r#"{"code":50027}"#, "instead"),
        (Discord, "/channels/1/messages", 401, "", r#"{"code":0}"#, "unauthorized"),
        (Discord, "/channels/1/messages", 403, "", r#"{"code":50007}"#, "undeliverable"),
        (Discord, ORIGINAL, 400, "", r#"{"code":50035}"#, "refused"),
        (Discord, ORIGINAL, 429, "65", r#"{"retry_after":64.57}"#, &retry(64.57)),
        (Discord, ORIGINAL, 429, "65", "<html>", &limited(65.0)),
        (Discord, ORIGINAL, 429, "", r#"{"retry_after":2,"global":true}"#, &limited(2.0)),
        (Discord, ORIGINAL, 429, "", r#"{"retry_after":2,"global":false}"#, &retry(2.0)),
        (Discord, ORIGINAL, 429, "", r#"{"retry_after":-1}"#, "retry"),
        (Discord, ORIGINAL, 522, "", "<html>", "retry"),
        (Telegram, "sendMessage", 200, "", r#"{"ok":true}"#, "delivered"),
        (
            Telegram,
            "sendMessage",
            429,
            "9",
            r#"{"ok":false,"parameters":{"retry_after":5}}"#,
            &retry(5.0),
        ),
        (
            Telegram,
            "sendMessage",
            403,
            "",
            r#"{"ok":false,"description":"Forbidden: bot was kicked from the group chat"}"#,
            "undeliverable",
        ),
        (
            Telegram,
            "sendMessage",
            400,
            "",
            r#"{"ok":false,"description":"Bad Request: chat not found"}"#,
            "undeliverable",
        ),
        (
            Telegram,
            "sendMessage",
            400,
            "",
            r#"{"ok":false,"description":"Bad Request: message text is empty"}"#,
            "refused",
        ),
        (
            Telegram,
            "sendMessage",
            400,
            "",
            r#"{"ok":false,"description":"Bad Request: message is not modified"}"#,
            "delivered",
        ),
        (
            Telegram,
            "sendMessage",
            401,
            "",
            r#"{"ok":false,"description":"Unauthorized"}"#,
            "unauthorized",
        ),
        (
            Telegram,
            "sendMessage",
            404,
            "",
            r#"{"ok":false,"description":"Not Found"}"#,
            "unauthorized",
        ),
        (Telegram, "sendMessage", 403, "", "<html>", "retry"),
        (Telegram, "sendMessage", 408, "", "", "retry"),
        (Discord, ORIGINAL, 403, "", "<html>", "retry"),
        (Discord, ORIGINAL, 404, "", "<html>", "retry"),
        (Slack, "chat.postMessage", 302, "", "", "retry"),
        (Slack, "chat.postMessage", 400, "", "", "refused"),
        (Telegram, "sendMessage", 502, "", "", "retry"),
    ];

    for (platform, target, status, retry_after, body, expected) in cases {
        let call = Call { method: Method::Post, target: target.into(), body: json!({}) };
        let retry_after = (!retry_after.is_empty()).then(|| retry_after.to_owned());
        let answer = ApiAnswer { status, retry_after, body: Some(body.as_bytes().to_vec()) };
        let verdict = match classify(platform, &call, &answer, 2) {
            Verdict::Delivered => "delivered".to_owned(),
            Verdict::Retry(None) => "retry".to_owned(),
            Verdict::Retry(Some(after)) => retry(after.as_secs_f64()),
            Verdict::Limited(None) => "limited".to_owned(),
            Verdict::Limited(Some(after)) => limited(after.as_secs_f64()),
            Verdict::Instead(_) => "instead".to_owned(),
            Verdict::Undeliverable(_) => "undeliverable".to_owned(),
            Verdict::Refused(_) => "refused".to_owned(),
            Verdict::Unauthorized(_) => "unauthorized".to_owned(),
        };
        assert_eq!(verdict, expected, "{platform:?} {target} {status} {body}");
    }
}

#[test]
fn what_a_deferral_brings_is_not_yet_there_only_for_a_while_and_then_said_in_the_channel() {
    let answer = ApiAnswer {
        status: 404,
        body: Some(br#"{"code":10015}"#.to_vec()),
        ..ApiAnswer::default()
    };
    let body = json!({ "content": "hi", "allowed_mentions": { "parse": [] } });
    for (method, target) in
        [(Method::Patch, "/webhooks/9/tok/messages/@original"), (Method::Post, "/webhooks/9/tok")]
    {
        let call = Call { method, target: target.into(), body: body.clone() };
        let verdict = |call: &Call, secs| classify(Platform::Discord, call, &answer, secs);
        assert_eq!(verdict(&call, 14), Verdict::Retry(Some(Duration::from_secs(1))), "{target}");
        let Verdict::Instead(late) = verdict(&call, 15) else { panic!("{target}") };
        assert_eq!((late.method, &*late.target), (Method::Post, "/channels/ann/messages"));
        assert_eq!(late.body["content"], "hi");
        // However often it is sent, it is one message.
        assert_eq!(late.body["enforce_nonce"], true);
        assert_eq!(late.body["nonce"].as_str().map(str::len), Some(25));
        assert_eq!(verdict(&call, 16), Verdict::Instead(late.clone()));
        assert!(matches!(verdict(&late, 16), Verdict::Undeliverable(_)), "{target}");

        let private = Call { body: json!({ "content": "hi", "flags": 64 }), ..call };
        assert!(matches!(verdict(&private, 15), Verdict::Undeliverable(_)), "{target}");
    }
}

#[test]
fn an_edit_of_a_message_that_is_gone_becomes_a_message() {
    let edit = Call {
        method: Method::Post,
        target: "editMessageText".into(),
        body: json!({ "chat_id": 42, "message_id": 7, "text": "hi", "reply_markup": { "inline_keyboard": [] } }),
    };
    let answer = |body: &str| ApiAnswer {
        status: 400,
        body: Some(body.as_bytes().to_vec()),
        ..ApiAnswer::default()
    };
    let gone = r#"{"ok":false,"description":"Bad Request: message to edit not found"}"#;
    let moved = r#"{"ok":false,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-1001}}"#;
    for (body, chat) in [(gone, 42), (moved, -1001)] {
        let instead = Call {
            method: Method::Post,
            target: "sendMessage".into(),
            body: json!({ "chat_id": chat, "text": "hi", "reply_markup": { "inline_keyboard": [] } }),
        };
        let verdict = classify(Platform::Telegram, &edit, &answer(body), 0);
        assert_eq!(verdict, Verdict::Instead(instead.clone()), "{body}");
        let again = classify(Platform::Telegram, &instead, &answer(gone), 0);
        assert!(matches!(again, Verdict::Refused(_)), "{again:?}");
    }
}
