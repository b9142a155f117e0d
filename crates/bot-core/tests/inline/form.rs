//! Forms: how they open, what is wrong in them, and what becomes of what is sent.

use bot_core::event::{Arguments, EventKind};
use bot_core::ingest::{Action, Platforms};
use bot_core::platform::ApiAnswer;
use bot_core::{Event, Platform, Reply};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::support::settings;
use super::world::{Feedback, decided, decided_with, discord, shown, slack, slash, telegram};

const MODAL: &str = r#"Answered(Discord): 200 {"data":{"components":[{"component":{"custom_id":"what","required":true,"style":2,"type":4},"label":"Your words","type":18},{"component":{"custom_id":"stars","placeholder":"a whole number, like 3","required":false,"style":1,"type":4},"label":"How many stars","type":18}],"custom_id":"form:feedback","title":"Your opinion"},"type":9}"#;

fn pressed(value: &str) -> String {
    slack(
        "block_actions",
        json!({
            "channel": { "id": "C1" }, "container": { "message_ts": "5.000001" },
            "response_url": "https://hooks.slack.com/actions/T1/1/x",
            "actions": [{ "action_id": "lambot:0", "value": value, "action_ts": "6.000001" }],
        }),
    )
}

/// What a form of Slack's comes back with.
fn sent(values: &Value, metadata: &Value) -> String {
    let view = json!({
        "id": "V1", "hash": "1.a", "callback_id": "feedback", "private_metadata": metadata.to_string(),
        "state": { "values": values },
    });
    slack("view_submission", json!({ "view": view }))
}

fn command_address() -> Value {
    json!({ "command": { "channel": "C1", "response_url": "https://hooks.slack.com/commands/T1/1/x" } })
}

