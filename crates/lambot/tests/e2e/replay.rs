//! What the bot decides about an event today, against what it decided then.

use std::fs;

use serde_json::{Value, json};

use crate::support::api::{Api, Reply};
use crate::support::folder::Folder;
use crate::support::lambot::{Lambot, Setup};
use crate::support::tool::tool;
use crate::support::{now, slack};

/// A message of the queue in which Ann says or does this.
fn envelope(update: u64, kind: Value) -> String {
    json!({
        "v": 1,
        "generation": 0,
        "received_at": u64::try_from(now().as_millis()).unwrap(),
        "event": {
            "key": format!("telegram:my_bot:{update}"),
            "platform": "telegram",
            "tenant": "my_bot",
            "conversation": "1",
            "user": { "id": "1" },
            "addressed": true,
            "kind": kind,
            "address": { "chat_id": 1 },
        },
    })
    .to_string()
}

fn message(update: u64, text: &str) -> String {
    envelope(update, json!({ "type": "message", "text": text }))
}

fn command(update: u64, name: &str, arguments: &str) -> String {
    envelope(update, json!({ "type": "command", "name": name, "arguments": { "text": arguments } }))
}

/// Has messages decided, one after the other.
#[track_caller]
fn decide(lambot: &Lambot, messages: &[&String]) {
    for message in messages {
        let parsed: Value = serde_json::from_str(message).unwrap();
        lambot.enqueue(message, "group", parsed["event"]["key"].as_str().unwrap());
    }
    lambot.settle();
}

#[test]
fn the_same_decision_is_no_difference_and_has_no_effect() {
    let api = Api::start();
    let lambot = Setup::default().calling(&api).start();
    let hello = message(1, "hello");
    decide(&lambot, &[&hello]);
    for _ in 0..2 {
        let ended = lambot.tool_reading(&["replay", "-"], &hello);
        assert_eq!((ended.code, ended.said.as_str()), (Some(0), "The bot decides the same.\n"));
    }
    decide(&lambot, &[&command(2, "stats", "")]);
    assert_eq!(api.texts(), ["You said: hello", "2 messages so far, with this one."]);
}

#[test]
fn another_decision_is_shown_as_a_diff() {
    let api = Api::start();
    let lambot = Setup::default().calling(&api).start();
    let stats = command(1, "stats", "");
    decide(&lambot, &[&stats, &message(2, "hello")]);
    let ended = lambot.tool_reading(&["replay", "-"], &stats);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let lines = ended.lines();
    assert!(lines[0].starts_with("--- decided at 20"), "{ended:?}");
    assert_eq!(
        lines[1..],
        [
            "+++ now",
            "@@ -1 +1 @@",
            "-1 message so far: this one.",
            "+3 messages so far, with this one.",
        ]
    );
}

#[test]
fn an_event_can_be_tried_without_any_stack() {
    let folder = Folder::new();
    let file = format!("{}/envelope.json", folder.path());
    fs::write(&file, command(1, "stats", "")).unwrap();
    let ended = tool(&["replay", &file, "--fresh"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!(
        ended.lines(),
        ["--- not decided", "+++ now", "@@ -0,0 +1 @@", "+1 message so far: this one."]
    );
}

#[test]
fn a_dead_letter_is_replayed_by_its_id_and_from_what_is_shown_of_it() {
    let refused = r#"{"ok":false,"error":"invalid_blocks"}"#;
    let api = Api::scripted(move |_, _| Some(Reply::status(200, "", refused)));
    let lambot = Setup::default().calling(&api).start();
    lambot.accept(&slack::message("D1", "1771442498.000100", "hello"));
    lambot.settle();
    let listed = lambot.tool(&["dlq", "list"]);
    let id = listed.lines()[1].split('\t').next().unwrap().to_owned();

    let ended = lambot.tool(&["replay", &id]);
    assert_eq!((ended.code, ended.said.as_str()), (Some(0), "The bot decides the same.\n"));
    let shown = lambot.tool(&["dlq", "show", &id, "--text"]).said;
    let ended = lambot.tool_reading(&["replay", "-"], &shown);
    assert_eq!((ended.code, ended.said.as_str()), (Some(0), "The bot decides the same.\n"));
    assert_eq!(lambot.dead_letters().len(), 1);
}

#[test]
fn what_was_fetched_is_recorded_or_missing() {
    let folder = Folder::new();
    let path = |name: &str| format!("{}/{name}", folder.path());
    fs::write(path("envelope.json"), command(1, "weather", "Berlin")).unwrap();
    let place = json!({ "results": [{ "name": "Berlin", "latitude": 52.5, "longitude": 13.4 }] });
    let recorded = json!([
        { "url": "https://geocoding-api.open-meteo.com/v1/search", "body": place },
        { "url": "https://api.open-meteo.com/v1/forecast", "status": 500 },
    ]);
    fs::write(path("answers.json"), recorded.to_string()).unwrap();

    let (envelope, answers) = (path("envelope.json"), path("answers.json"));
    let place = "GET https://geocoding-api.open-meteo.com/v1/search";
    // (more arguments, request without an answer)
    let cases: [(&[&str], Option<&str>); 2] =
        [(&[], Some(place)), (&["--recorded", &answers], None)];
    for (more, missing) in cases {
        let arguments = [&["replay", &envelope, "--fresh"], more].concat();
        let ended = tool(&arguments);
        assert!(ended.said.contains("+The weather service does not answer."), "{ended:?}");
        let complaint = missing.map(|request| format!("no answer to {request}\n"));
        assert_eq!(ended.complained, complaint.unwrap_or_default(), "{more:?}");
    }
}

#[test]
fn trouble_is_no_difference() {
    let folder = Folder::new();
    let file = |name: &str, text: &str| {
        let path = format!("{}/{name}", folder.path());
        fs::write(&path, text).unwrap();
        path
    };
    let hello = file("hello.json", &message(1, "hello"));
    // (arguments, complaint)
    let cases: [(&[&str], &str); 5] = [
        (&["replay", &file("zebra.txt", "zebra"), "--fresh"], "no envelope: line 1"),
        (&["replay", &hello], "AWS_REGION is not set"),
        (&["replay", "1-2", "--fresh"], "AWS_REGION is not set"),
        (&["replay", &hello, "--fresh", "--recorded", "no-such-file"], "no-such-file"),
        (&["replay", &hello, "--fetch", "--recorded", "file"], "cannot be used with"),
    ];
    for (arguments, complaint) in cases {
        let ended = tool(arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
        assert!(ended.complained.contains(complaint), "{arguments:?}: {ended:?}");
    }
}
