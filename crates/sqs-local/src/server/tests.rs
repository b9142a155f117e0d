//! The server without an SDK: what is not SQS, what waits, and how it ends.

use std::net::Ipv4Addr;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::*;
use crate::model::{NewMessage, ReceiveRequest};

/// Far longer than anything here takes, far shorter than what it must not wait for.
const SOON: Duration = Duration::from_secs(5);

/// A running server, with a queue `q.fifo` whose visibility timeout is a second.
struct Running {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<io::Result<()>>,
}

impl Running {
    async fn new(prepare: impl FnOnce(&mut Model)) -> Self {
        let mut model = Model::new("us-east-1", 7);
        let attributes = [("FifoQueue", "true"), ("VisibilityTimeout", "1")];
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        model.create_queue(now_ms(), "q.fifo", &attributes).unwrap();
        prepare(&mut model);
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = Server::listen(any, Store::in_memory(model)).await.unwrap();
        let (address, shared) = (server.local_addr(), Arc::clone(&server.shared));
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(server.run(async { drop(stopped.await) }));
        Self { address, shared, stop, task }
    }

    /// Sends bytes and gives everything that comes back.
    async fn exchange(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut response = Vec::new();
        timeout(SOON, stream.read_to_end(&mut response)).await.unwrap().unwrap();
        String::from_utf8(response).unwrap()
    }

    /// Starts to wait for a message, and is waiting when this returns.
    async fn wait_for_message(&self) -> JoinHandle<Result<Value, SqsError>> {
        let shared = Arc::clone(&self.shared);
        let before = shared.changes.receiver_count();
        let body = json!({ "QueueUrl": "/0/q.fifo", "WaitTimeSeconds": 20 }).to_string();
        let waiting = tokio::spawn(async move {
            let body = body.as_bytes();
            shared.answer(api::Request { action: "ReceiveMessage", body, base_url: "" }).await
        });
        let begun = async {
            while self.shared.changes.receiver_count() == before {
                tokio::task::yield_now().await;
            }
        };
        timeout(SOON, begun).await.unwrap();
        waiting
    }

    /// Stops the server, which must not take long.
    async fn stop(self) {
        self.stop.send(()).unwrap();
        timeout(SOON, self.task).await.unwrap().unwrap().unwrap();
    }
}

fn post(target: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST / HTTP/1.1\r\nHost: queues.test:1\r\nX-Amz-Target: {target}\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .into_bytes()
}

