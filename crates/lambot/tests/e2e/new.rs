//! A bot of one's own: what is written. That it builds is checked where there is time to build it.

use std::fs;
use std::path::Path;

use crate::support::folder::Folder;
use crate::support::process::lambot;

/// What `lambot new` does with these arguments: its exit code, and what it complains about.
fn new(arguments: &[&str]) -> (Option<i32>, String) {
    let output = lambot().arg("new").args(arguments).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn writes_a_project_that_stands_by_itself() {
    let folder = Folder::new();
    let project = Path::new(&folder.path()).join("deep/garden-bot");
    assert_eq!(new(&[project.to_str().unwrap()]), (Some(0), String::new()));

    let read = |path: &str| fs::read_to_string(project.join(path)).unwrap();
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let manifest = read("Cargo.toml");
    let core = format!("bot-core = {{ path = \"{}/crates/bot-core\" }}\n", checkout.display());
    for part in ["name = \"garden-bot\"\n", &core, "\n[workspace]\n"] {
        assert!(manifest.contains(part), "{part:?} is not in\n{manifest}");
    }
    assert!(read("src/main.rs").contains("lambot::run(&garden_bot::BOT).await"));
    assert_eq!(read("Cargo.lock"), fs::read_to_string(checkout.join("Cargo.lock")).unwrap());
    assert!(read("src/commands/count.rs").contains("impl Command for Count"));
    assert_eq!(read(".gitignore"), "/target/\n");
    assert!(read("clippy.toml").contains("std::time::SystemTime::now"));
}

#[test]
fn takes_another_name_and_an_origin_elsewhere() {
    let folder = Folder::new();
    let path = folder.path();
    let url = "https://git.example/lambot.git";
    // A repository that has just been made.
    fs::create_dir(Path::new(&path).join(".git")).unwrap();
    assert_eq!(new(&[&path, "--name", "garden", "--git", url]).0, Some(0));
    let manifest = fs::read_to_string(Path::new(&path).join("Cargo.toml")).unwrap();
    for part in ["name = \"garden\"\n", "lambot = { git = \"https://git.example/lambot.git\" }\n"] {
        assert!(manifest.contains(part), "{part:?} is not in\n{manifest}");
    }
    // The versions that are tested, wherever the crates are got from.
    assert!(Path::new(&path).join("Cargo.lock").exists());
}

#[test]
fn says_what_is_wrong_and_writes_nothing() {
    let folder = Folder::new();
    let path = folder.path();
    let there = Path::new(&path).join("there");
    fs::write(&there, "mine").unwrap();
    let missing = format!("{path}/missing");
    let inside = concat!(env!("CARGO_MANIFEST_DIR"), "/garden/deep");
    // (arguments, complaint)
    let cases = [
        (vec![path.as_str(), "--name", "garden"], "is not empty"),
        (vec![&missing, "--name", "Garden"], "a package's name is"),
        (vec![&missing, "--name", "tokio"], "no bot can be called tokio"),
        (vec![inside, "--name", "garden"], "is inside the checkout"),
        (
            vec![inside, "--name", "garden", "--git", "https://git.example/x"],
            "is inside the checkout",
        ),
        (vec![&missing, "--name", "garden", "--git", "../lambot"], "by URL"),
        (vec![there.to_str().unwrap(), "--name", "garden"], "cannot make"),
    ];

    for (arguments, complaint) in cases {
        let (code, said) = new(&arguments);
        assert_eq!(code, Some(1), "{arguments:?}");
        assert!(said.contains(complaint), "{arguments:?}: {said}");
    }
    let left: Vec<_> = fs::read_dir(&path).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(fs::read_to_string(there).unwrap(), "mine");
}
