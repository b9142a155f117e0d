//! What is sent to each platform, and what its answers mean.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use bot_core::event::{Event, EventKind};
use bot_core::http::Request;
use bot_core::platform::{
    ApiRequest, Call, DecodeError, Decoded, Inbound, Method, Outbound, Platform, RequestError,
};
use bot_core::{Action, Cx, Reply, Timestamp, UsageError};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use support::settings;

#[derive(Deserialize, Serialize)]
struct Press {}

impl Action for Press {
    const NAME: &'static str = "press";
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::nothing())
    }
}

fn inbound(platform: Platform) -> Box<dyn Inbound> {
    platform.inbound(&settings).expect("settings").expect("switched on")
}

fn outbound(platform: Platform) -> Box<dyn Outbound> {
    platform.outbound(&settings).expect("settings")
}

fn decode(platform: Platform, body: &str) -> Result<Event, DecodeError> {
    match support::decode(platform, body.as_bytes())? {
        Decoded::Event(event) => Ok(*event),
        other => panic!("{other:?}"),
    }
}

fn slack(event: &Value) -> Event {
    let body = json!({
        "type": "event_callback",
        "team_id": "T1",
        "authorizations": [{ "user_id": "UBOT", "is_bot": true }],
        "event": event,
    });
    decode(Platform::Slack, &body.to_string()).expect("readable")
}

fn slash_command() -> Event {
    let body = "team_id=T1&channel_id=C1&user_id=U1&user_name=ann&command=%2Fecho&text=hello&trigger_id=1.2\
                &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1%2F1%2Fx";
    decode(Platform::Slack, body).expect("readable")
}

fn interaction() -> Event {
    let body = json!({
        "type": 2, "id": "1457536583141294258", "application_id": "9", "token": "tok", "channel_id": "7",
        "member": { "user": { "id": "5" } }, "data": { "name": "echo", "options": [{ "name": "text", "type": 3, "value": "hi" }] },
    });
    decode(Platform::Discord, &body.to_string()).expect("readable")
}

fn telegram(message: &Value) -> Event {
    let body = json!({ "update_id": 1, "message": message });
    decode(Platform::Telegram, &body.to_string()).expect("readable")
}

/// A request as `METHOD url [authorization] body`.
fn shown(request: &ApiRequest) -> String {
    let authorization = request.headers.iter().find(|(name, _)| *name == "authorization");
    let authorization = authorization.map_or("-", |(_, value)| value.expose_secret());
    let body = String::from_utf8_lossy(&request.body);
    format!("{} {} [{authorization}] {body}", request.method.as_str(), request.url.expose_secret())
}

fn requests(event: &Event, text: &str) -> Vec<String> {
    let outbound = outbound(event.platform);
    let calls = outbound.encode(event, &[Reply::text(text)]).expect("an address of its own");
    calls.iter().map(|call| shown(&outbound.request(call).expect("a request"))).collect()
}

