//! What is found of a running stack and of the platforms, when all is well and when one thing is not.

mod deployment;
mod world;

use std::time::SystemTime;

use serde_json::{Value, json};

use crate::support::lambot::Setup;
use crate::support::now;
use crate::support::tool::{tool, tool_with};
use world::*;

#[test]
fn what_is_well_is_said_to_be() {
    let world = World::start();
    let ended = tool_with(&world.variables(), &["doctor"]);
    let areas = ["variables", "table", "queues", "slack", "discord", "telegram"];
    assert_eq!(ended.lines(), areas.map(|area| format!("ok       {area}")), "{ended:?}");
    assert_eq!(ended.code, Some(0));
}

#[test]
fn a_new_stack_lacks_a_platform_and_nothing_else() {
    let lambot = Setup::default().start();
    let ended = lambot.tool(&["doctor"]);
    let [first, table, queues] = &ended.lines()[..] else { panic!("{ended:?}") };
    assert!(first.starts_with("warning  no-platform: "), "{ended:?}");
    assert_eq!([*table, *queues], ["ok       table", "ok       queues"]);
    assert_eq!(ended.code, Some(0));
}

#[test]
fn without_a_variable_all_of_them_are_missed() {
    let ended = tool(&["doctor"]);
    assert_eq!(ended.code, Some(1));
    let missing = |line: &&&str| line.starts_with("error    variable-missing: ");
    assert_eq!(ended.lines().iter().filter(missing).count(), 6, "{ended:?}");
}

#[test]
fn a_variable_that_is_wrong_is_found() {
    let world = World::start();
    let dead_letters = world.lambot.exported("DLQ_URL");
    let nowhere = "http://127.0.0.1:1";
    // A key must be a point of the curve.
    let base_point = format!("58{}", "66".repeat(31));
    // (variable, value, findings)
    let cases: [(&str, &str, &[&str]); 21] = [
        ("SLACK_SIGNING_SECRET", "", &["secret-missing"]),
        ("SLACK_SIGNING_SECRET", "xoxb-secret", &["slack-secret-form"]),
        ("SLACK_BOT_TOKEN", "", &["token-missing"]),
        ("SLACK_BOT_TOKEN", "xoxp-1", &["slack-token-form"]),
        ("SLACK_API_URL", "zebra", &["variable-refused"]),
        ("SLACK_API_URL", nowhere, &["platform-unreachable"]),
        ("DISCORD_PUBLIC_KEY", "zebra", &["variable-refused", "discord-key"]),
        ("DISCORD_PUBLIC_KEY", &base_point, &["discord-key"]),
        ("DISCORD_APPLICATION_ID", "12345678901234568", &["discord-id"]),
        ("DISCORD_APPLICATION_ID", "", &["discord-id-missing"]),
        ("DISCORD_BOT_TOKEN", "", &["discord-token-missing"]),
        ("TELEGRAM_SECRET_TOKEN", "a b", &["variable-refused"]),
        ("TELEGRAM_BOT_TOKEN", "", &["token-missing"]),
        ("TELEGRAM_BOT_USERNAME", "your_bot", &["telegram-username"]),
        ("TELEGRAM_BOT_USERNAME", "", &["telegram-username-missing"]),
        ("PUBLIC_URL", "https://other.example", &["discord-endpoint", "telegram-webhook"]),
        ("PUBLIC_URL", "", &[]),
        ("TABLE_NAME", "zebra", &["table-unanswered"]),
        ("DLQ_URL", "http://127.0.0.1/1/zebra.fifo", &["queue-unanswered"]),
        ("QUEUE_URL", &dead_letters, &["queue-visibility", "queue-redrive"]),
        ("AWS_ENDPOINT_URL_DYNAMODB", nowhere, &["table-unanswered"]),
    ];
    for (name, value, expected) in cases {
        assert_eq!(world.found(name, value), expected, "{name}={value}");
    }
}

