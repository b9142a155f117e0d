//! What only a deployment has: secrets that are kept elsewhere.

use super::world::*;
use crate::support::parameters::Parameters;
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
               SSM GetParameters: SSM answered 400 AccessDeniedException. "],
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
