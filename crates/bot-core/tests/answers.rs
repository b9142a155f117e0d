//! What the answers of platforms' APIs mean.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "each test file uses its part")]
mod support;

use std::time::Duration;

use bot_core::event::EventKind;
use bot_core::platform::{ApiAnswer, Call, Decoded, Method, Outbound, Platform, Sent, Verdict};
use bot_core::{Event, Reply};
use serde_json::{Value, json};
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
    let cases: [(Platform, &str, u16, &str, &str, &str); 48] = [
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
        (Discord, ORIGINAL, 429, "65", r#"{"retry_after":64.57}"#, &limited(64.57)),
        (Discord, ORIGINAL, 429, "65", "<html>", &limited(65.0)),
        (Discord, ORIGINAL, 429, "", r#"{"retry_after":2,"global":true}"#, &limited(2.0)),
        (Discord, ORIGINAL, 429, "", r#"{"retry_after":2,"global":false}"#, &limited(2.0)),
        (Discord, ORIGINAL, 429, "", r#"{"retry_after":-1}"#, "limited"),
        (Discord, ORIGINAL, 522, "", "<html>", "retry"),
        (Telegram, "sendMessage", 200, "", r#"{"ok":true}"#, "delivered"),
        (
            Telegram,
            "sendMessage",
            429,
            "9",
            r#"{"ok":false,"parameters":{"retry_after":5}}"#,
            &limited(5.0),
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
            "refused: message text is empty",
        ),
        (
            Telegram,
            "sendMessage",
            400,
            "",
            r#"{"ok":false,"description":"Bad Request: reply markup is too long"}"#,
            "refused: reply markup is too long",
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
        let answer =
            ApiAnswer { status, retry_after, body: Some(body.into()), ..ApiAnswer::default() };
        let verdict = match classify(platform, &call, &answer, 2) {
            Verdict::Delivered => "delivered".to_owned(),
            Verdict::Retry(None) => "retry".to_owned(),
            Verdict::Retry(Some(after)) => retry(after.as_secs_f64()),
            Verdict::Limited(_, None) => "limited".to_owned(),
            Verdict::Limited(_, Some(after)) => limited(after.as_secs_f64()),
            Verdict::Instead(_) => "instead".to_owned(),
            Verdict::Undeliverable(_) => "undeliverable".to_owned(),
            // Telegram's reasons have names of ours.
            Verdict::Refused(reason) if platform == Telegram => format!("refused: {reason}"),
            Verdict::Refused(_) => "refused".to_owned(),
            Verdict::Unauthorized(..) => "unauthorized".to_owned(),
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
fn an_edit_of_a_message_that_is_gone_becomes_a_message_in_its_place() {
    let keyboard = json!({ "inline_keyboard": [] });
    let call = |target: &str, body| Call { method: Method::Post, target: target.into(), body };
    let edit = call(
        "editMessageText",
        json!({ "chat_id": -1, "message_id": 7, "text": "hi", "reply_markup": keyboard }),
    );
    let press = json!({
        "id": "q", "from": { "id": 42 }, "data": "AQABAQAAAAAAAAAA",
        "message": {
            "message_id": 7, "chat": { "id": -1, "type": "supergroup" }, "message_thread_id": 55, "is_topic_message": true,
        },
    });
    let press = json!({ "update_id": 1, "callback_query": press }).to_string();
    let Ok(Decoded::Event(press)) = support::decode(Platform::Telegram, press.as_bytes()) else {
        panic!("no press");
    };
    let classify = |call: &Call, answer: &Value| {
        let sent = Sent { event: &press, step: 0, call, age: Duration::ZERO };
        let body = Some(answer.to_string().into_bytes());
        outbound(Platform::Telegram)
            .classify(&sent, &ApiAnswer { status: 400, body, ..ApiAnswer::default() })
    };
    let refused = |why: &str| json!({ "ok": false, "description": format!("Bad Request: {why}") });
    let mut moved = refused("group chat was upgraded to a supergroup chat");
    moved["parameters"] = json!({ "migrate_to_chat_id": -1001 });

    let message = call(
        "sendMessage",
        json!({
            "chat_id": -1, "message_thread_id": 55, "text": "hi", "reply_markup": keyboard,
            "reply_parameters": { "message_id": 7, "allow_sending_without_reply": true },
        }),
    );
    // Messages do not keep their ids in a supergroup.
    let message_there = call(
        "sendMessage",
        json!({ "chat_id": -1001, "message_thread_id": 55, "text": "hi", "reply_markup": keyboard }),
    );
    let gone = refused("message to edit not found");
    // (answer, call, what is sent instead)
    let cases = [
        (&gone, &edit, &message),
        (&refused("message can't be edited"), &edit, &message),
        (&refused("MESSAGE_ID_INVALID"), &edit, &message),
        (&moved, &edit, &message_there),
        (&moved, &message, &message_there),
    ];
    for (answer, call, instead) in cases {
        assert_eq!(classify(call, answer), Verdict::Instead(instead.clone()), "{answer}");
    }
    let again = classify(&message, &gone);
    assert!(matches!(again, Verdict::Refused(_)), "{again:?}");
}

#[test]
fn a_response_url_that_takes_no_more_is_followed_by_a_message_of_the_bots_own() {
    let body = "team_id=T1&channel_id=C1&user_id=U1&command=%2Fecho&text=hello&trigger_id=1.2\
                &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1%2F1%2Fx";
    let Ok(Decoded::Event(command)) = support::decode(Platform::Slack, body.as_bytes()) else {
        panic!("no command");
    };
    let press = |is_ephemeral: bool| {
        let payload = json!({
            "type": "block_actions", "trigger_id": "1.2.a", "team": { "id": "T1" }, "user": { "id": "U1" },
            "channel": { "id": "C1" }, "response_url": "https://hooks.slack.com/actions/T1/1/x",
            "container": { "type": "message", "message_ts": "1.000002", "is_ephemeral": is_ephemeral },
            "message": { "ts": "1.000002" },
            "actions": [{ "type": "button", "action_id": "lambot-0", "value": "AQABAQAAAAAAAAAA" }],
        });
        let body: String = url_encoded(&payload.to_string());
        match support::decode(Platform::Slack, format!("payload={body}").as_bytes()) {
            Ok(Decoded::Event(event)) => *event,
            other => panic!("{other:?}"),
        }
    };
    let literal = json!([{ "type": "rich_text", "elements": [
        { "type": "rich_text_section", "elements": [{ "type": "text", "text": "a <b>" }] },
    ] }]);
    // (case, event, reply, method, body)
    let cases = [
        (
            "a command's",
            (*command).clone(),
            Reply::text("a <b>"),
            "chat.postMessage",
            json!({ "channel": "C1", "text": "a &lt;b&gt;", "mrkdwn": false }),
        ),
        (
            "a command's, to one person",
            *command,
            Reply::text("a <b>").ephemeral(),
            "chat.postEphemeral",
            json!({ "channel": "C1", "user": "U1", "text": "a &lt;b&gt;", "blocks": literal }),
        ),
        (
            "an edit",
            press(false),
            Reply::text("a <b>").edit(),
            "chat.postMessage",
            json!({ "channel": "C1", "thread_ts": "1.000002", "text": "a &lt;b&gt;", "mrkdwn": false }),
        ),
        (
            "an edit of what one person sees",
            press(true),
            Reply::text("a <b>").edit(),
            "chat.postEphemeral",
            json!({ "channel": "C1", "user": "U1", "text": "a &lt;b&gt;", "blocks": literal }),
        ),
    ];
    for (case, event, reply, method, body) in cases {
        let verdict = |setup: &dyn Outbound| {
            let calls = setup.encode(&event, std::slice::from_ref(&reply)).expect("its address");
            let call = calls.first().expect("a call");
            assert!(call.target.starts_with("https://hooks.slack.com/"), "{case}");
            let sent = Sent { event: &event, step: 0, call, age: Duration::from_secs(1900) };
            setup.classify(&sent, &ApiAnswer { status: 404, ..ApiAnswer::default() })
        };
        let Verdict::Instead(call) = verdict(&*outbound(Platform::Slack)) else { panic!("{case}") };
        assert_eq!((&*call.target, &call.body), (method, &body), "{case}");
        // Without a token there is no other way.
        let without = Platform::Slack.outbound(&|_: &str| None).expect("defaults");
        assert!(matches!(verdict(&*without), Verdict::Undeliverable(_)), "{case}");
    }
}

fn url_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
