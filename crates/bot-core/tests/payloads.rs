//! Every recorded payload is decoded to what `fixtures/outcomes.txt` says of it.
//!
//! `FIXTURES` may name a folder with more payloads of the same kind: those are only asked to decode.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bot_core::event::{Arguments, EventKind};
use bot_core::http::Request;
use bot_core::ingest::{self, Action, Note, Platforms};
use bot_core::platform::{Decoded, Platform};
use bot_core::time::Timestamp;
use support::{decode, settings};

fn outcome(platform: Platform, body: &[u8]) -> String {
    match decode(platform, body) {
        Ok(Decoded::Event(event)) => {
            let who = if event.addressed { "to the bot" } else { "overheard" };
            match event.kind {
                EventKind::Message { text } => {
                    format!("message {who}, {}: {text:?}", event.conversation)
                }
                EventKind::Command { name, arguments: Arguments::Text(text) } => {
                    format!("command {who}, {}: /{name} {text:?}", event.conversation)
                }
                EventKind::Command { name, arguments: Arguments::Named(named) } => {
                    let named = serde_json::to_string(&named).expect("plain data");
                    format!("command {who}, {}: /{name} {named}", event.conversation)
                }
                other => format!("{other:?}"),
            }
        }
        Ok(Decoded::Answer(response)) => format!("answered {} {}", response.status, response.body),
        Ok(Decoded::Ignored(reason, response)) => {
            format!("ignored ({reason:?}): {} {}", response.status, response.body)
        }
        Err(error) => format!("error: {error}"),
    }
    .trim_end()
    .to_owned()
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
fn every_payload_has_its_outcome() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let expected = String::from_utf8(read(&folder.join("outcomes.txt"))).expect("text");
    let actual: String = payloads(&folder)
        .into_iter()
        .map(|(name, (platform, path))| {
            format!("{name}\n    {}\n", outcome(platform, &read(&path)))
        })
        .collect();

    for (expected, actual) in expected.lines().zip(actual.lines()) {
        assert_eq!(actual, expected);
    }
    assert_eq!(
        actual.lines().count(),
        expected.lines().count(),
        "payloads and outcomes differ in number:\n{actual}"
    );
}

#[test]
#[expect(clippy::disallowed_methods, reason = "tests may be configured")]
fn no_payload_is_an_error() {
    let ours = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let folders = std::iter::once(ours).chain(std::env::var_os("FIXTURES").map(PathBuf::from));
    for (name, (platform, path)) in folders.flat_map(|folder| payloads(&folder)) {
        let outcome = outcome(platform, &read(&path));
        assert!(!outcome.starts_with("error"), "{name}: {outcome}");
    }
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
