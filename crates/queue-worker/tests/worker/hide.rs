//! How long the messages of a batch stay out of sight when its worker dies.

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::HeaderMap;
use bot::BOT;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::world::*;

/// The calls an SQS gets, in order.
type Calls = Arc<Mutex<Vec<(String, Value)>>>;

async fn take(State(calls): State<Calls>, headers: HeaderMap, body: String) -> String {
    let target = headers["x-amz-target"].to_str().expect("a name").to_owned();
    let body = serde_json::from_str(&body).expect("JSON");
    calls.lock().expect("unpoisoned").push((target, body));
    json!({ "Successful": [], "Failed": [] }).to_string()
}

#[tokio::test]
async fn a_worker_that_dies_delays_its_batch_by_its_time_and_five_seconds() {
    let sut = Sut::new(&BOT).await;
    let calls = Calls::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let router = axum::Router::new().fallback(take).with_state(Arc::clone(&calls));
    tokio::spawn(async move { axum::serve(listener, router).await });

    let mut settings = sut.settings.clone();
    settings.insert("AWS_ENDPOINT_URL_SQS", url);
    let batch = batch([message(1, 1, "a"), message(2, 2, "b"), message(3, 1, "c")]);
    handle(&worker(&BOT, &settings), batch, MINUTE).await;

    // Before anything else, and so wherever it dies.
    let (target, call) = calls.lock().expect("unpoisoned").first().cloned().expect("a call");
    assert_eq!(target, "AmazonSQS.ChangeMessageVisibilityBatch");
    let entries = call["Entries"].as_array().expect("entries");
    let hidden: Vec<(&str, u64)> = entries
        .iter()
        .filter_map(|entry| {
            Some((entry["ReceiptHandle"].as_str()?, entry["VisibilityTimeout"].as_u64()?))
        })
        .collect();
    assert_eq!(hidden, [("receipt-1", 65), ("receipt-2", 65), ("receipt-3", 65)]);
}
