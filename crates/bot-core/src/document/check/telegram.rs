//! Telegram: <https://core.telegram.org/bots/api#sendmessage>.

use serde_json::Value;

use super::{expected, field, same};
use crate::document::{Block, Target};

pub(super) fn check(bodies: &[Value], blocks: &[Block]) {
    let mut shown = String::new();
    for body in bodies {
        let text = field(body, "text");
        let units: Vec<u16> = text.encode_utf16().collect();
        assert!(units.len() <= 4096 && !text.trim().is_empty(), "{} units", units.len());
        assert!(body["parse_mode"].is_null(), "Telegram would read marks in the text");
        entities(body, &units);
        let spans = blocks.iter().flat_map(|block| block.spans().into_owned());
        let people = spans.filter(|span| matches!(span.target, Some(Target::Person(_))));
        let people: String = people.map(|span| span.text).collect();
        for name in mentioned(body, units) {
            assert!(people.contains(&name), "{name:?} is told of {text:?}");
        }
        shown.push_str(text);
    }
    same(&shown, &expected(blocks, "•", ".", |span| span.text.clone()));
}

/// Whom Telegram finds in a text and tells: an `@` with a name behind it and no word before it, outside of code and links.
fn mentioned(body: &Value, mut units: Vec<u16>) -> Vec<String> {
    for entity in body["entities"].as_array().into_iter().flatten() {
        if matches!(field(entity, "type"), "code" | "pre" | "text_link" | "text_mention") {
            let start = entity["offset"].as_u64().expect("a number") as usize;
            let length = entity["length"].as_u64().expect("a number") as usize;
            units[start..start + length].fill(u16::from(b' '));
        }
    }
    let text = String::from_utf16(&units).expect("whole characters");
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mentioned = text.match_indices('@').filter_map(|(at, _)| {
        let name: String = text[at + 1..].chars().take_while(|&c| is_name(c)).collect();
        (!text[..at].ends_with(is_name) && name.len() >= 4).then_some(name)
    });
    mentioned.collect()
}

/// Entities are sorted, in the text, whole characters, and in each other or apart.
fn entities(body: &Value, units: &[u16]) {
    let entities = body["entities"].as_array().map(Vec::as_slice).unwrap_or_default();
    assert!(entities.len() <= 100, "{} entities", entities.len());
    let mut open: Vec<(&str, usize)> = Vec::new();
    let mut before = 0;
    for entity in entities {
        let place = |name: &str| entity[name].as_u64().expect("a number") as usize;
        let (kind, start, length) = (field(entity, "type"), place("offset"), place("length"));
        let end = start + length;
        assert!(start >= before && length > 0 && end <= units.len(), "{entity} in {}", units.len());
        let is_low = |at: usize| units.get(at).is_some_and(|unit| (0xdc00..0xe000).contains(unit));
        assert!(!is_low(start) && !is_low(end), "{entity} parts a character");
        open.retain(|&(_, end)| end > start);
        for &(outer, outer_end) in &open {
            assert!(end <= outer_end, "{entity} crosses another");
            assert!(!matches!(outer, "code" | "pre"), "{entity} is in {outer}");
            assert!(
                !matches!(kind, "code" | "pre") || outer == "blockquote",
                "{entity} is in {outer}"
            );
            assert!(outer != kind, "{entity} is in one of its kind");
        }
        open.push((kind, end));
        before = start;
    }
}
