//! Suggestions, and who sees an answer.

use bot_core::Platform;
use bot_core::ingest::{Action, Platforms};
use serde_json::{Value, json};

use super::support::settings;
use super::world::{BOT, decided, discord, shown, slack, slash, telegram};

fn answer(platform: Platform, request: &str) -> Value {
    let Action::Suggest { platform: asking, typing } = decided(platform, request) else {
        panic!("{request} asks for no suggestions")
    };
    assert_eq!(asking, platform);
    let platforms = Platforms::from_settings(&settings).expect("settings");
    let response = platforms.suggest(platform, &typing.typed, &BOT.suggestions(&typing));
    assert_eq!(response.status, 200, "{request}");
    serde_json::from_str(&response.body).expect("JSON")
}

#[test]
fn what_is_being_written_is_met_with_suggestions() {
    // (command, argument, typed, suggestions)
    let cases: [(&str, &str, &str, &[&str]); 8] = [
        ("find", "city", "par", &["Paris", "Parma"]),
        ("find", "city", "", &["Paris", "Parma", "Lisbon"]),
        ("find", "city", "is", &["Paris", "Lisbon"]),
        ("find", "city", "x", &[]),
        ("find", "unit", "m", &["metric", "imperial"]),
        ("find", "trap", "x", &[]),
        ("find", "nothing", "x", &[]),
        ("gone", "city", "par", &[]),
    ];

    for (command, argument, typed, expected) in cases {
        let option = json!({ "name": argument, "type": 3, "value": typed, "focused": true });
        let data = json!({ "name": command, "options": [option] });
        let choices: Vec<Value> =
            expected.iter().map(|value| json!({ "name": value, "value": value })).collect();
        let found = answer(Platform::Discord, &discord(4, &data));
        let answer_to_it = json!({ "type": 8, "data": { "choices": choices } });
        assert_eq!(found, answer_to_it, "/{command} {argument}: {typed}");

        let view = json!({ "callback_id": command });
        let asked = json!({ "action_id": argument, "value": typed, "view": view });
        let found = answer(Platform::Slack, &slack("block_suggestion", asked));
        let values = found["options"].as_array().expect("options").iter();
        let values: Vec<&str> = values.filter_map(|option| option["value"].as_str()).collect();
        // Slack's list takes nothing that is not in it.
        let expected: Vec<&str> =
            expected.iter().copied().chain(Some(typed).filter(|typed| !typed.is_empty())).collect();
        assert_eq!(values, expected, "/{command} {argument}: {typed}");
    }
}

