//! Batches of the delivered bot: what is answered, set aside, and given back.

use std::time::Duration;

use bot::BOT;
use bot_core::Timestamp;
use queue_worker::Worker;
use queue_worker::sqs::SqsEvent;

use crate::world::*;

fn id(nth: u8) -> String {
    format!("0000000{nth}-0000-4000-8000-000000000000")
}

#[tokio::test]
async fn a_batch_is_answered_in_order_and_what_is_no_envelope_is_set_aside() {
    let sut = Sut::new(&BOT).await;
    assert!(sut.handle(recorded(), MINUTE).await.is_empty());

    let mut said = sut.platform.said();
    said.sort_by_key(|said| said.contains(" 22: "));
    assert_eq!(
        said,
        [
            "/bot1:token/sendMessage 11: You said: one",
            "/bot1:token/sendMessage 11: You said: three",
            "/bot1:token/sendMessage 22: You said: two",
        ]
    );
    let dead = sut.receive(&sut.dead_letters).await;
    assert_eq!(dead.len(), 1);
    assert!(dead[0].body.as_ref().is_some_and(|body| body.contains("no envelope: line 1")));
}

#[tokio::test]
async fn a_second_delivery_says_nothing_again() {
    let sut = Sut::new(&BOT).await;
    assert!(sut.handle(recorded(), MINUTE).await.is_empty());
    let said = sut.platform.said().len();
    assert!(sut.handle(recorded(), MINUTE).await.is_empty());
    assert_eq!(sut.platform.said().len(), said);
}

#[tokio::test]
async fn one_conversations_trouble_is_its_own_and_what_was_decided_stays_so() {
    let sut = Sut::new(&BOT).await;
    sut.platform.broken.lock().expect("unpoisoned").push(11);
    // Its first record failed, so its second was not begun.
    assert_eq!(sut.handle(recorded(), MINUTE).await, [id(1), id(3)]);
    assert_eq!(sut.platform.said(), ["/bot1:token/sendMessage 22: You said: two"]);

    sut.platform.broken.lock().expect("unpoisoned").clear();
    assert!(sut.handle(recorded(), MINUTE).await.is_empty());
    assert_eq!(
        sut.platform.said()[1..],
        [
            "/bot1:token/sendMessage 11: You said: one",
            "/bot1:token/sendMessage 11: You said: three",
        ]
    );
}

#[tokio::test]
async fn a_conversation_that_is_given_back_is_out_of_sight_as_a_whole() {
    let sut = Sut::new(&BOT).await;
    sut.queue_recorded().await;
    sut.platform.broken.lock().expect("unpoisoned").push(11);
    let failed = sut.handle(event(sut.receive(&sut.queue).await), MINUTE).await;
    assert_eq!(failed.len(), 2);

    // The first attempt waits one second and a bit, both messages alike: SQS gave them a minute.
    assert!(sut.receive(&sut.queue).await.is_empty());
    tokio::time::sleep(Duration::from_millis(2100)).await;
    assert_eq!(sut.receive(&sut.queue).await.len(), 2);
}

#[tokio::test]
async fn what_there_is_no_time_for_is_given_back_at_once() {
    let sut = Sut::new(&BOT).await;
    sut.queue_recorded().await;
    let failed = sut.handle(event(sut.receive(&sut.queue).await), Duration::from_secs(3)).await;
    assert_eq!(failed.len(), 4);
    assert!(sut.platform.said().is_empty());
    assert_eq!(sut.receive(&sut.queue).await.len(), 4);
}

#[tokio::test]
async fn what_was_sent_in_the_last_seconds_is_marked_and_not_sent_again() {
    let sut = Sut::new(&BOT).await;
    let long = |event: SqsEvent| {
        let mut event = event;
        event.records.truncate(1);
        for record in &mut event.records {
            let text = format!("{} {}", "a".repeat(4000), "b".repeat(4000));
            record.body = record.body.take().map(|body| body.replace("one", &text));
        }
        event
    };
    let parts = || -> Vec<String> {
        let last = |said: String| said.chars().last().map(String::from).unwrap_or_default();
        sut.platform.said().into_iter().map(last).collect()
    };

    // Enough to begin the first part, which takes too long for the second to be begun.
    *sut.platform.delay.lock().expect("unpoisoned") = Duration::from_secs(2);
    assert_eq!(sut.handle(long(recorded()), Duration::from_millis(16_500)).await, [id(1)]);
    assert_eq!(parts(), ["a"]);
    assert!(sut.handle(long(recorded()), MINUTE).await.is_empty());
    assert_eq!(parts(), ["a", "b"]);
}

#[tokio::test]
async fn a_long_answer_is_an_answer() {
    for echo in [200_000, 2_000_000] {
        let sut = Sut::new(&BOT).await;
        *sut.platform.echo.lock().expect("unpoisoned") = echo;
        assert!(sut.handle(recorded(), MINUTE).await.is_empty(), "{echo}");
    }
}

#[tokio::test]
async fn nothing_is_lost_when_the_table_cannot_be_reached() {
    let settings = |name: &str| {
        let value = match name {
            "AWS_REGION" => "eu-central-1",
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "test",
            "AWS_ENDPOINT_URL" => "http://127.0.0.1:1",
            "TABLE_NAME" => "table",
            "QUEUE_URL" | "DLQ_URL" => "http://127.0.0.1:1/000000000000/queue.fifo",
            _ => return None,
        };
        Some(value.to_owned())
    };
    let worker = Worker::from_settings(&BOT, &settings).expect("settings");
    let deadline = Timestamp::default().plus(now() + MINUTE);
    let response = worker.handle(recorded(), "invocation", deadline).await;
    assert_eq!(response.batch_item_failures.len(), 4);
}

#[tokio::test]
async fn nothing_is_begun_without_the_secrets() {
    let prefix = ("SECRETS_PREFIX", "/lambot/dev/".to_owned());
    let ssm = ("AWS_ENDPOINT_URL_SSM", "http://127.0.0.1:1".to_owned());
    let sut = Sut::with(&BOT, [prefix, ssm]).await;
    assert_eq!(sut.handle(recorded(), MINUTE).await.len(), 4);
    assert!(sut.platform.said().is_empty());
}

#[test]
fn a_missing_variable_is_named() {
    let names = [
        "AWS_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "TABLE_NAME",
        "QUEUE_URL",
        "DLQ_URL",
    ];
    for missing in names {
        let settings = |name: &str| {
            (names.contains(&name) && name != missing).then(|| "http://127.0.0.1:1".to_owned())
        };
        let error = Worker::from_settings(&BOT, &settings).err().map(|error| error.to_string());
        assert_eq!(error, Some(format!("{missing} is not set")));
    }
}

#[test]
fn what_stands_in_for_the_internet_is_on_this_machine() {
    // (setting, error)
    let cases = [
        ("", None),
        ("http://127.0.0.1:1", None),
        ("https://example.com", Some("FETCH_URL is not http on this machine")),
    ];

    for (url, expected) in cases {
        let settings = |name: &str| {
            Some(if name == "FETCH_URL" { url } else { "http://127.0.0.1:1" }.to_owned())
        };
        let error = Worker::from_settings(&BOT, &settings).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), expected, "{url:?}");
    }
}
