//! A document as Discord's markdown.
//!
//! <https://support.discord.com/hc/en-us/articles/210298617>

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::document::{Block, Content, Mark, RULE, Token, gap, tokens};

/// The most people of `allowed_mentions`: 100.
///
/// <https://docs.discord.com/developers/resources/message#allowed-mentions-object>
const MOST_PEOPLE: usize = 100;

/// A text as Discord takes it.
pub(super) struct Markdown {
    pub(super) content: String,
    /// The ids of the people it mentions.
    pub(super) people: BTreeSet<String>,
}

/// How much of a message `blocks` take, in code points.
pub(super) fn cost(blocks: &[Block]) -> usize {
    let Markdown { content, people } = markdown(blocks);
    if people.len() > MOST_PEOPLE { usize::MAX } else { content.chars().count() }
}

/// `blocks` as one message.
pub(super) fn markdown(blocks: &[Block]) -> Markdown {
    let mut markdown = Markdown { content: String::new(), people: BTreeSet::new() };
    let mut before: Option<&Block> = None;
    for block in blocks {
        if let Some(before) = before {
            let gap = gap(before, block);
            let is_one_quote = before.is_quoted() && block.is_quoted();
            markdown.content.push_str(if is_one_quote && gap.len() > 1 { "\n> \n" } else { gap });
        }
        let (first, rest) = block.lead("-");
        let mut lead = if markdown.content.is_empty() { first.trim_start() } else { &first };
        let body = markdown.body(block);
        for (nth, line) in body.split('\n').enumerate() {
            if nth > 0 {
                markdown.content.push('\n');
                lead = &rest;
            }
            if block.is_quoted() {
                markdown.content.push_str("> ");
            }
            markdown.content.push_str(lead);
            markdown.content.push_str(line);
        }
        before = Some(block);
    }
    markdown
}

impl Markdown {
    fn body(&mut self, block: &Block) -> String {
        match &block.content {
            Content::Text(_) | Content::Heading(_) | Content::Image { .. } => {
                self.marked(&tokens(&block.spans()))
            }
            Content::Code { language, text } => {
                let language = language.as_deref().unwrap_or_default();
                // Nothing escapes the end of code. A mark that nobody sees parts it.
                let text = if text.contains("```") { parted(text) } else { text.clone() };
                format!("```{language}\n{text}\n```")
            }
            Content::Rule => RULE.to_owned(),
        }
    }

