//! Takes a command's line apart.

use serde::Serialize;
use serde_json::Value;

use super::Along;
use crate::command::{Arg, ArgKind, Spec, UsageError};

/// What stands for each argument, as text; a person, a channel or a file already as a value, and the first two as none where
/// there is no mention.
///
/// # Errors
///
/// There is more than the arguments take.
pub(super) fn split(
    spec: &Spec,
    text: &str,
    along: Along<'_>,
) -> Result<Vec<Option<Value>>, UsageError> {
    let mut rest = text.trim();
    let mut given = Vec::new();
    let mut files = along.files.iter();
    let people = along.mentions.iter();
    let mut people: Vec<_> = people.map(|named| (named.text.as_str(), &named.user)).collect();
    let channels = along.channels.iter();
    let mut channels: Vec<_> =
        channels.map(|named| (named.text.as_str(), &named.channel)).collect();
    let takes_words = |arg: &&Arg| arg.kind != ArgKind::File;
    let last = spec.args().filter(takes_words).last().map(|arg| arg.name);
    for arg in spec.args() {
        let (word, behind) = first_word(rest);
        let is_last = last == Some(arg.name);
        // Of the last argument's text, quotes with more behind them are a part.
        let is_left_out =
            !arg.required && word.trim().is_empty() && (!is_last || behind.trim().is_empty());
        let (value, tail) = match arg.kind {
            ArgKind::File => (files.next().and_then(|file| serde_json::to_value(file).ok()), rest),
            _ if is_left_out => (None, behind),
            ArgKind::User if !rest.is_empty() => mentioned(rest, behind, &mut people),
            ArgKind::Channel if !rest.is_empty() => mentioned(rest, behind, &mut channels),
            ArgKind::Text if is_last => (some_text(rest), ""),
            // In one piece it may be quoted.
            ArgKind::Duration if is_last && !behind.is_empty() => (some_text(rest), ""),
            _ => (some_text(word), behind),
        };
        given.push(value);
        rest = tail.trim_start();
    }
    if rest.is_empty() { Ok(given) } else { Err(UsageError::new("That is more than I need.")) }
}

fn some_text(text: &str) -> Option<Value> {
    (!text.trim().is_empty()).then(|| Value::from(text))
}

/// The first word, or the words in quotes, and what is behind.
fn first_word(text: &str) -> (&str, &str) {
    first_quoted(text).unwrap_or_else(|| text.split_once(char::is_whitespace).unwrap_or((text, "")))
}

/// What stands in quotes at the beginning, up to a quote that ends a word.
///
/// Telephones make curly quotes of straight ones, and which ones depends on the language.
fn first_quoted(text: &str) -> Option<(&str, &str)> {
    let open = text.chars().next()?;
    let close: &[char] = match open {
        '"' => &['"'],
        '“' | '”' | '„' => &['”', '“'],
        _ => return None,
    };
    let inside = text.strip_prefix(open)?;
    inside.match_indices(close).find_map(|(at, quote)| {
        let tail = inside.get(at..)?.strip_prefix(quote)?;
        Some((inside.get(..at)?, tail)).filter(|_| is_end_of_word(tail))
    })
}

/// What is mentioned as a value, and what is behind it; none, and what is `behind` the word, where nothing is.
///
/// What is given is taken out of the mentions: the next of that name may be another.
fn mentioned<'a, T: Serialize>(
    text: &'a str,
    behind: &'a str,
    mentions: &mut Vec<(&str, &T)>,
) -> (Option<Value>, &'a str) {
    let Some((at, tail)) = first_mentioned(text, mentions) else {
        return (Some(Value::Null), behind);
    };
    let (_, named) = mentions.remove(at);
    (serde_json::to_value(named).ok(), tail)
}

/// Which of the mentions stands at the beginning, and what is behind it; each is given with how it stands in the text.
fn first_mentioned<'a, T>(text: &'a str, mentions: &[(&str, T)]) -> Option<(usize, &'a str)> {
    let named = mentions.iter().enumerate().filter(|(_, (name, _))| !name.is_empty());
    let at_start = named.filter_map(|(at, (name, _))| {
        let tail = text.strip_prefix(name)?;
        let tail = tail.trim_start_matches([',', ':', ';', '.', '!', '?']);
        is_end_of_word(tail).then_some((at, tail))
    });
    let in_quotes = || {
        let (quoted, tail) = first_quoted(text)?;
        Some((mentions.iter().position(|(name, _)| *name == quoted)?, tail))
    };
    // Of two names that begin alike the longer one is meant, and of the same name the first.
    at_start.min_by_key(|(_, tail)| tail.len()).or_else(in_quotes)
}

fn is_end_of_word(tail: &str) -> bool {
    tail.is_empty() || tail.starts_with(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first_word() {
        // (text, first word, what is behind)
        let cases = [
            ("two words", "two", "words"),
            ("one", "one", ""),
            ("", "", ""),
            ("\"two words\" more", "two words", " more"),
            ("\"two words\"", "two words", ""),
            ("“two words” more", "two words", " more"),
            ("„zwei Wörter“ mehr", "zwei Wörter", " mehr"),
            ("”två ord” mer", "två ord", " mer"),
            ("\"he said “hi” there\" more", "he said “hi” there", " more"),
            ("\"a \"b c\" d", "a \"b c", " d"),
            ("\"un\"closed quote", "\"un\"closed", "quote"),
            ("\"unclosed quote", "\"unclosed", "quote"),
            ("“mixed quote\"", "“mixed", "quote\""),
            ("5\" pipe\" x", "5\"", "pipe\" x"),
            ("\"\" x", "", " x"),
            ("\"", "\"", ""),
            ("\"\"\"", "\"", ""),
            ("\" \"", " ", ""),
            ("🧀 😀", "🧀", "😀"),
            ("\"🧀 😀\"", "🧀 😀", ""),
            ("שלום עולם", "שלום", "עולם"),
            ("\"\u{200f}שלום עולם\" x", "\u{200f}שלום עולם", " x"),
        ];

        for (text, word, behind) in cases {
            assert_eq!(first_word(text), (word, behind), "{text:?}");
        }
    }

    #[test]
    fn finds_what_is_mentioned_first() {
        let mentions = [("@Ann", 1), ("@Ann Lee", 2), ("", 3), ("דנה", 4), ("@Ann", 5)];
        // (text, person, what is behind)
        let cases = [
            ("@Ann", Some((1, ""))),
            ("@Ann hi", Some((1, " hi"))),
            ("@Ann Lee hi", Some((2, " hi"))),
            ("@Ann Leeds", Some((1, " Leeds"))),
            ("@Ann: hi", Some((1, " hi"))),
            ("@Ann!", Some((1, ""))),
            ("\"@Ann Lee\" hi", Some((2, " hi"))),
            ("דנה שלום", Some((4, " שלום"))),
            ("@Anna", None),
            ("@ann", None),
            ("hi @Ann", None),
            ("\"@Bob\" hi", None),
            ("\"\" hi", Some((3, " hi"))),
            ("", None),
        ];

        for (text, expected) in cases {
            let found = first_mentioned(text, &mentions);
            assert_eq!(found.map(|(at, tail)| (mentions[at].1, tail)), expected, "{text:?}");
        }
    }
}
