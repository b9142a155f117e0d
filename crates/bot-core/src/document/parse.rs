//! Markdown as a document: CommonMark, and the tables and strikethrough of GitHub's.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::escape::mentioned;
use super::link::{linked, masks, page};
use super::table::Table;
use super::{Block, Content, Frame, Span, Style, Target, image};

/// How many quotes and lists a block is shown in: 6. A telephone has no room for more.
const DEEPEST: usize = 6;

/// The longest name of a language, longer than any.
const LANGUAGE: usize = 32;

/// Reads `source`. HTML in it is text, and so is what leads to no page.
pub(crate) fn parse(source: &str) -> Vec<Block> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut reader = Reader::default();
    for event in Parser::new_ext(source, options) {
        reader.read(event);
    }
    reader.finish();
    reader.blocks
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    frames: Vec<Frame>,
    /// The numbers of the items to come, of each list we are in.
    numbers: Vec<Option<u64>>,
    spans: Vec<Span>,
    /// How often each style is on.
    bold: usize,
    italic: usize,
    strike: usize,
    /// Where the links and pictures that are open lead to, and which span they begin at.
    links: Vec<(String, bool, usize)>,
    /// How many links and pictures are open in a picture: they are its words.
    inner: usize,
    is_heading: bool,
    code: Option<(Option<String>, String)>,
    table: Option<Table>,
    row: Vec<Vec<Span>>,
}

impl Reader {
    fn read(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some((_, code)) => code.push_str(&text),
                None => self.push(&text, false),
            },
            Event::Code(text) => self.push(&text, true),
            Event::Html(text) | Event::InlineHtml(text) => self.push(&text, false),
            // In a chat a line that was ended has ended.
            Event::SoftBreak | Event::HardBreak => self.push("\n", false),
            Event::Rule => {
                self.finish();
                self.block(Content::Rule);
            }
            Event::InlineMath(_)
            | Event::DisplayMath(_)
            | Event::FootnoteReference(_)
            | Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Strong => self.bold += 1,
            Tag::Emphasis => self.italic += 1,
            Tag::Strikethrough => self.strike += 1,
            Tag::Link { .. } | Tag::Image { .. } if self.is_in_image() => self.inner += 1,
            Tag::Link { dest_url, .. } => {
                self.links.push((dest_url.into_string(), false, self.spans.len()));
                // Its words are not to be joined to what is before it.
                self.spans.push(Span::default());
            }
            Tag::Image { dest_url, .. } => {
                self.links.push((dest_url.into_string(), true, self.spans.len()));
                self.spans.push(Span::default());
            }
            Tag::TableHead | Tag::TableRow | Tag::TableCell => {}
            Tag::Table(_) => {
                self.finish();
                self.table = Some(Table::default());
            }
            Tag::Heading { .. } => {
                self.finish();
                self.is_heading = true;
            }
            Tag::CodeBlock(kind) => {
                self.finish();
                self.code = Some((language(&kind), String::new()));
            }
            Tag::BlockQuote(_) => {
                self.finish();
                self.frames.push(Frame::Quote);
            }
            Tag::List(first) => {
                self.finish();
                self.numbers.push(first);
            }
            Tag::Item => {
                self.finish();
                let number = self.numbers.last_mut().and_then(|number| {
                    let this = *number;
                    *number = this.map(|this| this.saturating_add(1));
                    this
                });
                self.frames.push(Frame::Item { number, starts: true });
            }
            _ => self.finish(),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Strong => self.bold = self.bold.saturating_sub(1),
            TagEnd::Emphasis => self.italic = self.italic.saturating_sub(1),
            TagEnd::Strikethrough => self.strike = self.strike.saturating_sub(1),
            TagEnd::Link | TagEnd::Image if self.inner > 0 => self.inner -= 1,
            TagEnd::Link | TagEnd::Image => self.end_link(),
            TagEnd::TableCell => {
                let spans = std::mem::take(&mut self.spans);
                self.row.push(tidy(spans));
            }
            TagEnd::TableHead => {
                let row = std::mem::take(&mut self.row);
                self.table.get_or_insert_default().head = row;
            }
            TagEnd::TableRow => {
                let row = std::mem::take(&mut self.row);
                self.table.get_or_insert_default().rows.push(row);
            }
            TagEnd::Table => {
                let table = self.table.take().unwrap_or_default();
                let frames = self.framed();
                self.blocks.extend(table.into_blocks(&frames));
            }
            TagEnd::CodeBlock => {
                if let Some((language, text)) = self.code.take()
                    && !text.trim().is_empty()
                {
                    let text = text.strip_suffix('\n').unwrap_or(&text).to_owned();
                    self.block(Content::Code { language, text });
                }
            }
            TagEnd::BlockQuote(_) | TagEnd::Item => {
                self.finish();
                self.frames.pop();
            }
            TagEnd::List(_) => {
                self.finish();
                self.numbers.pop();
            }
            _ => self.finish(),
        }
    }

    fn is_in_image(&self) -> bool {
        matches!(self.links.last(), Some((_, true, _)))
    }

    fn push(&mut self, text: &str, code: bool) {
        let style =
            Style { bold: self.bold > 0, italic: self.italic > 0, strike: self.strike > 0, code };
        match self.spans.last_mut() {
            Some(last) if last.style == style && last.target.is_none() => last.text.push_str(text),
            _ => self.spans.push(Span { text: text.to_owned(), style, target: None }),
        }
    }

    /// Makes a link, a picture or a mention of what has been read since it began.
    fn end_link(&mut self) {
        let Some((destination, is_image, from)) = self.links.pop() else { return };
        let inside = self.spans.split_off(from.min(self.spans.len()));
        let words = super::words(&inside);
        let label = words.trim().to_owned();
        let style = inside.iter().find(|span| !span.text.is_empty()).map(|span| span.style);
        if let Some(id) = mentioned(&destination).filter(|_| !is_image) {
            let text = if label.is_empty() { format!("@{id}") } else { label };
            let target = Some(Target::Person(id));
            self.spans.push(Span { text, style: style.unwrap_or_default(), target });
            return;
        }
        match page(&destination) {
            Some(url) if !masks(&label, &url) => {
                let target =
                    if is_image { Target::Image(url.clone()) } else { Target::Link(url.clone()) };
                // A picture has one text, whatever marks are in it.
                if is_image || label.is_empty() {
                    let text = if label.is_empty() { url } else { words.into_owned() };
                    let style = style.unwrap_or_default();
                    self.spans.push(Span { text, style, target: Some(target) });
                } else {
                    let aim = |span: Span| match span.target {
                        None => Span { target: Some(target.clone()), ..span },
                        Some(_) => span,
                    };
                    self.spans.extend(inside.into_iter().map(aim));
                }
            }
            page => {
                self.spans.extend(inside);
                let shown = page.unwrap_or(destination);
                if !shown.trim().is_empty() && !shown.ends_with(&label) {
                    self.push(&format!(" ({shown})"), false);
                }
            }
        }
    }

    /// Ends the paragraph or the heading that is being read.
    fn finish(&mut self) {
        let is_heading = std::mem::take(&mut self.is_heading);
        let spans = tidy(std::mem::take(&mut self.spans));
        if super::words(&spans).trim().is_empty() {
            return;
        }
        let is_image = |span: &Span| matches!(span.target, Some(Target::Image(_)));
        if !is_heading && spans.iter().all(|span| is_image(span) || span.text.trim().is_empty()) {
            for Span { text: alt, target, .. } in spans {
                if let Some(Target::Image(url)) = target {
                    for block in image(&url, &alt) {
                        self.block(block.content);
                    }
                }
            }
            return;
        }
        self.block(if is_heading { Content::Heading(spans) } else { Content::Text(spans) });
    }

    fn block(&mut self, content: Content) {
        let frames = self.framed();
        self.blocks.push(Block { frames, content });
    }

    /// What the next block stands in. What it begins, the one after it does not begin any more.
    fn framed(&mut self) -> Vec<Frame> {
        let (outer, inner) = self.frames.split_at(self.frames.len().min(DEEPEST - 1));
        let framed = outer.iter().chain(inner.last()).copied().collect();
        for frame in &mut self.frames {
            if let Frame::Item { starts, .. } = frame {
                *starts = false;
            }
        }
        framed
    }
}

