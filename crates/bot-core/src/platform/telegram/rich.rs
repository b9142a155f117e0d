//! A document as a text and its entities.
//!
//! Entities are places in a text that is nothing but text, so there is nothing to escape but what Telegram finds in it by
//! itself and tells people of.

use serde_json::{Value, json};

use crate::document::{Block, Content, Mark, RULE, Token, bare, gap, tokens};

/// The most entities of a message: 100. Telegram ignores more.
///
/// <https://core.telegram.org/bots/api#sendmessage>
const MOST_ENTITIES: usize = 100;

/// Parts an `@` from a name behind it, and is not seen. With it the two are no mention, which Telegram makes of any text.
///
/// <https://core.telegram.org/api/entities#mentions>
const WORD_JOINER: char = '\u{2060}';

/// A text as Telegram takes it.
#[derive(Default)]
pub(super) struct Rich {
    pub(super) text: String,
    /// Its marks, sorted, the outer before the inner.
    pub(super) entities: Vec<Entity>,
    /// The picture to show below it.
    pub(super) picture: Option<String>,
    units: usize,
    /// The end of the last person whom Telegram finds in the text.
    named: Option<usize>,
    /// The beginning of the quote that is open.
    quote: Option<usize>,
}

/// A mark, and its place in UTF-16 code units. To measure a text takes many of them, so JSON is made of them in the end.
pub(super) struct Entity {
    kind: &'static str,
    offset: usize,
    length: usize,
    /// What it says besides its place.
    detail: Option<(&'static str, Value)>,
}

impl Entity {
    pub(super) fn into_json(self) -> Value {
        let Self { kind, offset, length, detail } = self;
        let mut entity = json!({ "type": kind, "offset": offset, "length": length });
        if let Some((entity, (name, value))) = entity.as_object_mut().zip(detail) {
            entity.insert(name.to_owned(), value);
        }
        entity
    }
}

/// How much of a message `blocks` take, in UTF-16 code units.
pub(super) fn cost(blocks: &[Block]) -> usize {
    let rich = rich(blocks);
    if rich.entities.len() > MOST_ENTITIES { usize::MAX } else { rich.units }
}

/// `blocks` as one message.
pub(super) fn rich(blocks: &[Block]) -> Rich {
    let mut rich = Rich::default();
    let mut before: Option<&Block> = None;
    for block in blocks {
        // Code in a quote would be a mark in a mark that may have none.
        let is_quoted = block.is_quoted() && !matches!(block.content, Content::Code { .. });
        if !is_quoted {
            rich.close_quote();
        }
        rich.push(before.map_or("", |before| gap(before, block)));
        if is_quoted && rich.quote.is_none() {
            rich.quote = Some(rich.open("blockquote", None));
        }
        rich.block(block);
        before = Some(block);
    }
    rich.close_quote();
    rich
}

impl Rich {
    fn block(&mut self, block: &Block) {
        let (first, rest) = block.lead("•");
        // A message begins with no blank.
        self.push(if self.text.is_empty() { first.trim_start() } else { &first });
        match &block.content {
            Content::Code { language, text } => {
                let language = language.as_ref().map(|language| ("language", json!(language)));
                let pre = self.open("pre", language);
                self.push(text);
                self.close(pre);
            }
            Content::Rule => self.push(RULE),
            Content::Image { url, .. } => {
                self.picture.get_or_insert_with(|| url.clone());
                self.marked(block, &rest);
            }
            Content::Text(_) | Content::Heading(_) => self.marked(block, &rest),
        }
    }

    fn marked(&mut self, block: &Block, rest: &str) {
        let mut open: Vec<(Mark<'_>, Option<usize>)> = Vec::new();
        for token in tokens(&block.spans()) {
            match token {
                Token::Open(mark) => {
                    let entity = entity(mark).map(|(kind, detail)| self.open(kind, detail));
                    open.push((mark, entity));
                }
                Token::Text(text) => {
                    let text = text.replace('\n', &format!("\n{rest}"));
                    let is_searched = |(mark, _): &(Mark<'_>, _)| {
                        matches!(mark, Mark::Bold | Mark::Italic | Mark::Strike)
                    };
                    if open.iter().all(is_searched) { self.words(&text) } else { self.push(&text) }
                }
                Token::Close(_) => match open.pop() {
                    Some((_, Some(entity))) => self.close(entity),
                    Some((Mark::Person(_), None)) => self.named = Some(self.units),
                    Some(_) | None => {}
                },
            }
        }
    }

    /// Text that mentions nobody. What in a link looks like a mention stays in it when it is said to be a link.
    fn words(&mut self, text: &str) {
        let mut from = 0;
        for (start, end) in bare(text) {
            let link = text.get(start..end).filter(|link| link.contains('@'));
            if let Some(link) = link {
                self.parted(text.get(from..start).unwrap_or_default());
                let entity = self.open("text_link", Some(("url", link.into())));
                self.push(link);
                self.close(entity);
                from = end;
            }
        }
        self.parted(text.get(from..).unwrap_or_default());
    }

    /// Text with no `@` before a name, and no more of a name behind a mention. Behind a letter an `@` is an e-mail address's.
    fn parted(&mut self, text: &str) {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        for c in text.chars() {
            let mut before = self.text.chars().rev();
            let is_mark = before.next() == Some('@') && !before.next().is_some_and(is_name);
            if is_name(c) && (is_mark || self.named == Some(self.units)) {
                self.push(WORD_JOINER.encode_utf8(&mut [0; 4]));
            }
            self.push(c.encode_utf8(&mut [0; 4]));
        }
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.units += text.encode_utf16().count();
    }

    fn open(&mut self, kind: &'static str, detail: Option<(&'static str, Value)>) -> usize {
        self.entities.push(Entity { kind, offset: self.units, length: 0, detail });
        self.entities.len() - 1
    }

    fn close(&mut self, entity: usize) {
        if let Some(entity) = self.entities.get_mut(entity) {
            entity.length = self.units - entity.offset;
        }
    }

    fn close_quote(&mut self) {
        if let Some(quote) = self.quote.take() {
            self.close(quote);
        }
    }
}

/// The entity of a mark, and what it says besides its place.
fn entity(mark: Mark<'_>) -> Option<(&'static str, Option<(&'static str, Value)>)> {
    Some(match mark {
        Mark::Bold => ("bold", None),
        Mark::Italic => ("italic", None),
        Mark::Strike => ("strikethrough", None),
        Mark::Code => ("code", None),
        Mark::Link(url) => ("text_link", Some(("url", url.into()))),
        Mark::Person(id) => {
            // Of somebody who is only known by a username there is nothing to say: Telegram finds it in the text.
            let id = id.parse::<i64>().ok().filter(|&id| id > 0)?;
            ("text_mention", Some(("user", json!({ "id": id, "is_bot": false, "first_name": "" }))))
        }
    })
}
