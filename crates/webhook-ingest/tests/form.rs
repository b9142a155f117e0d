//! Forms that open before a person who waits, with a stand-in for Slack over real HTTP.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bot::BOT;
use bot_core::Platform;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use webhook_ingest::Ingest;

const COMMAND: &str = "team_id=T1&channel_id=C1&user_id=U1&command=%2Ffeedback&text=&trigger_id=1.2.abc&\
                       response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1%2F1%2Fx";

/// The handler, with Slack at `slack` and no queue. It writes metrics where there is a `namespace`.
fn ingest(slack: &str, namespace: &str) -> Ingest {
    let platforms = Platform::ALL.iter().flat_map(|platform| platform.settings());
    let mut settings: BTreeMap<&str, &str> =
        platforms.map(|setting| (setting.name, setting.development)).collect();
    settings.extend([
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:1"),
        ("QUEUE_URL", "http://127.0.0.1:1/000000000000/queue.fifo"),
        ("DLQ_URL", "http://127.0.0.1:1/000000000000/dead.fifo"),
        ("SLACK_HOOKS_URL", "https://hooks.slack.com"),
        ("SLACK_API_URL", slack),
        ("METRICS_NAMESPACE", namespace),
    ]);
    Ingest::from_settings(&BOT, &|name| settings.get(name).map(|value| (*value).to_owned()))
        .expect("settings")
}

/// Takes one request and answers it with `body`, or never; what it took.
fn stand_in(body: Option<&'static str>) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/api", listener.local_addr().expect("an address"));
    let taken = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut taken = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            let count = stream.read(&mut buffer).unwrap_or_default();
            taken.extend_from_slice(buffer.get(..count).unwrap_or_default());
            // The body is JSON, so it ends where the last brace closes.
            if count == 0 || (body.is_some() && taken.ends_with(b"}")) {
                break;
            }
        }
        if let Some(body) = body {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
            let answer = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            stream.write_all(answer.as_bytes()).expect("a reader");
        }
        String::from_utf8_lossy(&taken).into_owned()
    });
    (url, taken)
}

async fn command(ingest: &Ingest) -> (u16, String) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock");
    let at = now.as_secs().to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(b"slack-development-secret").expect("a key");
    mac.update(format!("v0:{at}:{COMMAND}").as_bytes());
    let code = mac.finalize().into_bytes();
    let signature: String = code.iter().map(|byte| format!("{byte:02x}")).collect();
    let event = serde_json::json!({
        "version": "2.0", "rawPath": "/webhooks/slack", "rawQueryString": "",
        "headers": { "x-slack-request-timestamp": at, "x-slack-signature": format!("v0={signature}") },
        "requestContext": { "stage": "$default", "http": { "method": "POST", "path": "/webhooks/slack" } },
        "body": COMMAND, "isBase64Encoded": false,
    });
    let answer = ingest.handle(serde_json::from_value(event).expect("an event"), None).await;
    (answer.status_code, answer.body)
}

#[tokio::test]
async fn a_form_opens_or_its_person_is_told_in_time() {
    let told = "I could not open the form. You can also write /feedback &lt;stars&gt; [words]";
    // (what Slack answers, what the person is told)
    let cases = [
        (Some(r#"{"ok":true}"#), ""),
        (Some(r#"{"ok":false,"error":"expired_trigger_id"}"#), told),
        (None, told),
    ];

    for (answer, expected) in cases {
        let (url, taken) = stand_in(answer);
        let begun = Instant::now();
        let (status, body) = command(&ingest(&url, "")).await;
        assert!(begun.elapsed() < Duration::from_millis(2500), "{:?}", begun.elapsed());
        assert_eq!(status, 200, "{answer:?}");
        assert_eq!(body.is_empty(), expected.is_empty(), "{answer:?}: {body}");
        assert!(body.contains(expected), "{answer:?}: {body}");
        // The connection that is given up is closed by the runtime, which must go on meanwhile.
        let taken = tokio::task::spawn_blocking(|| taken.join()).await;
        let taken = taken.expect("a thread").expect("a request");
        for part in ["POST /api/views.open", "Bearer xoxb-development", r#""trigger_id":"1.2.abc""#]
        {
            assert!(taken.contains(part), "{part}: {taken}");
        }
    }
}

/// The test runs itself once more, as a process whose output can be read.
#[tokio::test]
async fn a_form_that_could_not_be_opened_is_counted() {
    const OPENS_AT: &str = "A_FORM_OPENS_AT";

    if let Ok(url) = std::env::var(OPENS_AT) {
        command(&ingest(&url, "test")).await;
        return;
    }
    // (what Slack answers, how often it is counted)
    let cases = [(r#"{"ok":true}"#, 0), (r#"{"ok":false,"error":"invalid_auth"}"#, 1)];

    for (answer, expected) in cases {
        let (url, taken) = stand_in(Some(answer));
        let mut process = Command::new(std::env::current_exe().expect("this program"));
        process
            .args(["--exact", "a_form_that_could_not_be_opened_is_counted"])
            .env(OPENS_AT, url)
            .env("RUST_LOG", "off");
        let written = process.output().expect("a process").stdout;
        let written = String::from_utf8_lossy(&written);
        assert!(taken.join().expect("a request").contains("views.open"), "{answer}");
        let counted = written.matches(r#""platform":"slack","unopened":1}"#).count();
        assert_eq!(counted, expected, "{answer}: {written}");
    }
}
