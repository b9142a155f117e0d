//! Where replies to presses and joins go, and how work is shown.

use std::time::Duration;

use bot_core::platform::{ApiAnswer, Call, Platform, Sent, Verdict};
use bot_core::{Event, Reply};
use serde_json::{Value, json};

use super::support::settings;
use super::world::{Watered, event, form, press, slash_command, with};

const TOKEN: &str = "AQABAQAAAAAAAAAA";

fn pressed(ephemeral: bool, thread: Option<&str>) -> Event {
    let payload = with(press(TOKEN), "/container/is_ephemeral", ephemeral.into());
    event(&form(&with(payload, "/container/thread_ts", thread.into())))
}

fn slack(kind: &str, more: Value) -> Event {
    let mut inner = json!({ "type": kind, "channel": "C1", "user": "U1", "ts": "1.000002" });
    inner.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
    let body =
        json!({ "type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": inner });
    event(&body.to_string())
}

fn calls(event: &Event, reply: Reply) -> Vec<Call> {
    let outbound = Platform::Slack.outbound(&settings).expect("settings");
    outbound.encode(event, &[reply]).expect("its address")
}

/// What is said of an event that failed, or of a command that was given wrongly.
fn aside() -> Reply {
    serde_json::from_value(json!({ "text": "Hi", "aside": true })).expect("a reply")
}

fn shown(call: &Call) -> String {
    format!("{} {}", call.target.rsplit('/').next().unwrap_or_default(), call.body)
}

#[test]
fn answers_go_to_where_the_press_was() {
    let said = || Reply::text("Hi");
    // (case, event, reply, call)
    let cases = [
        (
            "an edit",
            pressed(false, None),
            said().edit(),
            r#"x {"blocks":[],"mrkdwn":false,"replace_original":true,"text":"Hi"}"#,
        ),
        (
            "an edit of what one person sees",
            pressed(true, Some("1.1")),
            said().edit(),
            r#"x {"blocks":[],"mrkdwn":false,"replace_original":true,"text":"Hi"}"#,
        ),
        (
            "an answer",
            pressed(false, None),
            said(),
            r#"chat.postMessage {"channel":"C1","mrkdwn":false,"text":"Hi","thread_ts":"5.000001"}"#,
        ),
        (
            "an answer in a thread",
            pressed(false, Some("1.1")),
            said(),
            r#"chat.postMessage {"channel":"C1","mrkdwn":false,"text":"Hi","thread_ts":"1.1"}"#,
        ),
        (
            "an answer in a thread that the message alone tells",
            event(&form(&with(press(TOKEN), "/message/thread_ts", "1.1".into()))),
            said(),
            r#"chat.postMessage {"channel":"C1","mrkdwn":false,"text":"Hi","thread_ts":"1.1"}"#,
        ),
        (
            "an answer that one person sees",
            pressed(true, None),
            said(),
            r#"x {"mrkdwn":false,"replace_original":false,"response_type":"ephemeral","text":"Hi"}"#,
        ),
        (
            "an answer that one person sees in a thread",
            pressed(true, Some("1.1")),
            said(),
            r#"x {"mrkdwn":false,"replace_original":false,"response_type":"ephemeral","text":"Hi","thread_ts":"1.1"}"#,
        ),
        (
            "an edit where nothing was pressed",
            event(&slash_command("")),
            said().edit(),
            r#"x {"mrkdwn":false,"response_type":"in_channel","text":"Hi"}"#,
        ),
        (
            "a command's answer for one person alone",
            event(&slash_command("")),
            said().ephemeral(),
            r#"x {"mrkdwn":false,"response_type":"ephemeral","text":"Hi"}"#,
        ),
        (
            "an apology for a command",
            event(&slash_command("")),
            aside(),
            r#"x {"mrkdwn":false,"response_type":"ephemeral","text":"Hi"}"#,
        ),
        (
            "an edit in answer to a message",
            slack("app_mention", json!({ "text": "hi" })),
            said().edit(),
            r#"chat.postMessage {"channel":"C1","mrkdwn":false,"text":"Hi","thread_ts":"1.000002"}"#,
        ),
        (
            "a greeting",
            slack("member_joined_channel", json!({})),
            said(),
            r#"chat.postMessage {"channel":"C1","mrkdwn":false,"text":"Hi"}"#,
        ),
    ];

    for (case, event, reply, expected) in cases {
        let calls: Vec<String> = calls(&event, reply).iter().map(shown).collect();
        assert_eq!(calls, [expected], "{case}");
    }
}

