//! Properties of what is said, of texts made of what means something somewhere.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::event::{Event, EventKind};
use crate::platform::Platform;
use crate::reply::Reply;

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
    "@",
    "@eve_adams",
    "ann@eve.example",
    "https://a.example/@eve_adams",
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
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

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
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn long_markdown_comes_in_parts_that_stand_alone(source in long()) {
        super::markdown(&source);
    }

    #[test]
    fn long_text_comes_in_parts_that_lose_nothing(text in long()) {
        super::text(&text);
    }
}

/// The documentation's table of what a platform lacks, as it is: what it says of `row` on each platform.
fn documented(row: &str) -> Vec<String> {
    let page = include_str!("../../../../../docs/commands.md");
    let line = page.lines().find(|line| line.starts_with(&format!("| {row} |"))).expect("a row");
    line.split('|').skip(2).map(|cell| cell.trim().to_owned()).collect()
}

#[test]
fn the_documentation_says_what_a_message_holds() {
    let row = documented("longest message");
    let longest = |platform| {
        let event = Event::example(platform, EventKind::Message { text: String::new() });
        let outbound = platform.outbound(&|_: &str| None).expect("defaults");
        let calls = |reply| outbound.encode(&event, &[reply]).expect("its address").len();
        let fits = |length: usize, markdown: bool| {
            let text = "a".repeat(length);
            calls(if markdown { Reply::markdown(text) } else { Reply::text(text) }) == 1
        };
        let lengths: Vec<usize> = (1..5000).collect();
        let most = |markdown| lengths.partition_point(|&length| fits(length, markdown));
        [most(true), most(false)]
    };

    for (platform, cell) in Platform::ALL.iter().zip(row) {
        for most in longest(*platform) {
            assert!(cell.contains(&most.to_string()), "{platform:?} takes {most}, not {cell:?}");
        }
    }
}

#[test]
fn the_documentation_says_what_is_shown_instead() {
    // (row, markdown, what Slack's blocks, Discord's content and Telegram's message hold when it is so)
    let cases = [
        ("heading", "# a", "\"bold\":true", "**a**", "\"bold\""),
        ("list", "- a", "rich_text_list", "- a", "• a"),
        ("quote", "> a", "rich_text_quote", "> a", "blockquote"),
        (
            "code block",
            "```rust\na\n```",
            "rich_text_preformatted",
            "```rust",
            "\"language\":\"rust\"",
        ),
        (
            "table of at most 40 columns of letters",
            "|a|\n|-|\n|b|",
            "preformatted",
            "```",
            "\"pre\"",
        ),
        ("other table", "|日|\n|-|\n|b|", "rich_text_list", "- **日**: b", "• 日: b"),
        ("line across", "a\n\n---", "──────────", "──────────", "──────────"),
        (
            "picture",
            "![a](https://b.example)",
            "\"image\"",
            "[a](https://b.example)",
            "prefer_large_media",
        ),
        ("a person of another platform", "[@A](mention:x)", "@A", "@A", "@A"),
    ];

    for (row, markdown, on_slack, on_discord, on_telegram) in cases {
        assert_eq!(documented(row).len(), 4, "{row}");
        for (&platform, holds) in Platform::ALL.iter().zip([on_slack, on_discord, on_telegram]) {
            let event = Event::example(platform, EventKind::Message { text: String::new() });
            let outbound = platform.outbound(&|_: &str| None).expect("defaults");
            let calls = outbound.encode(&event, &[Reply::markdown(markdown)]).expect("its address");
            assert!(calls[0].body.to_string().contains(holds), "{row} on {platform:?}: {calls:?}");
        }
    }
}
