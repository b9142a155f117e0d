//! `lambot new`: a bot outside this repository, to begin with.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf, absolute};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::New;
use crate::terminal::say;

/// The project's files and what they are made of.
const FILES: [(&str, &str); 13] = [
    ("Cargo.toml", include_str!("../templates/manifest.toml")),
    ("README.md", include_str!("../templates/readme.md")),
    // The linter of the bot here: what a decision may not use is the same there.
    ("clippy.toml", include_str!("../../bot/clippy.toml")),
    (".gitignore", include_str!("../templates/gitignore")),
    ("src/lib.rs", include_str!("../templates/lib.rs")),
    ("src/commands.rs", include_str!("../templates/commands.rs")),
    ("src/commands/count.rs", include_str!("../templates/commands/count.rs")),
    ("src/commands/help.rs", include_str!("../templates/commands/help.rs")),
    ("src/say.rs", include_str!("../templates/say.rs")),
    ("src/main.rs", include_str!("../templates/main.rs")),
    ("src/bin/echo.rs", include_str!("../templates/bin/echo.rs")),
    ("src/bin/queue-worker.rs", include_str!("../templates/bin/queue-worker.rs")),
    ("src/bin/webhook-ingest.rs", include_str!("../templates/bin/webhook-ingest.rs")),
];

/// The crates of ours that a project is built from.
const CRATES: [&str; 5] = ["bot-core", "echo", "lambot", "queue-worker", "webhook-ingest"];

/// Packages that a project cannot be called like: it would be mistaken for one of those it is built with or stands in
/// the same lock file with, or for one of Cargo's own folders.
const TAKEN: &[&str] = &[
    "alloc",
    "bot",
    "bot-aws",
    "bot-core",
    "build",
    "core",
    "deps",
    "echo",
    "examples",
    "incremental",
    "lambot",
    "proc-macro",
    "queue-worker",
    "serde",
    "sqs-local",
    "std",
    "test",
    "tokio",
    "webhook-ingest",
];

/// <https://doc.rust-lang.org/reference/keywords.html>
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Writes the project.
pub(crate) fn run(new: &New) -> anyhow::Result<()> {
    let folder = absolute(&new.folder).context("the folder has no name")?;
    let name = match &new.name {
        Some(name) => name.as_str(),
        None => folder.file_name().and_then(|name| name.to_str()).unwrap_or_default(),
    };
    check_name(name)?;
    let checkout = checkout();
    let origin = Origin::of(new.git.as_deref(), checkout.as_deref())?;
    if let Some(checkout) = &checkout {
        check_outside(&folder, checkout)?;
    }
    claim(&folder)?;
    for (path, template) in FILES {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            make_folder(parent)?;
        }
        let written = fs::write(&path, filled(template, name, &origin)?);
        written.with_context(|| format!("cannot write {}", path.display()))?;
    }
    if let Some(checkout) = checkout {
        // The versions that are tested.
        let copied = fs::copy(checkout.join("Cargo.lock"), folder.join("Cargo.lock"));
        copied.context("cannot copy Cargo.lock")?;
    }
    say(&format!("{name} is in {}. Go on there:", folder.display()));
    say("");
    say("  cargo test");
    say("  cargo run -- chat");
    Ok(())
}

/// Where the crates are got from.
enum Origin {
    Checkout(PathBuf),
    Git(String),
}

impl Origin {
    fn of(git: Option<&str>, checkout: Option<&Path>) -> anyhow::Result<Self> {
        if let Some(url) = git {
            ensure!(
                is_url(url),
                "Cargo takes Git repositories by URL, like https://git.example/lambot.git or file:///home/ann/lambot: say \
                 --git URL"
            );
            return Ok(Self::Git(url.to_owned()));
        }
        let checkout = checkout.context(
            "the checkout that this was built in is gone: say --git URL, or run it from a checkout",
        )?;
        Ok(Self::Checkout(checkout.to_owned()))
    }

