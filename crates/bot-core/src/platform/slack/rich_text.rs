//! A document as rich text.
//!
//! Slack's own marks cannot be escaped, and its plain text reads entities and emojis. In rich text every mark is an
//! element of its own, so that a text is nothing but text.
//!
//! <https://docs.slack.dev/reference/block-kit/blocks/rich-text-block>

use serde_json::{Value, json};

use super::text::escape;
use crate::document::{self, Block, Content, Frame, RULE, Span, Style, Target, gap};

/// How much of a message `blocks` take, in UTF-16 code units.
///
/// Slack does not say what it counts; this is the most of what it may mean, addresses included. A picture is a message
/// of its own: Slack refuses a message when it cannot fetch what is in it, and the words should not be lost with it.
pub(super) fn cost(blocks: &[Block]) -> usize {
    let is_image = |block: &Block| matches!(block.content, Content::Image { .. });
    if blocks.len() > 1 && blocks.iter().any(is_image) {
        return usize::MAX;
    }
    let address = |span: &Span| match &span.target {
        Some(Target::Link(url) | Target::Image(url)) => url.encode_utf16().count(),
        Some(Target::Person(_)) | None => 0,
    };
    let addresses =
        blocks.iter().flat_map(|block| block.spans().iter().map(address).collect::<Vec<_>>());
    escape(&document::text(blocks)).encode_utf16().count() + addresses.sum::<usize>()
}

/// `blocks` as a block of a message.
pub(super) fn block(blocks: &[Block]) -> Value {
    if let [Block { content: Content::Image { url, alt }, .. }] = blocks {
        return json!({ "type": "image", "image_url": url, "alt_text": alt });
    }
    let mut elements: Vec<Element> = Vec::new();
    let mut before: Option<&Block> = None;
    for block in blocks {
        let element = Element::of(block);
        let gap = before.map_or("", |before| gap(before, block));
        let more = match elements.last_mut() {
            Some(last) => last.join(element, gap),
            None => Some(element),
        };
        elements.extend(more.map(Element::standing_alone));
        before = Some(block);
    }
    let elements: Value = elements.into_iter().map(Element::into_json).collect();
    json!({ "type": "rich_text", "elements": elements })
}

/// What rich text is made of.
#[derive(Clone, PartialEq)]
enum Kind {
    Section,
    Quote,
    Code,
    List { is_ordered: bool, indent: usize, is_quoted: bool },
}

struct Element {
    kind: Kind,
    /// The number of its first item.
    first: u64,
    /// Whether it goes on with the item before it.
    goes_on: bool,
    /// Each item's elements; of anything else but a list there is one.
    items: Vec<Vec<Value>>,
}

impl Element {
    fn of(block: &Block) -> Self {
        let item = block.frames.iter().rev().find_map(|frame| match *frame {
            Frame::Item { number, starts } => Some((number, starts)),
            Frame::Quote => None,
        });
        let kind = match (&block.content, item) {
            (Content::Code { .. }, _) => Kind::Code,
            (_, Some((number, _))) => Kind::List {
                is_ordered: number.is_some(),
                indent: block.depth() - 1,
                is_quoted: block.is_quoted(),
            },
            _ if block.is_quoted() => Kind::Quote,
            _ => Kind::Section,
        };
        let elements = match &block.content {
            Content::Code { text, .. } => vec![text_element(text, Style::default())],
            Content::Rule => vec![text_element(RULE, Style::default())],
            Content::Text(_) | Content::Heading(_) | Content::Image { .. } => {
                block.spans().iter().map(element).collect()
            }
        };
        let (number, starts) = item.unwrap_or((None, true));
        Self { kind, first: number.unwrap_or(1), goes_on: !starts, items: vec![elements] }
    }

    /// As it is where no item is before it to go on with.
    fn standing_alone(self) -> Self {
        let kind = if self.goes_on && self.kind != Kind::Code { Kind::Section } else { self.kind };
        Self { kind, ..self }
    }

    /// Makes one of `self` and `next` if they belong together; otherwise gives `next` back.
    fn join(&mut self, next: Self, gap: &str) -> Option<Self> {
        if self.kind != next.kind || self.kind == Kind::Code {
            return Some(next);
        }
        let is_list = matches!(self.kind, Kind::List { .. });
        if is_list && !next.goes_on {
            let follows = next.first == self.first.saturating_add(self.items.len() as u64);
            if matches!(self.kind, Kind::List { is_ordered: true, .. }) && !follows {
                return Some(next);
            }
            self.items.extend(next.items);
        } else if let Some(item) = self.items.last_mut() {
            item.push(text_element(gap, Style::default()));
            item.extend(next.items.into_iter().flatten());
        }
        None
    }

    fn into_json(self) -> Value {
        let Self { kind, first, items, .. } = self;
        let all = |items: Vec<Vec<Value>>| items.into_iter().flatten().collect::<Value>();
        match kind {
            Kind::Section => json!({ "type": "rich_text_section", "elements": all(items) }),
            Kind::Quote => json!({ "type": "rich_text_quote", "elements": all(items) }),
            Kind::Code => json!({ "type": "rich_text_preformatted", "elements": all(items) }),
            Kind::List { is_ordered, indent, is_quoted } => {
                let section =
                    |elements| json!({ "type": "rich_text_section", "elements": elements });
                let mut list = json!({
                    "type": "rich_text_list",
                    "style": if is_ordered { "ordered" } else { "bullet" },
                    "indent": indent,
                    "border": u8::from(is_quoted),
                    "elements": items.into_iter().map(section).collect::<Value>(),
                });
                if let Some(list) = list.as_object_mut().filter(|_| is_ordered && first != 1) {
                    // It counts from 0.
                    list.insert("offset".to_owned(), first.saturating_sub(1).into());
                }
                list
            }
        }
    }
}

fn element(span: &Span) -> Value {
    match &span.target {
        Some(Target::Link(url) | Target::Image(url)) => {
            let mut link = json!({ "type": "link", "url": url });
            if span.text != *url {
                set(&mut link, "text", span.text.as_str().into());
            }
            styled(link, span.style)
        }
        Some(Target::Person(id)) if is_id(id) => {
            styled(json!({ "type": "user", "user_id": id }), Style { code: false, ..span.style })
        }
        Some(Target::Person(_)) | None => text_element(&span.text, span.style),
    }
}

fn text_element(text: &str, style: Style) -> Value {
    styled(json!({ "type": "text", "text": text }), style)
}

fn styled(mut element: Value, style: Style) -> Value {
    let Style { bold, italic, strike, code } = style;
    let styles = [("bold", bold), ("italic", italic), ("strike", strike), ("code", code)];
    let styles = styles.into_iter().filter(|(_, is_on)| *is_on);
    let styles: serde_json::Map<_, _> =
        styles.map(|(name, is_on)| (name.to_owned(), is_on.into())).collect();
    if !styles.is_empty() {
        set(&mut element, "style", styles.into());
    }
    element
}

fn set(element: &mut Value, name: &str, value: Value) {
    if let Some(fields) = element.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}

/// Whether `id` is one of Slack's ids of people.
fn is_id(id: &str) -> bool {
    id.starts_with(['U', 'W'])
        && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}
