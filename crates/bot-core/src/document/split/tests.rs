use super::*;
use crate::document::{Target, parse, plain, text};

fn length(blocks: &[Block]) -> usize {
    text(blocks).chars().count()
}

fn texts(parts: &[Vec<Block>]) -> Vec<String> {
    parts.iter().map(|part| text(part)).collect()
}

#[test]
fn plain_text_is_cut_at_lines_then_blanks_then_characters() {
    // (text, limit, parts)
    let cases: [(&str, usize, &[&str]); 15] = [
        ("", 5, &[]),
        (" \n ", 5, &[]),
        ("hello", 5, &["hello"]),
        ("hello world", 5, &["hello", "world"]),
        ("hello world", 8, &["hello", "world"]),
        ("one four\ntwo three", 14, &["one four", "two three"]),
        ("one four\ntwo three", 12, &["one four", "two three"]),
        ("You said: abcdefghijklmnopqrstu", 20, &["You said: abcdefghij", "klmnopqrstu"]),
        ("abcdefgh", 3, &["abc", "def", "gh"]),
        ("ééé", 2, &["éé", "é"]),
        ("a  b", 2, &["a", "b"]),
        ("  a\n\n\n  b  ", 20, &["a\n\n\n  b"]),
        // People see one character in each of these.
        ("e\u{301}e\u{301}e\u{301}", 3, &["e\u{301}", "e\u{301}", "e\u{301}"]),
        ("🇩🇪🇫🇷", 3, &["🇩🇪", "🇫🇷"]),
        ("a\u{301}\u{301}\u{301}\u{301}", 3, &["a\u{301}\u{301}", "\u{301}\u{301}"]),
    ];

    for (text, limit, expected) in cases {
        assert_eq!(texts(&split(plain(text), limit, length)), expected, "{text:?} by {limit}");
    }
}

#[test]
fn a_document_is_cut_between_blocks_and_around_marks() {
    // (markdown, limit, parts)
    let cases: [(&str, usize, &[&str]); 12] = [
        ("aaaa\n\nbbbb", 10, &["aaaa\n\nbbbb"]),
        ("aaaa\n\nbbbb", 9, &["aaaa", "bbbb"]),
        ("aa\n\nbbbb bbbb", 9, &["aa\n\nbbbb", "bbbb"]),
        ("aa **bb bb** cc", 6, &["aa", "bb bb", "cc"]),
        ("**bb bb bb bb**", 6, &["bb bb", "bb bb"]),
        ("aa [bb bb](https://a.example) cc", 6, &["aa", "bb bb", "cc"]),
        ("aa [@Ann](mention:1)", 6, &["aa", "@Ann"]),
        ("a\n```\nbb\nbb\n```", 6, &["a", "bb\nbb"]),
        ("```\n  bb\n  bb\n```", 6, &["  bb", "  bb"]),
        ("1. aa\n2. bb", 6, &["1. aa", "2. bb"]),
        ("1. aa bb", 6, &["1. aa", "bb"]),
        ("a\n\n---\n\nb", 12, &["a", "──────────", "b"]),
    ];

    for (markdown, limit, expected) in cases {
        let parts = split(parse(markdown), limit, length);
        assert_eq!(texts(&parts), expected, "{markdown:?} by {limit}");
    }
}

#[test]
fn a_mark_that_is_cut_goes_on() {
    let parts = split(parse("[aaaa bbbb](https://a.example)"), 5, length);
    let targets = parts.iter().flatten().flat_map(|block| block.spans().into_owned());
    let link = Some(Target::Link("https://a.example".to_owned()));
    assert!(targets.map(|span| span.target).eq([link.clone(), link]));

    let parts = split(parse("```rust\naaaa\nbbbb\n```"), 5, length);
    let is_rust = |block: &Block| matches!(&block.content, Content::Code { language, .. } if language.as_deref() == Some("rust"));
    assert!(parts.len() == 2 && parts.iter().flatten().all(is_rust), "{parts:?}");
}

#[test]
fn a_character_that_costs_too_much_is_sent_all_the_same() {
    let parts = split(plain("ab"), 1, |blocks| length(blocks) * 2);
    assert_eq!(texts(&parts), ["a", "b"]);
    assert_eq!(texts(&split(plain("ab"), 0, length)), ["a", "b"]);
}

#[test]
fn no_part_is_too_long_and_no_word_is_lost() {
    let source: String =
        (0..3000).map(|n| format!("{n}{}", if n % 17 == 0 { "\n" } else { " " })).collect();
    for limit in [6, 7, 40, 2000] {
        let parts = texts(&split(plain(&source), limit, length));
        assert!(parts.iter().all(|part| part.chars().count() <= limit), "limit {limit}");
        let words: Vec<&str> = parts.iter().flat_map(|part| part.split_whitespace()).collect();
        assert_eq!(words, source.split_whitespace().collect::<Vec<_>>(), "limit {limit}");
    }
}

#[test]
fn what_is_measured_is_in_proportion_to_what_is_said() {
    let words = |n: usize| "word ".repeat(n);
    // (case, so much of it)
    let cases: [(&str, &dyn Fn(usize) -> Vec<Block>); 9] = [
        ("a text", &|n| plain(&words(n))),
        ("a word", &|n| plain(&"a".repeat(n))),
        ("a character", &|n| plain(&format!("a{}", "\u{301}".repeat(n)))),
        ("marks", &|n| parse(&"**word** _word_ ".repeat(n))),
        ("a mark", &|n| parse(&format!("**{}**", words(n).trim()))),
        ("marks in a mark", &|n| parse(&format!("**{}**", "a _b_ ".repeat(n).trim()))),
        ("code", &|n| parse(&format!("```\n{}", "word\n".repeat(n)))),
        ("long and short", &|n| {
            parse(&format!("{}\n\n{}\n", words(40), "- word\n".repeat(40)).repeat(n / 40))
        }),
        ("blocks", &|n| parse(&format!("{}\n\n{}", "- word\n".repeat(n), words(n)))),
    ];

    for (case, blocks) in cases {
        let measured = |n: usize| {
            let sum = std::cell::Cell::new(0);
            let parts = split(blocks(n), 100, |blocks| {
                sum.set(sum.get() + length(blocks));
                // A platform may also limit how many marks there are.
                let marks = blocks.iter().map(|block| block.spans().len()).sum::<usize>();
                if marks > 20 { usize::MAX } else { length(blocks) }
            });
            assert!(parts.len() > n / 200, "{case}");
            sum.get()
        };
        let (some, more) = (measured(2000), measured(8000));
        assert!(more < 5 * some, "{case}: {some}, and {more} for four times as much");
        let said = length(&blocks(8000));
        assert!(more < 12 * said, "{case}: {more} for {said} characters");
    }
}

#[test]
fn a_name_that_is_longer_than_a_message_costs_what_is_sent_of_it() {
    let mention = |blocks: &[Block]| {
        let spans = blocks.iter().flat_map(|block| block.spans().into_owned());
        spans.map(|span| if span.target.is_some() { 4 } else { span.text.len() }).sum::<usize>()
    };
    let name = "Ann ".repeat(100);
    let source = format!("{}[@{}](mention:42) b", "a ".repeat(10), name.trim());
    let parts = texts(&split(parse(&source), 20, mention));
    assert_eq!(parts, ["a a a a a a a a a a", &format!("@{} b", name.trim())]);
}
