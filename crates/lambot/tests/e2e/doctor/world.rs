//! A stack that is well, and platforms that know its bot.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::support::api::{Api, Call, Reply};
use crate::support::discord;
use crate::support::http::{self, Request};
use crate::support::lambot::{Lambot, Setup};
use crate::support::tool::{Ended, tool, tool_with};

pub(super) const URL: &str = "https://bot.example";
pub(super) const SECRETS: [&str; 5] = [
    "0123456789abcdef0123456789abcdef",
    "xoxb-zebra",
    "discord-zebra",
    "telegram-secret-zebra",
    "7:telegram-zebra",
];
const ID: &str = "12345678901234567";

/// A stack that is well, and platforms that know its bot.
pub(super) struct World {
    pub(super) lambot: Lambot,
    pub(super) api: Api,
    /// What the platforms say, by the end of the path.
    pub(super) answers: Arc<Mutex<Vec<(&'static str, Value)>>>,
    /// The header fields of every answer.
    pub(super) headers: Arc<Mutex<&'static str>>,
}

impl World {
    pub(super) fn start() -> Self {
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

    pub(super) fn variables(&self) -> Vec<(&'static str, String)> {
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
    pub(super) fn ask(&self, name: &str, value: &str) -> Ended {
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
    pub(super) fn found(&self, name: &str, value: &str) -> Vec<String> {
        let ended = self.ask(name, value);
        let lines: Vec<Value> =
            ended.lines().iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let has_errors = lines.iter().any(|line| line["level"] == "error");
        assert_eq!(ended.code, Some(i32::from(has_errors)), "{ended:?}");
        let code = |line: &Value| line["code"].as_str().map(str::to_owned);
        lines.iter().filter_map(code).collect()
    }

    pub(super) fn say(&self, end: &'static str, answer: Value) {
        let mut answers = self.answers.lock().unwrap();
        answers.retain(|(known, _)| *known != end);
        answers.insert(0, (end, answer));
    }

    pub(super) fn dynamodb(&self, action: &str, parameters: &Value) -> Value {
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
pub(super) fn leaked(text: String) -> &'static str {
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

pub(super) fn application() -> Value {
    json!({
        "id": ID,
        "verify_key": discord::public_key(),
        "interactions_endpoint_url": format!("{URL}/webhooks/discord"),
    })
}

pub(super) fn webhook() -> Value {
    json!({ "ok": true, "result": { "url": format!("{URL}/webhooks/telegram"), "pending_update_count": 0 } })
}

/// Those of the manifest that is printed for a new app.
pub(super) fn scopes() -> String {
    let manifest = tool(&["register", "slack", "--url", URL]).said;
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let scopes = manifest["oauth_config"]["scopes"]["bot"].as_array().unwrap();
    scopes.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")
}