#[test]
fn an_edit_with_buttons_brings_them() {
    let reply = Reply::text("Again?").button("Again", Watered { plant: 1 }).edit();
    let call = calls(&pressed(false, None), reply).pop().expect("a call");
    assert_eq!(call.body["replace_original"], true);
    assert_eq!(call.body["blocks"][1]["elements"][0]["text"]["text"], "Again");
}

#[test]
fn what_an_edit_has_no_room_for_follows_it() {
    let long = Reply::text("a".repeat(30_000)).edit();
    let targets = |event: &Event| -> Vec<String> {
        let calls = calls(event, long.clone());
        let replaces = |call: &Call| call.body["replace_original"] == true;
        assert!(replaces(&calls[0]) && !calls[1..].iter().any(replaces));
        calls
            .iter()
            .map(|call| call.target.rsplit('/').next().unwrap_or_default().to_owned())
            .collect()
    };

    let seen_by_all = targets(&pressed(false, None));
    assert_eq!(seen_by_all[..2], ["x", "chat.postMessage"]);
    let seen_by_one = targets(&pressed(true, Some("1.1")));
    assert_eq!(seen_by_one[..4], ["x", "x", "x", "x"]);
    assert!(
        seen_by_one.len() > 5 && seen_by_one[4..].iter().all(|way| way == "chat.postEphemeral")
    );
}

#[test]
fn what_follows_a_commands_url_is_seen_by_whom_the_url_showed_it_to() {
    let long = || Reply::text("a ".repeat(10_000));
    // (reply, the last call and its place)
    let cases = [
        (long(), "chat.postMessage", json!({ "channel": "C1" })),
        (long().ephemeral(), "chat.postEphemeral", json!({ "channel": "C1", "user": "U1" })),
    ];

    for (reply, target, expected) in cases {
        let last = calls(&event(&slash_command("")), reply).pop().expect("a call");
        let mut place = last.body.as_object().expect("an object").clone();
        place.retain(|name, _| ["channel", "user", "thread_ts"].contains(&&**name));
        assert_eq!((&*last.target, Value::from(place)), (target, expected));
    }
}

#[test]
fn a_late_part_for_one_person_has_no_formatting_to_switch_off() {
    let long = Reply::text("*a* ".repeat(6000));
    let last = calls(&pressed(true, Some("1.1")), long).pop().expect("a call");
    let fields: Vec<&String> = last.body.as_object().expect("an object").keys().collect();
    assert_eq!(fields, ["blocks", "channel", "text", "thread_ts", "user"]);
    let literal = &last.body["blocks"][0]["elements"][0]["elements"][0]["text"];
    assert_eq!(*literal, last.body["text"]);
}

#[test]
fn what_may_have_to_be_a_block_is_no_longer_than_one() {
    let pressed_by_one = || pressed(true, Some("1.1"));
    let mention = || slack("app_mention", json!({ "text": "hi" }));
    let direct =
        || slack("message", json!({ "text": "hi", "channel": "D1", "channel_type": "im" }));
    let said = || Reply::text("a".repeat(30_000));
    // (case, event, reply, the longest text, in UTF-16 units)
    let cases = [
        ("a command's answer", event(&slash_command("")), said(), 4000),
        ("a command's answer to one", event(&slash_command("")), said().ephemeral(), 3000),
        ("an answer that one person sees", pressed_by_one(), said(), 3000),
        ("an edit of what one person sees", pressed_by_one(), said().edit(), 3000),
        ("an answer to one who pressed", pressed(false, None), said().ephemeral(), 3000),
        ("an answer to all", pressed(false, None), said(), 4000),
        ("an edit of what all see", pressed(false, None), said().edit(), 4000),
        ("a reply to one", mention(), said().ephemeral(), 3000),
        ("a reply to all", mention(), said(), 4000),
        ("a reply to one who is alone", direct(), said().ephemeral(), 4000),
        ("a greeting to one", slack("member_joined_channel", json!({})), said().ephemeral(), 3000),
        ("a greeting", slack("member_joined_channel", json!({})), said(), 4000),
    ];

    for (case, event, reply, longest) in cases {
        let length = |call: Call| call.body["text"].as_str().map_or(0, |text| text.len());
        let most = calls(&event, reply).into_iter().map(length).max();
        assert_eq!(most, Some(longest), "{case}");
    }
}

