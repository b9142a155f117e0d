//! What presses, joins and mentions are read as.

use bot_core::action::is_token;
use bot_core::event::{EventKind, Joined, User};
use bot_core::platform::{Decoded, Platform};
use serde_json::{Value, json};

use super::support::settings;
use super::world::{decode, event, form, press, slash_command, with};

const TOKEN: &str = "AQABAQAAAAAAAAAA";

/// A press in words: its key, place, person and token; or why it is none.
fn read(payload: &Value) -> String {
    match decode(&form(payload)) {
        Ok(Decoded::Event(event)) => {
            let EventKind::Press { token } = &event.kind else { panic!("{event:?}") };
            assert!(event.addressed && is_token(token));
            let User { id, name } = &event.user;
            format!(
                "{} in {} {} by {id} {}",
                event.key.as_str(),
                event.tenant,
                event.conversation,
                name.as_deref().unwrap_or("-")
            )
        }
        Ok(Decoded::Ignored(_, response)) => format!("ignored {}", response.status),
        Ok(other) => panic!("{other:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_press_is_read_from_what_slack_sends_of_it() {
    const READ: &str = "slack:T1:trigger:3.4 in T1 C1 by U1 ann";
    let elsewhere = "https://evil.example/actions/T1/1/x";
    // (case, what is different, how, read as)
    let cases = [
        ("a button", "/enterprise", Value::Null, READ),
        (
            "without a trigger",
            "/trigger_id",
            Value::Null,
            "slack:T1:press:C1:5.000001:lambot:0:1548426417.840180:U1 in T1 C1 by U1 ann",
        ),
        ("without a channel beside its container", "/channel", Value::Null, READ),
        ("in an organisation's app", "/team", Value::Null, READ),
        ("by somebody without a name", "/user/name", Value::Null, READ),
        ("of another app", "/actions/0/value", "click_me_123".into(), "ignored 200"),
        ("of nothing", "/actions/0/value", Value::Null, "ignored 200"),
        ("of no element", "/actions", json!([]), "ignored 200"),
        ("in a modal", "/container", json!({ "type": "view", "view_id": "V1" }), "ignored 200"),
        ("without a container", "/container", Value::Null, "ignored 200"),
        ("a modal sent off", "/type", "view_submission".into(), "ignored 200"),
        ("without an URL", "/response_url", Value::Null, "response_url is missing"),
        (
            "with a stranger's URL",
            "/response_url",
            elsewhere.into(),
            "response_url is not the platform's",
        ),
        ("without a person", "/user", Value::Null, "user is missing"),
        ("of another shape", "/actions", json!([1]), "unreadable JSON"),
    ];

    for (case, pointer, value, expected) in cases {
        let read = read(&with(press(TOKEN), pointer, value));
        assert!(read.starts_with(expected), "{case}: {read}");
    }
}

#[test]
fn a_menu_of_a_message_is_answered_at_an_url_of_slacks() {
    let chosen = |url: &str| {
        let payload = json!({
            "type": "message_action", "callback_id": "Find it", "trigger_id": "1.2", "action_ts": "6.000001",
            "team": { "id": "T1" }, "user": { "id": "U1" }, "channel": { "id": "C1" },
            "message": { "user": "U2", "text": "hi" }, "response_url": url,
        });
        match decode(&form(&payload)) {
            Ok(Decoded::Event(event)) => event.conversation,
            Ok(other) => panic!("{other:?}"),
            Err(error) => error.to_string(),
        }
    };
    assert_eq!(chosen("https://hooks.slack.com/app/T1/1/x"), "C1");
    assert_eq!(chosen("https://evil.example/app/T1/1/x"), "response_url is not the platform's");
}

#[test]
fn one_view_that_is_sent_twice_is_two_events() {
    let address = json!({ "channel": { "channel": "U1" } }).to_string();
    let key = |id: &str, hash: &str| {
        let view =
            json!({ "id": id, "hash": hash, "callback_id": "find", "private_metadata": address });
        let payload = json!({ "type": "view_submission", "team": { "id": "T1" }, "user": { "id": "U1" }, "view": view });
        match decode(&form(&payload)) {
            Ok(Decoded::Form(event)) => event.key.as_str().to_owned(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(key("V1", "1.a"), "slack:T1:V1:1.a");
    assert_eq!(key("V1", "2.b"), "slack:T1:V1:2.b");
}

#[test]
fn a_choice_of_a_menu_is_a_press() {
    let option = json!({ "text": { "type": "plain_text", "text": "Balcony" }, "value": TOKEN });
    let chosen = with(press(""), "/actions/0/selected_option", option);
    let chosen = with(chosen, "/actions/0/value", Value::Null);
    assert_eq!(event(&form(&chosen)).kind, EventKind::Press { token: TOKEN.to_owned() });
}

#[test]
fn no_shape_of_a_press_is_more_than_refused() {
    let pointers = [
        "/type",
        "/user",
        "/user/id",
        "/container",
        "/container/message_ts",
        "/container/is_ephemeral",
        "/container/thread_ts",
        "/trigger_id",
        "/team",
        "/team/id",
        "/channel",
        "/message",
        "/response_url",
        "/actions",
        "/actions/0/value",
        "/actions/0/action_id",
        "/actions/0/action_ts",
        "/actions/0/selected_option",
    ];
    let shapes = [
        json!(1),
        json!(-1.5e300),
        json!([]),
        json!([[]]),
        json!({}),
        json!(""),
        json!("\u{0}<é"),
        json!(true),
    ];
    for pointer in pointers {
        for shape in &shapes {
            // Reading it asserts what is read.
            let _ = read(&with(press(TOKEN), pointer, shape.clone()));
        }
    }
}

#[test]
fn a_press_is_answered_with_an_empty_body_or_a_warning() {
    let slack = Platform::Slack.inbound(&settings).expect("settings").expect("switched on");
    let press = event(&form(&press(TOKEN)));
    let taken = slack.respond(&press, true);
    assert_eq!((taken.status, taken.body.as_str()), (200, ""));
    assert_eq!(slack.respond(&press, false).status, 503);
}

fn callback(inner: &Value) -> String {
    let authorizations = json!([{ "user_id": "UBOT", "is_bot": true }]);
    json!({
        "type": "event_callback", "team_id": "T1", "event_id": "Ev1", "authorizations": authorizations, "event": inner,
    })
    .to_string()
}

#[test]
fn who_comes_into_a_channel_is_told_apart_from_the_bot() {
    let user = |id: &str| User { id: id.to_owned(), name: None };
    // (who came, who brought them, joined, whom the bot speaks to)
    let cases = [
        ("U2", None, Joined { bot: false, people: vec![user("U2")] }, "U2"),
        ("U2", Some("U1"), Joined { bot: false, people: vec![user("U2")] }, "U2"),
        ("UBOT", Some("U1"), Joined { bot: true, people: Vec::new() }, "U1"),
        ("UBOT", None, Joined { bot: true, people: Vec::new() }, "UBOT"),
    ];

    for (who, inviter, joined, spoken_to) in cases {
        let inner = json!({
            "type": "member_joined_channel", "user": who, "inviter": inviter, "channel": "C1", "event_ts": "1772518352.000200",
        });
        let event = event(&callback(&inner));
        assert_eq!(event.kind, EventKind::Joined(joined), "{who}");
        assert_eq!(event.user.id, spoken_to, "{who}");
        assert_eq!((event.tenant.as_str(), event.conversation.as_str()), ("T1", "C1"));
        assert_eq!(event.key.as_str(), "slack:T1:event:Ev1");
        assert_eq!(event.sent_at.map(|at| at.as_secs()), Some(1_772_518_352));
    }
}

#[test]
fn the_people_a_text_names_are_known() {
    let message = callback(&json!({
        "type": "app_mention", "channel": "C1", "user": "U1", "ts": "1.000002", "text": "<@UBOT> /plant <@U2> of <@U3|ann>",
    }));
    // (body, names and ids)
    let cases = [
        (message, [("@U2", "U2"), ("@ann", "U3")]),
        (slash_command("<@U3|ann> and <@U2>"), [("@ann", "U3"), ("@U2", "U2")]),
    ];

    for (body, expected) in cases {
        let event = event(&body);
        let found: Vec<_> =
            event.mentions.iter().map(|at| (at.text.as_str(), at.user.id.as_str())).collect();
        assert_eq!(found, expected, "{:?}", event.kind);
    }
}
