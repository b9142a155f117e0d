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
///
/// Code is neither in another mark nor around one: Telegram refuses that
/// (<https://core.telegram.org/bots/api#formatting-options>), and Discord looks for the end of a mark in code, too.
pub(crate) fn tokens(spans: &[Span]) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut open: Vec<Mark<'_>> = Vec::new();
    for span in spans {
        let marks = marks(span);
        let marks = || marks.iter().flatten().copied();
        let kept = open.iter().zip(marks()).take_while(|(one, other)| *one == other).count();
        tokens.extend(open.drain(kept..).rev().map(Token::Close));
        tokens.extend(marks().skip(kept).map(Token::Open));
        open.extend(marks().skip(kept));
        tokens.push(Token::Text(&span.text));
    }
    tokens.extend(open.into_iter().rev().map(Token::Close));
    tokens
}

/// The marks of a span, from the outside to the inside.
fn marks(span: &Span) -> [Option<Mark<'_>>; 4] {
    let target = span.target.as_ref().map(|target| match target {
        Target::Link(url) | Target::Image(url) => Mark::Link(url),
        Target::Person(id) => Mark::Person(id),
    });
    let Style { bold, strike, italic, code } = span.style;
    if code {
        return [target.or(Some(Mark::Code)), None, None, None];
    }
    let style = |is_on: bool, mark| is_on.then_some(mark);
    [style(bold, Mark::Bold), style(strike, Mark::Strike), style(italic, Mark::Italic), target]
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
