//! What holds of everything the bot says, whatever is in it: for property tests and for fuzzing.
//!
//! Each platform's messages are read back, by rules that are not the renderer's, and are compared with what was to be
//! said. White space is left out of the comparison, because it is at white space that messages are cut. Otherwise every
//! character of the text is there, in order, once: plain text to the byte, and markdown to the marks of its lists.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a check fails by panicking")]

mod discord;
mod slack;
mod telegram;
#[cfg(test)]
mod tests;

use serde_json::Value;

use super::{Block, Content, Frame, RULE, Span, escape, parse};
use crate::event::{Event, EventKind};
use crate::platform::Platform;
use crate::reply::Reply;

/// Says `source` on every platform, as markdown.
pub fn markdown(source: &str) {
    said(&Reply::markdown(source));
}

/// Says `text` on every platform, as plain text and as words of somebody in markdown.
pub fn text(text: &str) {
    said(&Reply::text(text));
    said(&Reply::markdown(format!("**{0}** _{0}_ [{0}](https://a.example)\n- {0}", escape(text))));
    let blocks = parse(&format!("x{}x", escape(text)));
    let spans = blocks.iter().flat_map(|block| block.spans().into_owned());
    let literal = format!("x{text}x");
    assert!(
        spans.clone().all(|span| span.style == super::Style::default()),
        "{text:?} is more than text: {blocks:?}"
    );
    assert_eq!(spans.map(|span| span.text).collect::<String>(), literal);
    assert!(blocks.len() == 1 && blocks[0].frames.is_empty(), "{text:?} is more than a paragraph");
}

fn said(reply: &Reply) {
    let blocks = reply.blocks();
    for &platform in Platform::ALL {
        let event = Event::example(platform, EventKind::Message { text: String::new() });
        let outbound = platform.outbound(&|_: &str| None).expect("the defaults are right");
        let calls = outbound.encode(&event, std::slice::from_ref(reply)).expect("its own address");
        let bodies: Vec<Value> = calls.into_iter().map(|call| call.body).collect();
        match platform {
            Platform::Slack => slack::check(&bodies, &blocks, reply.is_plain()),
            Platform::Discord => discord::check(&bodies, &blocks),
            Platform::Telegram => telegram::check(&bodies, &blocks),
        }
    }
}

/// What the messages of `blocks` have to say: `bullet` is how an item is marked, `number` what stands behind its number
/// if numbers are shown, and `span` what is shown of a text.
fn expected(
    blocks: &[Block],
    bullet: &str,
    number: &str,
    span: impl Fn(&Span) -> String,
) -> String {
    let mut text = String::new();
    for block in blocks.iter().cloned().filter_map(Block::trimmed) {
        for frame in &block.frames {
            match frame {
                Frame::Item { number: None, starts: true } => text.push_str(bullet),
                Frame::Item { number: Some(nth), starts: true } if !number.is_empty() => {
                    text.push_str(&format!("{nth}{number}"));
                }
                Frame::Item { .. } | Frame::Quote => {}
            }
        }
        match &block.content {
            Content::Code { text: code, .. } => text.push_str(code),
            Content::Rule => text.push_str(RULE),
            Content::Text(_) | Content::Heading(_) | Content::Image { .. } => {
                text.extend(block.spans().iter().map(&span));
            }
        }
    }
    squeezed(&text)
}

/// `text` without its white space, and without the marks that part marks of code and the names of people.
fn squeezed(text: &str) -> String {
    text.chars().filter(|&c| !c.is_whitespace() && !matches!(c, '\u{200b}' | '\u{2060}')).collect()
}

/// Compares what is shown with what is expected, and shows where they part.
#[track_caller]
fn same(shown: &str, expected: &str) {
    let shown = squeezed(shown);
    if shown != expected {
        let same = shown.chars().zip(expected.chars()).take_while(|(one, other)| one == other);
        let from = same.count().saturating_sub(20);
        let part = |text: &str| text.chars().skip(from).take(60).collect::<String>();
        panic!("from {from} on, {:?} is shown for {:?}", part(&shown), part(expected));
    }
}

fn field<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}
