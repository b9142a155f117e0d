//! Properties of what is said, of texts made of what means something somewhere.

use proptest::collection::vec;
use proptest::prelude::*;

const PIECES: &[&str] = &[
    "a",
    "word ",
    " ",
    "  ",
    "\n",
    "\n\n",
    "\n    ",
    "\t",
    "*",
    "**",
    "_",
    "__",
    "~~",
    "~",
    "`",
    "``",
    "```",
    "```rust\n",
    "\n```\n",
    "> ",
    "\n> ",
    "\n- ",
    "\n1. ",
    "\n99. ",
    "\n  - ",
    "\n# ",
    "#",
    "-",
    "+",
    "1.",
    "\n---\n",
    "|",
    "||",
    "\n| a | b |\n|---|---|\n| ",
    " | ",
    "[",
    "](",
    "](https://a.example/b_c)",
    "![",
    ")",
    "]",
    "(",
    "<",
    ">",
    "&",
    "&amp;",
    "&lt;",
    "<!channel>",
    "<@U1>",
    "<@1>",
    "@everyone",
    "@here",
    "[@Ann](mention:U1)",
    "[@Ann](mention:42)",
    "<b>",
    "</b>",
    "https://a.example/x_y~~z",
    "http://",
    "https://a*b",
    "http",
    "\\",
    "\\\\",
    "🧀",
    "é",
    "e\u{301}",
    "👩‍👩‍👧",
    "🇩🇪",
    "\u{200b}",
    "\u{202e}",
    "\r\n",
    "\0",
    "日本",
    "&#42;",
    "<https://a.example>",
    ":smile:",
    "-# ",
    ">>> ",
    "<t:1>",
    "!",
];

fn source(pieces: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    let piece = prop_oneof![9 => proptest::sample::select(PIECES).prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)];
    vec(piece, pieces).prop_map(|pieces| pieces.concat())
}

/// What is longer than a message.
fn long() -> impl Strategy<Value = String> {
    (source(1..12), source(0..4), 200usize..1500).prop_map(|(one, between, times)| {
        let mut text = format!("{one}{between}").repeat(times);
        text.truncate(text.floor_char_boundary(12_000));
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_markdown_can_be_said(source in source(0..40)) {
        super::markdown(&source);
    }

    #[test]
    fn every_text_is_said_as_it_is(text in source(0..40)) {
        super::text(&text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn long_markdown_comes_in_parts_that_stand_alone(source in long()) {
        super::markdown(&source);
    }

    #[test]
    fn long_text_comes_in_parts_that_lose_nothing(text in long()) {
        super::text(&text);
    }
}