#[test]
fn whether_one_person_alone_sees_the_answer_is_settled_when_the_event_is_accepted() {
    let deferred = r#"{"data":{"flags":64},"type":5}"#;
    let find = json!({ "name": "find", "options": [{ "name": "city", "type": 3, "value": "x" }] });
    let below = |flags: u64| {
        let mut request: Value = serde_json::from_str(&discord(2, &find)).expect("JSON");
        request["message"] = json!({ "flags": flags });
        request.to_string()
    };
    // (platform, request, answer, for one person?)
    let cases = [
        (Platform::Discord, discord(2, &json!({ "name": "secret" })), deferred, true),
        (Platform::Discord, discord(2, &find), r#"{"type":5}"#, false),
        (Platform::Discord, below(0), r#"{"type":5}"#, false),
        (Platform::Discord, below(64), deferred, true),
        (Platform::Slack, slash("/secret", ""), "", true),
        (Platform::Telegram, telegram("/secret"), "", true),
        (Platform::Telegram, telegram("/find x"), "", false),
    ];

    for (platform, request, answer, ephemeral) in cases {
        let Action::Enqueue { envelope, accepted, .. } = decided(platform, &request) else {
            panic!("{request} is not queued")
        };
        assert_eq!(accepted.body, answer, "{request}");
        assert_eq!(envelope.event.ephemeral, ephemeral, "{request}");
    }
}

#[test]
fn who_cannot_be_told_sees_that_it_came_to_nothing() {
    let chosen = json!({
        "callback_id": "Find it", "action_ts": "1700000000.5", "message": { "text": "Paris" },
        "channel": { "id": "C1" }, "response_url": "https://hooks.slack.com/app/T1/1/x",
    });
    // (how the command is given, the status when it cannot be queued)
    let cases = [(slash("/find", "Paris"), 200), (slack("message_action", chosen), 503)];

    for (request, status) in cases {
        let Action::Enqueue { refused, .. } = decided(Platform::Slack, &request) else {
            panic!("{request} is not queued")
        };
        assert_eq!(refused.status, status, "{request}");
    }
}

#[test]
fn a_press_of_what_is_none_of_ours_is_not_read_any_further() {
    let elements = json!({ "user": null, "actions": [{ "value": "approve:42" }], "container": { "message_ts": "5.000001" } });
    let mut component: Value =
        serde_json::from_str(&discord(3, &json!({ "custom_id": "approve:42" }))).expect("JSON");
    component["user"] = Value::Null;
    // (platform, request, decision)
    let cases = [
        (Platform::Slack, slack("block_actions", elements), "Ignored(Slack, NotOurs): 200"),
        (Platform::Discord, component.to_string(), r#"Ignored(Discord, NotOurs): 200 {"type":6}"#),
    ];

    for (platform, request, expected) in cases {
        assert_eq!(shown(decided(platform, &request)), expected, "{request}");
    }
}

#[test]
fn who_waits_for_what_nobody_can_read_is_told_where_slack_shows_it() {
    const WORDS: &str = "I could not read that. Somebody will look at it.";
    let address =
        json!({ "command": { "channel": "C1", "response_url": "https://evil.example/x" } });
    let view = |values: Value| json!({ "view": { "private_metadata": address.to_string(), "state": { "values": values } } });
    let told = json!({ "response_type": "ephemeral", "text": WORDS });
    let fault = json!({ "response_action": "errors", "errors": { "what": WORDS } });
    let shown = json!({ "error": "not readable" });
    let press = json!({ "actions": [{ "value": "form:feedback" }], "container": { "message_ts": "5.000001" } });
    let chosen = json!({ "message": { "text": "Paris" } });
    // (request, status, answer)
    let cases = [
        (slash("feedback", ""), 200, told),
        (slack("view_submission", view(json!({ "what": {}, "why": {} }))), 200, fault),
        (slack("view_submission", view(json!({}))), 422, shown.clone()),
        (slack("block_suggestion", json!({ "action_id": 7 })), 200, json!({ "options": [] })),
        (slack("block_actions", press), 422, shown.clone()),
        (slack("message_action", chosen), 422, shown.clone()),
        (slack("shortcut", json!({})), 422, shown.clone()),
        ("payload=%7B".to_owned(), 422, shown),
        (r#"{"type":7}"#.to_owned(), 200, Value::Null),
    ];

    for (request, status, answer) in cases {
        let Action::Bury { kept, .. } = decided(Platform::Slack, &request) else {
            panic!("{request} can be read")
        };
        let found = serde_json::from_str(&kept.body).unwrap_or_default();
        assert_eq!((kept.status, found), (status, answer), "{request}");
    }
}

#[test]
fn who_writes_what_cannot_be_read_is_offered_nothing() {
    let nothing = r#"Ignored(Discord, Kind): 200 {"data":{"choices":[]},"type":8}"#;
    let unfocused = json!({ "name": "find", "options": [] });
    for data in [unfocused, json!({ "name": 7 }), Value::Null] {
        assert_eq!(shown(decided(Platform::Discord, &discord(4, &data))), nothing, "{data}");
    }
}

#[test]
fn a_form_is_opened_by_nothing_that_stands_in_a_message() {
    let said =
        "/feedback\n&trigger_id=9.9.evil&payload={\"type\":\"x\",\"trigger_id\":\"9.9.evil\"}";
    let message = json!({
        "type": "message", "channel_type": "im", "channel": "D1", "user": "U1", "ts": "1.000002", "text": "/feedback",
        "client_msg_id": said,
    });
    let body =
        json!({ "type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": message });
    assert_eq!(shown(decided(Platform::Slack, &body.to_string())), "queued: 200");
}

#[test]
fn discord_is_offered_as_many_values_as_it_takes() {
    let platforms = Platforms::from_settings(&settings).expect("settings");
    let long = "x".repeat(101);
    let values = |count: u32| {
        let unfit = ["", &long].map(str::to_owned);
        let values: Vec<String> =
            unfit.into_iter().chain((0..count).map(|n| n.to_string())).collect();
        let answer = platforms.suggest(Platform::Discord, "", &values);
        let answer: Value = serde_json::from_str(&answer.body).expect("JSON");
        let choices = answer["data"]["choices"].as_array().expect("choices").clone();
        let last = choices.last().map(|choice| choice["value"].clone());
        (choices.len(), last)
    };
    assert_eq!(values(25), (25, Some("24".into())));
    assert_eq!(values(26), (25, Some("24".into())));
}
