//! Secrets in Parameter Store, over HTTP.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "each test file uses its part")]
mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use bot_aws::{Configured, ParameterStore, Patience};
use bot_core::platform::{Lookup, Reader, SettingError};
use support::{NOW, PATIENCE, answering, aws, aws_with, nowhere};

fn found(values: &[(&str, &str)]) -> (u16, String) {
    let parameters: Vec<String> = values
        .iter()
        .map(|(name, value)| format!(r#"{{"Name":"/lambot/dev/{name}","Value":"{value}"}}"#))
        .collect();
    (
        200,
        format!(
            r#"{{"Parameters":[{}],"InvalidParameters":["/lambot/dev/OTHER"]}}"#,
            parameters.join(",")
        ),
    )
}

fn refused(status: u16, kind: &str) -> (u16, String) {
    (
        status,
        format!(r#"{{"__type":"com.amazonaws.ssm#{kind}","message":"not for /lambot/dev/TOKEN"}}"#),
    )
}

fn patient(endpoint: &str) -> ParameterStore {
    aws_with(endpoint, Patience { attempts: 2, ..PATIENCE })
        .parameter_store(PREFIX.to_owned())
        .expect("a store")
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|nth| format!("NAME_{nth}")).collect()
}

#[tokio::test]
async fn what_is_there_is_read_by_one_signed_request() {
    let (endpoint, asked) = answering(vec![found(&[("NAME_0", "secret")])]).await;
    let read = patient(&endpoint).read(&names(2)).await.expect("an answer");
    assert_eq!(read.into_iter().collect::<Vec<_>>(), [("NAME_0".to_owned(), "secret".to_owned())]);

    let asked = asked.lock().expect("nobody panicked").clone();
    let [request] = asked.as_slice() else { panic!("{} requests", asked.len()) };
    for part in [
        "POST / HTTP/1.1",
        "x-amz-target: AmazonSSM.GetParameters",
        "content-type: application/x-amz-json-1.1",
        "/eu-central-1/ssm/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=",
        r#"{"Names":["/lambot/dev/NAME_0","/lambot/dev/NAME_1"],"WithDecryption":true}"#,
    ] {
        assert!(request.contains(part), "{part} is not in {request}");
    }
}

#[tokio::test]
async fn more_names_than_one_call_takes_are_read_by_two() {
    let answers = vec![found(&[("NAME_3", "a")]), found(&[("NAME_11", "b")])];
    let (endpoint, asked) = answering(answers).await;
    let read = patient(&endpoint).read(&names(12)).await.expect("an answer");
    assert_eq!(read.into_values().collect::<BTreeSet<_>>(), ["a", "b"].map(str::to_owned).into());
    assert_eq!(asked.lock().expect("nobody panicked").len(), 2);
}

#[tokio::test]
async fn only_what_may_pass_is_tried_again() {
    // (case, what SSM answers first, whether it is asked again)
    let cases = [
        ("broken", refused(500, "InternalServerError"), true),
        ("busy", refused(400, "ThrottlingException"), true),
        ("too many", refused(429, "TooManyRequestsException"), true),
        ("forbidden", refused(400, "AccessDeniedException"), false),
        ("unreadable", (200, "{".to_owned()), false),
    ];

    for (case, first, is_again) in cases {
        let (endpoint, asked) = answering(vec![first, found(&[("NAME_0", "a")])]).await;
        let read = patient(&endpoint).read(&names(1)).await;
        assert_eq!(read.is_ok(), is_again, "{case}");
        assert_eq!(
            asked.lock().expect("nobody panicked").len(),
            1 + usize::from(is_again),
            "{case}"
        );
        if let Err(error) = read {
            let said = format!("{error:#}");
            assert!(said.starts_with("SSM GetParameters: ") && !said.contains("TOKEN"), "{said}");
        }
    }
    assert!(patient(&nowhere().await).read(&names(1)).await.is_err());
}

/// Slack's token, and the bot's own secret.
type Made = (Option<String>, Option<String>);

fn make(settings: &Lookup<'_>) -> Result<Made, SettingError> {
    match settings("SLACK_BOT_TOKEN") {
        Some(token) if token == "wrong" => {
            Err(SettingError { name: "SLACK_BOT_TOKEN", problem: "cannot be right" })
        }
        token => Ok((token, settings("SKY_KEY"))),
    }
}

/// A worker's settings, with the secrets that `answers` hold.
async fn configured(
    prefix: &'static str,
    token: &'static str,
    answers: Vec<(u16, String)>,
) -> (Configured<Made>, support::Asked) {
    let (endpoint, asked) = answering(answers).await;
    let settings = |name: &str| match name {
        "SECRETS_PREFIX" => Some(prefix.to_owned()),
        "SLACK_BOT_TOKEN" => Some(token.to_owned()),
        _ => None,
    };
    let others = std::iter::once("SKY_KEY");
    let configured =
        Configured::from_settings(&settings, &aws(&endpoint), Reader::Worker, others, make);
    (configured.expect("settings"), asked)
}

const PREFIX: &str = "/lambot/dev/";

#[tokio::test]
async fn a_secret_is_read_when_it_is_not_set_and_there_is_a_prefix() {
    // (prefix, what is set, what is read, what is asked for)
    let cases = [
        (PREFIX, "", Some("read"), true),
        (PREFIX, "set", Some("set"), false),
        ("", "set", Some("set"), false),
        ("", "", Some(""), false),
    ];

    for (prefix, set, expected, is_asked) in cases {
        let (configured, asked) =
            configured(prefix, set, vec![found(&[("SLACK_BOT_TOKEN", "read")]), found(&[])]).await;
        let made = configured.at(NOW).await.expect("a value");
        assert_eq!(made.0.as_deref(), expected, "{prefix:?} {set:?}");
        let asked = asked.lock().expect("nobody panicked").join("");
        assert_eq!(asked.contains("/lambot/dev/SLACK_BOT_TOKEN"), is_asked, "{prefix:?} {set:?}");
        // The bot's own secret is asked for too, and nothing that is ingest's.
        assert_eq!(asked.contains("/lambot/dev/SKY_KEY"), !prefix.is_empty(), "{prefix:?}");
        assert!(!asked.contains("SIGNING_SECRET"), "{asked}");
    }
}

#[tokio::test]
async fn a_replaced_secret_is_used_after_five_minutes_and_an_outage_changes_nothing() {
    let token = |value| found(&[("SLACK_BOT_TOKEN", value)]);
    let none = || found(&[]);
    let refused = || refused(400, "AccessDeniedException");
    let answers = vec![
        refused(),
        token("old"),
        none(),
        refused(),
        token("wrong"),
        none(),
        token("new"),
        none(),
        none(),
        none(),
    ];
    // (seconds later, the value, how often SSM was asked)
    let steps = [
        (0, Err(()), 1),
        (0, Ok((Some("old"), None)), 3),
        (299, Ok((Some("old"), None)), 3),
        (300, Ok((Some("old"), None)), 4),
        (329, Ok((Some("old"), None)), 4),
        (330, Ok((Some("old"), None)), 6),
        (360, Ok((Some("new"), None)), 8),
        (660, Ok((None, None)), 10),
    ];
    goes(answers, &steps).await;
}

#[tokio::test]
async fn a_secret_of_the_bots_own_that_may_not_be_read_does_not_stop_it() {
    let token = |value| found(&[("SLACK_BOT_TOKEN", value)]);
    let key = |value| found(&[("SKY_KEY", value)]);
    let refused = || refused(400, "AccessDeniedException");
    let answers = vec![
        token("1"),
        refused(),
        token("2"),
        key("a"),
        token("3"),
        refused(),
        token("4"),
        key("b"),
        refused(),
    ];
    // (seconds later, the value, how often SSM was asked)
    let steps = [
        (0, Ok((Some("1"), None)), 2),
        (29, Ok((Some("1"), None)), 2),
        (30, Ok((Some("2"), Some("a"))), 4),
        (329, Ok((Some("2"), Some("a"))), 4),
        (330, Ok((Some("3"), Some("a"))), 6),
        (360, Ok((Some("4"), Some("b"))), 8),
        (660, Ok((Some("4"), Some("b"))), 9),
    ];
    goes(answers, &steps).await;
}

/// Seconds later, the value, and how often SSM was asked until then.
type Step = (u64, Result<(Option<&'static str>, Option<&'static str>), ()>, usize);

async fn goes(answers: Vec<(u16, String)>, steps: &[Step]) {
    let (configured, asked) = configured(PREFIX, "", answers).await;
    for &(seconds, expected, times) in steps {
        let made = configured.at(NOW.plus(Duration::from_secs(seconds))).await;
        let made = made.as_deref().map(|(token, key)| (token.as_deref(), key.as_deref()));
        assert_eq!(made.map_err(|_| ()), expected, "after {seconds} s");
        assert_eq!(asked.lock().expect("nobody panicked").len(), times, "after {seconds} s");
    }
}
