//! What is checked of Discord.

use bot_core::platform::{Lookup, Method, Platform, Registration};
use serde_json::Value;

use super::finding::{Finding, kinds};
use super::platform::{Checks, Patient, Said, is_webhook};

kinds! {
    ID = Error "discord-id" "Set the Application ID under General Information of the application at <https://discord.com/developers/applications>.";
    NO_ID = Warning "discord-id-missing" "Set the Application ID under General Information of the application, or commands cannot be registered.";
    NO_TOKEN = Warning "discord-token-missing" "Set the token under Bot of the application: without it no button works, no command is registered, and nothing can be asked here.";
    KEY = Error "discord-key" "Set the Public Key under General Information of the application: every webhook is taken for a forgery.";
    ENDPOINT = Error "discord-endpoint" "Register it by `lambot register discord --url URL`.";
}

const KEY_NAME: &str = "DISCORD_PUBLIC_KEY";
const ID_NAME: &str = "DISCORD_APPLICATION_ID";
const TOKEN_NAME: &str = "DISCORD_BOT_TOKEN";

/// <https://docs.discord.com/developers/resources/application#get-current-application>
pub(super) const CHECKS: Checks = Checks {
    secret: KEY_NAME,
    token: TOKEN_NAME,
    is_mute_without_token: false,
    variables,
    calls: &[(Method::Get, "/applications/@me")],
    answers,
    registration,
};

/// Digits of a snowflake, from those of the first of 2015 to the longest there are.
///
/// <https://docs.discord.com/developers/reference#snowflakes>
const DIGITS: std::ops::RangeInclusive<usize> = 17..=20;

fn variables(settings: &Lookup<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let is_on = settings(KEY_NAME).is_some();
    let is_snowflake =
        |id: &str| DIGITS.contains(&id.len()) && id.chars().all(|c| c.is_ascii_digit());
    match settings(ID_NAME) {
        Some(id) if !is_snowflake(id.trim()) => {
            findings.push(ID.because(format!("{ID_NAME} is not 17 to 20 digits")));
        }
        None if is_on => findings.push(NO_ID.because(format!("{ID_NAME} is not set"))),
        _ => {}
    }
    if is_on && settings(TOKEN_NAME).is_none() {
        findings.push(NO_TOKEN.because(format!("{KEY_NAME} is set and {TOKEN_NAME} is not")));
    }
    findings
}

fn answers(patient: &Patient<'_>, answers: &[Option<Said>]) -> Vec<Finding> {
    let Some(Some(Said { body: application, .. })) = answers.first() else { return Vec::new() };
    let field = |name: &str| application.get(name).and_then(Value::as_str);
    let mut findings = Vec::new();
    if let (Some(id), Some(set)) = (field("id"), (patient.settings)(ID_NAME))
        && id != set.trim()
    {
        let problem = format!("{ID_NAME} is not that of the application of {TOKEN_NAME}");
        findings.push(ID.because(problem));
    }
    if let (Some(key), Some(keys)) = (field("verify_key"), (patient.settings)(KEY_NAME))
        && !keys.split(',').any(|it| it.trim().eq_ignore_ascii_case(key))
    {
        let problem = format!("{KEY_NAME} is not that of the application of {TOKEN_NAME}");
        findings.push(KEY.because(problem));
    }
    match field("interactions_endpoint_url") {
        None => findings.push(ENDPOINT.because("discord has no endpoint to send interactions to")),
        Some(url) if !is_webhook(Platform::Discord, url, patient.url) => {
            findings.push(ENDPOINT.because("discord sends interactions elsewhere"));
        }
        Some(_) => {}
    }
    findings
}

/// The commands; the endpoint is checked above.
fn registration(patient: &Patient<'_>) -> Option<Registration> {
    Platform::Discord.registration(patient.bot, None, patient.settings).ok()
}

#[cfg(test)]
mod tests {
    use bot_core::Timestamp;
    use serde_json::json;

    use super::super::finding::codes;
    use super::*;

    #[test]
    fn the_variables_have_their_form_and_belong_together() {
        // (key, id, token, findings)
        let cases: [(&str, &str, &str, &[&str]); 6] = [
            ("key", "12345678901234567", "token", &[]),
            ("key", "1234567890123456", "token", &["discord-id"]),
            ("key", "1234567890123456x", "token", &["discord-id"]),
            ("key", "", "token", &["discord-id-missing"]),
            ("key", "12345678901234567", "", &["discord-token-missing"]),
            ("", "", "", &[]),
        ];
        for (key, id, token, expected) in cases {
            let settings = |name: &str| {
                let value = match name {
                    KEY_NAME => key,
                    ID_NAME => id,
                    TOKEN_NAME => token,
                    _ => "",
                };
                (!value.is_empty()).then(|| value.to_owned())
            };
            assert_eq!(codes(&variables(&settings)), expected, "{key} {id} {token}");
        }
    }

    #[test]
    fn the_application_is_ours() {
        let settings = |name: &str| match name {
            KEY_NAME => Some("bb, aa".to_owned()),
            ID_NAME => Some("7".to_owned()),
            _ => None,
        };
        let url = "https://bot.example/webhooks/discord";
        let ours = |id: &str, key: &str, url: &str| json!({ "id": id, "verify_key": key, "interactions_endpoint_url": url });
        let expected_url = Some("https://bot.example");
        // (application, where the bot is, findings)
        let cases: [(Value, Option<&str>, &[&str]); 8] = [
            (ours("7", "AA", url), None, &[]),
            (ours("7", "aa", url), expected_url, &[]),
            (ours("8", "aa", url), None, &["discord-id"]),
            (ours("7", "cc", url), None, &["discord-key"]),
            (ours("7", "aa", url), Some("https://other.example"), &["discord-endpoint"]),
            (ours("7", "aa", "https://bot.example/"), None, &["discord-endpoint"]),
            (ours("7", "aa", "http://bot.example/webhooks/discord"), None, &["discord-endpoint"]),
            (json!({ "id": "7", "verify_key": "aa" }), None, &["discord-endpoint"]),
        ];
        for (body, url, expected) in cases {
            let patient =
                Patient { bot: &bot::BOT, settings: &settings, url, now: Timestamp::default() };
            let said = Said { body, scopes: None };
            let found = answers(&patient, &[Some(said.clone())]);
            assert_eq!(codes(&found), expected, "{said:?}");
        }
    }
}
