//! What is put into an author's markdown: other people's words, and people.

use std::fmt::Write as _;

/// Makes `text` literal, wherever in a paragraph of markdown it is put.
///
/// What people write may hold marks, links and mentions. Put into markdown as it is, it means what they like; escaped, it
/// is shown as they wrote it.
///
/// ```
/// use bot_core::{Reply, escape};
///
/// let name = "*Ann*";
/// let reply = Reply::markdown(format!("**{}** is here.", escape(name)));
/// assert_eq!(reply.as_text(), r"**\*Ann\*** is here.");
/// ```
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut before = None;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let is_inner = |c: Option<char>| c.is_some_and(|c| !c.is_whitespace());
        match c {
            // A space at the edge of a line, and a second one, mean something or are lost.
            ' ' if is_inner(before) && is_inner(characters.peek().copied()) => escaped.push(' '),
            // A table is taken apart before its escapes are read.
            ' ' | '\n' | '\r' | '\t' | '|' => {
                let _ = write!(escaped, "&#{};", u32::from(c));
            }
            _ if c.is_ascii_punctuation() => escaped.extend(['\\', c]),
            _ => escaped.push(c),
        }
        before = Some(c);
    }
    escaped
}

/// The scheme of links that are mentions.
pub(super) const SCHEME: &str = "mention:";

/// A mention of a person, as it stands in markdown.
pub(crate) fn mention(id: &str, name: Option<&str>) -> String {
    let name = name.map(str::trim).filter(|name| !name.is_empty()).unwrap_or(id);
    let id: String = form_urlencoded::byte_serialize(id.as_bytes()).collect();
    format!("[@{}]({SCHEME}{id})", escape(name.trim_start_matches('@')))
}

/// Whom the destination of a link mentions.
pub(super) fn mentioned(destination: &str) -> Option<String> {
    let id = destination.strip_prefix(SCHEME).filter(|id| !id.is_empty())?;
    // The pairs of a form are parted by `&`, which is none of an encoded id.
    let (id, _) = form_urlencoded::parse(id.as_bytes()).next()?;
    Some(id.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Content, Span, Target, parse, plain};

    #[test]
    fn what_is_escaped_is_shown_as_it_was_written() {
        let cases = [
            "*a* _b_ ~~c~~ `d` [e](f) <g> &amp; &#42;",
            "# a",
            "- a",
            "1. a",
            "> a",
            "a\n===",
            "    a",
            "```\na\n```",
            "a | b",
            "\\",
            "a  b",
            "a\n\n\tb",
            "![a](b)",
            "<b>a</b>",
            "<@U1> <!channel> @everyone",
            "a\\",
            "é🧀",
            "[a]: b",
            "2) a",
            "+ a",
            "***",
        ];

        for text in cases {
            let source = format!("x{}x", escape(text));
            assert_eq!(parse(&source), plain(&format!("x{text}x")), "{text:?}");
            let cell = format!("| {} |\n| --- |", escape(text));
            let tidy = text.trim();
            assert!(
                matches!(&parse(&cell).as_slice(), [one] if one.text().contains(tidy) || tidy.contains('\n')),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_mention_survives_in_a_document() {
        // (id, name, text)
        let cases = [
            ("U1", Some("Ann"), "@Ann"),
            ("42", None, "@42"),
            ("@eve", Some("eve"), "@eve"),
            ("U1", Some("]( *x*"), "@]( *x*"),
            ("a b&c=d%é", Some(" "), "@a b&c=d%é"),
        ];

        for (id, name, text) in cases {
            let [block] = parse(&mention(id, name)).try_into().expect("one block");
            let span = Span {
                text: text.to_owned(),
                target: Some(Target::Person(id.to_owned())),
                ..Span::default()
            };
            assert_eq!(block.content, Content::Text(vec![span]), "{id:?} {name:?}");
        }
    }
}
