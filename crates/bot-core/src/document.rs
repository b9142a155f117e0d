//! What the bot says, as blocks that every platform can show.
//!
//! Platforms differ in their marks, in what they lack and in how much a message holds. So a text becomes a list of
//! blocks first, each of which knows in which quotes and lists it stands: it can be cut between any two of them, and
//! inside most. What a platform makes of blocks is in its own folder.
//!
//! Nothing in here is markup any more: whoever renders a block escapes all of its text.

use std::borrow::Cow;

#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod check;
mod cut;
mod escape;
mod link;
mod mark;
mod parse;
mod split;
mod table;

pub use escape::escape;
pub(crate) use escape::mention;
pub(crate) use link::bare;
pub(crate) use mark::{Mark, Token, tokens};
pub(crate) use parse::parse;
pub(crate) use split::split;

/// A part of a document: the smallest that stands on lines of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// What it stands in, from the outside to the inside.
    pub(crate) frames: Vec<Frame>,
    /// What it is.
    pub(crate) content: Content,
}

/// What a block can stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// A quote.
    Quote,
    /// An item of a list.
    Item {
        /// Its number, in an ordered list.
        number: Option<u64>,
        /// Whether the item begins with this block.
        starts: bool,
    },
}

/// What a block is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// A paragraph.
    Text(Vec<Span>),
    /// A heading: no platform has them all, so it is bold.
    Heading(Vec<Span>),
    /// Lines of code.
    Code {
        /// The language: letters, digits and `+-_.#`.
        language: Option<String>,
        /// The lines.
        text: String,
    },
    /// A line across.
    Rule,
    /// A picture on lines of its own.
    Image {
        /// Where it is.
        url: String,
        /// What it shows, in words.
        alt: String,
    },
}

/// Text in one style.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) text: String,
    pub(crate) style: Style,
    pub(crate) target: Option<Target>,
}

/// How a text looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Style {
    pub(crate) bold: bool,
    pub(crate) italic: bool,
    pub(crate) strike: bool,
    pub(crate) code: bool,
}

/// What a text leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A page.
    Link(String),
    /// A picture, as long as it is not decided whether it stands alone.
    Image(String),
    /// A person, by the platform's id.
    Person(String),
}

/// The line across, where a platform has none of its own.
pub(crate) const RULE: &str = "──────────";

/// A text as it stands: one paragraph with all of its lines.
pub(crate) fn plain(text: &str) -> Vec<Block> {
    let spans = vec![Span { text: text.to_owned(), ..Span::default() }];
    vec![Block { frames: Vec::new(), content: Content::Text(spans) }]
}

/// The longest text beside a picture: 300 characters. A longer one is a paragraph above it.
const LONGEST_ALT: usize = 300;

/// A picture; what is no address of one is shown as words. Where there are no pictures `alt` is a link to it.
pub(crate) fn image(url: &str, alt: &str) -> Vec<Block> {
    let alt = alt.trim();
    let Some(url) = link::page(url) else { return plain(&format!("{alt} ({url})")) };
    let picture = |alt: &str| {
        let content = Content::Image { url: url.clone(), alt: alt.to_owned() };
        Block { frames: Vec::new(), content }
    };
    if alt.is_empty() {
        vec![picture(&url)]
    } else if alt.chars().count() > LONGEST_ALT || link::masks(alt, &url) {
        let mut blocks = plain(alt);
        blocks.push(picture(&url));
        blocks
    } else {
        vec![picture(alt)]
    }
}

/// A link to a file.
pub(crate) fn file(url: &str, name: &str) -> Vec<Block> {
    let name = name.trim();
    let Some(url) = link::page(url) else { return plain(&format!("{name} ({url})")) };
    let text = |text: &str| Span { text: text.to_owned(), ..Span::default() };
    let link = |text: &str| {
        let target = Some(Target::Link(url.clone()));
        Span { text: text.to_owned(), style: Style::default(), target }
    };
    let spans = if name.is_empty() {
        vec![link(&url)]
    } else if link::masks(name, &url) {
        vec![text(&format!("{name} (")), link(&url), text(")")]
    } else {
        vec![link(name)]
    };
    vec![Block { frames: Vec::new(), content: Content::Text(spans) }]
}

/// What stands between two blocks.
pub(crate) fn gap(before: &Block, after: &Block) -> &'static str {
    let is_listed = before.depth() > 0 && after.depth() > 0;
    let is_headed = matches!(before.content, Content::Heading(_));
    if is_listed || is_headed { "\n" } else { "\n\n" }
}

/// The text of `blocks` without any marks, as for a notification.
pub(crate) fn text(blocks: &[Block]) -> String {
    let mut text = String::new();
    let mut before: Option<&Block> = None;
    for block in blocks {
        text.push_str(before.map_or("", |before| gap(before, block)));
        let (first, rest) = block.lead("•");
        text.push_str(if text.is_empty() { first.trim_start() } else { &first });
        let own = match &block.content {
            Content::Image { url, .. } => Cow::from(format!("{}: {url}", block.text())),
            Content::Rule => RULE.into(),
            Content::Text(_) | Content::Heading(_) | Content::Code { .. } => block.text(),
        };
        text.push_str(&own.replace('\n', &format!("\n{rest}")));
        before = Some(block);
    }
    text
}

impl Block {
    /// How many lists it stands in.
    pub(crate) fn depth(&self) -> usize {
        self.frames.iter().filter(|frame| matches!(frame, Frame::Item { .. })).count()
    }

    /// Whether it stands in a quote. A quote in a quote is one on every platform.
    pub(crate) fn is_quoted(&self) -> bool {
        self.frames.contains(&Frame::Quote)
    }

    /// What its first line begins with, and its other lines: the marks of lists, and room for them.
    pub(crate) fn lead(&self, bullet: &str) -> (String, String) {
        let (mut first, mut rest) = (String::new(), String::new());
        let mut is_marked = false;
        for frame in &self.frames {
            let Frame::Item { number, starts } = frame else { continue };
            let mark = number.map_or_else(|| format!("{bullet} "), |number| format!("{number}. "));
            is_marked |= starts;
            let room = " ".repeat(mark.chars().count());
            first.push_str(if *starts { &mark } else { &room });
            rest.push_str(&room);
        }
        if matches!(self.content, Content::Code { .. }) {
            // What stands before a line of code is a part of it.
            rest.clear();
            if !is_marked {
                first.clear();
            }
        }
        (first, rest)
    }

    /// Its words.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        match &self.content {
            Content::Text(spans) | Content::Heading(spans) => words(spans),
            Content::Code { text, .. } | Content::Image { alt: text, .. } => text.into(),
            Content::Rule => "".into(),
        }
    }

    /// Its spans as they look; none of what is no text.
    pub(crate) fn spans(&self) -> Cow<'_, [Span]> {
        match &self.content {
            Content::Text(spans) => spans.into(),
            Content::Heading(spans) => {
                let bold = |span: &Span| Span {
                    style: Style { bold: true, ..span.style },
                    ..span.clone()
                };
                spans.iter().map(bold).collect()
            }
            Content::Image { url, alt } => {
                let target = Some(Target::Link(url.clone()));
                vec![Span { text: alt.clone(), style: Style::default(), target }].into()
            }
            Content::Code { .. } | Content::Rule => Cow::default(),
        }
    }
}

/// The words of `spans`.
fn words(spans: &[Span]) -> Cow<'_, str> {
    match spans {
        [span] => span.text.as_str().into(),
        spans => spans.iter().map(|span| span.text.as_str()).collect::<String>().into(),
    }
}
