//! Slack: <https://docs.slack.dev/reference/block-kit/blocks/rich-text-block>.

use serde_json::Value;

use super::{expected, field, same};
use crate::document::{Block, Content, Span, Target};

pub(super) fn check(bodies: &[Value], blocks: &[Block], is_plain: bool) {
    let limit = if is_plain { 4000 } else { 3000 };
    let (mut notified, mut shown) = (String::new(), String::new());
    for body in bodies {
        let text = field(body, "text");
        assert!(
            text.encode_utf16().count() <= limit && !text.trim().is_empty(),
            "{} long",
            text.len()
        );
        assert_eq!(body["mrkdwn"], false, "Slack would read marks in the text");
        notified.push_str(&unescaped(text));
        let blocks = body["blocks"].as_array().map(Vec::as_slice).unwrap_or_default();
        assert_eq!(blocks.is_empty(), is_plain, "{body}");
        for block in blocks {
            element(block, &mut shown);
        }
    }
    let is_image = |block: &Block| matches!(block.content, Content::Image { .. });
    let texts = expected(blocks, "•", ".", |span| span.text.clone());
    if !blocks.iter().any(is_image) {
        same(&notified, &texts);
    }
    if !is_plain {
        same(&shown, &expected(blocks, "", "", of_span));
    }
}

fn of_span(span: &Span) -> String {
    match &span.target {
        Some(Target::Person(id)) if is_id(id) => format!("<@{id}>"),
        _ => span.text.clone(),
    }
}

fn is_id(id: &str) -> bool {
    id.starts_with(['U', 'W']) && id.chars().all(|c| matches!(c, 'A'..='Z' | '0'..='9'))
}

/// Takes the words out of an element of rich text, which is one of those there are.
fn element(element: &Value, shown: &mut String) {
    match field(element, "type") {
        "text" => {
            assert!(!field(element, "text").is_empty(), "an empty text is refused");
            shown.push_str(field(element, "text"));
        }
        "link" => {
            let url = field(element, "url");
            assert!(url.starts_with("http://") || url.starts_with("https://"), "{url}");
            shown.push_str(element["text"].as_str().unwrap_or(url));
        }
        "user" => shown.push_str(&format!("<@{}>", field(element, "user_id"))),
        "image" => shown.push_str(field(element, "alt_text")),
        "rich_text"
        | "rich_text_section"
        | "rich_text_quote"
        | "rich_text_preformatted"
        | "rich_text_list" => {
            let elements = element["elements"].as_array().expect("elements");
            assert!(!elements.is_empty(), "an empty element is refused");
            for inner in elements {
                self::element(inner, shown);
            }
        }
        kind => panic!("Slack knows no {kind:?} here"),
    }
}

/// Text whose every mark of Slack's is an escape.
fn unescaped(text: &str) -> String {
    assert!(!text.contains(['<', '>']), "{text:?}");
    let is_escape =
        |rest: &str| ["amp;", "lt;", "gt;"].iter().any(|escape| rest.starts_with(escape));
    assert!(text.split('&').skip(1).all(is_escape), "{text:?} has half an escape");
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}
