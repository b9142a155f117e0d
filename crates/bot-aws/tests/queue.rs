//! The queue, through the real SDK against a local SQS.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "each test file uses its part")]
mod support;

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use bot_aws::Queue;
use bot_core::dead_letter::DeadLetter;
use bot_core::envelope::Envelope;
use support::{NOW, aws, envelope, nowhere, sqs};

async fn receive(client: &Client, url: &str) -> Vec<Message> {
    let received = client.receive_message().queue_url(url).max_number_of_messages(10).send().await;
    received.expect("an answer").messages.unwrap_or_default()
}

fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().filter_map(|message| message.body.as_deref()).collect()
}

#[tokio::test]
async fn an_envelope_is_queued_once() {
    let (client, url, dead) = sqs().await;
    let queue = Queue::new(client.clone(), url.clone(), dead);
    let envelope = envelope("hello");
    queue.send(&envelope, None).await.expect("queued");
    queue.send(&envelope, None).await.expect("queued");

    let messages = receive(&client, &url).await;
    assert_eq!(bodies(&messages), [envelope.to_json()]);
    assert_eq!(Envelope::open(bodies(&messages)[0]), Ok(envelope));
}

#[tokio::test]
async fn a_trace_goes_on_where_the_envelope_is_received() {
    let whole = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    // (what came with the request, what is received)
    let cases = [(Some(whole), Some(whole)), (None, None), (Some("nonsense"), None)];

    for (trace, expected) in cases {
        let (client, url, dead) = sqs().await;
        Queue::new(client.clone(), url.clone(), dead)
            .send(&envelope("hello"), trace)
            .await
            .expect("queued");
        let header = MessageSystemAttributeName::AwsTraceHeader;
        let received = client.receive_message().queue_url(url);
        let received = received.message_system_attribute_names(header.clone()).send().await;
        let message = received.expect("an answer").messages.unwrap_or_default().remove(0);
        let attributes = message.attributes.unwrap_or_default();
        assert_eq!(attributes.get(&header).map(String::as_str), expected, "{trace:?}");
    }
}

#[tokio::test]
async fn a_dead_letter_is_kept_once_and_beside_the_queue() {
    let (client, url, dead) = sqs().await;
    let queue = Queue::new(client.clone(), url.clone(), dead.clone());
    let letter = DeadLetter::envelope(&envelope("hello"), 0, "why".to_owned(), NOW);
    queue.bury(&letter).await.expect("kept");
    queue.bury(&letter).await.expect("kept");

    assert_eq!(bodies(&receive(&client, &dead).await), [letter.to_json()]);
    assert!(receive(&client, &url).await.is_empty());
}

#[tokio::test]
async fn hiding_takes_more_than_one_batch_and_rounds_up() {
    let (client, url, dead) = sqs().await;
    let queue = Queue::new(client.clone(), url.clone(), dead);
    for nth in 0..12 {
        let mut envelope = envelope("hello");
        envelope.event.conversation = nth.to_string();
        envelope.event.key =
            bot_core::event::EventKey::new(bot_core::Platform::Telegram, &[&nth.to_string()]);
        queue.send(&envelope, None).await.expect("queued");
    }
    let mut messages = receive(&client, &url).await;
    messages.extend(receive(&client, &url).await);
    let receipts: Vec<String> =
        messages.iter().filter_map(|message| message.receipt_handle.clone()).collect();
    assert_eq!(receipts.len(), 12);

    queue.hide(&receipts, Duration::from_millis(1)).await.expect("hidden");
    assert!(receive(&client, &url).await.is_empty(), "a millisecond is a second");
    queue.hide(&receipts, Duration::ZERO).await.expect("shown");
    assert!(!receive(&client, &url).await.is_empty());
    assert!(queue.hide(&["nonsense".to_owned()], Duration::ZERO).await.is_err());
}

#[tokio::test]
async fn an_unreachable_queue_is_an_error() {
    let url = "http://127.0.0.1/000000000000/queue.fifo".to_owned();
    let queue = Queue::new(aws(&nowhere().await).sqs(), url.clone(), url);
    let letter = DeadLetter::message("x", "why".to_owned(), NOW);

    assert!(queue.send(&envelope("hello"), None).await.is_err());
    assert!(queue.bury(&letter).await.is_err());
    assert!(queue.hide(&["receipt".to_owned()], Duration::ZERO).await.is_err());
}
