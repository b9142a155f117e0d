//! What is checked of a platform: how its variables look, and what it says of the bot.
//!
//! A platform has a file of its own with its [`Checks`]. What follows from an answer that is no success is the same for
//! all of them, and is found here.

use bot_core::Bot;
use bot_core::Timestamp;
use bot_core::platform::registration::Comparison;
use bot_core::platform::{Lookup, Method, Platform, Registration};
use serde_json::Value;

use super::finding::{Finding, kinds};
use super::{discord, slack, telegram};

kinds! {
    REFUSED = Error "variable-refused" "Set it right: the functions do not serve with this value.";
    MUTE = Error "token-missing" "Set it, too: the bot would hear and could not answer.";
    DEAF = Warning "secret-missing" "Set it, too, or unset the token: without it the platform is switched off.";
    TOKEN_REFUSED = Error "token-refused" "Set the bot's present token: this one is another one's, or has been replaced. After status 404, check its API_URL variable, too.";
    UNREACHABLE = Error "platform-unreachable" "Check this machine's network, and the platform's API_URL variable if it is set.";
    TROUBLE = Warning "platform-trouble" "Run this again in a while; if it stays so, look at the platform's status page.";
    NOT_AS_DECLARED = Warning "registration-differs" "See the difference by `lambot register PLATFORM --dry-run`, and register by the same without --dry-run.";
}

/// What a platform's findings follow from.
pub(super) struct Patient<'a> {
    pub(super) bot: &'a Bot,
    pub(super) settings: &'a Lookup<'a>,
    /// Where the bot is served, if somebody has said so.
    pub(super) url: Option<&'a str>,
    pub(super) now: Timestamp,
}

/// What is checked of one platform.
pub(super) struct Checks {
    /// The variable without which no webhook is believed.
    pub(super) secret: &'static str,
    /// The variable without which nothing can be asked.
    pub(super) token: &'static str,
    /// Whether the bot can say nothing at all without the token.
    pub(super) is_mute_without_token: bool,
    /// What is wrong with the variables besides.
    pub(super) variables: fn(&Lookup<'_>) -> Vec<Finding>,
    /// What is asked, and how.
    pub(super) calls: &'static [(Method, &'static str)],
    /// What follows from the answers that are successes, in the order of the calls.
    pub(super) answers: fn(&Patient<'_>, &[Option<Said>]) -> Vec<Finding>,
    /// What should be registered, as far as the variables tell.
    pub(super) registration: fn(&Patient<'_>) -> Option<Registration>,
}

/// Every platform's; a new one gets a file and a line.
pub(super) const fn checks(platform: Platform) -> &'static Checks {
    match platform {
        Platform::Slack => &slack::CHECKS,
        Platform::Discord => &discord::CHECKS,
        Platform::Telegram => &telegram::CHECKS,
    }
}

/// An answer to a call.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) said: Said,
}

/// What is in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    /// The JSON, or null.
    pub(super) body: Value,
    /// Slack's list of what a token may do.
    pub(super) scopes: Option<String>,
}

/// Whether anything of the platform is set: what is switched off is no patient.
pub(super) fn is_on(platform: Platform, settings: &Lookup<'_>) -> bool {
    let Checks { secret, token, .. } = checks(platform);
    settings(secret).is_some() || settings(token).is_some()
}

/// What is wrong with its variables.
pub(super) fn of_variables(platform: Platform, settings: &Lookup<'_>) -> Vec<Finding> {
    let checks = checks(platform);
    let inbound = platform.inbound(settings).err();
    let outbound = platform.outbound(settings).err();
    // A variable that both functions read is wrong once.
    let outbound = outbound.filter(|error| inbound.as_ref() != Some(error));
    let refused = inbound.into_iter().chain(outbound);
    let mut findings: Vec<Finding> =
        refused.map(|error| REFUSED.because(error.to_string())).collect();
    let Checks { secret, token, .. } = checks;
    match (settings(secret).is_some(), settings(token).is_some()) {
        (true, false) if checks.is_mute_without_token => {
            findings.push(MUTE.because(format!("{secret} is set and {token} is not")));
        }
        (false, true) => findings.push(DEAF.because(format!("{token} is set and {secret} is not"))),
        _ => {}
    }
    findings.extend((checks.variables)(settings));
    findings
}

/// What follows from the answers to its calls, `None` where there was no answer.
pub(super) fn of_answers(
    platform: Platform,
    patient: &Patient<'_>,
    answers: Vec<Option<Answer>>,
) -> Vec<Finding> {
    let checks = checks(platform);
    let mut findings = Vec::new();
    let mut successes = Vec::new();
    for ((_, target), answer) in checks.calls.iter().zip(answers) {
        match success(platform, checks, target, answer) {
            Ok(said) => successes.push(Some(said)),
            Err(finding) => {
                // Two calls with one token fail alike.
                if findings.is_empty() {
                    findings.push(finding);
                }
                successes.push(None);
            }
        }
    }
    findings.extend((checks.answers)(patient, &successes));
    findings
}

/// Slack and Telegram say `"ok": false`, Slack with status 200; Telegram knows no path with a token that is none.
fn success(
    platform: Platform,
    checks: &Checks,
    target: &str,
    answer: Option<Answer>,
) -> Result<Said, Finding> {
    let slug = platform.slug();
    let Some(Answer { status, said }) = answer else {
        return Err(UNREACHABLE.because(format!("{slug} does not answer {target}")));
    };
    let is_no = said.body.get("ok") == Some(&Value::Bool(false));
    match status {
        200..300 if said.body.is_object() && !is_no => Ok(said),
        200..300 if is_no && !is_slacks_own(&said.body) => Err(TOKEN_REFUSED.because(format!(
            "{slug} does not accept {}{}",
            checks.token,
            reason(&said.body)
        ))),
        401 | 404 => {
            let problem = format!("{slug} does not accept {}: status {status}", checks.token);
            Err(TOKEN_REFUSED.because(problem))
        }
        _ => Err(TROUBLE.because(format!("{slug} answers {target} with status {status}"))),
    }
}

