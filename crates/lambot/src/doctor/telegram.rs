//! What is checked of Telegram.

use std::time::Duration;

use bot_core::Timestamp;
use bot_core::platform::{Lookup, Method, Platform, Registration, telegram};
use serde_json::Value;

use super::finding::{Finding, kinds};
use super::platform::{Checks, Patient, Said, is_webhook};
use crate::terminal::printable;

kinds! {
    TOKEN = Error "telegram-token-form" "Set the token as @BotFather gives it: digits, a colon, and letters, digits, _ or -.";
    USERNAME = Error "telegram-username" "Set TELEGRAM_BOT_USERNAME to the bot's own username: in groups it takes what is meant for it for another bot's.";
    NO_USERNAME = Warning "telegram-username-missing" "Set the bot's username: in groups it does not know when it is meant.";
    WEBHOOK = Error "telegram-webhook" "Register it by `lambot register telegram --url URL`; with `lambot dev --telegram-polling` there is none on purpose.";
    UPDATES = Error "telegram-updates" "Register the webhook again by `lambot register telegram --url URL --force`.";
    DELIVERY = Warning "telegram-delivery" "After 401, register again by `lambot register telegram --url URL --force`; otherwise look at the log of webhook-ingest.";
    PENDING = Warning "telegram-pending" "Look at the log and the throttling of webhook-ingest: Telegram has more to say than is accepted.";
}

const SECRET_NAME: &str = "TELEGRAM_SECRET_TOKEN";
const TOKEN_NAME: &str = "TELEGRAM_BOT_TOKEN";
const USERNAME_NAME: &str = "TELEGRAM_BOT_USERNAME";

/// More updates than wait while all is well: Telegram delivers 40 at once unless told otherwise.
///
/// <https://core.telegram.org/bots/api#setwebhook>, at `max_connections`.
const PENDING_AT_ONCE: u64 = 40;

/// A delivery that failed longer ago has nothing to say of now.
const RECENT: Duration = Duration::from_secs(60 * 60);

/// <https://core.telegram.org/bots/api#getme>, <https://core.telegram.org/bots/api#getwebhookinfo>
pub(super) const CHECKS: Checks = Checks {
    secret: SECRET_NAME,
    token: TOKEN_NAME,
    is_mute_without_token: true,
    variables,
    calls: &[(Method::Post, "getMe"), (Method::Post, "getWebhookInfo")],
    answers,
    registration,
};

/// <https://core.telegram.org/bots/api#authorizing-your-bot>
fn variables(settings: &Lookup<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let is_token = |token: &str| {
        token.split_once(':').is_some_and(|(id, secret)| {
            let is_secret = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
            let is_full = !id.is_empty() && !secret.is_empty();
            is_full && id.chars().all(|c| c.is_ascii_digit()) && secret.chars().all(is_secret)
        })
    };
    if settings(TOKEN_NAME).is_some_and(|token| !is_token(token.trim())) {
        findings.push(TOKEN.because(format!("{TOKEN_NAME} is no bot token")));
    }
    if settings(SECRET_NAME).is_some() && settings(USERNAME_NAME).is_none() {
        findings.push(NO_USERNAME.because(format!("{USERNAME_NAME} is not set")));
    }
    findings
}

fn answers(patient: &Patient<'_>, answers: &[Option<Said>]) -> Vec<Finding> {
    let result = |nth: usize| answers.get(nth)?.as_ref()?.body.get("result");
    let mut findings = Vec::new();
    let username = result(0).and_then(|me| me.get("username")).and_then(Value::as_str);
    if let (Some(username), Some(set)) = (username, (patient.settings)(USERNAME_NAME))
        && !username.eq_ignore_ascii_case(set.trim().trim_start_matches('@'))
    {
        let problem = format!("{USERNAME_NAME} is not that of the bot of {TOKEN_NAME}");
        findings.push(USERNAME.because(problem));
    }
    if let Some(info) = result(1) {
        findings.extend(of_webhook(patient, info));
    }
    findings
}

fn of_webhook(patient: &Patient<'_>, info: &Value) -> Vec<Finding> {
    let text = |name: &str| info.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = |name: &str| info.get(name).and_then(Value::as_u64).unwrap_or_default();
    if text("url").is_empty() {
        return vec![WEBHOOK.because("telegram has no webhook")];
    }
    let mut findings = Vec::new();
    if !is_webhook(Platform::Telegram, text("url"), patient.url) {
        findings.push(WEBHOOK.because("telegram's webhook leads elsewhere"));
    }
    // Without a list, what is read is sent, too.
    let kinds = info.get("allowed_updates").and_then(Value::as_array).filter(|it| !it.is_empty());
    let is_sent = |kind: &&str| kinds.is_none_or(|kinds| kinds.iter().any(|sent| sent == *kind));
    let missing: Vec<&str> =
        telegram::UPDATES.iter().copied().filter(|kind| !is_sent(kind)).collect();
    if !missing.is_empty() {
        let problem = format!("telegram does not send updates of {}", missing.join(", "));
        findings.push(UPDATES.because(problem));
    }
    let failed_at = Timestamp::from_secs(number("last_error_date"));
    if failed_at.as_secs() > 0 && patient.now.since(failed_at) <= RECENT {
        let ago = patient.now.since(failed_at).as_secs() / 60;
        let problem = format!(
            "telegram could not deliver an update {ago} min ago{}",
            failure(patient.settings, text("last_error_message"))
        );
        findings.push(DELIVERY.because(problem));
    }
    let pending = number("pending_update_count");
    if pending > PENDING_AT_ONCE {
        findings.push(PENDING.because(format!("{pending} updates wait at telegram")));
    }
    findings
}

