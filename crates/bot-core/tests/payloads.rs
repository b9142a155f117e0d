//! Every recorded payload is decoded to what `fixtures/outcomes.txt` says of it.
//!
//! `FIXTURES` may name a folder with more payloads: those have their outcomes there, too.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bot_core::bot::Typing;
use bot_core::event::{Arguments, Event, EventKind, User};
use bot_core::http::{Request, Response};
use bot_core::ingest::{self, Action, Note, Platforms};
use bot_core::platform::{Decoded, Platform};
use bot_core::time::Timestamp;
use support::{decode, inbound, settings};

/// What becomes of a body: what it is, where, by whom, with what, and what is answered.
fn outcome(platform: Platform, body: &[u8]) -> String {
    let outcome = match decode(platform, body) {
        Ok(Decoded::Event(event)) => told("", platform, &event),
        Ok(Decoded::Form(event)) => told("form of ", platform, &event),
        Ok(Decoded::Typing(typing)) => {
            let answer = inbound(platform).respond_suggestions(&typing.typed, &["A".to_owned()]);
            let Typing { command, argument, typed } = typing;
            format!("typing /{command} {argument}: {typed:?} · {}", shown(&answer))
        }
        Ok(Decoded::Answer(response)) => format!("answered · {}", shown(&response)),
        Ok(Decoded::Ignored(reason, response)) => {
            format!("ignored ({reason:?}) · {}", shown(&response))
        }
        Err(error) => format!("error: {error}"),
    };
    outcome.trim_end().to_owned()
}

fn told(what: &str, platform: Platform, event: &Event) -> String {
    let kind = match &event.kind {
        EventKind::Message { text } => format!("message {text:?}"),
        EventKind::Command { name, arguments: Arguments::Text(text) } => {
            format!("command /{name} {text:?}")
        }
        EventKind::Command { name, arguments: Arguments::Named(named) } => {
            format!("command /{name} {}", as_json(named))
        }
        EventKind::Command { name, arguments: Arguments::Target(target) } => {
            format!("command /{name} of {}", as_json(target))
        }
        EventKind::Press { token } => format!("press {token}"),
        EventKind::Joined(joined) => format!("joined {}", as_json(joined)),
        EventKind::Moved(moved) => format!("moved {}", as_json(moved)),
        other => format!("{other:?}"),
    };
    let files = event.files.iter().map(|file| format!(" with {}", as_json(file)));
    let who = if event.addressed { "to the bot" } else { "overheard" };
    let User { id, name } = &event.user;
    let answer = shown(&inbound(platform).respond(event, true));
    format!(
        "{what}{kind}{} · {who} · in {} · by {id} {} · {answer}",
        files.collect::<String>(),
        event.conversation,
        name.as_deref().unwrap_or("-"),
    )
}

fn shown(response: &Response) -> String {
    format!("{} {}", response.status, response.body)
}

fn as_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("plain data")
}

/// Payloads below `folder` by their path, without the answers of APIs.
fn payloads(folder: &Path) -> BTreeMap<String, (Platform, PathBuf)> {
    let mut found = BTreeMap::new();
    for &platform in Platform::ALL {
        for entry in
            std::fs::read_dir(folder.join(platform.slug())).expect("a folder for each platform")
        {
            let path = entry.expect("readable").path();
            let name =
                path.file_name().and_then(|name| name.to_str()).expect("plain names").to_owned();
            // The wire form of these is beside them.
            let is_decoded_form = name.starts_with("interact.") && name.ends_with(".json");
            if !name.starts_with("rest_") && !is_decoded_form {
                found.insert(format!("{}/{name}", platform.slug()), (platform, path));
            }
        }
    }
    found
}

#[expect(clippy::disallowed_methods, reason = "tests read their data")]
fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("readable")
}