#[test]
fn what_a_platform_knows_of_another_bot_is_found() {
    let world = World::start();
    let (mut other_key, mut no_endpoint) = (application(), application());
    other_key["verify_key"] = json!("aa");
    no_endpoint["interactions_endpoint_url"] = Value::Null;
    let with = |name: &str, value: Value| {
        let mut webhook = webhook();
        webhook["result"][name] = value;
        webhook
    };
    let failed_at = now().as_secs() - 60;
    let mut failed = with("last_error_date", json!(failed_at));
    failed["result"]["last_error_message"] = json!("Wrong response from the webhook: 401");
    // (call, answer, findings)
    let cases: [(&str, Value, &[&str]); 13] = [
        ("/auth.test", json!({ "ok": false, "error": "invalid_auth" }), &["token-refused"]),
        ("/auth.test", json!({ "status": 503 }), &["platform-trouble"]),
        ("/applications/@me", json!({ "status": 401 }), &["token-refused"]),
        ("/applications/@me", other_key, &["discord-key"]),
        ("/applications/@me", no_endpoint, &["discord-endpoint"]),
        ("/commands", json!([]), &["registration-differs"]),
        ("/getMe", json!({ "status": 401, "ok": false }), &["token-refused"]),
        ("/getWebhookInfo", with("url", json!("")), &["telegram-webhook"]),
        ("/getWebhookInfo", with("allowed_updates", json!(["message"])), &["telegram-updates"]),
        ("/getWebhookInfo", with("pending_update_count", json!(500)), &["telegram-pending"]),
        ("/getWebhookInfo", failed, &["telegram-delivery"]),
        ("/getMyCommands", json!({ "ok": true, "result": [] }), &["registration-differs"]),
        ("/getMyCommands", json!({ "status": 500 }), &["platform-trouble"]),
    ];
    for (end, answer, expected) in cases {
        let before = world.answers.lock().unwrap().clone();
        world.say(end, answer.clone());
        assert_eq!(world.found("", ""), expected, "{end} {answer}");
        *world.answers.lock().unwrap() = before;
    }
}

#[test]
fn what_the_answers_headers_say_is_found() {
    let world = World::start();
    let scopes = format!("x-oauth-scopes: {}\r\n", scopes());
    let date = |date: &str| format!("{scopes}date: {date}\r\n");
    // (header fields, findings)
    let cases: [(String, &[&str]); 3] = [
        ("x-oauth-scopes: chat:write\r\n".to_owned(), &["slack-scopes"]),
        (date("Sun, 06 Nov 1994 08:49:37 GMT"), &["clock-wrong"]),
        (date(&http_date()), &[]),
    ];
    for (headers, expected) in cases {
        *world.headers.lock().unwrap() = leaked(headers.clone());
        assert_eq!(world.found("", ""), expected, "{headers}");
    }
}

/// The time as a `Date` field says it, by the system's own tool.
fn http_date() -> String {
    let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let format = ["-u", "-d", &format!("@{seconds}"), "+%a, %d %b %Y %H:%M:%S GMT"];
    let date = std::process::Command::new("date").env("LC_ALL", "C").args(format).output();
    String::from_utf8(date.unwrap().stdout).unwrap().trim().to_owned()
}

#[test]
fn a_queue_that_is_set_otherwise_is_found() {
    let world = World::start();
    // (queue, attribute, value, findings)
    let cases: [(&str, &str, &str, &[&str]); 4] = [
        ("QUEUE_URL", "VisibilityTimeout", "30", &["queue-visibility"]),
        ("DLQ_URL", "MessageRetentionPeriod", "345600", &["queue-retention"]),
        ("QUEUE_URL", "FifoThroughputLimit", "perQueue", &["queue-not-per-group"]),
        ("QUEUE_URL", "RedrivePolicy", "", &["queue-redrive"]),
    ];
    let mut expected: Vec<&str> = Vec::new();
    for (queue, attribute, value, found) in cases {
        world.lambot.sqs(
            "SetQueueAttributes",
            queue,
            json!({ "Attributes": { attribute: value } }),
        );
        expected.extend(found);
        let mut expected: Vec<&str> = expected.clone();
        let mut seen = world.found("", "");
        expected.sort_unstable();
        seen.sort_unstable();
        assert_eq!(seen, expected, "{attribute}");
    }
}

#[test]
fn a_dead_letter_is_found() {
    let world = World::start();
    world.lambot.bury("zebra", "group", "1");
    assert_eq!(world.found("", ""), ["dead-letters"]);
}

#[test]
fn a_standard_queue_and_another_programs_table_are_found() {
    let world = World::start();
    let queue = world.lambot.sqs("CreateQueue", "QUEUE_URL", json!({ "QueueName": "plain" }));
    let found = world.found("DLQ_URL", queue["QueueUrl"].as_str().unwrap());
    assert_eq!(found, ["queue-not-fifo", "queue-retention", "queue-redrive"]);

    let table = json!({
        "TableName": "others",
        "ProvisionedThroughput": { "ReadCapacityUnits": 1, "WriteCapacityUnits": 1 },
        "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
    });
    world.dynamodb("CreateTable", &table);
    assert_eq!(world.found("TABLE_NAME", "others"), ["table-key", "table-billing", "table-expiry"]);
}