/// Telegram's own words, which hold nothing of an update; and nothing of ours, if it is another server that answers.
fn failure(settings: &Lookup<'_>, message: &str) -> String {
    const MOST_CHARS: usize = 100;

    let ours = [TOKEN_NAME, SECRET_NAME].into_iter().filter_map(settings);
    let is_quoting = |secrets: String| {
        let mut secrets = secrets.split(',').map(str::trim).filter(|secret| !secret.is_empty());
        secrets.any(|secret| message.contains(secret))
    };
    if message.is_empty() || ours.into_iter().any(is_quoting) {
        return String::new();
    }
    format!(": {}", printable(&message.chars().take(MOST_CHARS).collect::<String>()))
}

/// The commands; the webhook is checked above.
fn registration(patient: &Patient<'_>) -> Option<Registration> {
    Platform::Telegram.registration(patient.bot, None, patient.settings).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::finding::codes;
    use super::*;

    #[test]
    fn the_token_has_its_form() {
        // (token, username, findings)
        let cases: [(&str, Option<&str>, &[&str]); 7] = [
            ("123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11", Some("my_bot"), &[]),
            ("123456:", Some("my_bot"), &["telegram-token-form"]),
            (":abc", Some("my_bot"), &["telegram-token-form"]),
            ("123456", Some("my_bot"), &["telegram-token-form"]),
            ("a:b", Some("my_bot"), &["telegram-token-form"]),
            ("1:b/c", Some("my_bot"), &["telegram-token-form"]),
            ("1:b", None, &["telegram-username-missing"]),
        ];
        for (token, username, expected) in cases {
            let settings = |name: &str| match name {
                TOKEN_NAME => Some(token.to_owned()),
                SECRET_NAME => Some("secret".to_owned()),
                USERNAME_NAME => username.map(str::to_owned),
                _ => None,
            };
            assert_eq!(codes(&variables(&settings)), expected, "{token}");
        }
        assert_eq!(variables(&|_| None), []);
    }

    fn found(url: Option<&str>, username: &str, webhook: Value) -> Vec<Finding> {
        let settings = |name: &str| (name == USERNAME_NAME).then(|| "@My_bot".to_owned());
        let now = Timestamp::from_secs(10_000);
        let patient = Patient { bot: &bot::BOT, settings: &settings, url, now };
        let said = |result: Value| {
            Some(Said { body: json!({ "ok": true, "result": result }), scopes: None })
        };
        answers(&patient, &[said(json!({ "username": username })), said(webhook)])
    }

    #[test]
    fn the_webhook_is_ours_and_works() {
        let url = "https://bot.example/webhooks/telegram";
        let and = |name: &str, value: Value| json!({ "url": url, name: value });
        // (webhook, findings)
        let cases: [(Value, &[&str]); 13] = [
            (json!({ "url": url }), &[]),
            (json!({ "url": "" }), &["telegram-webhook"]),
            (json!({ "url": "https://bot.example/webhooks/slack" }), &["telegram-webhook"]),
            (json!({ "url": "http://bot.example/webhooks/telegram" }), &["telegram-webhook"]),
            (and("allowed_updates", json!([])), &[]),
            (and("allowed_updates", json!(telegram::UPDATES)), &[]),
            (and("allowed_updates", json!(["message"])), &["telegram-updates"]),
            (and("pending_update_count", json!(40)), &[]),
            (and("pending_update_count", json!(41)), &["telegram-pending"]),
            (and("last_error_date", json!(6400)), &["telegram-delivery"]),
            (and("last_error_date", json!(6399)), &[]),
            (and("last_error_date", json!(-1)), &[]),
            (json!({}), &["telegram-webhook"]),
        ];
        for (webhook, expected) in cases {
            assert_eq!(codes(&found(None, "my_bot", webhook.clone())), expected, "{webhook}");
        }
        let webhook = json!({ "url": url });
        assert_eq!(found(Some("https://bot.example/"), "my_bot", webhook.clone()), []);
        let elsewhere = found(Some("https://other.example"), "my_bot", webhook.clone());
        assert_eq!(codes(&elsewhere), ["telegram-webhook"]);
        assert_eq!(codes(&found(None, "your_bot", webhook)), ["telegram-username"]);
    }

    #[test]
    fn telegrams_words_move_no_cursor_and_quote_no_secret() {
        let settings = |name: &str| match name {
            TOKEN_NAME => Some("7:zebra".to_owned()),
            SECRET_NAME => Some("new, old".to_owned()),
            _ => None,
        };
        // (message, what is said of it)
        let cases = [
            ("", ""),
            ("Wrong\u{1b}[2J", r": Wrong\u{1b}[2J"),
            ("no /bot7:zebra/getMe", ""),
            ("an old one", ""),
        ];
        for (message, expected) in cases {
            assert_eq!(failure(&settings, message), expected, "{message}");
        }
        assert_eq!(failure(&settings, &"x".repeat(1000)).len(), 102);
    }
}
