//! What is checked of Slack.

use bot_core::platform::{Lookup, Method, Platform, Registration, slack};
use serde_json::Value;

use super::finding::{Finding, kinds};
use super::platform::{Checks, Patient, Said};

kinds! {
    SECRET = Warning "slack-secret-form" "Compare it with Signing Secret under Basic Information of the app at <https://api.slack.com/apps>.";
    TOKEN = Error "slack-token-form" "Set the Bot User OAuth Token under OAuth & Permissions of the app, which begins with xoxb-.";
    SCOPES = Error "slack-scopes" "Register the manifest by `lambot register slack`, and install the app to the workspace again.";
}

const SECRET_NAME: &str = "SLACK_SIGNING_SECRET";
const TOKEN_NAME: &str = "SLACK_BOT_TOKEN";

/// <https://docs.slack.dev/reference/methods/auth.test>
pub(super) const CHECKS: Checks = Checks {
    secret: SECRET_NAME,
    token: TOKEN_NAME,
    is_mute_without_token: true,
    variables,
    calls: &[(Method::Post, "auth.test")],
    answers,
    registration,
};

fn variables(settings: &Lookup<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    // Slack documents no form; every one that it makes is of this one.
    let is_usual =
        |secret: &str| secret.len() == 32 && secret.chars().all(|c| c.is_ascii_hexdigit());
    let secrets = settings(SECRET_NAME).unwrap_or_default();
    let mut secrets = secrets.split(',').map(str::trim).filter(|secret| !secret.is_empty());
    if !secrets.all(is_usual) {
        findings.push(SECRET.because(format!("{SECRET_NAME} is not 32 hex digits")));
    }
    // Those that are rotated have a prefix more: <https://docs.slack.dev/authentication/tokens>.
    let is_bots =
        |token: &str| ["xoxb-", "xoxe.xoxb-"].iter().any(|start| token.starts_with(start));
    if settings(TOKEN_NAME).is_some_and(|token| !is_bots(token.trim())) {
        findings.push(TOKEN.because(format!("{TOKEN_NAME} is no bot token")));
    }
    findings
}

/// Every answer of the Web API names the token's scopes in `x-oauth-scopes`.
///
/// <https://docs.slack.dev/reference/scopes>
fn answers(patient: &Patient<'_>, answers: &[Option<Said>]) -> Vec<Finding> {
    let scopes = answers.iter().flatten().find_map(|said| said.scopes.as_deref());
    let Some(scopes) = scopes else { return Vec::new() };
    let given: Vec<&str> = scopes.split(',').map(str::trim).collect();
    let manifest = slack::manifest(patient.bot, "");
    let needed = manifest.pointer("/oauth_config/scopes/bot").and_then(Value::as_array);
    let missing: Vec<&str> = needed
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .filter(|scope| !given.contains(scope))
        .collect();
    if missing.is_empty() {
        return Vec::new();
    }
    vec![SCOPES.because(format!("{TOKEN_NAME} lacks the scopes {}", missing.join(", ")))]
}

/// The manifest can be read with a token of its own only.
fn registration(patient: &Patient<'_>) -> Option<Registration> {
    (patient.settings)(slack::CONFIG_TOKEN)?;
    Platform::Slack.registration(patient.bot, patient.url, patient.settings).ok()
}

#[cfg(test)]
mod tests {
    use bot_core::Timestamp;
    use serde_json::json;

    use super::super::finding::codes;
    use super::*;

    #[test]
    fn the_secret_and_the_token_have_their_form() {
        let secret = "0123456789abcdef0123456789abcdef";
        let two = format!("{secret}, {secret}");
        // (secret, token, findings)
        let cases: [(&str, &str, &[&str]); 7] = [
            (secret, "xoxb-1-a", &[]),
            (&two, "xoxe.xoxb-1-a", &[]),
            ("", "", &["slack-token-form"]),
            (&secret[1..], "xoxb-1", &["slack-secret-form"]),
            ("z123456789abcdef0123456789abcdef", "xoxb-1", &["slack-secret-form"]),
            (secret, "xoxp-1", &["slack-token-form"]),
            (secret, "xapp-1", &["slack-token-form"]),
        ];
        for (secret, token, expected) in cases {
            let settings = |name: &str| match name {
                SECRET_NAME => Some(secret.to_owned()),
                TOKEN_NAME => Some(token.to_owned()),
                _ => None,
            };
            assert_eq!(codes(&variables(&settings)), expected, "{secret} {token}");
        }
        assert_eq!(variables(&|_| None), []);
    }

    #[test]
    fn scopes_that_the_bot_needs_are_missed() {
        let manifest = slack::manifest(&bot::BOT, "");
        let scopes = manifest["oauth_config"]["scopes"]["bot"].as_array().expect("scopes");
        let scopes: Vec<&str> = scopes.iter().filter_map(Value::as_str).collect();
        let patient =
            Patient { bot: &bot::BOT, settings: &|_| None, url: None, now: Timestamp::default() };
        let found = |scopes: Option<String>| {
            answers(&patient, &[Some(Said { body: json!({ "ok": true }), scopes })])
        };
        assert_eq!(found(Some(format!("{},more", scopes.join(", ")))), []);
        assert_eq!(found(None), []);
        assert_eq!(codes(&found(Some(String::new()))), ["slack-scopes"]);
        let problem = format!("{:?}", found(Some(scopes[1..].join(","))));
        assert!(problem.contains(&format!("lacks the scopes {}\"", scopes[0])), "{problem}");
    }
}
