//! Registering the bot with the platforms.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::support::api::{Api, Call, Reply};
use crate::support::tool::{Ended, tool_with};

const URL: &str = "https://bot.example";
const TOKENS: [&str; 4] = ["discord-zebra", "7:telegram-zebra", "secret-zebra", "xoxe-zebra"];

/// A platform that keeps what it is told, and gives back more than that.
struct Keeping {
    api: Api,
}

impl Keeping {
    fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        Self { api: Api::scripted(move |_, call| Some(state.lock().unwrap().answer(call))) }
    }

    #[track_caller]
    fn register(&self, arguments: &[&str]) -> Ended {
        let url = |path: &str| format!("{}/{path}", self.api.url);
        let variables = [
            ("PUBLIC_URL", URL.to_owned()),
            ("DISCORD_API_URL", url("discord/api/v10")),
            ("DISCORD_APPLICATION_ID", "9".to_owned()),
            ("DISCORD_BOT_TOKEN", TOKENS[0].to_owned()),
            ("TELEGRAM_API_URL", url("telegram")),
            ("TELEGRAM_BOT_TOKEN", TOKENS[1].to_owned()),
            ("TELEGRAM_SECRET_TOKEN", format!("{},old", TOKENS[2])),
            ("SLACK_API_URL", url("slack/api")),
            ("SLACK_CONFIG_TOKEN", TOKENS[3].to_owned()),
            ("SLACK_APP_ID", "A1".to_owned()),
        ];
        let ended = tool_with(&variables, &[&["register"], arguments].concat());
        for token in TOKENS {
            assert!(!format!("{ended:?}").contains(token), "{token} is written");
        }
        ended
    }

    /// The calls that change something.
    fn writes(&self) -> Vec<Call> {
        let calls = self.api.calls().into_iter();
        let is_write = |call: &Call| {
            let method = call.path.rsplit('/').next().unwrap();
            ["PUT", "PATCH"].contains(&call.method.as_str())
                || method.starts_with("set")
                || method == "apps.manifest.update"
        };
        calls.filter(is_write).collect()
    }
}

struct State {
    endpoint: Value,
    commands: Value,
    webhook: Value,
    my_commands: Value,
    manifest: Value,
}

impl Default for State {
    fn default() -> Self {
        let manifest = json!({
            "display_information": { "name": "Gardener" },
            "features": { "bot_user": { "display_name": "gardener", "always_online": false } },
            "oauth_config": { "scopes": { "bot": ["users:read"] } },
            "settings": { "org_deploy_enabled": false, "socket_mode_enabled": true },
        });
        let (commands, my_commands) = (json!([]), json!([]));
        Self {
            endpoint: Value::Null,
            commands,
            webhook: json!({ "url": "" }),
            my_commands,
            manifest,
        }
    }
}

impl State {
    fn answer(&mut self, call: &Call) -> Reply {
        let method = call.path.rsplit('/').next().unwrap();
        let ok = |result: &Value| json!({ "ok": true, "result": result });
        let body = match (call.method.as_str(), method) {
            ("GET", "@me") => json!({ "id": "9", "interactions_endpoint_url": self.endpoint }),
            ("PATCH", "@me") => {
                self.endpoint = call.body["interactions_endpoint_url"].clone();
                json!({ "id": "9" })
            }
            ("GET", "commands") => self.commands.clone(),
            ("PUT", "commands") => {
                let mut commands = call.body.as_array().unwrap().clone();
                for (nth, command) in commands.iter_mut().enumerate() {
                    command["id"] = nth.to_string().into();
                    command["version"] = "1".into();
                    command["contexts"] = Value::Null;
                }
                commands.reverse();
                self.commands = commands.into();
                self.commands.clone()
            }
            (_, "getWebhookInfo") => ok(&self.webhook),
            (_, "setWebhook") => {
                self.webhook = json!({
                    "url": call.body["url"],
                    "allowed_updates": call.body["allowed_updates"],
                    "pending_update_count": 0,
                });
                ok(&json!(true))
            }
            (_, "getMyCommands") => ok(&self.my_commands),
            (_, "setMyCommands") => {
                self.my_commands = call.body["commands"].clone();
                ok(&json!(true))
            }
            (_, "apps.manifest.export") => json!({ "ok": true, "manifest": self.manifest }),
            (_, "apps.manifest.update") => {
                self.manifest =
                    serde_json::from_str(call.body["manifest"].as_str().unwrap()).unwrap();
                json!({ "ok": true, "app_id": "A1", "permissions_updated": true })
            }
            other => panic!("an unexpected call: {other:?}"),
        };
        Reply::status(200, "content-type: application/json\r\n", body.to_string())
    }
}

