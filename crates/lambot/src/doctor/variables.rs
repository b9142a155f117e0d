//! The variables that are no platform's own.

use bot_core::platform::{Lookup, Platform};

use super::finding::{Finding, kinds};
use crate::environment::Environment;

kinds! {
    UNREAD = Error "secrets-unanswered" "Check the region, the credentials, and that they allow ssm:GetParameters and kms:Decrypt; or unset SECRETS_PREFIX, to look at nothing but what is set here.";
    NO_SECRETS = Warning "secrets-none" "Set SECRETS_PREFIX to what `scripts/outputs STAGE` says, which ends in a slash, or the secrets by `scripts/secrets STAGE`.";
    MISSING = Error "variable-missing" "Set it: the `export` lines of `lambot dev` or the outputs of the deployment say its value, and `aws configure export-credentials --format env` the credentials.";
    NO_PLATFORM = Warning "no-platform" "Set the variables of a platform, as the README says under Connect a bot.";
    NO_SECRET = Warning "host-secret-missing" "Set it, or nothing that needs it can be fetched.";
}

/// What leads to the table and the queues.
const NEEDED: &[&str] = &["QUEUE_URL", "DLQ_URL", "TABLE_NAME"];

/// Who we are to AWS.
const CREDENTIALS: &[&str] = &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

/// What came of reading the secrets that are not set.
pub(super) fn of_secrets(read: &anyhow::Result<Environment>) -> Vec<Finding> {
    match read {
        Err(error) => vec![UNREAD.because(format!("{error:#}"))],
        Ok(environment) if environment.has_found_none() => {
            vec![NO_SECRETS.because("no secret is kept below SECRETS_PREFIX")]
        }
        Ok(_) => Vec::new(),
    }
}

/// What leads to the deployment.
pub(super) fn of_deployment(settings: &Lookup<'_>) -> Vec<Finding> {
    let missing = |name: &&str| settings(name).is_none();
    let has_region = ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().any(|name| !missing(name));
    let region = (!has_region).then_some("AWS_REGION");
    let names = region.into_iter().chain(CREDENTIALS.iter().chain(NEEDED).copied().filter(missing));
    names.map(|name| MISSING.because(format!("{name} is not set"))).collect()
}

/// What the bot needs in order to serve anybody; `secrets` are the variables of its own requests.
pub(super) fn of_bot(
    settings: &Lookup<'_>,
    secrets: impl Iterator<Item = &'static str>,
) -> Vec<Finding> {
    let missing = |name: &&str| settings(name).is_none();
    let mut findings = Vec::new();
    let mut platforms = Platform::ALL.iter().flat_map(|platform| platform.settings());
    if platforms.all(|setting| missing(&setting.name)) {
        findings.push(NO_PLATFORM.because("no platform's variables are set"));
    }
    let secrets = secrets.filter(missing);
    findings.extend(secrets.map(|name| NO_SECRET.because(format!("{name} is not set"))));
    findings
}

#[cfg(test)]
mod tests {
    use super::super::finding::codes;
    use super::*;

    const ALL: [&str; 7] = [
        "AWS_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "QUEUE_URL",
        "DLQ_URL",
        "TABLE_NAME",
        "SLACK_BOT_TOKEN",
    ];

    fn without(missing: &str) -> Vec<Finding> {
        let settings =
            |name: &str| (ALL.contains(&name) && name != missing).then(|| "set".to_owned());
        [of_deployment(&settings), of_bot(&settings, std::iter::empty())].concat()
    }

    #[test]
    fn each_variable_is_missed() {
        assert_eq!(without(""), []);
        for name in &ALL[..6] {
            let found = without(name);
            assert_eq!(found, [MISSING.because(format!("{name} is not set"))]);
        }
        assert_eq!(codes(&without("SLACK_BOT_TOKEN")), ["no-platform"]);
    }

    #[test]
    fn the_other_name_of_the_region_does_too() {
        let settings = |name: &str| (name != "AWS_REGION").then(|| "set".to_owned());
        assert_eq!(of_deployment(&settings), []);
    }

    #[test]
    fn a_secret_of_the_bots_own_is_missed() {
        let settings = |name: &str| (name != "WEATHER_KEY").then(|| "set".to_owned());
        let secrets = ["WEATHER_KEY", "OTHER_KEY"].into_iter();
        assert_eq!(codes(&of_bot(&settings, secrets)), ["host-secret-missing"]);
    }
}
