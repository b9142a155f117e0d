//! What this crate needs of the files around it is there.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "tests read their data")]

use std::collections::BTreeSet;
use std::path::Path;

use bot_core::platform::{Platform, Reader};

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::fs::read_to_string(root.join(path)).expect(path)
}

/// The section of a function in the deployment.
fn function<'a>(deployment: &'a str, name: &str) -> &'a str {
    let start = deployment.find(&format!("\n  {name}:\n")).expect(name) + 1;
    let section = deployment.get(start..).expect(name);
    // It ends where the next line is indented no deeper than its name.
    let ends = |(at, _): &(usize, &str)| {
        let line = section.get(at + 1..).unwrap_or_default();
        *at > 0 && !line.starts_with("   ") && !line.starts_with('\n')
    };
    let end = section.match_indices('\n').skip(1).find(ends).map_or(section.len(), |(at, _)| at);
    section.get(..end).expect(name)
}

/// The role of a function.
fn role<'a>(roles: &'a str, name: &str) -> &'a str {
    let of = |role: &&str| role.contains(&format!("PolicyName: {name}\n"));
    roles.split("Type: AWS::IAM::Role").find(of).expect(name)
}

#[test]
fn every_setting_reaches_the_functions_that_read_it_and_no_secret_another() {
    let deployment = read("infra/serverless.yml");
    let roles = read("infra/roles.yml");
    let settings = Platform::ALL.iter().flat_map(|platform| platform.settings());
    for (setting, name) in settings.flat_map(|s| [(s, "webhook-ingest"), (s, "queue-worker")]) {
        let reader = if name == "queue-worker" { Reader::Worker } else { Reader::Ingest };
        let is_read = setting.reader == reader || setting.reader == Reader::Both;
        // A variable, or a parameter that the function's role may read.
        let line = format!("{0}: ${{env:{0}, ''}}", setting.name);
        let parameter = format!("${{sls:stage}}/{}\n", setting.name);
        let is_variable = function(&deployment, name).contains(&line);
        let is_parameter = role(&roles, name).contains(&parameter);
        let expected = (is_read && !setting.secret, is_read && setting.secret);
        assert_eq!((is_variable, is_parameter), expected, "{} of {name}", setting.name);
    }
}

#[test]
fn every_setting_is_explained_in_the_readme() {
    let readme = read("README.md");
    for setting in Platform::ALL.iter().flat_map(|platform| platform.settings()) {
        let reader = match setting.reader {
            Reader::Ingest => "webhook-ingest",
            Reader::Worker => "queue-worker",
            Reader::Both => "both",
        };
        let row = format!("| `{}` | {reader} | {} |", setting.name, setting.about);
        assert!(readme.contains(&row), "{row}");
    }
}

#[test]
fn every_platform_has_payloads_and_every_payload_its_origin() {
    let provenance = read("crates/bot-core/fixtures/PROVENANCE.md");
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for platform in Platform::ALL {
        let slug = platform.slug();
        let files: Vec<String> = std::fs::read_dir(fixtures.join(slug))
            .expect(slug)
            .map(|entry| entry.expect(slug).file_name().into_string().expect("plain names"))
            .collect();
        assert!(files.len() >= 10, "{slug} has {} payloads", files.len());
        for file in files {
            assert!(provenance.contains(&format!("| {slug}/{file} |")), "{slug}/{file}");
        }
    }
}

#[test]
fn the_bot_is_held_to_the_same_purity_as_the_core() {
    assert_eq!(read("crates/bot/clippy.toml"), read("crates/bot-core/clippy.toml"));
}

#[test]
fn every_setting_has_one_name_and_a_development_value() {
    let settings: Vec<_> = Platform::ALL.iter().flat_map(|platform| platform.settings()).collect();
    let names: BTreeSet<_> = settings.iter().map(|setting| setting.name).collect();
    assert_eq!(names.len(), settings.len());
    for setting in settings {
        assert!(!setting.development.is_empty(), "{}", setting.name);
        assert_eq!(setting.development.starts_with('/'), setting.name.ends_with("_URL"));
    }
}