/// The name of a fence's language, if it is one.
fn language(kind: &CodeBlockKind<'_>) -> Option<String> {
    let CodeBlockKind::Fenced(info) = kind else { return None };
    let name = info.split(|c: char| c.is_whitespace() || c == ',').next()?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || "+-_.#".contains(c);
    let is_language = (1..=LANGUAGE).contains(&name.len()) && name.chars().all(is_name);
    is_language.then(|| name.to_owned())
}

/// `spans` with bare links as links, and without blanks at the edges of marks: there platforms read no mark.
fn tidy(spans: Vec<Span>) -> Vec<Span> {
    let mut tidied: Vec<Span> = Vec::new();
    let mut push = |span: Span| match tidied.last_mut() {
        _ if span.text.is_empty() => {}
        Some(last)
            if last.style == span.style && last.target.is_none() && span.target.is_none() =>
        {
            last.text.push_str(&span.text);
        }
        _ => tidied.push(span),
    };
    for span in linked(spans) {
        if span.style.code {
            push(span);
            continue;
        }
        let inner = span.text.trim();
        let start = span.text.len() - span.text.trim_start().len();
        let end = start + inner.len();
        let blank = |text: Option<&str>| Span {
            text: text.unwrap_or_default().to_owned(),
            ..Span::default()
        };
        let (before, after) = (blank(span.text.get(..start)), blank(span.text.get(end..)));
        let inner = Span { text: inner.to_owned(), ..span };
        push(before);
        push(inner);
        push(after);
    }
    tidied
}
