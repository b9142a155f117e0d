//! Commands that need a secret, where a deployment keeps it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::api::{Api, Reply};
use crate::support::lambot::{Lambot, Setup};
use crate::support::now;
use crate::support::parameters::Parameters;
use crate::support::signature::is_signed;
use crate::support::telegram::{self, SECRET, TOKEN};
use crate::support::tool::{Ended, tool_with};

const KEPT: [(&str, &str); 2] = [("TELEGRAM_SECRET_TOKEN", SECRET), ("TELEGRAM_BOT_TOKEN", TOKEN)];

/// A command given where only what leads to the stack is set, and `parameters` if there are any.
#[track_caller]
fn tool(lambot: &Lambot, parameters: Option<&Parameters>, arguments: &[&str]) -> Ended {
    let names = [
        "AWS_ENDPOINT_URL_SQS",
        "AWS_ENDPOINT_URL_DYNAMODB",
        "QUEUE_URL",
        "DLQ_URL",
        "TABLE_NAME",
        "AWS_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
    ];
    let mut variables = Vec::from(names.map(|name| (name, lambot.exported(name))));
    variables.extend(parameters.iter().flat_map(|parameters| parameters.variables()));
    tool_with(&variables, arguments)
}

#[test]
fn a_platform_is_told_by_the_token_that_is_kept() {
    let api = Api::scripted(|_, call| {
        let is_read = call.path.ends_with("getWebhookInfo");
        let result = if is_read { json!({ "url": "" }) } else { json!([]) };
        Some(Reply::status(200, "", json!({ "ok": true, "result": result }).to_string()))
    });
    let parameters = Parameters::keeping(&KEPT);
    let mut variables = Vec::from(parameters.variables());
    variables.push(("TELEGRAM_API_URL", format!("{}/telegram", api.url)));
    let ended = tool_with(&variables, &["register", "telegram", "--url", "https://bot.example"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let calls = api.calls();
    let set = calls.iter().find(|call| call.path.ends_with("/setWebhook")).unwrap();
    assert!(set.path.contains(TOKEN), "{}", set.path);
    assert_eq!(set.body["secret_token"], SECRET);
    assert!(!format!("{ended:?}").contains(SECRET), "{ended:?}");
    assert!(is_signed(&parameters.api.calls()[0], "test"));
    // Of this platform alone.
    let mut asked = parameters.asked();
    asked.sort_unstable();
    assert_eq!(asked, ["TELEGRAM_BOT_TOKEN", "TELEGRAM_SECRET_TOKEN"]);

    variables.retain(|(name, _)| *name != "AWS_ENDPOINT_URL_SSM");
    variables.push(("AWS_ENDPOINT_URL_SSM", Parameters::closed().api.url));
    let ended = tool_with(&variables, &["register", "telegram"]);
    let complaint = "lambot: what is below SECRETS_PREFIX cannot be read: SSM GetParameters: \
                     answered 400 AccessDeniedException\n";
    assert_eq!((ended.code, ended.complained.as_str()), (Some(1), complaint));
}

#[test]
fn a_webhook_is_read_again_where_its_secret_is_kept() {
    let api = Api::start();
    let lambot = Setup::default().calling(&api).start();
    let letter = json!({
        "v": 1,
        "reason": "a field of the JSON has an unexpected type",
        "died_at": u64::try_from(now().as_millis()).unwrap(),
        "webhook": {
            "platform": "telegram",
            "body_base64": STANDARD.encode(telegram::private(7, "hello").content()),
        },
    });
    lambot.bury(&letter.to_string(), "1", "1");
    let parameters = Parameters::keeping(&KEPT);
    assert_eq!(tool(&lambot, Some(&parameters), &["dlq", "list"]).code, Some(0));
    assert_eq!(parameters.asked(), [""; 0], "to look needs no secret");

    let ended = tool(&lambot, None, &["dlq", "redrive", "--all"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let ended = tool(&lambot, Some(&parameters), &["dlq", "redrive", "--all"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    lambot.settle();
    assert_eq!(api.texts(), ["You said: hello"]);
}

#[test]
fn a_press_is_opened_by_the_token_that_has_sealed_it() {
    const REFUSED: &str = "Berlin is your favourite place now";

    let api = Api::scripted(|_, call| match call.path.as_str() {
        path if path.contains("/search") => {
            Some(Reply::status(200, "", include_str!("../../../bot/recordings/berlin.json")))
        }
        path if path.contains("/forecast") => Some(Reply::status(
            200,
            "",
            include_str!("../../../bot/recordings/berlin_forecast.json"),
        )),
        _ if call.text().starts_with(REFUSED) => {
            Some(Reply::status(400, "", r#"{"ok":false,"description":"Bad Request: zebra"}"#))
        }
        _ => None,
    });
    let lambot = Setup::default().calling(&api).variable("FETCH_URL", &api.url).start();
    let asked = telegram::private(7, "/weather Berlin");
    lambot.accept(&asked);
    lambot.settle();
    let calls = api.calls();
    let said = calls.iter().find(|call| call.path == telegram::SEND_MESSAGE).unwrap();
    let data = &said.body["reply_markup"]["inline_keyboard"][0][1]["callback_data"];
    let asked: Value = serde_json::from_slice(asked.content()).unwrap();
    let message = &asked["message"];
    let press = json!({
        "update_id": 8,
        "callback_query": {
            "id": "4382bfdwdsb323b2d9",
            "from": message["from"],
            "message": { "message_id": 1300, "date": message["date"], "chat": message["chat"] },
            "chat_instance": "-3939",
            "data": data,
        },
    });
    lambot.accept(&telegram::authentic(press.to_string()));
    lambot.settle();
    let listed = lambot.tool(&["dlq", "list"]);
    let id = listed.lines()[1].split('\t').next().unwrap().to_owned();

    let parameters = Parameters::keeping(&KEPT);
    let ended = tool(&lambot, Some(&parameters), &["replay", &id]);
    assert_eq!((ended.code, ended.said.as_str()), (Some(0), "The bot decides the same.\n"));
    let ended = tool(&lambot, None, &["replay", &id]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.said.contains(&format!("-{REFUSED}")), "{ended:?}");
}
