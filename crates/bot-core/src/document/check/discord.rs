//! Discord's markdown, read as far as it is known: <https://support.discord.com/hc/en-us/articles/210298617>.
//!
//! A mark that is not closed, or one that no renderer of ours writes, is a failure.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{expected, field, same};
use crate::document::{Block, Span, Target};

pub(super) fn check(bodies: &[Value], blocks: &[Block]) {
    let mut shown = String::new();
    for body in bodies.iter().filter(|body| !body.is_null()) {
        let content = field(body, "content");
        let length = content.chars().count();
        assert!(length <= 2000 && !content.trim().is_empty(), "{length} characters");
        assert_eq!(body["allowed_mentions"]["parse"], Value::Array(Vec::new()), "{body}");
        let mut read = Reader::default();
        read.lines(content);
        let allowed = body["allowed_mentions"]["users"].as_array().into_iter().flatten();
        let allowed: BTreeSet<String> =
            allowed.filter_map(|id| id.as_str().map(str::to_owned)).collect();
        assert_eq!(read.people, allowed, "{content:?}");
        shown.push_str(&read.shown);
    }
    same(&shown, &expected(blocks, "•", "•", of_span));
}

fn of_span(span: &Span) -> String {
    match &span.target {
        Some(Target::Person(id)) if is_id(id) => format!("<@{id}>"),
        _ => span.text.clone(),
    }
}

fn is_id(id: &str) -> bool {
    (1..=20).contains(&id.len()) && id.chars().all(|c| c.is_ascii_digit())
}

/// What a person sees of a message.
#[derive(Default)]
struct Reader {
    shown: String,
    people: BTreeSet<String>,
}

impl Reader {
    /// Reads what lines begin with: quotes, the marks of lists, and code that goes over several lines.
    fn lines(&mut self, content: &str) {
        let mut inline = String::new();
        let mut code: Option<(bool, String)> = None;
        for line in content.split('\n') {
            let quoted = line.strip_prefix("> ").or((line == ">").then_some(""));
            if let Some((is_quoted, text)) = &mut code {
                let line = if *is_quoted { quoted.expect("a quote goes on") } else { line };
                if line == "```" {
                    self.shown.push_str(text);
                    code = None;
                } else {
                    assert!(!line.contains("```"), "code ends early in {content:?}");
                    text.push_str(line);
                    text.push('\n');
                }
                continue;
            }
            let line = quoted.unwrap_or(line);
            let mut body = line.trim_start();
            let mut marks = String::new();
            loop {
                let digits =
                    body.len() - body.trim_start_matches(|c: char| c.is_ascii_digit()).len();
                if let Some(rest) = body.strip_prefix("- ") {
                    marks.push('•');
                    body = rest.trim_start();
                } else if digits > 0 && body[digits..].starts_with(". ") {
                    marks.push_str(&format!("{}•", &body[..digits]));
                    body = body[digits + 2..].trim_start();
                } else {
                    break;
                }
            }
            assert!(!body.starts_with(['#', '>', '-', '+']), "a mark begins {line:?}");
            let is_fence = body.starts_with("```") && !body[3..].contains('`');
            if is_fence || !marks.is_empty() {
                self.inline(&std::mem::take(&mut inline));
                self.shown.push_str(&marks);
            }
            if is_fence {
                code = Some((quoted.is_some(), String::new()));
            } else {
                inline.push_str(body);
                inline.push('\n');
            }
        }
        assert!(code.is_none(), "code does not end in {content:?}");
        self.inline(&inline);
    }

