//! Splits a text into messages a platform accepts.
//!
//! A platform refuses or cuts what is too long, and either loses what the bot said.

/// Splits `text` into parts of at most `limit`, where a character counts as `cost` says.
///
/// It splits after a line, else after a space, else between characters, and keeps every character but the white space
/// at which it splits. The first half of a part is no place to split: it would leave a scrap. A text of nothing but
/// white space has no parts: no platform accepts one.
pub(crate) fn split(text: &str, limit: usize, cost: impl Fn(char) -> usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (part, tail) = first_part(rest, limit, &cost);
        parts.push(part.trim_end());
        rest = tail.trim_start();
    }
    parts
}

fn first_part<'a>(
    text: &'a str,
    limit: usize,
    cost: &impl Fn(char) -> usize,
) -> (&'a str, &'a str) {
    let mut spent = 0;
    let mut after_line = None;
    let mut after_space = None;
    for (at, c) in text.char_indices() {
        spent += cost(c);
        // The first character is taken whatever it costs, so that splitting always ends.
        if spent > limit && at > 0 {
            return text.split_at(after_line.or(after_space).unwrap_or(at));
        }
        let is_place = spent > limit / 2;
        if c == '\n' && is_place {
            after_line = Some(at + c.len_utf8());
        } else if c.is_whitespace() && is_place {
            after_space = Some(at + c.len_utf8());
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_at_lines_then_spaces_then_characters() {
        // (text, limit, parts)
        let cases: [(&str, usize, &[&str]); 10] = [
            ("", 5, &[]),
            (" \n ", 5, &[]),
            ("hello", 5, &["hello"]),
            ("hello world", 5, &["hello", "world"]),
            ("hello world", 8, &["hello", "world"]),
            ("one four\ntwo three", 14, &["one four", "two three"]),
            ("You said: abcdefghijklmnopqrstu", 20, &["You said: abcdefghij", "klmnopqrstu"]),
            ("abcdefgh", 3, &["abc", "def", "gh"]),
            ("ééé", 2, &["éé", "é"]),
            ("a  b", 2, &["a", "b"]),
        ];

        for (text, limit, parts) in cases {
            assert_eq!(split(text, limit, |_| 1), parts, "{text:?} by {limit}");
        }
    }

    #[test]
    fn counts_in_the_platforms_unit() {
        assert_eq!(split("🧀🧀🧀", 4, char::len_utf16), ["🧀🧀", "🧀"]);
        assert_eq!(split("<<", 4, |c| if c == '<' { 4 } else { 1 }), ["<", "<"]);
        assert_eq!(split("🧀", 1, char::len_utf16), ["🧀"]);
    }

    #[test]
    fn no_part_is_too_long_and_no_word_is_lost() {
        let text: String =
            (0..3000).map(|n| format!("{n}{}", if n % 17 == 0 { "\n" } else { " " })).collect();
        for limit in [6, 7, 40, 2000] {
            let parts = split(&text, limit, |_| 1);
            assert!(parts.iter().all(|part| part.chars().count() <= limit), "limit {limit}");
            let words: Vec<&str> = parts.iter().flat_map(|part| part.split_whitespace()).collect();
            assert_eq!(words, text.split_whitespace().collect::<Vec<_>>(), "limit {limit}");
        }
    }
}
