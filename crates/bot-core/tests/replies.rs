//! How a reply reaches people, as its author chose.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "each test file uses its part")]
mod support;

use std::time::Duration;

use bot_core::platform::{ApiAnswer, Call, Decoded, Method, Platform, Sent, Verdict};
use bot_core::{Event, Reaction, Reply};
use serde_json::{Value, json};
use support::{decode, settings};

fn event(platform: Platform, body: &str) -> Event {
    match decode(platform, body.as_bytes()) {
        Ok(Decoded::Event(event) | Decoded::Form(event)) => *event,
        other => panic!("{other:?}"),
    }
}

/// A message in a thread.
fn slack(channel: &str) -> Event {
    let message = json!({
        "type": "app_mention", "channel": channel, "user": "U1", "ts": "1.000002", "thread_ts": "1.000001",
        "text": "<@UBOT> hi",
    });
    let body = json!({
        "type": "event_callback", "team_id": "T1", "event": message,
        "authorizations": [{ "user_id": "UBOT", "is_bot": true }],
    });
    event(Platform::Slack, &body.to_string())
}

fn slash_command() -> Event {
    let body = "team_id=T1&channel_id=C1&user_id=U1&command=%2Fecho&text=hi&trigger_id=1.2\
                &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1%2F1%2Fx";
    event(Platform::Slack, body)
}

fn discord() -> Event {
    let body = json!({
        "type": 2, "id": "1457536583141294258", "application_id": "9", "token": "tok", "channel_id": "7",
        "member": { "user": { "id": "5" } }, "data": { "name": "echo" },
    });
    event(Platform::Discord, &body.to_string())
}

fn telegram() -> Event {
    let message = json!({
        "message_id": 8, "chat": { "id": -1001, "type": "supergroup" }, "from": { "id": 42 }, "text": "/help",
    });
    event(Platform::Telegram, &json!({ "update_id": 1, "message": message }).to_string())
}

fn calls(event: &Event, reply: Reply) -> Vec<Call> {
    let outbound = event.platform.outbound(&settings).expect("settings");
    outbound.encode(event, &[reply]).expect("its address")
}

/// Method and target, and of the body what says where it goes and what it is.
fn shown(call: &Call) -> (String, Value) {
    let told = [
        "response_type",
        "thread_ts",
        "user",
        "flags",
        "reply_parameters",
        "timestamp",
        "name",
        "reaction",
        "message_id",
    ];
    let mut body = call.body.clone();
    if let Some(body) = body.as_object_mut() {
        body.retain(|name, _| told.contains(&name.as_str()));
    }
    (format!("{} {}", call.method.as_str(), call.target), body)
}

#[test]
fn a_reply_takes_the_way_its_author_chose() {
    const HOOK: &str = "https://hooks.slack.com/commands/T1/1/x";
    const ORIGINAL: &str = "/webhooks/9/tok/messages/@original";

    let hi = || Reply::text("hi");
    let react = |reply: Reply| reply.reaction(Reaction::ThumbsUp);
    let post = |target: &str, body: Value| (format!("POST {target}"), body);
    let thread = json!({ "thread_ts": "1.000001" });
    let reacted = || post("reactions.add", json!({ "name": "+1", "timestamp": "1.000002" }));
    let to_message =
        json!({ "reply_parameters": { "allow_sending_without_reply": true, "message_id": 8 } });
    let thumb = || {
        let reaction = json!([{ "type": "emoji", "emoji": "👍" }]);
        post("setMessageReaction", json!({ "message_id": 8, "reaction": reaction }))
    };
    // (event, reply, calls)
    let cases = [
        (slack("C1"), hi(), vec![post("chat.postMessage", thread.clone())]),
        (slack("C1"), hi().unthreaded(), vec![post("chat.postMessage", json!({}))]),
        (
            slack("C1"),
            hi().ephemeral(),
            vec![post("chat.postEphemeral", json!({ "thread_ts": "1.000001", "user": "U1" }))],
        ),
        (
            slack("C1"),
            hi().ephemeral().unthreaded(),
            vec![post("chat.postEphemeral", json!({ "user": "U1" }))],
        ),
        // Nobody else is there.
        (slack("D1"), hi().ephemeral(), vec![post("chat.postMessage", thread.clone())]),
        (slack("C1"), react(hi()), vec![post("chat.postMessage", thread), reacted()]),
        (slack("C1"), react(Reply::nothing()), vec![reacted()]),
        (
            slash_command(),
            hi().unthreaded(),
            vec![post(HOOK, json!({ "response_type": "in_channel" }))],
        ),
        (
            slash_command(),
            hi().ephemeral(),
            vec![post(HOOK, json!({ "response_type": "ephemeral" }))],
        ),
        (
            slash_command(),
            react(Reply::nothing()),
            vec![post(HOOK, json!({ "response_type": "in_channel" }))],
        ),
        (discord(), hi(), vec![(format!("PATCH {ORIGINAL}"), json!({}))]),
        (
            discord(),
            hi().ephemeral(),
            vec![
                (format!("DELETE {ORIGINAL}"), Value::Null),
                post("/webhooks/9/tok", json!({ "flags": 64 })),
            ],
        ),
        (discord(), react(Reply::nothing()), vec![(format!("PATCH {ORIGINAL}"), json!({}))]),
        (telegram(), hi(), vec![post("sendMessage", to_message.clone())]),
        (telegram(), hi().unthreaded(), vec![post("sendMessage", json!({}))]),
        (telegram(), hi().ephemeral(), vec![post("sendMessage", to_message.clone())]),
        (telegram(), react(hi()), vec![post("sendMessage", to_message), thumb()]),
        (telegram(), react(Reply::nothing()), vec![thumb()]),
    ];

    for (event, reply, expected) in cases {
        let case = format!("{:?}, {reply:?}", event.platform);
        let calls: Vec<_> = calls(&event, reply).iter().map(shown).collect();
        assert_eq!(calls, expected, "{case}");
    }
}