#[test]
fn replies_go_where_the_event_came_from() {
    let private = json!({ "message_id": 3, "chat": { "id": 42, "type": "private" }, "from": { "id": 42 }, "text": "hi" });
    let topic = json!({
        "message_id": 8, "chat": { "id": -1001, "type": "supergroup" }, "from": { "id": 42 }, "text": "/help@My_Test_Bot",
        "message_thread_id": 55, "is_topic_message": true,
    });
    let thread_that_is_no_topic = json!({
        "message_id": 8, "chat": { "id": -1001, "type": "supergroup" }, "from": { "id": 42 }, "text": "/help",
        "message_thread_id": 55,
    });
    // (case, event, request)
    let cases = [
        (
            "Slack, a message of its own",
            slack(
                &json!({ "type": "message", "channel": "D1", "channel_type": "im", "user": "U1", "ts": "1.000002", "text": "hi" }),
            ),
            r#"POST https://slack.com/api/chat.postMessage [Bearer xoxb-development] {"channel":"D1","mrkdwn":false,"text":"&lt;hello&gt;","thread_ts":"1.000002"}"#,
        ),
        (
            "Slack, a mention in a thread",
            slack(
                &json!({ "type": "app_mention", "channel": "C1", "user": "U1", "ts": "1.000002", "thread_ts": "1.000001", "text": "<@UBOT> hi" }),
            ),
            r#"POST https://slack.com/api/chat.postMessage [Bearer xoxb-development] {"channel":"C1","mrkdwn":false,"text":"&lt;hello&gt;","thread_ts":"1.000001"}"#,
        ),
        (
            "Slack, a slash command",
            slash_command(),
            r#"POST https://hooks.slack.com/commands/T1/1/x [-] {"mrkdwn":false,"response_type":"in_channel","text":"&lt;hello&gt;"}"#,
        ),
        (
            "Discord, a command",
            interaction(),
            r#"PATCH https://discord.com/api/v10/webhooks/9/tok/messages/@original [-] {"allowed_mentions":{"parse":[]},"content":"\\<hello>"}"#,
        ),
        (
            "Telegram, a private chat",
            telegram(&private),
            r#"POST https://api.telegram.org/bot1000000001:development/sendMessage [-] {"chat_id":42,"text":"<hello>"}"#,
        ),
        (
            "Telegram, a topic",
            telegram(&topic),
            r#"POST https://api.telegram.org/bot1000000001:development/sendMessage [-] {"chat_id":-1001,"message_thread_id":55,"reply_parameters":{"allow_sending_without_reply":true,"message_id":8},"text":"<hello>"}"#,
        ),
        (
            "Telegram, a thread that is no topic",
            telegram(&thread_that_is_no_topic),
            r#"POST https://api.telegram.org/bot1000000001:development/sendMessage [-] {"chat_id":-1001,"reply_parameters":{"allow_sending_without_reply":true,"message_id":8},"text":"<hello>"}"#,
        ),
    ];

    for (case, event, expected) in cases {
        assert_eq!(requests(&event, "<hello>"), [expected], "{case}");
    }
}

#[test]
fn long_replies_are_sent_in_parts_within_each_limit() {
    let private = json!({ "message_id": 3, "chat": { "id": 42, "type": "private" }, "from": { "id": 42 }, "text": "hi" });
    // (event, limit, unit, where the text is, targets)
    let long = "🧀 & ".repeat(9000);
    type Unit = fn(&str) -> usize;
    let cases: [(Event, usize, Unit, &str); 3] = [
        (slash_command(), 4000, |text| text.encode_utf16().count(), "text"),
        (interaction(), 2000, |text| text.chars().count(), "content"),
        (telegram(&private), 4096, |text| text.encode_utf16().count(), "text"),
    ];

    for (event, limit, unit, field) in cases {
        let calls =
            outbound(event.platform).encode(&event, &[Reply::text(&long)]).expect("its address");
        let parts: Vec<&str> =
            calls.iter().map(|call| call.body[field].as_str().expect("text")).collect();
        assert!(
            parts.len() > 5 && parts.iter().all(|part| unit(part) <= limit),
            "{:?}",
            event.platform
        );
        let words = parts.join(" ").replace("&amp;", "&");
        assert_eq!(words.split_whitespace().count(), 18_000, "{:?}", event.platform);
    }
}

#[test]
fn later_parts_take_the_way_that_is_left() {
    let long = "a".repeat(25_000);
    let targets = |event: &Event| -> Vec<String> {
        let calls =
            outbound(event.platform).encode(event, &[Reply::text(&long)]).expect("its address");
        calls.iter().map(|call| format!("{} {}", call.method.as_str(), call.target)).collect()
    };

    let slack = targets(&slash_command());
    assert_eq!(
        slack.iter().filter(|target| target.contains("hooks.slack.com")).count(),
        4,
        "{slack:?}"
    );
    assert_eq!(slack[4], "POST chat.postMessage");
    let discord = targets(&interaction());
    assert_eq!(discord[..2], ["PATCH /webhooks/9/tok/messages/@original", "POST /webhooks/9/tok"]);
}

#[test]
fn an_empty_reply_takes_the_thinking_back() {
    assert_eq!(
        requests(&interaction(), " "),
        ["DELETE https://discord.com/api/v10/webhooks/9/tok/messages/@original [-] "]
    );
    assert!(requests(&slash_command(), " ").is_empty());
}

