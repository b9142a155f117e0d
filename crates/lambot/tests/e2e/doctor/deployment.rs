//! What only a deployment has: secrets that are kept elsewhere, and a mapping between its queue and its worker.

use serde_json::{Value, json};

use super::world::*;
use crate::support::api::{Api, Reply};
use crate::support::parameters::Parameters;
use crate::support::signature::is_signed;
use crate::support::tool::{Ended, tool_with};

/// The names of a world's secrets, which a deploying shell does not have.
const NAMES: [&str; 5] = [
    "SLACK_SIGNING_SECRET",
    "SLACK_BOT_TOKEN",
    "DISCORD_BOT_TOKEN",
    "TELEGRAM_SECRET_TOKEN",
    "TELEGRAM_BOT_TOKEN",
];

/// What the doctor says where the secrets are no variables, but those that `parameters` keeps.
#[track_caller]
fn ask(world: &World, parameters: &Parameters, arguments: &[&str]) -> Ended {
    let mut variables = world.variables();
    variables.retain(|(name, _)| !NAMES.contains(name));
    variables.extend(parameters.variables());
    let ended = tool_with(&variables, &[&["doctor"], arguments].concat());
    for secret in SECRETS {
        assert!(!format!("{ended:?}").contains(secret), "{secret} is written");
    }
    ended
}

#[test]
fn secrets_that_are_not_set_are_read() {
    let world = World::start();
    let kept: Vec<(&str, &str)> = NAMES.into_iter().zip(SECRETS).collect();
    let parameters = Parameters::keeping(&kept);
    let ended = ask(&world, &parameters, &[]);
    let areas = ["variables", "secrets", "table", "queues", "slack", "discord", "telegram"];
    assert_eq!(ended.lines(), areas.map(|area| format!("ok       {area}")), "{ended:?}");
    let mut asked = parameters.asked();
    asked.retain(|name| !NAMES.contains(&name.as_str()));
    assert_eq!(asked, [""; 0], "no secret of the delivered bot's");

    // One that is set outranks the one that is kept, which is not asked for.
    let parameters = Parameters::keeping(&kept);
    let mut variables = world.variables();
    variables.retain(|(name, _)| *name != "SLACK_BOT_TOKEN");
    variables.extend(parameters.variables());
    let ended = tool_with(&variables, &["doctor"]);
    assert_eq!((ended.code, parameters.asked()), (Some(0), vec!["SLACK_BOT_TOKEN".to_owned()]));
}

#[test]
fn what_cannot_be_read_is_not_taken_for_missing() {
    let world = World::start();
    // (parameters, lines that are not ok, status)
    let cases: [(Parameters, &[&str], i32); 2] = [
        (
            Parameters::closed(),
            &["error    secrets-unanswered: what is below SECRETS_PREFIX cannot be read: \
               SSM GetParameters: answered 400 AccessDeniedException. "],
            1,
        ),
        (
            Parameters::keeping(&[]),
            &["warning  secrets-none: ", "warning  discord-token-missing: "],
            0,
        ),
    ];
    for (parameters, expected, code) in cases {
        let ended = ask(&world, &parameters, &[]);
        let lines = ended.lines();
        let found: Vec<&&str> = lines.iter().filter(|line| !line.starts_with("ok ")).collect();
        assert_eq!(found.len(), expected.len(), "{ended:?}");
        for (line, expected) in found.iter().zip(expected) {
            assert!(line.starts_with(expected), "{line}");
        }
        assert!(!ended.said.contains("zebra"), "{ended:?}");
        assert_eq!(ended.code, Some(code));
    }
}

#[test]
fn the_mapping_of_a_deployed_queue_is_checked() {
    let world = World::start();
    let mapping = |state: &str, types: &[&str]| json!({ "UUID": "1-2", "State": state, "FunctionResponseTypes": types });
    let reports = &["ReportBatchItemFailures"];
    // (mappings, findings)
    let cases: [(Value, &[&str]); 3] = [
        (json!([mapping("Enabled", reports)]), &[]),
        (json!([mapping("Disabled", &[])]), &["mapping-off", "mapping-failures"]),
        (json!([]), &["mapping-missing"]),
    ];
    for (mappings, expected) in cases {
        let answer = json!({ "EventSourceMappings": mappings }).to_string();
        let lambda = Api::scripted(move |_, _| Some(Reply::status(200, "", answer.clone())));
        assert_eq!(world.found("AWS_ENDPOINT_URL_LAMBDA", &lambda.url), expected, "{mappings}");
        let [call] = &lambda.calls()[..] else { panic!("{:?}", lambda.calls()) };
        let arn = "arn%3Aaws%3Asqs%3Aeu-central-1%3A000000000000%3Alambot-dev.fifo";
        let path = format!("/2015-03-31/event-source-mappings/?EventSourceArn={arn}");
        assert_eq!((call.method.as_str(), call.path.as_str()), ("GET", path.as_str()));
        let signature = call.header("authorization").unwrap();
        assert!(signature.contains("/eu-central-1/lambda/aws4_request, "), "{signature}");
        assert!(is_signed(call, &world.lambot.exported("AWS_SECRET_ACCESS_KEY")), "{signature}");
    }
}

#[test]
fn what_lambda_does_not_say_is_a_warning_and_repeats_no_words() {
    let world = World::start();
    let answering = |status, headers, body: &'static str| {
        Api::scripted(move |_, _| Some(Reply::status(status, headers, body))).url
    };
    let denied = "x-amzn-ErrorType: AccessDeniedException:http://zebra/\r\n";
    // (endpoint, what is said of it)
    let cases = [
        (answering(403, denied, r#"{"Message":"zebra"}"#), "answered 403 AccessDeniedException"),
        (answering(400, "", r#"{"__type":"zebra#Refused"}"#), "answered 400 Refused"),
        (answering(200, "", r#"{"EventSourceMappings":"zebra"}"#), "the answer cannot be read"),
        ("http://127.0.0.1:1".to_owned(), "cannot be reached: "),
    ];
    for (endpoint, expected) in cases {
        let ended = world.ask("AWS_ENDPOINT_URL_LAMBDA", &endpoint);
        assert!(ended.said.contains("mapping-unanswered"), "{ended:?}");
        assert!(ended.said.contains(expected) && !ended.said.contains("zebra"), "{ended:?}");
        assert_eq!(ended.code, Some(0));
    }
}