#[test]
#[expect(clippy::disallowed_methods, reason = "tests may be configured")]
fn every_payload_has_its_outcome() {
    let ours = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let text = String::from_utf8(read(&ours.join("outcomes.txt"))).expect("text");
    let mut lines = text.lines();
    let mut expected: BTreeMap<&str, &str> = BTreeMap::new();
    while let Some(name) = lines.next() {
        let outcome = lines.next().expect("an outcome below its payload").trim_start();
        assert_eq!(expected.insert(name, outcome), None, "{name} has two outcomes");
    }

    let more = std::env::var_os("FIXTURES").map(PathBuf::from);
    let mut missing = String::new();
    for (name, (platform, path)) in
        [Some(ours), more].into_iter().flatten().flat_map(|folder| payloads(&folder))
    {
        let found = outcome(platform, &read(&path));
        match expected.get(name.as_str()) {
            Some(expected) => assert_eq!(&found, expected, "{name}"),
            None => missing.push_str(&format!("{name}\n    {found}\n")),
        }
    }
    assert!(missing.is_empty(), "these have no outcome:\n{missing}");
}

#[test]
fn no_expected_outcome_is_an_error() {
    let outcomes = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/outcomes.txt");
    let text = String::from_utf8(read(&outcomes)).expect("text");
    assert!(!text.lines().any(|line| line.trim_start().starts_with("error")), "{text}");
}

#[test]
fn a_mention_that_arrives_as_two_events_is_one_event() {
    let event = |kind: &str, id: &str| {
        let body = format!(
            r#"{{"type":"event_callback","team_id":"T1","event_id":"{id}","authorizations":[{{"user_id":"UBOT","is_bot":true}}],
                "event":{{"type":"{kind}","channel":"C1","channel_type":"channel","user":"U1","ts":"1515449522.000016","text":"<@UBOT> hello"}}}}"#
        );
        decode(Platform::Slack, body.as_bytes()).expect("readable")
    };

    assert_eq!(event("message", "Ev1"), event("app_mention", "Ev2"));
}

#[test]
fn hostile_bodies_are_read_without_panic() {
    let nested = format!("{{\"a\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let bodies: [&[u8]; 12] = [
        b"",
        b"{",
        b"{}",
        b"null",
        b"[]",
        b"\xff\xfe",
        b"payload=",
        b"payload=%7B",
        b"command=%2F&payload",
        b"{\"type\":\"event_callback\",\"event\":{\"type\":\"message\"}}",
        b"{\"update_id\":1,\"message\":{\"message_id\":1,\"chat\":{\"id\":1e99}}}",
        nested.as_bytes(),
    ];
    for &platform in Platform::ALL {
        for body in bodies {
            let _ = outcome(platform, body);
        }
        assert!(outcome(platform, b"{\"a").starts_with("error"), "{}", platform.slug());
        assert!(outcome(platform, nested.as_bytes()).starts_with("error"), "{}", platform.slug());
    }
}

#[test]
fn what_is_not_authentic_is_not_read() {
    let platforms = Platforms::from_settings(&settings).expect("valid settings");
    for &platform in Platform::ALL {
        let path = format!("/webhooks/{}", platform.slug());
        // (method, path, size, status)
        let cases = [
            ("POST", path.clone(), 2, 401),
            ("POST", path.clone(), 512 * 1024 + 1, 413),
            ("GET", path.clone(), 0, 405),
            ("POST", format!("{path}/"), 2, 404),
            ("POST", "/webhooks/nobody".to_owned(), 2, 404),
        ];
        for (method, path, size, status) in cases {
            let request = Request {
                method: method.into(),
                path: path.clone(),
                body: vec![b'{'; size],
                ..Request::default()
            };
            let Action::Respond(response, note) =
                ingest::decide(&bot(), &platforms, &request, Timestamp::default())
            else {
                panic!("{method} {path} is acted upon");
            };
            assert_eq!(response.status, status, "{method} {path}");
            assert_eq!(matches!(note, Note::Forged(..)), status == 401, "{method} {path}");
        }
    }
}

fn bot() -> bot_core::Bot {
    struct Silent;

    impl bot_core::Listener for Silent {
        type State = ();

        async fn hear(
            _: String,
            _: &mut bot_core::Cx<()>,
        ) -> Result<bot_core::Reply, bot_core::UsageError> {
            Ok(bot_core::Reply::text(""))
        }
    }

    bot_core::Bot::new().on_message::<Silent>()
}