    fn marked(&mut self, tokens: &[Token<'_>]) -> String {
        let mut out = String::new();
        let mut line = Line::default();
        let mut open: Vec<(Mark<'_>, Cow<'_, str>)> = Vec::new();
        for (nth, token) in tokens.iter().enumerate() {
            let later = tokens.get(nth + 1..).unwrap_or_default();
            match *token {
                Token::Open(mark) => {
                    let (begin, end): (&str, Cow<'_, str>) = match mark {
                        Mark::Bold => ("**", "**".into()),
                        Mark::Strike => ("~~", "~~".into()),
                        Mark::Italic => (italic(later), italic(later).into()),
                        Mark::Link(url) if !is_bare(url, later) => {
                            ("[", format!("]({url})").into())
                        }
                        Mark::Link(_) | Mark::Person(_) | Mark::Code => ("", "".into()),
                    };
                    out.push_str(begin);
                    open.push((mark, end));
                }
                Token::Text(text) => match open.last() {
                    Some((Mark::Code, _)) => push_code(&mut out, text),
                    Some((Mark::Link(url), end)) if end.is_empty() => {
                        // A link goes on to the next blank, unless it is told where it ends.
                        let ends = ends_link(later);
                        out.push_str(&if ends { (*url).to_owned() } else { format!("<{url}>") });
                        line = Line::Begun;
                    }
                    Some((Mark::Person(id), _)) if is_id(id) => {
                        out.push_str(&format!("<@{id}>"));
                        self.people.insert((*id).to_owned());
                    }
                    None if later.is_empty() || text.ends_with(char::is_whitespace) => {
                        line.escape_around_links(&mut out, text);
                    }
                    _ => line.escape(&mut out, text, true),
                },
                Token::Close(_) => out.extend(open.pop().map(|(_, end)| end)),
            }
        }
        out
    }
}

/// Whether the link that has just been opened shows its address and nothing else.
fn is_bare(url: &str, later: &[Token<'_>]) -> bool {
    matches!(later, [Token::Text(text), Token::Close(_), ..] if *text == url)
}

/// Whether a link ends before `later` by itself: at a blank, or at what is no part of a link at its end.
fn ends_link(later: &[Token<'_>]) -> bool {
    for token in later {
        match token {
            Token::Close(_) => {}
            Token::Open(_) => return false,
            Token::Text(text) => {
                let rest = text.trim_start_matches(['.', ',', ':', ';', '"', '\'', ')']);
                if !rest.is_empty() {
                    return rest.starts_with(char::is_whitespace);
                }
            }
        }
    }
    true
}

/// What no link ends with.
const NO_END: [char; 8] = ['.', ',', ':', ';', '"', '\'', ']', ')'];

/// The links in plain text, from where to where, as Discord finds them.
fn links(text: &str) -> Vec<(usize, usize)> {
    let mut links = Vec::new();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find("http")) {
        let start = from + at;
        let tail = text.get(start..).unwrap_or_default();
        let end = tail.find(|c: char| c.is_whitespace() || c == '<').unwrap_or(tail.len());
        let word = tail.get(..end).unwrap_or_default();
        let link = word.trim_end_matches(NO_END);
        let page = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://"));
        let is_word = text.get(..start).unwrap_or_default().ends_with(char::is_alphanumeric);
        // What is no link is not looked at from each of its places.
        from = start + end;
        // A backslash behind it would be a part of it.
        if !is_word && !word.contains('\\') && page.is_some_and(|page| page.chars().count() > 1) {
            from = start + link.len();
            links.push((start, from));
        }
    }
    links
}

/// The mark of an italic text that begins with `tokens`.
///
/// Two kinds are read. `*` is mistaken for a part of `**` beside it, so it is `_` wherever that is read: not before a
/// word, and not around one of its kind.
fn italic(tokens: &[Token<'_>]) -> &'static str {
    let end = tokens.iter().position(|token| *token == Token::Close(Mark::Italic));
    let (inside, after) = tokens.split_at(end.unwrap_or(tokens.len()));
    let is_in_word = matches!(after.get(1), Some(Token::Text(text)) if text.starts_with(|c: char| c.is_alphanumeric() || c == '_'));
    let is_mark =
        |token: &Token<'_>| matches!(token, Token::Open(Mark::Link(url)) if url.contains('_'));
    let holds_mark = inside.iter().any(is_mark);
    if is_in_word || holds_mark { "*" } else { "_" }
}

/// Whether `id` is one of Discord's ids, which are numbers.
fn is_id(id: &str) -> bool {
    (1..=20).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit())
}

/// `text` without two of the marks of code beside each other.
fn parted(text: &str) -> String {
    text.replace("``", "`\u{200b}`").replace("``", "`\u{200b}`")
}

/// Code within a line, between as few marks as are not in it.
fn push_code(out: &mut String, text: &str) {
    let is_run = |length: usize| text.split(|c| c != '`').any(|run| run.len() == length);
    let (fence, text) = if !is_run(1) {
        ("`", text.to_owned())
    } else if !is_run(2) {
        ("``", text.to_owned())
    } else {
        ("``", parted(text))
    };
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    out.push_str(&format!("{fence}{pad}{text}{pad}{fence}"));
}

/// Whether a colon before `text` would begin an emoji's name, as in `:wave:` and `:+1:`.
fn names_emoji(text: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_+-".contains(c);
    let name = text.trim_start_matches(is_name);
    name.len() < text.len() && name.starts_with(':')
}

/// How far a line has come, which says what some characters mean.
#[derive(Clone, Copy, Default, PartialEq)]
enum Line {
    /// Nothing but blanks.
    #[default]
    Blank,
    /// A number.
    Number,
    /// Anything.
    Begun,
}

impl Line {
    /// Text that is nothing but text. A backslash would become part of a link, so links are left as they are.
    fn escape_around_links(&mut self, out: &mut String, text: &str) {
        let mut from = 0;
        for (start, end) in links(text) {
            self.escape(out, text.get(from..start).unwrap_or_default(), false);
            out.push_str(text.get(start..end).unwrap_or_default());
            *self = Self::Begun;
            from = end;
        }
        self.escape(out, text.get(from..).unwrap_or_default(), false);
    }

    /// Text of which no character is a mark.
    fn escape(&mut self, out: &mut String, text: &str, in_mark: bool) {
        for (at, c) in text.char_indices() {
            let is_mark = match c {
                '\\' | '*' | '_' | '~' | '`' | '|' | '[' | '<' => true,
                ']' => in_mark,
                '>' | '#' | '-' | '+' => *self == Self::Blank,
                '.' | ')' => *self == Self::Number,
                // What is no link here does not become one.
                '/' => text.get(..at).is_some_and(|before| before.ends_with(':')),
                ':' => names_emoji(text.get(at + 1..).unwrap_or_default()),
                '@' => {
                    let name = text.get(at + 1..).unwrap_or_default();
                    name.starts_with("everyone") || name.starts_with("here")
                }
                _ => false,
            };
            if is_mark {
                out.push('\\');
            }
            out.push(c);
            *self = match (*self, c) {
                (_, '\n') => Self::Blank,
                (Self::Blank, c) if c.is_whitespace() => Self::Blank,
                (Self::Blank | Self::Number, '0'..='9') => Self::Number,
                _ => Self::Begun,
            };
        }
    }
}