#[test]
fn nothing_is_sent_to_strangers_or_without_a_token() {
    let call =
        |target: &str| Call { method: Method::Post, target: target.into(), body: Value::Null };
    // (platform, target, error)
    let cases = [
        (Platform::Slack, "https://evil.example/commands", RequestError::ForeignUrl),
        (Platform::Slack, "", RequestError::ForeignUrl),
        (Platform::Discord, "https://evil.example/", RequestError::ForeignUrl),
        (Platform::Telegram, "../bot2/sendMessage", RequestError::ForeignUrl),
    ];
    for (platform, target, expected) in cases {
        assert_eq!(
            outbound(platform).request(&call(target)).err(),
            Some(expected),
            "{platform:?} {target}"
        );
    }

    let cases = [
        (Platform::Slack, "chat.postMessage", "SLACK_BOT_TOKEN"),
        (Platform::Discord, "/channels/1/messages", "DISCORD_BOT_TOKEN"),
        (Platform::Telegram, "sendMessage", "TELEGRAM_BOT_TOKEN"),
    ];
    for (platform, target, name) in cases {
        let without = platform.outbound(&|_: &str| None).expect("defaults");
        assert_eq!(
            without.request(&call(target)).err(),
            Some(RequestError::NoToken(name)),
            "{platform:?}"
        );
    }

    // What one may send without a token has buttons only with one.
    for (event, name) in
        [(slash_command(), "SLACK_BOT_TOKEN"), (interaction(), "DISCORD_BOT_TOKEN")]
    {
        let without = event.platform.outbound(&|_: &str| None).expect("defaults");
        let request = |reply: Reply| {
            let calls = without.encode(&event, &[reply]).expect("its address");
            without.request(&calls[0]).map(|_| ())
        };
        assert_eq!(request(Reply::text("hi")), Ok(()), "{name}");
        let with_button = Reply::text("hi").button("Press", Press {});
        assert_eq!(request(with_button), Err(RequestError::NoToken(name)), "{name}");
        let with_menu = Reply::text("hi").menu("Which?", [("This", Press {})]);
        assert_eq!(request(with_menu), Err(RequestError::NoToken(name)), "{name}");
    }
}

#[test]
fn a_response_url_of_a_stranger_is_refused() {
    let body = "team_id=T1&channel_id=C1&user_id=U1&command=%2Fecho&text=&trigger_id=1.2&response_url=https%3A%2F%2Fevil.example%2F";
    assert_eq!(decode(Platform::Slack, body), Err(DecodeError::ForeignUrl));
}

#[test]
fn an_interaction_knows_when_it_happened() {
    assert_eq!(interaction().sent_at.map(Timestamp::as_secs), Some(1_767_574_201));
}

#[test]
fn the_webhook_is_answered_in_the_platforms_terms() {
    let private = json!({ "message_id": 3, "chat": { "id": 42, "type": "private" }, "from": { "id": 42 }, "text": "hi" });
    let dm = slack(
        &json!({ "type": "message", "channel": "D1", "user": "U1", "ts": "1.000002", "text": "hi" }),
    );
    // (event, queued, status, what the body holds)
    let cases = [
        (&dm, true, 200, ""),
        (&dm, false, 503, "error"),
        (&slash_command(), true, 200, ""),
        (&slash_command(), false, 200, r#""response_type":"ephemeral""#),
        (&interaction(), true, 200, r#"{"type":5}"#),
        (&interaction(), false, 200, r#""flags":64"#),
        (&telegram(&private), true, 200, ""),
        (&telegram(&private), false, 503, "error"),
    ];

    for (event, queued, status, holds) in cases {
        let response = inbound(event.platform).respond(event, queued);
        assert_eq!(response.status, status, "{:?} queued: {queued}", event.platform);
        assert!(
            response.body.contains(holds) && response.body.is_empty() == holds.is_empty(),
            "{}",
            response.body
        );
    }
}

#[test]
fn slack_tests_tls_without_a_signature() {
    let slack = inbound(Platform::Slack);
    let get =
        |query: &str| Request { method: "GET".into(), query: query.into(), ..Request::default() };
    assert!(slack.answer_unsigned(&get("ssl_check=1")).is_some());
    assert!(slack.answer_unsigned(&get("ssl_check=0")).is_none());
    assert!(
        slack.answer_unsigned(&Request { method: "POST".into(), ..get("ssl_check=1") }).is_none()
    );
}

#[test]
fn text_commands_are_commands_on_every_platform() {
    let dm = slack(
        &json!({ "type": "message", "channel": "D1", "user": "U1", "ts": "1.000002", "text": "/Echo hi" }),
    );
    assert!(matches!(dm.kind, EventKind::Command { ref name, .. } if name == "echo"));
    let overheard = slack(
        &json!({ "type": "message", "channel": "C1", "user": "U1", "ts": "1.000002", "text": "/echo hi" }),
    );
    assert!(matches!(overheard.kind, EventKind::Message { .. }));
}
