//! Taking a block apart.

use std::ops::Range;

use super::{Block, Content, Frame, Span, Style, Target};

impl Block {
    /// Its first `at` bytes of text, and the rest, which begins no item.
    pub(super) fn cut_at(self, at: usize) -> (Self, Self) {
        let Self { frames, content } = self;
        let later = frames.iter().map(|&frame| match frame {
            Frame::Item { number, .. } => Frame::Item { number, starts: false },
            Frame::Quote => Frame::Quote,
        });
        let later = later.collect();
        let (head, tail) = match content {
            Content::Text(spans) => {
                let (head, tail) = cut_spans(spans, at);
                (Content::Text(head), Content::Text(tail))
            }
            Content::Heading(spans) => {
                let (head, tail) = cut_spans(spans, at);
                (Content::Heading(head), Content::Heading(tail))
            }
            Content::Code { language, text } => {
                let (head, tail) = text.split_at_checked(at).unwrap_or((&text, ""));
                let code = |text: &str| Content::Code {
                    language: language.clone(),
                    text: text.to_owned(),
                };
                (code(head), code(tail.strip_prefix('\n').unwrap_or(tail)))
            }
            whole @ (Content::Image { .. } | Content::Rule) => (whole, Content::Text(Vec::new())),
        };
        (Self { frames, content: head }, Self { frames: later, content: tail })
    }

    /// Its first `at` bytes of text.
    pub(super) fn head(&self, at: usize) -> Self {
        let spans = |spans: &[Span]| {
            let mut left = at;
            let cut = spans.iter().map_while(|span| {
                let text =
                    span.text.get(..left.min(span.text.len())).filter(|text| !text.is_empty())?;
                left -= text.len();
                Some(Span { text: text.to_owned(), ..span.clone() })
            });
            cut.collect()
        };
        let content = match &self.content {
            Content::Text(text) => Content::Text(spans(text)),
            Content::Heading(text) => Content::Heading(spans(text)),
            Content::Code { language, text } => Content::Code {
                language: language.clone(),
                text: text.get(..at).unwrap_or(text).to_owned(),
            },
            whole @ (Content::Image { .. } | Content::Rule) => whole.clone(),
        };
        Self { frames: self.frames.clone(), content }
    }

    /// The block without the blanks around its text, unless it is nothing but blanks.
    pub(super) fn trimmed(self) -> Option<Self> {
        let Self { frames, content } = self;
        let content = match content {
            Content::Text(spans) => Content::Text(trimmed_spans(spans)?),
            Content::Heading(spans) => Content::Heading(trimmed_spans(spans)?),
            Content::Code { language, text } => {
                // What stands before the words of its first line is its shape.
                let blank = text.len() - text.trim_start().len();
                let start = text.get(..blank)?.rfind('\n').map_or(0, |at| at + 1);
                let text = text.get(start..)?.trim_end().to_owned();
                if text.is_empty() {
                    return None;
                }
                Content::Code { language, text }
            }
            content @ (Content::Rule | Content::Image { .. }) => content,
        };
        Some(Self { frames, content })
    }

    /// The texts in it that lose something when they are cut.
    pub(super) fn marked(&self) -> Vec<Range<usize>> {
        let (Content::Text(spans) | Content::Heading(spans)) = &self.content else {
            return Vec::new();
        };
        let mut marked: Vec<Range<usize>> = Vec::new();
        let mut before: Option<&Span> = None;
        let mut at = 0;
        for span in spans {
            let end = at + span.text.len();
            match marked.last_mut() {
                Some(last) if before.is_some_and(|before| before.shares(span)) => last.end = end,
                _ if span.is_marked() => marked.push(at..end),
                _ => {}
            }
            before = Some(span);
            at = end;
        }
        marked
    }
}

fn cut_spans(mut spans: Vec<Span>, at: usize) -> (Vec<Span>, Vec<Span>) {
    let mut left = at;
    let whole = spans.iter().take_while(|span| {
        let is_whole = span.text.len() <= left;
        left -= if is_whole { span.text.len() } else { 0 };
        is_whole
    });
    let mut tail = spans.split_off(whole.count());
    if let Some(first) = tail.first_mut().filter(|_| left > 0) {
        let text = first.text.split_off(left);
        let head = std::mem::replace(&mut first.text, text);
        spans.push(Span { text: head, ..first.clone() });
    }
    (spans, tail)
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