#[test]
fn what_is_different_is_shown_and_registered_and_then_there_is_nothing_to_do() {
    // (platform, its authorization, what is registered)
    let cases: [(&str, Option<String>, &[&str]); 3] = [
        ("slack", Some(format!("Bearer {}", TOKENS[3])), &["manifest"]),
        ("discord", Some(format!("Bot {}", TOKENS[0])), &["endpoint", "commands"]),
        ("telegram", None, &["webhook", "commands"]),
    ];
    for (platform, authorization, items) in cases {
        let keeping = Keeping::start();
        let dry = keeping.register(&[platform, "--dry-run"]);
        assert_eq!(dry.code, Some(0), "{dry:?}");
        assert!(keeping.writes().is_empty(), "{platform}");

        let first = keeping.register(&[platform]);
        assert_eq!(first.code, Some(0), "{first:?}");
        for item in items {
            assert!(dry.lines().contains(&&*format!("{item}: this is different.")), "{dry:?}");
            assert!(first.lines().contains(&&*format!("{item}: registered.")), "{first:?}");
        }
        for shown in [&dry, &first] {
            assert!(shown.said.contains(&format!("{URL}/webhooks/{platform}")), "{shown:?}");
            assert!(
                shown.lines().iter().any(|l| l.starts_with('+') && l.contains("ping")),
                "{shown:?}"
            );
        }
        let writes = keeping.writes();
        assert_eq!(writes.len(), items.len(), "{platform}");
        assert!(writes.iter().all(|call| call.header("authorization") == authorization.as_deref()));

        let second = keeping.register(&[platform]);
        let as_declared: Vec<String> =
            items.iter().map(|item| format!("{item}: as declared.")).collect();
        assert_eq!(
            (second.code, second.lines()),
            (Some(0), as_declared.iter().map(|l| &**l).collect())
        );
        assert_eq!(keeping.writes().len(), items.len(), "{platform}");
    }
}

#[test]
fn what_the_owner_of_an_app_chose_stays() {
    let keeping = Keeping::start();
    keeping.register(&["slack"]);
    let body = &keeping.writes()[0].body;
    let manifest: Value = serde_json::from_str(body["manifest"].as_str().unwrap()).unwrap();
    assert_eq!(body["app_id"], "A1");
    assert_eq!(manifest["display_information"]["name"], "Gardener");
    assert_eq!(manifest["features"]["bot_user"]["always_online"], false);
    assert_eq!(manifest["oauth_config"]["scopes"]["bot"][0], "users:read");
    assert_eq!(manifest["settings"]["socket_mode_enabled"], false);
}

#[test]
fn telegram_is_given_the_newest_secret_and_again_when_asked_to() {
    let keeping = Keeping::start();
    keeping.register(&["telegram"]);
    keeping.register(&["telegram", "--force"]);
    let webhooks: Vec<_> =
        keeping.writes().into_iter().filter(|call| call.path.ends_with("setWebhook")).collect();
    assert_eq!(webhooks.len(), 2);
    for webhook in webhooks {
        assert_eq!(webhook.body["secret_token"], TOKENS[2]);
    }
}

#[test]
fn without_a_url_only_the_commands_are_registered() {
    for platform in ["discord", "telegram"] {
        let keeping = Keeping::start();
        let ended = keeping.register(&[platform, "--url", ""]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let paths: Vec<_> = keeping.writes().into_iter().map(|call| call.path).collect();
        assert_eq!(paths.len(), 1, "{paths:?}");
        assert!(paths[0].to_lowercase().ends_with("commands"), "{paths:?}");
    }
    let ended = Keeping::start().register(&["slack", "--url", ""]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.complained.contains("PUBLIC_URL"), "{ended:?}");
}

#[test]
fn without_a_configuration_token_slacks_manifest_is_printed() {
    let ended = tool_with(&[], &["register", "slack", "--url", URL]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let manifest: Value = serde_json::from_str(&ended.said).unwrap();
    let request_url = &manifest["settings"]["event_subscriptions"]["request_url"];
    assert_eq!(*request_url, json!(format!("{URL}/webhooks/slack")));
    assert!(ended.complained.contains("SLACK_CONFIG_TOKEN"), "{ended:?}");
}

#[test]
fn what_is_refused_or_missing_is_said() {
    let api = Api::scripted(|_, _| {
        let body = r#"{"code":50035,"message":"Invalid Form Body","errors":{"0":"name"}}"#;
        Some(Reply::status(400, "", body))
    });
    let discord = |name: &'static str| {
        let variables = [
            ("DISCORD_API_URL", format!("{}/discord", api.url)),
            ("DISCORD_APPLICATION_ID", "9".to_owned()),
            ("DISCORD_BOT_TOKEN", TOKENS[0].to_owned()),
        ];
        let kept: Vec<_> = variables.into_iter().filter(|(known, _)| *known != name).collect();
        tool_with(&kept, &["register", "discord"])
    };
    // (the variable left out, what it complains about)
    let cases = [
        ("", r#"commands: refused with status 400: Invalid Form Body {"0":"name"}"#),
        ("DISCORD_APPLICATION_ID", "DISCORD_APPLICATION_ID is not set"),
        ("DISCORD_BOT_TOKEN", "DISCORD_BOT_TOKEN is not set"),
    ];
    for (missing, complaint) in cases {
        let ended = discord(missing);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.complained.contains(complaint), "{ended:?}");
    }
}
