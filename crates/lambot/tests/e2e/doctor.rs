//! What is found of a running stack and of the platforms, when all is well and when one thing is not.

use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use serde_json::{Value, json};

use crate::support::api::{Api, Call, Reply};
use crate::support::discord;
use crate::support::http::{self, Request};
use crate::support::lambot::{Lambot, Setup};
use crate::support::now;
use crate::support::tool::{Ended, tool, tool_with};

const URL: &str = "https://bot.example";
const SECRETS: [&str; 5] = [
    "0123456789abcdef0123456789abcdef",
    "xoxb-zebra",
    "discord-zebra",
    "telegram-secret-zebra",
    "7:telegram-zebra",
];
const ID: &str = "12345678901234567";

/// A stack that is well, and platforms that know its bot.
struct World {
    lambot: Lambot,
    api: Api,
    /// What the platforms say, by the end of the path.
    answers: Arc<Mutex<Vec<(&'static str, Value)>>>,
    /// The header fields of every answer.
    headers: Arc<Mutex<&'static str>>,
}

impl World {
    fn start() -> Self {
        let answers = Arc::new(Mutex::new(healthy()));
        let headers = Arc::new(Mutex::new(leaked(format!("x-oauth-scopes: {}\r\n", scopes()))));
        let (said, fields) = (Arc::clone(&answers), Arc::clone(&headers));
        let api = Api::scripted(move |_, call: &Call| {
            let (said, fields) = (said.lock().unwrap(), fields.lock().unwrap());
            let answer = said.iter().find(|(end, _)| call.path.ends_with(end));
            let (_, answer) = answer.unwrap_or_else(|| panic!("{}", call.path));
            let status = answer["status"].as_u64().unwrap_or(200).try_into().unwrap();
            Some(Reply::status(status, *fields, answer.to_string()))
        });
        Self { lambot: Setup::default().start(), api, answers, headers }
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        let exported = [
            "AWS_ENDPOINT_URL_SQS",
            "AWS_ENDPOINT_URL_DYNAMODB",
            "QUEUE_URL",
            "DLQ_URL",
            "TABLE_NAME",
            "AWS_REGION",
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
        ];
        let url = |path: &str| format!("{}/{path}", self.api.url);
        let mut variables: Vec<(&'static str, String)> =
            exported.map(|name| (name, self.lambot.exported(name))).into();
        variables.extend([
            ("PUBLIC_URL", URL.to_owned()),
            ("SLACK_SIGNING_SECRET", SECRETS[0].to_owned()),
            ("SLACK_BOT_TOKEN", SECRETS[1].to_owned()),
            ("SLACK_API_URL", url("slack/api")),
            ("DISCORD_PUBLIC_KEY", discord::public_key()),
            ("DISCORD_APPLICATION_ID", ID.to_owned()),
            ("DISCORD_BOT_TOKEN", SECRETS[2].to_owned()),
            ("DISCORD_API_URL", url("discord/api/v10")),
            ("TELEGRAM_SECRET_TOKEN", SECRETS[3].to_owned()),
            ("TELEGRAM_BOT_TOKEN", SECRETS[4].to_owned()),
            ("TELEGRAM_BOT_USERNAME", "my_bot".to_owned()),
            ("TELEGRAM_API_URL", url("telegram")),
        ]);
        variables
    }

    /// What the doctor says where one variable is another one, or unset where it is empty.
    #[track_caller]
    fn ask(&self, name: &str, value: &str) -> Ended {
        let mut variables = self.variables();
        variables.retain(|(known, _)| *known != name);
        if !value.is_empty() {
            variables.push((leaked(name.to_owned()), value.to_owned()));
        }
        let ended = tool_with(&variables, &["doctor", "--json"]);
        for secret in SECRETS {
            assert!(!format!("{ended:?}").contains(secret), "{secret} is written");
        }
        ended
    }

    /// The codes of what is found, and whether the status says that something is an error.
    #[track_caller]
    fn found(&self, name: &str, value: &str) -> Vec<String> {
        let ended = self.ask(name, value);
        let lines: Vec<Value> =
            ended.lines().iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let has_errors = lines.iter().any(|line| line["level"] == "error");
        assert_eq!(ended.code, Some(i32::from(has_errors)), "{ended:?}");
        let code = |line: &Value| line["code"].as_str().map(str::to_owned);
        lines.iter().filter_map(code).collect()
    }

    fn say(&self, end: &'static str, answer: Value) {
        let mut answers = self.answers.lock().unwrap();
        answers.retain(|(known, _)| *known != end);
        answers.insert(0, (end, answer));
    }

    fn dynamodb(&self, action: &str, parameters: &Value) -> Value {
        let request = Request::post("/", parameters.to_string())
            .header("X-Amz-Target", &format!("DynamoDB_20120810.{action}"))
            .header("Content-Type", "application/x-amz-json-1.0")
            .header("X-Amz-Date", "20150830T123600Z")
            .header("Authorization", SIGNED);
        let endpoint = self.lambot.exported("AWS_ENDPOINT_URL_DYNAMODB");
        let answer = http::send(endpoint.strip_prefix("http://").unwrap(), &request);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }
}

/// A signature in form only: the local table does not check it.
const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=a/20150830/eu-central-1/dynamodb/aws4_request, \
    SignedHeaders=host, Signature=0";

/// A few hundred bytes of a test's.
fn leaked(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

/// What platforms say when the bot is registered as it should be.
fn healthy() -> Vec<(&'static str, Value)> {
    let commands = discord_commands();
    let short = |command: &Value| json!({ "command": command["name"], "description": command["description"] });
    // Discord has menus of people and messages, too.
    let is_written = |command: &&Value| command["type"] == 1;
    let my_commands: Vec<Value> =
        commands.as_array().unwrap().iter().filter(is_written).map(short).collect();
    vec![
        ("/auth.test", json!({ "ok": true })),
        ("/applications/@me", application()),
        ("/commands", commands),
        ("/getMe", json!({ "ok": true, "result": { "username": "My_bot" } })),
        ("/getWebhookInfo", webhook()),
        ("/getMyCommands", json!({ "ok": true, "result": my_commands })),
    ]
}

fn discord_commands() -> Value {
    serde_json::from_str(&tool(&["commands"]).said).unwrap()
}

fn application() -> Value {
    json!({
        "id": ID,
        "verify_key": discord::public_key(),
        "interactions_endpoint_url": format!("{URL}/webhooks/discord"),
    })
}

fn webhook() -> Value {
    json!({ "ok": true, "result": { "url": format!("{URL}/webhooks/telegram"), "pending_update_count": 0 } })
}

/// Those of the manifest that is printed for a new app.
fn scopes() -> String {
    let manifest = tool(&["register", "slack", "--url", URL]).said;
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let scopes = manifest["oauth_config"]["scopes"]["bot"].as_array().unwrap();
    scopes.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")
}

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
