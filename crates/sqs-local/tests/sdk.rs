//! The server as the AWS SDK for Rust sees it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName,
    SendMessageBatchRequestEntry,
};
use sqs_local::{Options, Server};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A running server and a client of it.
struct Running {
    client: Client,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Running {
    async fn new(data: Option<PathBuf>) -> Self {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = Server::bind(any, Options { data, region: None }).await.unwrap();
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("any", "any", None, None, "test"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .endpoint_url(server.url())
            .build();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(server.run(async { drop(stopped.await) }));
        Self { client: Client::from_conf(config), stop, task }
    }

    async fn create_fifo(&self, name: &str) -> String {
        let create = self.client.create_queue().queue_name(name);
        let create = create.attributes(QueueAttributeName::FifoQueue, "true");
        create.send().await.unwrap().queue_url.unwrap()
    }

    async fn send(&self, url: &str, body: &str) {
        let send = self.client.send_message().queue_url(url).message_body(body);
        send.message_group_id("A").message_deduplication_id(body).send().await.unwrap();
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_message_goes_through() {
    let server = Running::new(None).await;
    let client = &server.client;
    let url = server.create_fifo("q.fifo").await;

    let text = MessageAttributeValue::builder().data_type("String").string_value("täxt");
    let binary =
        MessageAttributeValue::builder().data_type("Binary").binary_value(Blob::new([0, 255]));
    let send = client.send_message().queue_url(&url).message_body("hello");
    let send = send.message_attributes("text", text.build().unwrap());
    let send = send.message_attributes("binary", binary.build().unwrap());
    let sent = send.message_group_id("A").message_deduplication_id("k").send().await.unwrap();

    let receive = client.receive_message().queue_url(&url).message_attribute_names("All");
    let receive =
        receive.message_system_attribute_names(MessageSystemAttributeName::MessageGroupId);
    let message = receive.send().await.unwrap().messages.unwrap().remove(0);
    assert_eq!(message.body(), Some("hello"));
    assert_eq!(message.message_id(), sent.message_id());
    assert_eq!(message.md5_of_message_attributes(), sent.md5_of_message_attributes());
    let attributes = message.message_attributes().unwrap();
    assert_eq!(attributes["text"].string_value(), Some("täxt"));
    assert_eq!(attributes["binary"].binary_value(), Some(&Blob::new([0, 255])));
    let system = message.attributes().unwrap();
    assert_eq!(system.len(), 1, "only what was asked for: {system:?}");
    assert_eq!(system[&MessageSystemAttributeName::MessageGroupId], "A");

    let handle = message.receipt_handle().unwrap();
    client.delete_message().queue_url(&url).receipt_handle(handle).send().await.unwrap();
    let counters = client.get_queue_attributes().queue_url(&url);
    let counters = counters.attribute_names(QueueAttributeName::All).send().await.unwrap();
    let in_flight = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
    assert_eq!(counters.attributes().unwrap()[&in_flight], "0");
    server.stop().await;
}

#[tokio::test]
async fn a_batch_can_fail_in_part() {
    let server = Running::new(None).await;
    let url = server.create_fifo("q.fifo").await;
    let entry = |id: &str, group: Option<&str>| {
        let entry = SendMessageBatchRequestEntry::builder().id(id).message_body(id);
        let entry =
            entry.message_deduplication_id(id).set_message_group_id(group.map(str::to_owned));
        entry.build().unwrap()
    };
    let entries = vec![entry("good", Some("A")), entry("bad", None)];
    let send = server.client.send_message_batch().queue_url(&url).set_entries(Some(entries));
    let result = send.send().await.unwrap();
    assert_eq!(result.successful()[0].id(), "good");
    assert_eq!(result.failed()[0].id(), "bad");
    assert_eq!(result.failed()[0].code(), "MissingParameter");
    server.stop().await;
}

#[tokio::test]
async fn errors_have_the_types_and_codes_of_sqs() {
    let server = Running::new(None).await;
    let client = &server.client;
    let missing = client.get_queue_url().queue_name("nope").send().await.unwrap_err();
    assert!(missing.as_service_error().unwrap().is_queue_does_not_exist(), "{missing:?}");
    assert_eq!(missing.code(), Some("AWS.SimpleQueueService.NonExistentQueue"));

    let url = server.create_fifo("q.fifo").await;
    let delete = client.delete_message().queue_url(&url).receipt_handle("garbage");
    let garbage = delete.send().await.unwrap_err();
    assert!(garbage.as_service_error().unwrap().is_receipt_handle_is_invalid(), "{garbage:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_long_poll_wakes_on_send() {
    let server = Running::new(None).await;
    let url = server.create_fifo("q.fifo").await;
    let begin = Instant::now();
    let receive = server.client.receive_message().queue_url(&url).wait_time_seconds(20);
    let send = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        server.send(&url, "hello").await;
    };
    let (received, ()) = tokio::join!(receive.send(), send);
    assert_eq!(received.unwrap().messages()[0].body(), Some("hello"));
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    server.stop().await;
}

#[tokio::test]
async fn queues_and_messages_survive_a_restart() {
    let file = format!("sqs-local-restart-{}", std::process::id());
    let directory = std::env::temp_dir().join(file);
    let data = Some(directory.join("queues.json"));

    let server = Running::new(data.clone()).await;
    let url = server.create_fifo("q.fifo").await;
    for body in ["first", "second"] {
        server.send(&url, body).await;
    }
    let received = server.client.receive_message().queue_url(&url).send().await.unwrap();
    let handle = received.messages()[0].receipt_handle().unwrap().to_owned();
    server.stop().await;

    // The URL still has the old port, and the handle was given out by the old process.
    let server = Running::new(data).await;
    let receive = || server.client.receive_message().queue_url(&url).send();
    assert!(receive().await.unwrap().messages().is_empty(), "the group is locked");
    server.client.delete_message().queue_url(&url).receipt_handle(handle).send().await.unwrap();
    assert_eq!(receive().await.unwrap().messages()[0].body(), Some("second"));
    server.stop().await;
    std::fs::remove_dir_all(directory).unwrap();
}
