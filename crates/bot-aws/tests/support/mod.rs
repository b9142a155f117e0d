//! Local servers that speak AWS's protocols, and the settings that lead to them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bot_aws::setup::{create_queues, create_table};
use bot_aws::{Aws, Patience};
use bot_core::envelope::Envelope;
use bot_core::event::EventKind;
use bot_core::{Event, Platform, Timestamp};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub(crate) const PATIENCE: Patience =
    Patience { attempts: 1, attempt: Duration::from_secs(2), altogether: Duration::from_secs(2) };

pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

/// AWS at one local endpoint.
pub(crate) fn aws(endpoint: &str) -> Aws {
    aws_with(endpoint, PATIENCE)
}

pub(crate) fn aws_with(endpoint: &str, patience: Patience) -> Aws {
    let settings = |name: &str| {
        let value = match name {
            "AWS_REGION" => "eu-central-1",
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "test",
            "AWS_ENDPOINT_URL" => endpoint,
            _ => return None,
        };
        Some(value.to_owned())
    };
    Aws::from_settings(&settings, patience).expect("settings")
}

/// An endpoint nobody listens at.
pub(crate) async fn nowhere() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    format!("http://{}", listener.local_addr().expect("an address"))
}

/// A table called `table`, and the client that reaches it.
pub(crate) async fn dynamodb() -> aws_sdk_dynamodb::Client {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    let database = dynoxide::Database::memory().expect("memory");
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    let client = aws(&endpoint).dynamodb();
    create_table(&client, "table").await.expect("a table");
    client
}

/// Two queues, and the client that reaches them.
pub(crate) async fn sqs() -> (aws_sdk_sqs::Client, String, String) {
    let address = "127.0.0.1:0".parse().expect("an address");
    let server = sqs_local::Server::bind(address, sqs_local::Options::default());
    let server = server.await.expect("a server");
    let client = aws(&server.url()).sqs();
    tokio::spawn(server.run(std::future::pending()));
    let (queue, dead_letters) = create_queues(&client, "queue").await.expect("queues");
    (client, queue, dead_letters)
}

pub(crate) fn envelope(text: &str) -> Envelope {
    let kind = EventKind::Message { text: text.to_owned() };
    Envelope::new(Event::example(Platform::Telegram, kind), NOW)
}

/// Answers requests one after the other with `answers`, each a status and a body, and remembers what it was asked.
pub(crate) async fn answering(answers: Vec<(u16, String)>) -> (String, Asked) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    let asked = Asked::default();
    let remembered = asked.clone();
    tokio::spawn(async move {
        for (status, body) in answers {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let request = read_request(&mut stream).await;
            remembered.lock().expect("nobody panicked").push(request);
            let head = format!("HTTP/1.1 {status} -\r\ncontent-length: {}", body.len());
            let answer = format!("{head}\r\nconnection: close\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).await.expect("written");
        }
    });
    (endpoint, asked)
}

/// The requests, as they came.
pub(crate) type Asked = Arc<Mutex<Vec<String>>>;

async fn read_request(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    loop {
        let mut part = [0; 4096];
        let length = stream.read(&mut part).await.expect("read");
        read.extend_from_slice(part.get(..length).expect("what was read"));
        let text = String::from_utf8_lossy(&read).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.expect("a length").parse().expect("a number") {
            return text;
        }
    }
}
