//! `lambot doctor`: what is wrong with what the environment leads to, and what to do about it.
//!
//! What is wrong is decided by functions from values to findings, a file for each thing that is looked at. Only this file,
//! and those that ask AWS and the platforms, wait for anything.

mod ask;
mod aws;
mod clock;
mod discord;
mod finding;
mod mapping;
mod platform;
mod queues;
mod slack;
mod table;
mod telegram;
mod variables;

use std::process::ExitCode;

use bot_aws::process::now;
use bot_core::Bot;
use bot_core::platform::{Lookup, Platform};
use clap::Args;
use serde_json::json;

use crate::environment::{Environment, SECRETS_PREFIX, all_secrets};
use crate::settings::chosen;
use crate::terminal::say;
use finding::Finding;
use platform::Patient;

#[derive(Args)]
pub(crate) struct Doctor {
    /// The URL that the bot is served at, without `/webhooks/…`: where webhooks should lead to.
    #[arg(long, env = "PUBLIC_URL", value_name = "URL")]
    url: Option<String>,
    /// Write each finding as a line of JSON.
    #[arg(long)]
    json: bool,
}

/// Looks at everything; the status says whether something is an error.
pub(crate) async fn run(bot: &'static Bot, doctor: Doctor) -> ExitCode {
    let read = Environment::with(all_secrets(bot)).await;
    let of_secrets = chosen(SECRETS_PREFIX).map(|_| variables::of_secrets(&read));
    let has_secrets = read.is_ok();
    let environment = read.unwrap_or_default();
    // The only way to a variable.
    let settings: &Lookup<'_> = &|name| environment.value(name);
    let patient = Patient {
        bot,
        settings,
        url: doctor.url.as_deref().filter(|url| !url.is_empty()),
        now: now(),
    };
    let mut has_errors = false;
    let mut show = |area: &str, findings: &[Finding]| {
        has_errors |= findings.iter().any(Finding::is_error);
        lines(area, findings, doctor.json).iter().for_each(|line| say(line));
    };

    let mut of_variables = variables::of_deployment(settings);
    if has_secrets {
        of_variables.extend(variables::of_bot(settings, bot.secrets()));
    }
    show("variables", &of_variables);
    if let Some(of_secrets) = of_secrets {
        show("secrets", &of_secrets);
    }
    if let Some(aws) = aws::clients(settings) {
        show("table", &aws::of_table(&aws, settings).await);
        let (of_queues, queue) = aws::of_queues(&aws, settings).await;
        show("queues", &of_queues);
        if let Some(queue) = queue
            && let Some(of_mapping) = aws::of_mapping(&aws, &queue).await
        {
            show("mapping", &of_mapping);
        }
    }
    let mut readings = Vec::new();
    for &platform in Platform::ALL {
        // What cannot be read may well be there.
        if has_secrets && platform::is_on(platform, settings) {
            let mut findings = platform::of_variables(platform, settings);
            findings.extend(ask::of_platform(platform, &patient, &mut readings).await);
            show(platform.slug(), &findings);
        }
    }
    // Without an answer nobody knows.
    if !readings.is_empty() {
        show("clock", &clock::findings(&readings));
    }
    if has_errors { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// What is said of one area.
fn lines(area: &str, findings: &[Finding], is_json: bool) -> Vec<String> {
    match (findings, is_json) {
        ([], false) => vec![format!("{:<7}  {area}", "ok")],
        ([], true) => vec![json!({ "area": area, "level": "ok" }).to_string()],
        (findings, false) => findings.iter().map(ToString::to_string).collect(),
        (findings, true) => {
            let line = |finding: &Finding| {
                let mut line = json!(finding);
                if let Some(line) = line.as_object_mut() {
                    line.insert("area".to_owned(), area.into());
                }
                line.to_string()
            };
            findings.iter().map(line).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = include_str!("../../../docs/doctor.md");

    #[test]
    fn the_page_has_each_finding_with_its_remedy_and_no_other() {
        let kinds = [
            variables::KINDS,
            table::KINDS,
            queues::KINDS,
            mapping::KINDS,
            platform::KINDS,
            slack::KINDS,
            discord::KINDS,
            telegram::KINDS,
            clock::KINDS,
        ]
        .concat();
        let row = |kind: &finding::Kind| {
            format!("| `{}` | {} | {} |", kind.code, kind.level, kind.remedy)
        };
        let expected: Vec<String> = kinds.iter().map(row).collect();
        let rows: Vec<&str> = PAGE.lines().filter(|line| line.starts_with("| `")).collect();
        assert_eq!(rows, expected, "\n{}\n", expected.join("\n"));
        let mut codes: Vec<&str> = kinds.iter().map(|kind| kind.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), kinds.len(), "a code is there twice");
    }

    #[test]
    fn each_line_says_how_bad_it_is_and_what_to_do() {
        let findings = clock::findings(&[]);
        assert_eq!(lines("clock", &findings, false), ["ok       clock"]);
        assert_eq!(lines("clock", &findings, true), [r#"{"area":"clock","level":"ok"}"#]);
        let findings = [table::unanswered("AccessDenied")];
        let [line] = &lines("table", &findings, false)[..] else { panic!("one line") };
        assert!(line.starts_with("error    table-unanswered: DynamoDB says nothing"), "{line}");
        let [line] = &lines("table", &findings, true)[..] else { panic!("one line") };
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert_eq!((&line["level"], &line["area"]), (&json!("error"), &json!("table")));
        assert_eq!(line["code"], "table-unanswered");
    }
}
