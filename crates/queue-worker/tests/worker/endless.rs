//! A handler that does not end.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use bot_core::{Bot, Cx, Host, Listener, Reply, Request, UsageError};
use tokio::net::TcpListener;

use crate::world::*;

static BOT: Bot = Bot::new().on_message::<Loops>().hosts(&[Host::new("weather.test")]);

/// Lets the loop end, so that it does not outlive its test.
static MAY_END: AtomicBool = AtomicBool::new(false);

struct Loops;

impl Listener for Loops {
    type State = ();

    async fn hear(text: String, cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        if text == "dawdle" {
            sleep(Duration::from_secs(3));
            let _ = cx.fetch(Request::get("https://weather.test/")).await;
            sleep(Duration::from_secs(3));
        }
        if text == "compute" {
            // Of the processor's time, not of the clock's: ten at once would each take ten times as long.
            let spent: u64 =
                (0..50_000_000_u64).fold(7, |sum, n| std::hint::black_box(sum ^ n.rotate_left(7)));
            return Ok(Reply::text(format!("{}", spent % 2)));
        }
        while text == "loop" && !MAY_END.load(Ordering::Relaxed) {
            sleep(Duration::from_millis(1));
        }
        Ok(Reply::text(text))
    }
}

const SORRY: &str = "Something went wrong here. Somebody will look at it.";

/// How long a handler may compute, and the rest of the batch.
const SOON: Duration = Duration::from_secs(8);

#[tokio::test]
async fn it_is_set_aside_and_holds_up_nobody() {
    let sut = Sut::new(&BOT).await;
    let event = batch([message(1, 11, "loop"), message(2, 22, "hello"), message(3, 11, "later")]);
    let begun = Instant::now();
    let failed = sut.handle(event, MINUTE).await;
    let elapsed = begun.elapsed();
    MAY_END.store(true, Ordering::Relaxed);

    assert_eq!(failed, [] as [&str; 0]);
    assert!(elapsed < SOON, "{elapsed:?}");
    let sent = |chat, text| format!("/bot1:token/sendMessage {chat}: {text}");
    // Which of two conversations comes first is the machine's choice.
    let mut said = sut.platform.said();
    said.sort_by_key(|line| line.contains(" 11:"));
    assert_eq!(said, [sent(22, "hello"), sent(11, SORRY), sent(11, "later")]);
    let dead = sut.receive(&sut.dead_letters).await;
    assert_eq!(dead.len(), 1);
    let body = dead[0].body.as_deref().unwrap_or_default();
    assert!(body.contains("the handler does not end"), "{body}");
    assert!(sut.worker.is_tainted());
}

#[tokio::test]
async fn time_is_not_given_anew_after_a_fetch() {
    let nobody = ("FETCH_URL", "http://127.0.0.1:1".to_owned());
    let sut = Sut::with(&BOT, [nobody]).await;
    assert!(sut.handle(batch([message(1, 11, "dawdle")]), MINUTE).await.is_empty());
    assert_eq!(sut.platform.said(), [format!("/bot1:token/sendMessage 11: {SORRY}")]);
    assert_eq!(sut.receive(&sut.dead_letters).await.len(), 1);
}

#[tokio::test]
async fn who_only_answers_goes_on() {
    let sut = Sut::new(&BOT).await;
    assert!(sut.handle(batch([message(1, 11, "hello")]), MINUTE).await.is_empty());
    assert!(!sut.worker.is_tainted());
}

/// What Lambda's Runtime API was asked.
#[derive(Clone, Default)]
struct RuntimeApi {
    /// The event it has not handed out yet.
    next: Arc<Mutex<Option<String>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl RuntimeApi {
    async fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let router = axum::Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answered))
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }
}

async fn next(State(api): State<RuntimeApi>) -> impl IntoResponse {
    api.asked.lock().expect("unpoisoned").push("next".to_owned());
    let Some(event) = api.next.lock().expect("unpoisoned").take() else {
        return std::future::pending().await;
    };
    let deadline = (now() + MINUTE).as_millis().to_string();
    let headers = [
        ("lambda-runtime-aws-request-id", "one"),
        ("lambda-runtime-deadline-ms", &deadline),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-central-1:1:function:worker"),
    ];
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(name, value.parse().expect("a value"));
    }
    (map, event)
}

async fn answered(
    State(api): State<RuntimeApi>,
    Path(id): Path<String>,
    body: String,
) -> StatusCode {
    api.asked.lock().expect("unpoisoned").push(format!("{id}: {body}"));
    StatusCode::ACCEPTED
}

/// The test runs itself once more, as the function.
#[tokio::test]
async fn its_process_ends_once_the_batch_is_answered() {
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        let error = queue_worker::run(&BOT).await.expect_err("an end");
        assert_eq!(error.to_string(), "a handler does not end, so its process has to");
        return;
    }
    let sut = Sut::new(&BOT).await;
    let event = batch([message(1, 11, "loop"), message(2, 22, "hello")]);
    let api = RuntimeApi::default();
    *api.next.lock().expect("unpoisoned") = serde_json::to_string(&event).ok();
    let mut function = Command::new(std::env::current_exe().expect("this program"));
    function
        .args(["--exact", "endless::its_process_ends_once_the_batch_is_answered"])
        .envs(&sut.settings)
        .env("AWS_LAMBDA_RUNTIME_API", api.serve().await)
        .env("AWS_LAMBDA_FUNCTION_NAME", "worker")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("RUST_LOG", "off")
        .stdout(Stdio::null());
    let status = tokio::task::spawn_blocking(move || function.status());
    let status = tokio::time::timeout(2 * SOON, status).await;

    assert!(status.expect("an end").expect("no panic").expect("a process").success());
    let asked = api.asked.lock().expect("unpoisoned").clone();
    assert_eq!(asked, ["next", r#"one: {"batchItemFailures":[]}"#]);
    let sent = |chat, text| format!("/bot1:token/sendMessage {chat}: {text}");
    let mut said = sut.platform.said();
    said.sort_by_key(|line| line.contains(" 11:"));
    assert_eq!(said, [sent(22, "hello"), sent(11, SORRY)]);
}

#[tokio::test]
async fn many_that_take_long_are_not_taken_for_one_that_does_not_end() {
    let sut = Sut::new(&BOT).await;
    let messages =
        (1..=10_u64).map(|nth| message(nth, 100 + i64::try_from(nth).expect("small"), "compute"));
    let event = batch(messages.collect::<Vec<_>>());
    assert!(sut.handle(event, MINUTE).await.is_empty());
    assert_eq!(sut.platform.said().len(), 10);
    assert!(sut.receive(&sut.dead_letters).await.is_empty());
    assert!(!sut.worker.is_tainted());
}