#[tokio::test]
async fn requests_are_answered_in_sqss_form() {
    let get = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec();
    let no_target =
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}".to_vec();
    let no_host =
        b"POST / HTTP/1.0\r\nX-Amz-Target: AmazonSQS.GetQueueUrl\r\nContent-Length: 22\r\n\
                    \r\n{\"QueueName\":\"q.fifo\"}"
            .to_vec();
    let name = r#"{"QueueName":"q.fifo"}"#;
    let missing = r#"{"QueueUrl":"/0/nope"}"#;
    // (case, request, status, parts of the answer)
    let cases: [(&str, Vec<u8>, u16, &[&str]); 8] = [
        ("GET", get, 400, &["InvalidAction;Sender"]),
        ("no target", no_target, 400, &["InvalidAction;Sender"]),
        ("another service", post("DynamoDB_20120810.ListTables", "{}"), 400, &["InvalidAction"]),
        ("no JSON", post("AmazonSQS.ListQueues", "{"), 400, &["com.amazonaws.sqs#Serialization"]),
        (
            "an error of SQS",
            post("AmazonSQS.PurgeQueue", missing),
            400,
            &[
                "x-amzn-query-error: AWS.SimpleQueueService.NonExistentQueue;Sender",
                r#""__type":"com.amazonaws.sqs#QueueDoesNotExist""#,
            ],
        ),
        (
            "an answer",
            post("AmazonSQS.GetQueueUrl", name),
            200,
            &[
                "content-type: application/x-amz-json-1.0",
                r#""QueueUrl":"http://queues.test:1/000000000000/q.fifo""#,
            ],
        ),
        ("no host", no_host, 200, &[r#""QueueUrl":"http://127.0.0.1:"#]),
        (
            "too large",
            post("AmazonSQS.ListQueues", &" ".repeat(11 << 20)),
            413,
            &["TooLarge;Sender"],
        ),
    ];

    let server = Running::new(|_| ()).await;
    for (case, request, status, parts) in cases {
        let response = server.exchange(&request).await;
        let status_line = response.lines().next().unwrap_or_default();
        assert!(status_line.contains(&status.to_string()), "{case}: {response}");
        for part in parts {
            assert!(response.contains(part), "{case}: no {part} in {response}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn a_long_poll_ends_when_there_is_something() {
    let send = |model: &mut Model, at_ms, body: &str| {
        model.send(at_ms, "q.fifo", NewMessage::fifo(body, "A", body)).unwrap();
    };
    let receive_at = |model: &mut Model, at_ms| {
        let received = model.receive(at_ms, "q.fifo", &ReceiveRequest::default()).unwrap();
        received[0].receipt_handle.clone()
    };
    // (what makes a message receivable while someone waits, its body)
    let cases = [("send", "x"), ("delete", "y"), ("change of visibility", "x"), ("expiry", "x")];

    for (cause, expected) in cases {
        let mut handle = String::new();
        let server = Running::new(|model| {
            if cause != "send" {
                let at_ms = if cause == "expiry" { now_ms() - 900 } else { now_ms() };
                send(model, at_ms, "x");
                send(model, at_ms, "y");
                handle = receive_at(model, at_ms);
            }
        })
        .await;

        let waiting = server.wait_for_message().await;
        let change = |model: &mut Model, now_ms: u64| match cause {
            "send" => send(model, now_ms, "x"),
            "delete" => model.delete(now_ms, "q.fifo", &handle).unwrap(),
            "expiry" => {}
            _ => model.change_visibility(now_ms, "q.fifo", &handle, 0).unwrap(),
        };
        let changed = server.shared.with_store(|store, now_ms| {
            change(store.model(), now_ms);
            Ok(())
        });
        changed.unwrap();
        let answer = timeout(SOON, waiting).await.expect(cause).unwrap().unwrap();
        assert_eq!(answer["Messages"][0]["Body"], expected, "{cause}");
        server.stop().await;
    }
}

#[tokio::test]
async fn a_long_poll_ends_when_its_queue_does() {
    let server = Running::new(|_| ()).await;
    let waiting = server.wait_for_message().await;
    server.shared.with_store(|store, _| Ok(store.model().delete_queue("q.fifo"))).unwrap().unwrap();
    let refusal = timeout(SOON, waiting).await.unwrap().unwrap().unwrap_err();
    assert_eq!(refusal.code(), ErrorCode::QueueDoesNotExist);
    server.stop().await;
}

#[tokio::test]
async fn a_receiver_that_hangs_up_gets_no_message() {
    let server = Running::new(|_| ()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let body = r#"{"QueueUrl":"/0/q.fifo","WaitTimeSeconds":20}"#;
    stream.write_all(&post("AmazonSQS.ReceiveMessage", body)).await.unwrap();
    for waiting in [true, false] {
        let turned = async {
            while (server.shared.changes.receiver_count() > 0) != waiting {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(SOON, turned).await.unwrap_or_else(|_| panic!("waiting: {waiting}"));
        stream.shutdown().await.unwrap();
    }
    server.stop().await;
}

#[tokio::test]
async fn the_server_stops_though_clients_do_not() {
    let server = Running::new(|_| ()).await;
    let mut half_a_request = TcpStream::connect(server.address).await.unwrap();
    let half = b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n{";
    half_a_request.write_all(half).await.unwrap();
    let _idle = TcpStream::connect(server.address).await.unwrap();
    let waiting = server.wait_for_message().await;

    let shared = Arc::clone(&server.shared);
    server.stop().await;
    assert_eq!(timeout(SOON, waiting).await.unwrap().unwrap(), Ok(json!({})));
    assert!(shared.lock().is_none(), "the data file is free");
}
