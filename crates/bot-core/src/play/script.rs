//! Reads a script.

use std::time::Duration;

use crate::args::seconds;

/// One line of a script, with those that continue it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// As it stands, without the script's indentation.
    pub(super) source: String,
    pub(super) what: What,
}

/// What a line means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Somebody does something.
    Does(Speaker, Deed),
    /// Time passes.
    Later(Duration),
    /// The bot is expected to say it.
    Said,
}

/// What somebody does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Says(String),
    Presses(String),
    /// Writes this much, and waits for what is suggested.
    Types(String),
    /// Sends the form that is open, with these arguments.
    Sends(Vec<(String, String)>),
    /// Chooses a command by its label from the menu of something: of a message, by its text, or of a person.
    Chooses(String, Option<String>),
    Joins,
}

/// Who does something, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Speaker {
    pub(super) name: String,
    /// The group; none in private.
    pub(super) place: Option<String>,
}

impl Speaker {
    /// `bob`, `bob@garden`, or nothing for Ann.
    pub(super) fn of(who: &str) -> Self {
        let (name, place) = match who.split_once('@') {
            Some((name, place)) => (name, Some(place.to_owned())),
            None => (who, None),
        };
        Self { name: if name.is_empty() { "ann" } else { name }.to_owned(), place }
    }
}

/// The lines of a script, or which of them is none.
pub(super) fn parse(script: &str) -> Result<Vec<Line>, String> {
    let indent = script
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start_matches(' ').len())
        .min()
        .unwrap_or_default();
    let mut lines: Vec<Line> = Vec::new();
    for line in script.lines() {
        let line = line.get(indent..).unwrap_or_default().trim_end();
        match lines.last_mut() {
            _ if line.is_empty() => {}
            Some(last) if line.starts_with("  ") => {
                last.source.push('\n');
                last.source.push_str(line);
                if let (What::Does(_, Deed::Says(text)), Some(more)) =
                    (&mut last.what, line.get(2..))
                {
                    text.push('\n');
                    text.push_str(more);
                }
            }
            _ => {
                let what = what(line).ok_or_else(|| format!("no line of a script: {line}"))?;
                lines.push(Line { source: line.to_owned(), what });
            }
        }
    }
    Ok(lines)
}

fn what(line: &str) -> Option<What> {
    if let Some(time) = line.strip_prefix('+') {
        return Some(What::Later(Duration::from_secs(seconds(time)?)));
    }
    if line.starts_with(['<', '~', '*', '!', '?']) {
        return Some(What::Said);
    }
    let (who, deed) = line.split_once('>')?;
    let is_name =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '@');
    if !who.chars().all(is_name) {
        return None;
    }
    let deed = deed.strip_prefix(' ').unwrap_or(deed);
    Some(What::Does(Speaker::of(who), self::deed(deed)))
}

fn deed(deed: &str) -> Deed {
    let between = |open, close| deed.strip_prefix(open)?.strip_suffix(close);
    if let Some(label) = between('[', ']') {
        return Deed::Presses(label.to_owned());
    }
    if let Some(fields) = between('{', '}') {
        let fields = fields.split('|').filter_map(|field| field.split_once(':'));
        let fields = fields.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
        return Deed::Sends(fields.collect());
    }
    match between('(', ')').map(|chosen| chosen.split_once(": ").ok_or(chosen)) {
        Some(Err("joins")) => Deed::Joins,
        Some(Err(label)) => Deed::Chooses(label.to_owned(), None),
        Some(Ok((label, of))) => Deed::Chooses(label.to_owned(), Some(of.to_owned())),
        None => match deed.strip_suffix('…').filter(|deed| deed.starts_with('/')) {
            Some(typed) => Deed::Types(typed.to_owned()),
            None => Deed::Says(deed.to_owned()),
        },
    }
}