    /// Reads what stands in lines.
    fn inline(&mut self, text: &str) {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if let Some(length) = link(rest) {
                self.shown.push_str(&rest[..length]);
                rest = &rest[length..];
                continue;
            }
            rest = match c {
                '\\' => {
                    let escaped = rest[1..].chars().next().filter(|c| c.is_ascii_punctuation());
                    let escaped = escaped.unwrap_or_else(|| panic!("a backslash in {text:?}"));
                    self.shown.push(escaped);
                    &rest[1 + escaped.len_utf8()..]
                }
                '`' => self.code(rest),
                '*' if rest.starts_with("**") => self.marked(rest, "**"),
                '~' if rest.starts_with("~~") => self.marked(rest, "~~"),
                '*' => self.marked(rest, "*"),
                '_' => self.marked(rest, "_"),
                '[' => self.masked(rest),
                '<' if link(&rest[1..]).is_some() => {
                    let (url, after) = rest[1..].split_once('>').expect("a link ends");
                    self.shown.push_str(url);
                    after
                }
                '<' => {
                    let (id, after) = rest
                        .strip_prefix("<@")
                        .and_then(|rest| rest.split_once('>'))
                        .unwrap_or_default();
                    assert!(is_id(id), "an open bracket in {text:?}");
                    self.people.insert(id.to_owned());
                    self.shown.push_str(&format!("<@{id}>"));
                    after
                }
                '|' | '~' => panic!("a mark in {text:?}"),
                c => {
                    let name = &rest[c.len_utf8()..];
                    let is_everybody = name.starts_with("everyone") || name.starts_with("here");
                    assert!(c != '@' || !is_everybody, "everybody in {text:?}");
                    assert!(c != ':' || !names_emoji(name), "an emoji in {text:?}");
                    self.shown.push(c);
                    name
                }
            };
        }
    }

    /// Reads a text between two of `mark`, and gives what follows it.
    fn marked<'a>(&mut self, text: &'a str, mark: &str) -> &'a str {
        let inside = &text[mark.len()..];
        let mut at = 0;
        while at < inside.len() {
            let tail = &inside[at..];
            let c = tail.chars().next().expect("not at the end");
            let is_other = mark == "*" && tail.starts_with("**");
            let after = tail.strip_prefix(mark).filter(|after| {
                let is_longer = mark.starts_with('*') && after.starts_with('*');
                let is_in_word =
                    mark == "_" && after.starts_with(|c: char| c.is_alphanumeric() || c == '_');
                at > 0 && !is_longer && !is_in_word
            });
            if c == '\\' {
                at += 1 + tail[1..].chars().next().map_or(0, char::len_utf8);
            } else if let Some(after) = after.filter(|_| !is_other) {
                let inside = &inside[..at];
                assert!(
                    inside.trim() == inside || mark == "~~" || mark == "**",
                    "blanks in {text:?}"
                );
                self.inline(inside);
                return after;
            } else {
                at += if is_other { 2 } else { c.len_utf8() };
            }
        }
        panic!("{mark} does not end in {text:?}");
    }

    /// Reads code within a line, and gives what follows it.
    fn code<'a>(&mut self, text: &'a str) -> &'a str {
        let inside = text.trim_start_matches('`');
        let fence = text.len() - inside.len();
        assert!(fence < 3, "code begins in a line: {text:?}");
        let mut at = 0;
        while let Some(run) = inside[at..].find('`') {
            let tail = &inside[at + run..];
            let length = tail.len() - tail.trim_start_matches('`').len();
            if length == fence {
                self.shown.push_str(&inside[..at + run]);
                return &tail[fence..];
            }
            at += run + length;
        }
        panic!("code does not end in {text:?}");
    }

    /// Reads a link that shows other words than its address, and gives what follows it.
    fn masked<'a>(&mut self, text: &'a str) -> &'a str {
        let mut is_escaped = false;
        let end = text.char_indices().skip(1).find(|&(_, c)| {
            let ends = c == ']' && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            ends
        });
        let (end, _) = end.unwrap_or_else(|| panic!("a link does not end in {text:?}"));
        let target = text[end + 1..].strip_prefix('(').and_then(|rest| rest.split_once(')'));
        let (url, after) = target.unwrap_or_else(|| panic!("a link leads nowhere in {text:?}"));
        let is_url = url.starts_with("http://") || url.starts_with("https://");
        assert!(
            is_url && !url.contains(|c: char| c.is_whitespace() || "<>()\\".contains(c)),
            "{url:?}"
        );
        let label = &text[1..end];
        self.inline(label);
        after
    }
}

/// Whether a colon before `text` begins an emoji's name. Before a link it does not: no emoji is called so.
fn names_emoji(text: &str) -> bool {
    let name = text.split_once(':').map_or("", |(name, _)| name);
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_+-".contains(c);
    !name.is_empty() && name.chars().all(is_name) && link(text).is_none()
}

/// How long the link is that `text` begins with. Everything up to a blank belongs to it, marks as well.
fn link(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let end = rest.find(|c: char| c.is_whitespace() || c == '<').unwrap_or(rest.len());
    let link = rest[..end].trim_end_matches(['.', ',', ':', ';', '"', '\'', ']', ')', '\\']);
    (link.chars().count() > 1).then_some(text.len() - rest.len() + link.len())
}
