//! Taking a block apart.

use std::ops::Range;

use super::{Block, Content, Frame, Span, Style, Target};

/// A block that pieces are taken from. Places in it are bytes of its text.
///
/// To take a piece is work in proportion to the piece, however long the block is.
pub(super) struct Source {
    block: Block,
    text: String,
    /// Where each of its spans ends.
    ends: Vec<usize>,
    /// The texts in it that lose something when they are cut.
    marks: Vec<Range<usize>>,
}

impl Source {
    pub(super) fn new(block: Block) -> Self {
        let text = block.text().into_owned();
        let (ends, marks) = match &block.content {
            Content::Text(spans) | Content::Heading(spans) => (ends(spans), marks(spans)),
            Content::Code { .. } | Content::Image { .. } | Content::Rule => Default::default(),
        };
        Self { block, text, ends, marks }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) const fn is_code(&self) -> bool {
        matches!(self.block.content, Content::Code { .. })
    }

    /// The marked text that a cut `at` this place would part.
    pub(super) fn mark_around(&self, at: usize) -> Option<&Range<usize>> {
        let nth = self.marks.partition_point(|mark| mark.end <= at);
        self.marks.get(nth).filter(|mark| mark.start < at)
    }

    /// A piece of it, which begins no item unless the block begins with it.
    pub(super) fn piece(&self, range: Range<usize>) -> Block {
        let is_later = range.start > 0;
        let frame = |&frame: &Frame| match frame {
            Frame::Item { number, starts } => Frame::Item { number, starts: starts && !is_later },
            Frame::Quote => Frame::Quote,
        };
        let content = match &self.block.content {
            Content::Text(spans) => Content::Text(self.spans(spans, range)),
            Content::Heading(spans) => Content::Heading(self.spans(spans, range)),
            Content::Code { language, .. } => Content::Code {
                language: language.clone(),
                text: self.text.get(range).unwrap_or_default().to_owned(),
            },
            whole @ (Content::Image { .. } | Content::Rule) => whole.clone(),
        };
        Block { frames: self.block.frames.iter().map(frame).collect(), content }
    }

    fn spans(&self, spans: &[Span], range: Range<usize>) -> Vec<Span> {
        let first = self.ends.partition_point(|&end| end <= range.start);
        let spans = spans.iter().zip(&self.ends).skip(first);
        let spans = spans.map_while(|(span, &end)| {
            let start = end - span.text.len();
            let inside = start.max(range.start)..end.min(range.end);
            let text = self.text.get(inside).filter(|text| !text.is_empty())?.to_owned();
            Some(Span { text, style: span.style, target: span.target.clone() })
        });
        spans.collect()
    }

    /// Where what is cut at `place` goes on: behind the blanks there.
    pub(super) fn after(&self, place: usize) -> usize {
        let rest = self.text.get(place..).unwrap_or_default();
        place + if self.is_code() { indent(rest) } else { blank(rest) }
    }
}

fn ends(spans: &[Span]) -> Vec<usize> {
    let end = |at: &mut usize, span: &Span| {
        *at += span.text.len();
        Some(*at)
    };
    spans.iter().scan(0, end).collect()
}

fn marks(spans: &[Span]) -> Vec<Range<usize>> {
    let mut marks: Vec<Range<usize>> = Vec::new();
    let mut before: Option<&Span> = None;
    let mut at = 0;
    for span in spans {
        let end = at + span.text.len();
        match marks.last_mut() {
            Some(last) if before.is_some_and(|before| before.shares(span)) => last.end = end,
            _ if span.is_marked() => marks.push(at..end),
            _ => {}
        }
        before = Some(span);
        at = end;
    }
    marks
}

/// How much of the beginning of `text` is blank.
fn blank(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// How much of the beginning of `code` is blank lines: what stands before the words of its first line is its shape.
fn indent(code: &str) -> usize {
    let blanks = code.get(..blank(code)).unwrap_or_default();
    blanks.rfind('\n').map_or(0, |at| at + 1)
}

impl Block {
    /// The block without the blanks around its text, unless it is nothing but blanks.
    pub(super) fn trimmed(self) -> Option<Self> {
        let Self { frames, content } = self;
        let content = match content {
            Content::Text(spans) => Content::Text(trimmed_spans(spans)?),
            Content::Heading(spans) => Content::Heading(trimmed_spans(spans)?),
            Content::Code { language, text } => {
                let text = text.get(indent(&text)..)?.trim_end().to_owned();
                if text.is_empty() {
                    return None;
                }
                Content::Code { language, text }
            }
            content @ (Content::Rule | Content::Image { .. }) => content,
        };
        Some(Self { frames, content })
    }
}

fn trimmed_spans(mut spans: Vec<Span>) -> Option<Vec<Span>> {
    while let Some(last) = spans.last_mut() {
        last.text.truncate(last.text.trim_end().len());
        if !last.text.is_empty() {
            break;
        }
        spans.pop();
    }
    let blank = spans.iter().take_while(|span| span.text.trim().is_empty()).count();
    spans.drain(..blank);
    let first = spans.first_mut()?;
    first.text.drain(..first.text.len() - first.text.trim_start().len());
    Some(spans)
}

impl Span {
    fn is_marked(&self) -> bool {
        self.style != Style::default() || self.target.is_some()
    }

    /// Whether some mark goes on from this span to `next`.
    fn shares(&self, next: &Self) -> bool {
        let (one, other) = (self.style, next.style);
        let is_link = matches!(self.target, Some(Target::Link(_) | Target::Image(_)));
        (is_link && self.target == next.target)
            || (one.bold && other.bold)
            || (one.italic && other.italic)
            || (one.strike && other.strike)
            || (one.code && other.code)
    }
}
