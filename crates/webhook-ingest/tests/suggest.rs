//! Suggestions, and those that do not end.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::process::{Command as Process, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use bot_core::bot::command;
use bot_core::command::matching;
use bot_core::{Arg, Bot, Command, Cx, Platform, Reply, Spec, UsageError};
use ed25519_dalek::{Signer as _, SigningKey};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use webhook_ingest::Ingest;

static BOT: Bot = Bot::new().commands(&[command::<Sow>()]);

/// Lets the loop end, so that it does not outlive its test.
static MAY_END: AtomicBool = AtomicBool::new(false);

/// When the loop ends by itself: a test that waits for it fails instead of hanging.
const MINUTE: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
struct Sow {
    #[expect(dead_code, reason = "it is not run here")]
    plant: String,
}

impl Command for Sow {
    const SPEC: Spec =
        Spec::new("sow", "Sows it.").arg(Arg::text("plant", "Which").suggest(plants));
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::nothing())
    }
}

fn plants(typed: &str) -> Vec<String> {
    let begun = Instant::now();
    while typed == "loop" && !MAY_END.load(Ordering::Relaxed) {
        if begun.elapsed() > MINUTE {
            return vec!["waited for".to_owned()];
        }
        sleep(Duration::from_millis(1));
    }
    matching(&["basil", "tomato"], typed)
}

fn settings() -> BTreeMap<&'static str, &'static str> {
    let platforms = Platform::ALL.iter().flat_map(|platform| platform.settings());
    let nowhere = "http://127.0.0.1:1/000000000000/queue.fifo";
    let others = [
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("QUEUE_URL", nowhere),
        ("DLQ_URL", nowhere),
        ("SLACK_API_URL", "https://slack.com/api"),
        ("SLACK_HOOKS_URL", "https://hooks.slack.com"),
    ];
    platforms.map(|setting| (setting.name, setting.development)).chain(others).collect()
}

/// Somebody on Discord has typed this much of a plant's name.
fn typing(typed: &str) -> Value {
    let option = json!({ "name": "plant", "type": 3, "value": typed, "focused": true });
    let body = json!({
        "type": 4, "id": "1457536583141294258", "application_id": "9", "token": "tok",
        "channel_id": "7", "user": { "id": "5", "username": "ann" },
        "data": { "name": "sow", "options": [option] },
    });
    let (at, body) = ("1700000000", body.to_string());
    let signature = SigningKey::from_bytes(&[0x2a; 32]).sign(format!("{at}{body}").as_bytes());
    let signature: String = signature.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    json!({
        "version": "2.0", "rawPath": "/webhooks/discord", "rawQueryString": "",
        "headers": { "x-signature-timestamp": at, "x-signature-ed25519": signature },
        "requestContext": { "stage": "$default", "http": { "method": "POST", "path": "/webhooks/discord" } },
        "body": body, "isBase64Encoded": false,
    })
}

const NONE: &str = r#"{"data":{"choices":[]},"type":8}"#;

#[tokio::test]
async fn those_that_do_not_end_are_not_waited_for() {
    let settings = settings();
    let lookup = |name: &str| settings.get(name).map(|value| (*value).to_owned());
    let ingest = Ingest::from_settings(&BOT, &lookup).expect("settings");
    let tomato = r#"{"data":{"choices":[{"name":"tomato","value":"tomato"}]},"type":8}"#;
    // (what is typed, the answer, whether the process has to end)
    let cases = [("tom", tomato, false), ("loop", NONE, true), ("tom", tomato, true)];

    for (typed, expected, is_tainted) in cases {
        let event = serde_json::from_value(typing(typed)).expect("an event");
        let answer = ingest.handle(event, None).await;
        assert_eq!((answer.status_code, answer.body.as_str()), (200, expected), "{typed}");
        assert_eq!(ingest.is_tainted(), is_tainted, "{typed}");
    }
    MAY_END.store(true, Ordering::Relaxed);
}

/// What Lambda's Runtime API was asked.
#[derive(Clone, Default)]
struct RuntimeApi {
    /// The events it has not handed out yet, the next one last.
    events: Arc<Mutex<Vec<Value>>>,
    answers: Arc<Mutex<Vec<Value>>>,
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
    let Some(event) = api.events.lock().expect("unpoisoned").pop() else {
        return std::future::pending().await;
    };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock");
    let deadline = (now + MINUTE).as_millis().to_string();
    let headers = [
        ("lambda-runtime-aws-request-id", "one"),
        ("lambda-runtime-deadline-ms", &deadline),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-central-1:1:function:ingest"),
    ];
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(name, value.parse().expect("a value"));
    }
    (map, event.to_string())
}

async fn answered(
    State(api): State<RuntimeApi>,
    Path(_id): Path<String>,
    body: String,
) -> StatusCode {
    let answer: Value = serde_json::from_str(&body).expect("JSON");
    api.answers.lock().expect("unpoisoned").push(answer["body"].clone());
    StatusCode::ACCEPTED
}

/// The test runs itself once more, as the function.
#[tokio::test]
async fn their_process_ends_once_the_person_is_answered() {
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        let error = webhook_ingest::run(&BOT).await.expect_err("an end");
        assert_eq!(error.to_string(), "suggestions do not end, so their process has to");
        return;
    }
    let api = RuntimeApi::default();
    *api.events.lock().expect("unpoisoned") = vec![typing("later"), typing("loop"), typing("x")];
    let mut function = Process::new(std::env::current_exe().expect("this program"));
    function
        .args(["--exact", "their_process_ends_once_the_person_is_answered"])
        .envs(settings())
        .env("AWS_LAMBDA_RUNTIME_API", api.serve().await)
        .env("AWS_LAMBDA_FUNCTION_NAME", "ingest")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("RUST_LOG", "off")
        .stdout(Stdio::null());
    let mut function = function.spawn().expect("a process");
    let status = tokio::task::spawn_blocking(move || {
        let begun = Instant::now();
        while begun.elapsed() < MINUTE {
            if let Some(status) = function.try_wait().expect("a process") {
                return Some(status);
            }
            sleep(Duration::from_millis(20));
        }
        function.kill().expect("a process");
        function.wait().expect("a process");
        None
    });

    assert!(status.await.expect("no panic").expect("an end").success());
    assert_eq!(*api.answers.lock().expect("unpoisoned"), [NONE, NONE]);
}