/// Whether Slack is in trouble itself: <https://docs.slack.dev/reference/methods/auth.test>.
fn is_slacks_own(body: &Value) -> bool {
    const CODES: [&str; 5] =
        ["fatal_error", "internal_error", "ratelimited", "request_timeout", "service_unavailable"];

    body.get("error").and_then(Value::as_str).is_some_and(|code| CODES.contains(&code))
}

/// Slack's reason, if it is a code: other words might quote what was sent.
fn reason(body: &Value) -> String {
    let code = body.get("error").and_then(Value::as_str);
    let is_code =
        |code: &&str| code.len() <= 64 && code.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    code.filter(is_code).map(|code| format!(": {code}")).unwrap_or_default()
}

/// That something registered is not as the bot declares it.
pub(super) fn difference(
    platform: Platform,
    name: &str,
    comparison: &Comparison,
) -> Option<Finding> {
    let problem = || format!("the {name} that {} has is not as declared", platform.slug());
    (!comparison.is_same()).then(|| NOT_AS_DECLARED.because(problem()))
}

/// That what is registered could not be asked for.
pub(super) fn no_registration(platform: Platform, name: &str) -> Finding {
    TROUBLE.because(format!("{} does not say which {name} is registered", platform.slug()))
}

/// Whether `url` is where `platform` should send webhooks: below `expected`, or at our path of any host.
pub(super) fn is_webhook(platform: Platform, url: &str, expected: Option<&str>) -> bool {
    match expected {
        Some(expected) => url == platform.webhook(expected),
        None => url
            .strip_prefix("https://")
            .is_some_and(|rest| rest.ends_with(&format!("/webhooks/{}", platform.slug()))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::finding::codes;
    use super::*;

    /// Settings where each variable has the value it is paired with.
    fn found(platform: Platform, variables: &[(&str, &str)]) -> Vec<&'static str> {
        let settings = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        codes(&of_variables(platform, &settings))
    }

    #[test]
    fn variables_belong_together() {
        let slack_secret = ("SLACK_SIGNING_SECRET", "0123456789abcdef0123456789abcdef");
        let slack_token = ("SLACK_BOT_TOKEN", "xoxb-1");
        let telegram_token = ("TELEGRAM_BOT_TOKEN", "1:a");
        let discord_token = ("DISCORD_BOT_TOKEN", "a");
        // (platform, variables, findings)
        let cases: [(Platform, &[(&str, &str)], &[&str]); 7] = [
            (Platform::Slack, &[slack_secret, slack_token], &[]),
            (Platform::Slack, &[slack_secret], &["token-missing"]),
            (Platform::Slack, &[slack_token], &["secret-missing"]),
            (Platform::Telegram, &[telegram_token], &["secret-missing"]),
            (Platform::Discord, &[discord_token], &["secret-missing"]),
            (
                Platform::Slack,
                &[slack_secret, slack_token, ("SLACK_HOOKS_URL", "zebra")],
                &["variable-refused"],
            ),
            (Platform::Telegram, &[], &[]),
        ];
        for (platform, variables, expected) in cases {
            assert_eq!(found(platform, variables), expected, "{variables:?}");
        }
        let refused = found(Platform::Telegram, &[("TELEGRAM_SECRET_TOKEN", "a b")]);
        assert_eq!(refused, ["variable-refused", "token-missing", "telegram-username-missing"]);
        let refused = found(Platform::Discord, &[("DISCORD_PUBLIC_KEY", "zebra")]);
        assert_eq!(refused, ["variable-refused", "discord-id-missing", "discord-token-missing"]);
    }

    #[test]
    fn an_answer_is_a_success_or_says_what_to_do() {
        // (status, body, finding)
        let cases = [
            (200, json!({ "ok": true }), None),
            (200, json!({}), None),
            (200, json!({ "ok": false, "error": "invalid_auth" }), Some("token-refused")),
            (200, json!({ "ok": false, "error": "internal_error" }), Some("platform-trouble")),
            (200, Value::Null, Some("platform-trouble")),
            (401, Value::Null, Some("token-refused")),
            (404, Value::Null, Some("token-refused")),
            (429, Value::Null, Some("platform-trouble")),
            (502, Value::Null, Some("platform-trouble")),
        ];
        let checks = checks(Platform::Slack);
        for (status, body, expected) in cases {
            let said = Said { body, scopes: None };
            let answer = Some(Answer { status, said: said.clone() });
            let finding = success(Platform::Slack, checks, "auth.test", answer).err();
            assert_eq!(finding.map(|finding| finding.code()), expected, "{status} {said:?}");
        }
        let finding = success(Platform::Slack, checks, "auth.test", None).err();
        assert_eq!(finding.map(|finding| finding.code()), Some("platform-unreachable"));
    }

    #[test]
    fn a_reason_is_a_code_and_no_words() {
        let cases = [("invalid_auth", ": invalid_auth"), ("xoxb-1 is zebra", "")];
        for (error, expected) in cases {
            assert_eq!(reason(&json!({ "error": error })), expected);
        }
    }

    #[test]
    fn calls_that_fail_alike_are_one_finding() {
        let patient =
            Patient { bot: &bot::BOT, settings: &|_| None, url: None, now: Timestamp::default() };
        let refused = || Some(Answer { status: 401, said: Said::default() });
        let findings = of_answers(Platform::Telegram, &patient, vec![refused(), refused()]);
        assert_eq!(codes(&findings), ["token-refused"]);
    }
}
