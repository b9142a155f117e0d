//! The function's handler over recorded events, with the real SDK and a local SQS.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bot::BOT;
use bot_aws::setup::create_queues;
use bot_aws::{Aws, Patience};
use bot_core::Platform;
use bot_core::envelope::Envelope;
use bot_core::http::gateway::GatewayResponse;
use webhook_ingest::Ingest;

struct Sut {
    ingest: Ingest,
    sqs: aws_sdk_sqs::Client,
    queue: String,
    dead_letters: String,
}

/// The platforms' development settings, and AWS at `endpoint`.
fn settings(endpoint: &str) -> BTreeMap<String, String> {
    let platforms = Platform::ALL.iter().flat_map(|platform| platform.settings());
    let aws = [
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_ENDPOINT_URL_SQS", endpoint),
        ("SLACK_API_URL", "https://slack.com/api"),
        ("SLACK_HOOKS_URL", "https://hooks.slack.com"),
        ("QUEUE_URL", "http://127.0.0.1/000000000000/queue.fifo"),
        ("DLQ_URL", "http://127.0.0.1/000000000000/dead.fifo"),
    ];
    platforms
        .map(|setting| (setting.name, setting.development))
        .chain(aws)
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

async fn sut() -> Sut {
    let address = "127.0.0.1:0".parse().expect("an address");
    let server = sqs_local::Server::bind(address, sqs_local::Options::default());
    let server = server.await.expect("a server");
    let mut settings = settings(&server.url());
    tokio::spawn(server.run(std::future::pending()));
    let second = Duration::from_secs(1);
    let patience = Patience { attempts: 1, attempt: second, altogether: second };
    let aws = Aws::from_settings(&|name| settings.get(name).cloned(), patience);
    let sqs = aws.expect("settings").sqs();
    let (queue, dead_letters) = create_queues(&sqs, "queue").await.expect("queues");
    settings.insert("QUEUE_URL".to_owned(), queue.clone());
    settings.insert("DLQ_URL".to_owned(), dead_letters.clone());
    let ingest = Ingest::from_settings(&BOT, &|name| settings.get(name).cloned());
    Sut { ingest: ingest.expect("settings"), sqs, queue, dead_letters }
}

async fn bodies(sqs: &aws_sdk_sqs::Client, url: &str) -> Vec<String> {
    let received = sqs.receive_message().queue_url(url).max_number_of_messages(10).send().await;
    let messages = received.expect("an answer").messages.unwrap_or_default();
    messages.into_iter().filter_map(|message| message.body).collect()
}

async fn handle(ingest: &Ingest, event: &str) -> GatewayResponse {
    ingest.handle(serde_json::from_str(event).expect("an event"), None).await
}

macro_rules! event {
    ($name:literal) => {
        include_str!(concat!("../../../events/", $name, ".json"))
    };
}

#[tokio::test]
async fn what_is_for_the_bot_is_queued_and_then_acknowledged() {
    // (event, answer, the event's key)
    let cases = [
        (event!("telegram-message"), "", "telegram:lambot_bot:10000"),
        (event!("discord-command"), r#"{"type":5}"#, "discord:1457536583141294258"),
    ];

    for (event, body, key) in cases {
        let sut = sut().await;
        let answer = handle(&sut.ingest, event).await;
        assert_eq!((answer.status_code, answer.body.as_str()), (200, body), "{key}");
        let queued = bodies(&sut.sqs, &sut.queue).await;
        assert_eq!(queued.len(), 1, "{key}");
        assert_eq!(Envelope::open(&queued[0]).expect("an envelope").event.key.as_str(), key);
        assert!(bodies(&sut.sqs, &sut.dead_letters).await.is_empty(), "{key}");
    }
}

#[tokio::test]
async fn what_is_not_for_the_bot_is_not_queued() {
    // (event, status, answer)
    let forged = r#"{"error":"not authentic"}"#;
    let cases = [
        (event!("telegram-forged"), 401, forged),
        (event!("slack-forged"), 401, forged),
        (event!("discord-ping"), 200, r#"{"type":1}"#),
        (event!("echo"), 404, r#"{"error":"nothing is served at this path"}"#),
        (event!("echo-malformed-base64"), 400, r#"{"error":"the body is not valid base64"}"#),
    ];

    let sut = sut().await;
    for (event, status, body) in cases {
        let answer = handle(&sut.ingest, event).await;
        assert_eq!((answer.status_code, answer.body.as_str()), (status, body), "{event}");
    }
    assert!(bodies(&sut.sqs, &sut.queue).await.is_empty());
    assert!(bodies(&sut.sqs, &sut.dead_letters).await.is_empty());
}

#[tokio::test]
async fn what_is_authentic_and_unreadable_is_kept_for_an_engineer() {
    let sut = sut().await;
    let answer = handle(&sut.ingest, event!("telegram-unreadable")).await;
    assert_eq!((answer.status_code, answer.body.as_str()), (200, ""));

    let kept = bodies(&sut.sqs, &sut.dead_letters).await;
    assert_eq!(kept.len(), 1);
    let letter: serde_json::Value = serde_json::from_str(&kept[0]).expect("JSON");
    assert_eq!(letter["reason"], "unreadable JSON at line 1, column 41");
    assert_eq!(letter["webhook"]["platform"], "telegram");
    assert!(bodies(&sut.sqs, &sut.queue).await.is_empty());
}

#[tokio::test]
async fn without_a_queue_nothing_is_acknowledged_and_nobody_waits_long() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let silent = format!("http://{}", listener.local_addr().expect("an address"));
    let unused = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        format!("http://{}", listener.local_addr().expect("an address"))
    };
    // (event, status, what the answer holds)
    let cases = [
        (event!("telegram-message"), 503, "try again"),
        (event!("telegram-unreadable"), 503, "try again"),
        (event!("discord-command"), 200, "Please try again."),
    ];

    for endpoint in [silent, unused] {
        let settings = settings(&endpoint);
        let ingest = Ingest::from_settings(&BOT, &|name| settings.get(name).cloned());
        let ingest = ingest.expect("settings");
        for (event, status, holds) in cases {
            let begun = Instant::now();
            let answer = handle(&ingest, event).await;
            assert_eq!(answer.status_code, status, "{endpoint}");
            assert!(answer.body.contains(holds), "{endpoint}: {}", answer.body);
            assert!(begun.elapsed() < Duration::from_millis(2500), "{:?}", begun.elapsed());
        }
    }
}

#[tokio::test]
async fn without_its_secrets_it_neither_believes_nor_turns_away_for_good() {
    let mut settings = settings("http://127.0.0.1:1");
    settings.insert("SECRETS_PREFIX".to_owned(), "/lambot/dev/".to_owned());
    settings.insert("AWS_ENDPOINT_URL_SSM".to_owned(), "http://127.0.0.1:1".to_owned());
    settings.remove("TELEGRAM_SECRET_TOKEN");
    let ingest = Ingest::from_settings(&BOT, &|name| settings.get(name).cloned());
    let ingest = ingest.expect("settings");
    for event in [event!("telegram-message"), event!("telegram-forged"), event!("discord-ping")] {
        assert_eq!(handle(&ingest, event).await.status_code, 503, "{event}");
    }
}

#[test]
fn a_missing_variable_is_named() {
    for name in ["QUEUE_URL", "DLQ_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID"] {
        let mut settings = settings("http://127.0.0.1:1");
        settings.remove(name);
        let error = Ingest::from_settings(&BOT, &|name| settings.get(name).cloned()).err();
        assert_eq!(error.map(|error| error.to_string()), Some(format!("{name} is not set")));
    }
}

#[test]
fn the_development_key_is_the_one_recorded_interactions_are_signed_with() {
    let discord = Platform::Discord.settings().iter();
    let key = discord.filter(|setting| setting.name == "DISCORD_PUBLIC_KEY").map(|s| s.development);
    let secret = ed25519_dalek::SigningKey::from_bytes(&[0x2a; 32]);
    let hex: String =
        secret.verifying_key().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(key.collect::<Vec<_>>(), [hex]);
}
