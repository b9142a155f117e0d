//! Takes a command's line apart.

use serde_json::Value;

use crate::command::{ArgKind, Spec, UsageError};
use crate::event::{Mention, User};

/// What stands for each argument, as text; a person already as a value, and as none where nobody is mentioned.
///
/// # Errors
///
/// There is more than the arguments take.
pub(super) fn split(
    spec: &Spec,
    text: &str,
    mentions: &[Mention],
) -> Result<Vec<Option<Value>>, UsageError> {
    let mut rest = text.trim();
    let mut given = Vec::new();
    let mut args = spec.args().peekable();
    while let Some(arg) = args.next() {
        let (word, behind) = first_word(rest);
        let is_last = args.peek().is_none();
        // Of the last argument's text, quotes with more behind them are a part.
        let is_left_out =
            !arg.required && word.trim().is_empty() && (!is_last || behind.trim().is_empty());
        let (value, tail) = match arg.kind {
            _ if is_left_out => (None, behind),
            ArgKind::User if !rest.is_empty() => match first_person(rest, mentions) {
                Some((user, tail)) => (serde_json::to_value(user).ok(), tail),
                None => (Some(Value::Null), behind),
            },
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

/// The person whose mention stands at the beginning, and what is behind it.
fn first_person<'a>(text: &'a str, mentions: &'a [Mention]) -> Option<(&'a User, &'a str)> {
    let at_start =
        mentions.iter().filter(|mention| !mention.text.is_empty()).filter_map(|mention| {
            let tail = text.strip_prefix(mention.text.as_str())?;
            let tail = tail.trim_start_matches([',', ':', ';', '.', '!', '?']);
            is_end_of_word(tail).then_some((&mention.user, tail))
        });
    let in_quotes = || {
        let (name, tail) = first_quoted(text)?;
        let mention = mentions.iter().find(|mention| mention.text == name)?;
        Some((&mention.user, tail))
    };
    // Of two names that begin alike the longer one is meant.
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
    fn finds_the_person_who_is_mentioned_first() {
        let mention = |text: &str, id: &str| Mention {
            text: text.to_owned(),
            user: User { id: id.to_owned(), name: None },
        };
        let mentions =
            [mention("@Ann", "1"), mention("@Ann Lee", "2"), mention("", "3"), mention("דנה", "4")];
        // (text, person, what is behind)
        let cases = [
            ("@Ann", Some(("1", ""))),
            ("@Ann hi", Some(("1", " hi"))),
            ("@Ann Lee hi", Some(("2", " hi"))),
            ("@Ann Leeds", Some(("1", " Leeds"))),
            ("@Ann: hi", Some(("1", " hi"))),
            ("@Ann!", Some(("1", ""))),
            ("\"@Ann Lee\" hi", Some(("2", " hi"))),
            ("דנה שלום", Some(("4", " שלום"))),
            ("@Anna", None),
            ("@ann", None),
            ("hi @Ann", None),
            ("\"@Bob\" hi", None),
            ("\"\" hi", Some(("3", " hi"))),
            ("", None),
        ];

        for (text, expected) in cases {
            let found = first_person(text, &mentions).map(|(user, tail)| (user.id.as_str(), tail));
            assert_eq!(found, expected, "{text:?}");
        }
    }
}
