//! The bot's webhook and commands as Telegram keeps them.

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::super::registration::{Comparison, Item, shortened, typed};
use super::super::{Call, Method};
use super::inbound::UPDATES;
use crate::bot::Bot;

/// The longest description of a command.
///
/// <https://core.telegram.org/bots/api#botcommand>
const MOST_CHARS: usize = 256;

/// The webhook. Telegram does not say which secret it sends, so another one is no difference.
///
/// <https://core.telegram.org/bots/api#setwebhook>, <https://core.telegram.org/bots/api#getwebhookinfo>
pub(super) fn webhook(url: String, secret: SecretString) -> Item {
    Item::new("webhook", post("getWebhookInfo", json!({})), move |answer| {
        let info = answer.get("result")?;
        let field = |name| info.get(name).cloned();
        let kinds = |kinds: Option<Value>| sorted(kinds.unwrap_or_else(|| json!([])));
        let registered = json!({
            "url": field("url")?,
            "allowed_updates": kinds(field("allowed_updates")),
        });
        let wanted = json!({ "url": url, "allowed_updates": kinds(Some(json!(UPDATES))) });
        let body = json!({
            "url": url,
            "allowed_updates": UPDATES,
            "secret_token": secret.expose_secret(),
        });
        Some(Comparison::new(registered, wanted, post("setWebhook", body)))
    })
}

/// The commands that Telegram offers while somebody types.
///
/// <https://core.telegram.org/bots/api#setmycommands>, <https://core.telegram.org/bots/api#getmycommands>
pub(super) fn commands(bot: &Bot) -> Item {
    let wanted: Value = typed(bot.specs())
        .iter()
        .map(|command| {
            let about = shortened(&command.about, MOST_CHARS);
            json!({ "command": command.name, "description": about })
        })
        .collect();
    Item::new("commands", post("getMyCommands", json!({})), move |answer| {
        let registered = answer.get("result").filter(|result| result.is_array())?.clone();
        let write = post("setMyCommands", json!({ "commands": wanted }));
        Some(Comparison::new(registered, wanted.clone(), write))
    })
}

fn post(method: &str, body: Value) -> Call {
    Call { method: Method::Post, target: method.to_owned(), body }
}

/// The kinds of updates are a set.
fn sorted(kinds: Value) -> Value {
    let mut kinds: Vec<String> = serde_json::from_value(kinds).unwrap_or_default();
    kinds.sort_unstable();
    json!(kinds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::{ApiAnswer, Platform};
    use crate::testing::BOT;

    fn answer(result: &Value) -> ApiAnswer {
        let body = json!({ "ok": true, "result": result }).to_string().into_bytes();
        ApiAnswer { status: 200, body: Some(body), ..ApiAnswer::default() }
    }

    #[test]
    fn a_webhook_is_the_same_when_it_leads_here_and_brings_what_is_read() {
        let url = "https://bot.example/webhooks/telegram";
        let item = webhook(url.to_owned(), "zebra".to_owned().into());
        let mut reversed: Vec<_> = UPDATES.to_vec();
        reversed.reverse();
        // (what Telegram says, the same?)
        let cases = [
            (json!({ "url": url, "allowed_updates": UPDATES, "pending_update_count": 3 }), true),
            (json!({ "url": url, "allowed_updates": reversed }), true),
            (json!({ "url": url }), false),
            (json!({ "url": url, "allowed_updates": ["message"] }), false),
            (json!({ "url": "", "allowed_updates": UPDATES }), false),
        ];
        for (info, is_same) in cases {
            let comparison = item.compare(&answer(&info)).expect("an answer");
            assert_eq!(comparison.is_same(), is_same, "{info}");
            assert!(!format!("{comparison:?}").contains("zebra"));
        }
        assert!(item.compare(&answer(&json!({}))).is_err());
    }

    #[test]
    fn what_is_registered_with_the_webhook_is_its_secret_too() {
        let settings = |name: &str| match name {
            "TELEGRAM_BOT_TOKEN" => Some("7:token".to_owned()),
            "TELEGRAM_SECRET_TOKEN" => Some("new, old".to_owned()),
            _ => None,
        };
        let registration = Platform::Telegram
            .registration(&BOT, Some("https://bot.example"), &settings)
            .expect("settings");
        let comparison =
            registration.items[0].compare(&answer(&json!({ "url": "" }))).expect("an answer");
        let request = registration.write(&comparison).expect("a token");
        assert_eq!(request.url.expose_secret(), "https://api.telegram.org/bot7:token/setWebhook");
        let body: Value = serde_json::from_slice(&request.body).expect("JSON");
        let expected = json!({
            "url": "https://bot.example/webhooks/telegram",
            "allowed_updates": UPDATES,
            "secret_token": "new",
        });
        assert_eq!(body, expected);
    }

    #[test]
    fn commands_are_those_declared_in_their_order() {
        let item = commands(&BOT);
        let comparison = item.compare(&answer(&json!([]))).expect("an answer");
        assert!(!comparison.is_same());
        assert_eq!(comparison.wanted[0], json!({ "command": "echo", "description": "Says it." }));
        let again = item.compare(&answer(&comparison.wanted)).expect("an answer");
        assert!(again.is_same());
        assert!(item.compare(&answer(&json!(true))).is_err());
    }
}