    /// The value of a dependency in `Cargo.toml`.
    fn of_crate(&self, name: &str) -> anyhow::Result<String> {
        let (key, value) = match self {
            Self::Git(url) => ("git", url.clone()),
            Self::Checkout(checkout) => {
                let path = checkout.join("crates").join(name);
                ("path", path.into_os_string().into_string().ok().context("a path is not UTF-8")?)
            }
        };
        // A string is escaped in TOML as it is in JSON.
        Ok(format!("{{ {key} = {} }}", Value::from(value)))
    }
}

/// The checkout that this was built in, if it is still there.
fn checkout() -> Option<PathBuf> {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?.parent()?;
    checkout.join("crates/bot-core/Cargo.toml").is_file().then(|| checkout.to_owned())
}

/// Whether it says how to get there, so that it means the same from every folder.
fn is_url(url: &str) -> bool {
    url.split_once("://").is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty())
}

/// A project below the checkout would be taken for a part of its workspace, or of its commits.
fn check_outside(folder: &Path, checkout: &Path) -> anyhow::Result<()> {
    // What is there already may be reached by links, and by way of its parents.
    let there = folder.ancestors().find_map(|part| part.canonicalize().ok());
    let is_inside = there
        .zip(checkout.canonicalize().ok())
        .is_some_and(|(there, checkout)| there.starts_with(checkout));
    ensure!(
        !is_inside,
        "{} is inside the checkout, {}: say a folder outside, like ../garden",
        folder.display(),
        checkout.display()
    );
    Ok(())
}

fn filled(template: &str, name: &str, origin: &Origin) -> anyhow::Result<String> {
    let mut text = template.replace("{{name}}", name).replace("{{crate}}", &name.replace('-', "_"));
    for name in CRATES {
        text = text.replace(&format!("{{{{{name}}}}}"), &origin.of_crate(name)?);
    }
    Ok(text)
}

/// Whether a package can have this name.
fn check_name(name: &str) -> anyhow::Result<()> {
    let is_plain = name.len() <= 64
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c));
    ensure!(
        is_plain,
        "a package's name is 1 to 64 of a-z, 0-9, '-' and '_', the first a letter: say another with --name"
    );
    // Rust knows a package by its name with '_' for '-'.
    let in_rust = name.replace('-', "_");
    let is_taken = TAKEN.iter().any(|taken| taken.replace('-', "_") == in_rust);
    ensure!(
        !is_taken && !KEYWORDS.contains(&name),
        "no bot can be called {name}: say another --name"
    );
    Ok(())
}

/// Makes the folder, unless it is there and empty but for a new repository.
fn claim(folder: &Path) -> anyhow::Result<()> {
    if let Ok(entries) = fs::read_dir(folder) {
        let is_git =
            |entry: io::Result<DirEntry>| entry.is_ok_and(|entry| entry.file_name() == ".git");
        ensure!(entries.into_iter().all(is_git), "{} is not empty", folder.display());
    }
    make_folder(folder)
}

fn make_folder(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_names_that_cargo_takes_and_that_are_free() {
        let long = "a".repeat(65);
        // (name, taken?)
        let cases = [
            ("greeter", true),
            ("my-bot_2", true),
            (&long[1..], true),
            (&long, false),
            ("", false),
            ("2bots", false),
            ("-bot", false),
            ("Bot", false),
            ("my bot", false),
            ("bót", false),
            ("a/b", false),
            ("a\"", false),
            ("bot", false),
            ("queue_worker", false),
            ("test", false),
            ("async", false),
            ("self", false),
        ];

        for (name, expected) in cases {
            assert_eq!(check_name(name).is_ok(), expected, "{name:?}");
        }
    }

    #[test]
    fn fills_every_gap() {
        let origin = Origin::Git("https://git.example/\"lambot\".git".to_owned());
        for (path, template) in FILES {
            let text = filled(template, "my-bot", &origin).expect("UTF-8");
            assert!(!text.contains("{{"), "{path}: {text}");
        }
        let manifest = filled(FILES[0].1, "my-bot", &origin).expect("UTF-8");
        let lambot = r#"lambot = { git = "https://git.example/\"lambot\".git" }"#;
        assert!(manifest.contains(lambot), "{manifest}");
        let main = filled("{{name}} {{crate}}", "my-bot", &origin).expect("UTF-8");
        assert_eq!(main, "my-bot my_bot");
    }
}