#[test]
fn a_form_opens_where_there_are_forms() {
    let bare = json!({ "name": "feedback" });
    let given =
        json!({ "name": "feedback", "options": [{ "name": "what", "type": 3, "value": "Great" }] });
    let press = json!({ "custom_id": "form:feedback.0", "component_type": 2 });
    let shortcut = slack("shortcut", json!({ "callback_id": "feedback", "action_ts": "6.000001" }));
    // (case, platform, request, decision)
    let cases = [
        ("a command", Platform::Discord, discord(2, &bare), MODAL),
        ("with arguments", Platform::Discord, discord(2, &given), r#"queued: 200 {"type":5}"#),
        ("a button", Platform::Discord, discord(3, &press), MODAL),
        (
            "a command",
            Platform::Slack,
            slash("/feedback", ""),
            r#"views.open "feedback" by "1.2.abc""#,
        ),
        ("with arguments", Platform::Slack, slash("/feedback", "Great"), "queued: 200"),
        (
            "a button",
            Platform::Slack,
            pressed("form:feedback"),
            r#"views.open "feedback" by "3.4.def""#,
        ),
        ("a shortcut", Platform::Slack, shortcut, r#"views.open "feedback" by "3.4.def""#),
        (
            "a button of a command without one",
            Platform::Slack,
            pressed("form:secret"),
            "queued: 200",
        ),
        ("a command", Platform::Telegram, telegram("/feedback"), "queued: 200"),
    ];

    for (case, platform, request, expected) in cases {
        assert_eq!(shown(decided(platform, &request)), expected, "{case} on {platform:?}");
    }
}

#[test]
fn a_button_of_telegrams_opens_forms_and_gives_no_other_command() {
    let press = |data: &str| {
        let chat = json!({ "id": 42, "type": "private" });
        let message = json!({ "message_id": 3, "date": 5, "chat": chat, "text": "x" });
        let query = json!({ "id": "q1", "from": { "id": 42 }, "message": message, "data": data });
        json!({ "update_id": 1, "callback_query": query }).to_string()
    };
    let press_of = |name: &str| EventKind::Press { token: format!("form:{name}") };
    let feedback = EventKind::Command {
        name: "feedback".to_owned(),
        arguments: Arguments::Text(String::new()),
    };
    // (what is in the button, what becomes of it)
    let cases = [
        ("form:feedback", feedback),
        ("form:secret", press_of("secret")),
        ("form:find", press_of("find")),
        ("form:nothing", press_of("nothing")),
    ];

    for (data, expected) in cases {
        let Action::Enqueue { envelope, accepted, .. } = decided(Platform::Telegram, &press(data))
        else {
            panic!("{data} is not queued")
        };
        assert_eq!(envelope.event.kind, expected, "{data}");
        assert!(accepted.body.contains("answerCallbackQuery"), "{data}: {}", accepted.body);
    }
}

#[test]
fn a_form_that_is_reserved_opens_for_one_person() {
    let asks = |user: &str| {
        let kind = EventKind::Message { text: String::new() };
        let mut event = Event::example(Platform::Slack, kind);
        event.user.id = user.to_owned();
        let outbound = Platform::Slack.outbound(&settings).expect("settings");
        let reply = Reply::text("Well?").form::<Feedback>("Tell us").reserved();
        let calls = outbound.encode(&event, &[reply]).expect("an address of its own");
        let button = &calls[0].body["blocks"][1]["elements"][0];
        pressed(button["value"].as_str().expect("a button"))
    };
    // Who presses is U1.
    let shown = |user| shown(decided(Platform::Slack, &asks(user)));
    assert_eq!(shown("U1"), r#"views.open "feedback" by "3.4.def""#);
    assert_eq!(shown("U2"), "queued: 200");
}

#[test]
fn a_form_of_slacks_is_opened_with_the_bots_token_or_not_at_all() {
    let untold = |name: &str| settings(name).filter(|_| name != "SLACK_BOT_TOKEN");
    let action = decided_with(Platform::Slack, &slash("/feedback", ""), &untold);
    assert_eq!(shown(action), "queued: 200");

    let Action::Open { platform, call, opened, failed } =
        decided(Platform::Slack, &slash("/feedback", ""))
    else {
        panic!("no form opens")
    };
    let platforms = Platforms::from_settings(&settings).expect("settings");
    let request = platforms.request(platform, &call).expect("a request");
    assert_eq!(request.url.expose_secret(), "https://slack.com/api/views.open");
    let header = request.headers.iter().find(|(name, _)| *name == "authorization");
    assert_eq!(header.map(|(_, value)| value.expose_secret()), Some("Bearer xoxb-development"));
    let expected = json!({
        "type": "modal", "callback_id": "feedback",
        "title": { "type": "plain_text", "text": "Your opinion", "emoji": false },
        "submit": { "type": "plain_text", "text": "Send", "emoji": false },
        "private_metadata": command_address().to_string(),
        "blocks": [
            {
                "type": "input", "block_id": "what", "optional": false,
                "label": { "type": "plain_text", "text": "Your words", "emoji": false },
                "element": { "type": "plain_text_input", "action_id": "what", "multiline": true },
            },
            {
                "type": "input", "block_id": "stars", "optional": true,
                "label": { "type": "plain_text", "text": "How many stars", "emoji": false },
                "element": {
                    "type": "plain_text_input", "action_id": "stars", "multiline": false,
                    "placeholder": { "type": "plain_text", "text": "a whole number, like 3", "emoji": false },
                },
            },
        ],
    });
    assert_eq!(call.body["view"], expected);
    assert_eq!((opened.status, opened.body.as_str()), (200, ""));
    assert!(failed.body.contains("/feedback &lt;what&gt; [stars]"), "{}", failed.body);
    let failed = match decided(Platform::Slack, &pressed("form:feedback")) {
        Action::Open { failed, .. } => failed.status,
        other => panic!("{other:?}"),
    };
    assert_eq!(failed, 503);
    // (status, body, open?)
    let cases = [
        (200, r#"{"ok":true}"#, true),
        (200, r#"{"ok":false,"error":"expired_trigger_id"}"#, false),
        (429, r#"{"ok":true}"#, false),
        (200, "<html>", false),
    ];
    for (status, body, expected) in cases {
        let answer = ApiAnswer { status, body: Some(body.into()), ..ApiAnswer::default() };
        assert_eq!(platforms.is_done(platform, &answer), expected, "{status} {body}");
    }
}

#[test]
fn a_form_that_was_sent_is_the_command() {
    let discord = discord(
        5,
        &json!({ "custom_id": "form:feedback", "components": [
            { "type": 18, "component": { "type": 4, "custom_id": "what", "value": "Great" } },
            { "type": 18, "component": { "type": 4, "custom_id": "stars", "value": "" } },
        ] }),
    );
    let values = json!({
        "what": { "what": { "type": "plain_text_input", "value": "Great" } },
        "stars": { "stars": { "type": "plain_text_input", "value": null } },
    });
    let slack = sent(&values, &command_address());
    // (platform, request, answer)
    let cases = [(Platform::Discord, discord, r#"{"type":5}"#), (Platform::Slack, slack, "")];

    for (platform, request, answer) in cases {
        let Action::Enqueue { envelope, accepted, refused } = decided(platform, &request) else {
            panic!("{platform:?}'s is not queued")
        };
        assert_eq!((accepted.status, accepted.body.as_str()), (200, answer));
        assert!(refused.body.contains("Please try again."), "{}", refused.body);
        let arguments = Arguments::Named([("what".to_owned(), json!("Great"))].into());
        let kind = EventKind::Command { name: "feedback".to_owned(), arguments };
        assert_eq!(envelope.event.kind, kind, "{platform:?}");
    }
}

#[test]
fn a_form_of_slacks_tells_what_is_wrong_while_it_is_open() {
    let value = |name: &str, value: &str| json!({ name: { name: { "value": value } } });
    let stranger =
        json!({ "command": { "channel": "C1", "response_url": "https://evil.example/x" } });
    // (case, values, where the answer goes, decision)
    let cases = [
        (
            "nothing given",
            json!({ "what": { "what": { "value": null } }, "stars": { "stars": { "value": null } } }),
            command_address(),
            r#"Answered(Slack): 200 {"errors":{"what":"I need \"what\" (Your words)."},"response_action":"errors"}"#,
        ),
        (
            "another kind",
            json!({ "what": { "what": { "value": "Great" } }, "stars": { "stars": { "value": "many" } } }),
            command_address(),
            r#"Answered(Slack): 200 {"errors":{"stars":"I need a whole number for \"stars\", like 3."},"response_action":"errors"}"#,
        ),
        ("all right", value("what", "Great"), command_address(), "queued: 200"),
        (
            "opened before an argument had its name",
            json!({ "words": { "words": { "value": "Great" } }, "stars": { "stars": { "value": "5" } } }),
            command_address(),
            "queued: 200",
        ),
        (
            "opened before there was an argument",
            json!({ "stars": { "stars": { "value": "5" } } }),
            command_address(),
            "queued: 200",
        ),
        (
            "opened before there was an argument, and wrong besides",
            json!({ "stars": { "stars": { "value": "many" } } }),
            command_address(),
            r#"Answered(Slack): 200 {"errors":{"stars":"I need a whole number for \"stars\", like 3."},"response_action":"errors"}"#,
        ),
        ("without anything it asks for", json!({}), command_address(), "queued: 200"),
        ("none of ours", value("what", "Great"), json!(7), "Ignored(Slack, NotOurs): 200"),
        (
            "a stranger's URL",
            value("what", "x"),
            stranger,
            "kept: response_url is not the platform's",
        ),
    ];

    for (case, values, metadata, expected) in cases {
        let action = decided(Platform::Slack, &sent(&values, &metadata));
        assert_eq!(shown(action), expected, "{case}");
    }
}

#[test]
fn what_cannot_be_queued_is_told_where_slacks_form_shows_it() {
    let sentence = "I could not take that in. Please try again.";
    // (what the form asks for, where it is told)
    for (asks, told) in [(["what", "stars"], "what"), (["words", "stars"], "stars")] {
        let [what, stars] = asks;
        let values =
            json!({ what: { what: { "value": "Great" } }, stars: { stars: { "value": "5" } } });
        let Action::Enqueue { refused, .. } =
            decided(Platform::Slack, &sent(&values, &command_address()))
        else {
            panic!("not queued")
        };
        let answer: Value = serde_json::from_str(&refused.body).expect("JSON");
        let errors = json!({ "response_action": "errors", "errors": { told: sentence } });
        assert_eq!((refused.status, answer), (200, errors));
    }
}

#[test]
fn who_sees_the_answer_to_a_form_is_settled_when_it_is_accepted() {
    let filled_in = |command: &str| {
        let input = json!({ "type": 4, "custom_id": "what", "value": "Great" });
        let label = json!({ "type": 18, "component": input });
        discord(5, &json!({ "custom_id": format!("form:{command}"), "components": [label] }))
    };
    // (command, answer, for one person?)
    let cases = [
        ("feedback", r#"{"type":5}"#, false),
        ("complain", r#"{"data":{"flags":64},"type":5}"#, true),
    ];

    for (command, answer, ephemeral) in cases {
        let Action::Enqueue { envelope, accepted, .. } =
            decided(Platform::Discord, &filled_in(command))
        else {
            panic!("{command} is not queued")
        };
        assert_eq!(
            (accepted.body.as_str(), envelope.event.ephemeral),
            (answer, ephemeral),
            "{command}"
        );
    }
}
