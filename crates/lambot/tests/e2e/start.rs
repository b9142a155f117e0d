//! The first minute of somebody who has just cloned this.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::api::Api;
use crate::support::http::{self, Request};
use crate::support::lambot::{Lambot, Setup};
use crate::support::process::{Lines, Process, lambot};
use crate::support::{slack, telegram};

/// A signature in form only: the local table does not check it.
const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=a/20150830/eu-central-1/dynamodb/aws4_request, \
    SignedHeaders=host, Signature=0";

#[test]
fn the_first_line_comes_within_a_second() {
    let first_line = || {
        let start = Instant::now();
        let mut process = Process::start(lambot().args(["--port", "0"]));
        let lines = Lines::of(process.child().stdout.take().unwrap());
        lines.wait_for(1, "Lambot serves http://127.0.0.1:");
        start.elapsed()
    };
    // The fastest of three, because other tests run at the same time.
    let fastest = (0..3).map(|_| first_line()).min().unwrap();
    assert!(fastest < Duration::from_secs(1), "{fastest:?}");
}

#[test]
fn says_where_everything_is() {
    let lambot = Setup::default().start();
    let url = format!("http://{}", lambot.address);

    // (variable, how its value begins)
    let exports = [
        ("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:"),
        ("QUEUE_URL", &lambot.exported("AWS_ENDPOINT_URL_SQS")),
        ("DLQ_URL", &lambot.exported("AWS_ENDPOINT_URL_SQS")),
        ("TABLE_NAME", "lambot"),
        ("AWS_REGION", "eu-"),
        ("AWS_ACCESS_KEY_ID", ""),
        ("AWS_SECRET_ACCESS_KEY", ""),
    ];
    for (name, start) in exports {
        let value = lambot.exported(name);
        assert!(value.starts_with(start) && !value.is_empty(), "{name}={value}");
    }
    // The queues' variables are used by every test that looks into a queue.
    let table = json!({ "TableName": lambot.exported("TABLE_NAME") });
    let describe = Request::post("/", table.to_string())
        .header("X-Amz-Target", "DynamoDB_20120810.DescribeTable")
        .header("Content-Type", "application/x-amz-json-1.0")
        .header("X-Amz-Date", "20150830T123600Z")
        .header("Authorization", SIGNED);
    let dynamodb = lambot.exported("AWS_ENDPOINT_URL_DYNAMODB");
    let table = http::send(dynamodb.strip_prefix("http://").unwrap(), &describe);
    assert_eq!(table.json()["Table"]["TableStatus"], "ACTIVE", "{table:?}");

    for path in ["/echo", "/webhooks/slack", "/webhooks/discord", "/webhooks/telegram"] {
        lambot.said.wait_for(1, &format!("POST {url}{path}"));
    }
    for secret in ["SLACK_SIGNING_SECRET=", "DISCORD_PUBLIC_KEY=", "TELEGRAM_SECRET_TOKEN="] {
        lambot.said.wait_for(1, secret);
    }
    assert_eq!(lambot.send(&Request::new("GET", "/health")).body, r#"{"status":"ok"}"#);
}

#[test]
fn the_printed_line_says_hello_to_the_bot() {
    let lambot = Setup::default().start();
    let answer = lambot.send(&printed_request(&lambot, ""));
    assert_eq!(answer.status, 200, "{answer:?}");
    lambot.said.wait_for(1, "You said: hello");
}

#[test]
fn the_printed_line_uses_the_secret_somebody_has_set() {
    let secrets = format!("{},next-secret", telegram::SECRET);
    let setup = Setup::default().variable("TELEGRAM_SECRET_TOKEN", &secrets);
    let lambot = setup.start();
    assert!(!lambot.said.so_far().concat().contains(telegram::SECRET), "a secret on the screen");
    let answer = lambot.send(&printed_request(&lambot, &secrets));
    assert_eq!(answer.status, 200, "{answer:?}");
    lambot.said.wait_for(1, "You said: hello");
}

#[test]
fn another_process_of_the_same_port_says_so_and_fails() {
    let first = Setup::default().start();
    let (_, port) = first.address.split_once(':').unwrap();
    let mut second = Process::start(lambot().args(["--port", port]));
    let logged = Lines::of(second.child().stderr.take().unwrap());
    assert_eq!(second.wait().code(), Some(1));
    logged.wait_for(1, &format!("lambot: cannot listen on {}", first.address));
}

#[test]
fn platforms_of_its_own_stand_in_where_nobody_names_others() {
    let api = Api::start();
    let lambot = Setup::default()
        .calling(&api)
        .variable("SLACK_API_URL", "")
        .variable("TELEGRAM_API_URL", "")
        .start();
    lambot.accept(&telegram::private(1, "a <b> & c"));
    lambot.said.wait_for(1, "telegram < You said: a <b> & c");
    lambot.accept(&slack::message("D1", "1771442498.000100", "a &lt;b&gt;"));
    lambot.said.wait_for(1, "slack < You said: a <b>");
    lambot.settle();
    assert_eq!(api.texts(), [""; 0]);
}

/// The request of the printed line, taken apart by a shell in which somebody has set their secrets.
fn printed_request(lambot: &Lambot, secrets: &str) -> Request {
    let line = lambot.said.wait_for(1, "curl ");
    // A function in place of curl tells what curl would be given.
    let script = format!("curl() {{ printf '%s\\n' \"$@\"; }}\n{line}");
    let shell = Command::new("sh")
        .args(["-euc", &script])
        .env("TELEGRAM_SECRET_TOKEN", secrets)
        .output()
        .unwrap();
    assert!(shell.status.success(), "{shell:?}");
    let arguments = String::from_utf8(shell.stdout).unwrap();
    let mut arguments = arguments.lines();
    let mut request = Request::new("POST", "");
    let mut url = "";
    while let Some(argument) = arguments.next() {
        match argument {
            "-sS" => {}
            "-H" => {
                let (name, value) = arguments.next().unwrap().split_once(": ").unwrap();
                request = request.header(name, value);
            }
            "-d" => request = request.body(arguments.next().unwrap()),
            _ => url = argument,
        }
    }
    let path = url.strip_prefix(&format!("http://{}", lambot.address)).unwrap();
    assert_eq!(path, telegram::PATH);
    request.path(path)
}