#[test]
fn work_is_shown_where_slack_has_a_way_to() {
    // (case, event, call)
    let cases = [
        (
            "a message",
            slack("app_mention", json!({ "text": "hi", "thread_ts": "1.000001" })),
            Some(
                r#"assistant.threads.setStatus {"channel_id":"C1","status":"asks &lt;them&gt;…","thread_ts":"1.000001"}"#,
            ),
        ),
        (
            "a command",
            event(&slash_command("")),
            Some(r#"x {"mrkdwn":false,"response_type":"ephemeral","text":"asks &lt;them&gt;…"}"#),
        ),
        ("a press", pressed(false, None), None),
        ("a join", slack("member_joined_channel", json!({})), None),
    ];

    let outbound = Platform::Slack.outbound(&settings).expect("settings");
    for (case, event, expected) in cases {
        let call = outbound.working(&event, "asks <them>…");
        assert_eq!(call.as_ref().map(shown).as_deref(), expected, "{case}");
    }
}

/// `response_url` works where the bot is not, and the Web API does not.
#[test]
fn what_follows_a_commands_url_where_the_bot_is_not_goes_to_the_person() {
    let command = || event(&slash_command(""));
    let outbound = Platform::Slack.outbound(&settings).expect("settings");
    let classify = |event: &Event, step: usize, call: &Call, error: &str| {
        let body = Some(json!({ "ok": false, "error": error }).to_string().into_bytes());
        let answer = ApiAnswer { status: 200, body, ..ApiAnswer::default() };
        outbound.classify(&Sent { event, step, call, age: Duration::ZERO }, &answer)
    };
    let long = || Reply::text("a ".repeat(10_000)).button("Watered", Watered { plant: 1 });

    for reply in [long(), long().ephemeral()] {
        let calls = calls(&command(), reply);
        let (step, last) = (calls.len() - 1, calls.last().expect("a call"));
        for error in ["channel_not_found", "not_in_channel", "user_not_in_channel"] {
            let Verdict::Instead(own) = classify(&command(), step, last, error) else {
                panic!("{error}");
            };
            assert_eq!(own.target, "chat.postMessage");
            assert_eq!(
                (&own.body["channel"], &own.body["text"]),
                (&json!("U1"), &last.body["text"])
            );
            let fields: Vec<&String> = own.body.as_object().expect("an object").keys().collect();
            assert!(!fields.iter().any(|name| ["user", "thread_ts"].contains(&&***name)));
            // Its button is sealed for the channel.
            assert_eq!(own.body["blocks"].as_array().map(Vec::len), Some(1));
            assert_eq!(own.body["blocks"][0], last.body["blocks"][0]);
            // Nobody is sent in circles.
            let again = classify(&command(), step, &own, error);
            assert_eq!(again, Verdict::Undeliverable(error.to_owned()));
        }
        let archived = classify(&command(), step, last, "is_archived");
        assert_eq!(archived, Verdict::Undeliverable("is_archived".to_owned()));
        // It would be instead of what is already instead of another.
        let late = classify(&command(), 0, last, "not_in_channel");
        assert_eq!(late, Verdict::Undeliverable("not_in_channel".to_owned()));
    }
    let mention = slack("app_mention", json!({ "text": "hi" }));
    let calls = calls(&mention, long());
    let verdict = classify(&mention, 4, &calls[0], "not_in_channel");
    assert_eq!(verdict, Verdict::Undeliverable("not_in_channel".to_owned()));
}
