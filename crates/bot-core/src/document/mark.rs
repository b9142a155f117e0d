//! Spans as marks that open and close in each other.

use super::{Span, Style, Target};

/// What a mark says of the text inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark<'a> {
    Bold,
    Strike,
    Italic,
    /// A link to a page.
    Link(&'a str),
    /// A mention of the person with this id; the text is the name.
    Person(&'a str),
    Code,
}

/// One step through a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    Open(Mark<'a>),
    Text(&'a str),
    Close(Mark<'a>),
}

/// `spans` as texts between marks, of which each closes before the one it was opened in.
pub(crate) fn tokens(spans: &[Span]) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut open: Vec<Mark<'_>> = Vec::new();
    for span in spans {
        let marks = marks(span);
        let kept = open.iter().zip(&marks).take_while(|(one, other)| one == other).count();
        tokens.extend(open.drain(kept..).rev().map(Token::Close));
        let opened = marks.get(kept..).unwrap_or_default();
        tokens.extend(opened.iter().copied().map(Token::Open));
        open.extend(opened);
        tokens.push(Token::Text(&span.text));
    }
    tokens.extend(open.into_iter().rev().map(Token::Close));
    tokens
}

impl Span {
    /// The span with code neither in another mark nor around one, as most platforms have it.
    pub(crate) fn with_code_alone(&self) -> Self {
        let style = match (self.style.code, &self.target) {
            (true, None) => Style { code: true, ..Style::default() },
            (true, Some(_)) => Style::default(),
            (false, _) => self.style,
        };
        Self { style, ..self.clone() }
    }
}

/// The marks of a span, from the outside to the inside.
fn marks(span: &Span) -> Vec<Mark<'_>> {
    let style = span.style;
    let target = span.target.as_ref().map(|target| match target {
        Target::Link(url) | Target::Image(url) => Mark::Link(url),
        Target::Person(id) => Mark::Person(id),
    });
    let marks = [
        style.bold.then_some(Mark::Bold),
        style.strike.then_some(Mark::Strike),
        style.italic.then_some(Mark::Italic),
        target,
        style.code.then_some(Mark::Code),
    ];
    marks.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_do_not_cross() {
        let span = |text: &str, bold, italic| Span {
            text: text.to_owned(),
            style: Style { bold, italic, ..Style::default() },
            target: None,
        };
        let spans = [span("a", true, false), span("b", true, true), span("c", false, true)];
        let expected = [
            Token::Open(Mark::Bold),
            Token::Text("a"),
            Token::Open(Mark::Italic),
            Token::Text("b"),
            Token::Close(Mark::Italic),
            Token::Close(Mark::Bold),
            Token::Open(Mark::Italic),
            Token::Text("c"),
            Token::Close(Mark::Italic),
        ];

        assert_eq!(tokens(&spans), expected);
    }
}