/// A press of a button under a message with these flags.
fn press(flags: u64) -> Event {
    below(flags, 3, &json!({ "custom_id": "AQABAQAAAAAAAAAA", "component_type": 2 }))
}

/// A form that such a button has opened.
fn form(flags: u64) -> Event {
    below(flags, 5, &json!({ "custom_id": "form:feedback", "components": [] }))
}

fn below(flags: u64, kind: u8, data: &Value) -> Event {
    let body = json!({
        "type": kind, "id": "1457536583141294258", "application_id": "9", "token": "tok", "channel_id": "7",
        "member": { "user": { "id": "5" } }, "message": { "id": "1457536583141294000", "flags": flags },
        "data": data,
    });
    event(Platform::Discord, &body.to_string())
}

#[test]
fn what_everybody_was_to_see_is_said_in_the_channel_when_an_interaction_has_expired() {
    let hi = || Reply::text("hi");
    // An older deployment has queued it.
    let old_press = Event { ephemeral: false, ..press(64) };
    // (case, event, reply, whether it is said in the channel)
    let cases = [
        ("command", discord(), hi(), true),
        ("command, for one person", discord(), hi().ephemeral(), false),
        ("press", press(0), hi(), true),
        ("form", form(0), hi(), true),
        ("form, opened from what one person sees", form(64), hi(), false),
        ("press, edit", press(0), hi().edit(), true),
        ("press, for one person", press(0), hi().ephemeral(), false),
        ("press of what one person sees", press(64), hi(), false),
        ("press of what one person sees, edit", press(64), hi().edit(), false),
        ("press of what one person sees, of before", old_press.clone(), hi(), false),
        ("press of what one person sees, of before, edit", old_press, hi().edit(), false),
    ];
    for (case, event, reply, is_said) in cases {
        let outbound = event.platform.outbound(&settings).expect("settings");
        let calls = calls(&event, reply);
        let call = calls.last().expect("a call");
        let body = Some(br#"{"code":50027}"#.to_vec());
        let answer = ApiAnswer { status: 401, body, ..ApiAnswer::default() };
        let sent = Sent { event: &event, step: 0, call, age: Duration::from_secs(901) };
        match outbound.classify(&sent, &answer) {
            Verdict::Instead(late) => {
                assert!(is_said, "{case}");
                assert_eq!(shown(&late).0, "POST /channels/7/messages", "{case}");
                assert_eq!(late.body["content"], "hi", "{case}");
            }
            Verdict::Undeliverable(_) => assert!(!is_said, "{case}"),
            other => panic!("{case}: {other:?}"),
        }
    }
}

#[test]
fn a_reaction_that_nobody_can_be_given_is_said() {
    for event in [slash_command(), discord()] {
        let said =
            |reply: Reply| calls(&event, reply.reaction(Reaction::Party))[0].body.to_string();
        assert!(said(Reply::nothing()).contains("🎉"), "{:?}", event.platform);
        assert!(!said(Reply::text("Done.")).contains("🎉"), "{:?}", event.platform);
    }
}

#[test]
fn a_reaction_that_is_refused_costs_nothing_else() {
    // (event, method, status, answer, what becomes of it)
    let cases = [
        (
            slack("C1"),
            "reactions.add",
            200,
            r#"{"ok":false,"error":"already_reacted"}"#,
            "delivered",
        ),
        (slack("C1"), "reactions.add", 200, r#"{"ok":false,"error":"missing_scope"}"#, "delivered"),
        (
            slack("C1"),
            "reactions.add",
            200,
            r#"{"ok":false,"error":"too_many_reactions"}"#,
            "delivered",
        ),
        (slack("C1"), "reactions.add", 200, r#"{"ok":false,"error":"is_archived"}"#, "delivered"),
        (slack("C1"), "reactions.add", 200, r#"{"ok":false,"error":"no_permission"}"#, "delivered"),
        (slack("C1"), "reactions.add", 200, r#"{"ok":false,"error":"token_revoked"}"#, "held"),
        (
            telegram(),
            "setMessageReaction",
            400,
            r#"{"ok":false,"description":"Bad Request: REACTION_INVALID"}"#,
            "delivered",
        ),
        (
            telegram(),
            "setMessageReaction",
            403,
            r#"{"ok":false,"description":"Forbidden: bot was kicked from the supergroup chat"}"#,
            "delivered",
        ),
        // Messages do not keep their ids in a supergroup.
        (
            telegram(),
            "setMessageReaction",
            400,
            r#"{"ok":false,"description":"Bad Request: group chat was upgraded","parameters":{"migrate_to_chat_id":-1002}}"#,
            "delivered",
        ),
        (
            telegram(),
            "setMessageReaction",
            401,
            r#"{"ok":false,"description":"Unauthorized"}"#,
            "held",
        ),
    ];
    for (event, target, status, body, expected) in cases {
        let outbound = event.platform.outbound(&settings).expect("settings");
        let call = Call { method: Method::Post, target: target.into(), body: json!({}) };
        let answer = ApiAnswer { status, body: Some(body.into()), ..ApiAnswer::default() };
        let sent = Sent { event: &event, step: 0, call: &call, age: Duration::ZERO };
        let verdict = match outbound.classify(&sent, &answer) {
            Verdict::Delivered => "delivered",
            Verdict::Unauthorized(..) => "held",
            other => panic!("{body}: {other:?}"),
        };
        assert_eq!(verdict, expected, "{target} {body}");
    }
}
