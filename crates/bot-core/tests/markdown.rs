//! Markdown as each platform is sent it.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use bot_core::Reply;
use bot_core::event::{Event, EventKind};
use bot_core::platform::Platform;
use serde_json::Value;

/// The bodies of the calls that say `reply`.
fn sent(platform: Platform, reply: Reply) -> Vec<Value> {
    let event = Event::example(platform, EventKind::Message { text: "hi".to_owned() });
    let outbound = platform.outbound(&|_: &str| None).expect("defaults");
    let calls = outbound.encode(&event, &[reply]).expect("its own address");
    calls.into_iter().map(|call| call.body).collect()
}

/// Slack's rich text as tags: `<section>`, `<list bullet 1>`, `<b>`, and so on.
fn slack(body: &Value) -> String {
    let blocks = body["blocks"].as_array().expect("blocks");
    blocks.iter().map(slack_element).collect()
}

fn slack_element(element: &Value) -> String {
    let text = |name: &str| element[name].as_str().unwrap_or_default().to_owned();
    let inside = || -> String {
        element["elements"].as_array().into_iter().flatten().map(slack_element).collect()
    };
    let styled = |mut shown: String| {
        for style in ["bold", "italic", "strike", "code"] {
            if element["style"][style] == true {
                let tag = style.get(..1).unwrap_or_default();
                shown = format!("<{tag}>{shown}</{tag}>");
            }
        }
        shown
    };
    match element["type"].as_str().unwrap_or_default() {
        "rich_text" => inside(),
        "text" => styled(text("text")),
        "link" => styled(format!("<{}>{}</>", text("url"), text("text"))),
        "user" => styled(format!("<@{}>", text("user_id"))),
        "image" => format!("<image {}>{}</>", text("image_url"), text("alt_text")),
        "rich_text_list" => {
            let mut name = format!("{} {}", text("style"), element["indent"]);
            if element["border"] == 1 {
                name.push_str(" quoted");
            }
            if !element["offset"].is_null() {
                name.push_str(&format!(" after {}", element["offset"]));
            }
            format!("<{name}>{}</>", inside())
        }
        kind => format!("<{}>{}</>", kind.trim_start_matches("rich_text_"), inside()),
    }
}

/// Telegram's text with its entities as tags.
fn telegram(body: &Value) -> String {
    let text: Vec<u16> = body["text"].as_str().expect("text").encode_utf16().collect();
    let entities = body["entities"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut shown = String::new();
    for at in 0..=text.len() {
        let is_at = |number: Option<u64>| number == Some(at as u64);
        let end = |entity: &&Value| Some(entity["offset"].as_u64()? + entity["length"].as_u64()?);
        entities
            .iter()
            .rev()
            .filter(|entity| is_at(end(entity)))
            .for_each(|_| shown.push_str("</>"));
        for entity in entities.iter().filter(|entity| is_at(entity["offset"].as_u64())) {
            let details = [&entity["url"], &entity["language"], &entity["user"]["id"]];
            let detail = details.into_iter().filter(|detail| !detail.is_null());
            let detail: String =
                detail.map(|detail| format!(" {detail}").replace('"', "")).collect();
            shown.push_str(&format!("<{}{detail}>", entity["type"].as_str().expect("type")));
        }
        if let Some(&unit) = text.get(at) {
            shown.push(char::from_u32(unit.into()).unwrap_or('🧀'));
        }
    }
    shown.replace("🧀🧀", "🧀")
}

#[test]
fn each_construct_is_shown_on_each_platform() {
    // (markdown, Slack, Discord, Telegram)
    let cases = [
        (
            "a **b** *c* ~~d~~ `e` ***f***",
            "<section>a <b>b</b> <i>c</i> <s>d</s> <c>e</c> <i><b>f</b></i></>",
            "a **b** _c_ ~~d~~ `e` **_f_**",
            "a <bold>b</> <italic>c</> <strikethrough>d</> <code>e</> <bold><italic>f</></>",
        ),
        (
            "x*y*z and *`_`* and **a *b***",
            "<section>x<i>y</i>z and <c><i>_</i></c> and <b>a</b> <i><b>b</b></i></>",
            "x*y*z and `_` and **a** **_b_**",
            "x<italic>y</>z and <code>_</> and <bold>a</> <bold><italic>b</></>",
        ),
        (
            "# Title *x*\ntext",
            "<section><b>Title </b><i><b>x</b></i>\ntext</>",
            "**Title _x_**\ntext",
            "<bold>Title <italic>x</></>\ntext",
        ),
        ("a\nb  \nc\n\nd", "<section>a\nb\nc\n\nd</>", "a\nb\nc\n\nd", "a\nb\nc\n\nd"),
        (
            "> a\n>\n> > b\n> - c",
            "<quote>a\n\nb</><bullet 0 quoted><section>c</></>",
            "> a\n> \n> b\n> \n> - c",
            "<blockquote>a\n\nb\n\n• c</>",
        ),
        (
            "- a\n- b\n  1. c\n  2. d\n\n     e\n- f",
            "<bullet 0><section>a</><section>b</></><ordered 1><section>c</><section>d\ne</></><bullet 0><section>f</></>",
            "- a\n- b\n  1. c\n  2. d\n     e\n- f",
            "• a\n• b\n  1. c\n  2. d\n     e\n• f",
        ),
        (
            "3. a\n4. b",
            "<ordered 0 after 2><section>a</><section>b</></>",
            "3. a\n4. b",
            "3. a\n4. b",
        ),
        (
            "```rust\nfn a() {}\n```",
            "<preformatted>fn a() {}</>",
            "```rust\nfn a() {}\n```",
            "<pre rust>fn a() {}</>",
        ),
        ("> ```\n> a\n> ```", "<preformatted>a</>", "> ```\n> a\n> ```", "<pre>a</>"),
        (
            "```\na ``` b\n```",
            "<preformatted>a ``` b</>",
            "```\na `\u{200b}`\u{200b}` b\n```",
            "<pre>a ``` b</>",
        ),
        ("`` a ` b ``", "<section><c>a ` b</c></>", "``a ` b``", "<code>a ` b</>"),
        (
            "[a](https://a.example/b_(c)) <https://d.example> https://e.example/f_g.",
            "<section><https://a.example/b_%28c%29>a</> <https://d.example></> <https://e.example/f_g></>.</>",
            "[a](https://a.example/b_%28c%29) https://d.example https://e.example/f_g.",
            "<text_link https://a.example/b_%28c%29>a</> <text_link https://d.example>https://d.example</> <text_link https://e.example/f_g>https://e.example/f_g</>.",
        ),
        (
            "[x](javascript:y) [https://bank.example](https://evil.example)",
            "<section>x (javascript:y) <https://bank.example></> (<https://evil.example></>)</>",
            "x (javascript:y) https://bank.example (https://evil.example)",
            "x (javascript:y) <text_link https://bank.example>https://bank.example</> (<text_link https://evil.example>https://evil.example</>)",
        ),
        (
            "[www.bank.example](https://evil.example) [bank.example/a](https://bank.example/a)",
            "<section>www.bank.example (<https://evil.example></>) <https://bank.example/a>bank.example/a</></>",
            "www.bank.example (https://evil.example) [bank.example/a](https://bank.example/a)",
            "www.bank.example (<text_link https://evil.example>https://evil.example</>) <text_link https://bank.example/a>bank.example/a</>",
        ),
        (
            "[`a`](https://a.example)",
            "<section><c><https://a.example>a</></c></>",
            "[a](https://a.example)",
            "<text_link https://a.example>a</>",
        ),
        (
            "![A plant](https://a.example/p.png)",
            "<image https://a.example/p.png>A plant</>",
            "[A plant](https://a.example/p.png)",
            "<text_link https://a.example/p.png>A plant</>",
        ),
        (
            "see ![A plant](https://a.example/p.png)",
            "<section>see <https://a.example/p.png>A plant</></>",
            "see [A plant](https://a.example/p.png)",
            "see <text_link https://a.example/p.png>A plant</>",
        ),
        (
            "see![ A *green* plant](https://a.example/p.png)",
            "<section>see <https://a.example/p.png>A green plant</></>",
            "see [A green plant](https://a.example/p.png)",
            "see <text_link https://a.example/p.png>A green plant</>",
        ),
        (
            "![A *green* ![plant](b) [here](https://c.example)](https://a.example/p.png)",
            "<image https://a.example/p.png>A green plant here</>",
            "[A green plant here](https://a.example/p.png)",
            "<text_link https://a.example/p.png>A green plant here</>",
        ),
        (
            "hi [@Ann](mention:42), [@Bob](mention:U1)",
            "<section>hi @Ann, <@U1></>",
            "hi <@42>, @Bob",
            "hi <text_mention 42>@Ann</>, @Bob",
        ),
        (
            "| a | b |\n|---|---|\n| 1 | **2** |\n| 333 | |",
            "<preformatted>a    b\n───  ─\n1    2\n333</>",
            "```\na    b\n───  ─\n1    2\n333\n```",
            "<pre>a    b\n───  ─\n1    2\n333</>",
        ),
        (
            "| Name | Link |\n|---|---|\n| Ann | [x](https://a.example) |\n| Bob | |",
            "<bullet 0><section><b>Name</b>: Ann\n<b>Link</b>: <https://a.example>x</></><section><b>Name</b>: Bob</></>",
            "- **Name**: Ann\n  **Link**: [x](https://a.example)\n- **Name**: Bob",
            "• <bold>Name</>: Ann\n  <bold>Link</>: <text_link https://a.example>x</>\n• <bold>Name</>: Bob",
        ),
        (
            "a\n\n---\n\nb",
            "<section>a\n\n──────────\n\nb</>",
            "a\n\n──────────\n\nb",
            "a\n\n──────────\n\nb",
        ),
        (
            "<b>a</b> &amp; <!channel> <@U1> @everyone @here",
            "<section><b>a</b> & <!channel> <@U1> @everyone @here</>",
            "\\<b>a\\</b> & \\<!channel> \\<@U1> \\@everyone \\@here",
            "<b>a</b> & <!channel> <@\u{2060}U1> @\u{2060}everyone @\u{2060}here",
        ),
        ("🧀 **é🧀** b", "<section>🧀 <b>é🧀</b> b</>", "🧀 **é🧀** b", "🧀 <bold>é🧀</> b"),
        (
            "- ```\n  a\n  ```\n- b",
            "<preformatted>a</><bullet 0><section>b</></>",
            "- ```\na\n```\n- b",
            "• <pre>a</>\n• b",
        ),
        (
            ":ab: 1:+1: 10:30:00 a: b: https://a.example:80/:ab: **:ab:** `:ab:`",
            "<section>:ab: 1:+1: 10:30:00 a: b: <https://a.example:80/:ab></>: <b>:ab:</b> <c>:ab:</c></>",
            "\\:ab: 1\\:+1: 10\\:30:00 a: b: https://a.example:80/:ab: **\\:ab:** `:ab:`",
            ":ab: 1:+1: 10:30:00 a: b: <text_link https://a.example:80/:ab>https://a.example:80/:ab</>: <bold>:ab:</> <code>:ab:</>",
        ),
        (
            "1\\. a\n\\# b\n\\- c",
            "<section>1. a\n# b\n- c</>",
            "1\\. a\n\\# b\n\\- c",
            "1. a\n# b\n- c",
        ),
    ];

    for (markdown, on_slack, on_discord, on_telegram) in cases {
        let one = |platform| {
            let [body] = sent(platform, Reply::markdown(markdown)).try_into().expect("one message");
            body
        };
        assert_eq!(slack(&one(Platform::Slack)), on_slack, "{markdown:?}");
        assert_eq!(one(Platform::Discord)["content"], on_discord, "{markdown:?}");
        assert_eq!(telegram(&one(Platform::Telegram)), on_telegram, "{markdown:?}");
    }
}

/// Telegram makes a mention of a name in any text, and the person is told.
#[test]
fn a_name_in_a_text_is_no_mention_on_telegram() {
    // (reply, Telegram)
    let cases = [
        (Reply::text("@eve hi, (@eve_adams)"), "@\u{2060}eve hi, (@\u{2060}eve_adams)"),
        (Reply::text("a\n@eve é@eve"), "a\n@\u{2060}eve é@\u{2060}eve"),
        (
            Reply::text("ann@eve.example, a_@eve, @ 5, @-a, @@"),
            "ann@eve.example, a_@eve, @ 5, @-a, @@",
        ),
        (Reply::text("@@eve @\u{2060}eve"), "@@\u{2060}eve @\u{2060}eve"),
        (
            Reply::text("https://a.example/@eve @eve"),
            "<text_link https://a.example/@eve>https://a.example/@eve</> @\u{2060}eve",
        ),
        (Reply::text("https://a.example @eve"), "https://a.example @\u{2060}eve"),
        (
            Reply::markdown("@**eve** **@eve** # @eve"),
            "@<bold>\u{2060}eve</> <bold>@\u{2060}eve</> # @\u{2060}eve",
        ),
        (
            Reply::markdown(
                "`@eve` [@eve](https://a.example) [@eve_adams](mention:U1) [@Ann](mention:42)",
            ),
            "<code>@eve</> <text_link https://a.example>@eve</> @eve_adams <text_mention 42>@Ann</>",
        ),
        (Reply::markdown("[@eve_a](mention:U1)dams"), "@eve_a\u{2060}dams"),
        (Reply::markdown("```\n@eve\n```"), "<pre>@eve</>"),
        (Reply::text("").image("x", "@eve"), "@\u{2060}eve (x)"),
    ];

    for (reply, expected) in cases {
        assert_eq!(telegram(&sent(Platform::Telegram, reply)[0]), expected);
    }
    // The marks count.
    let names = "@eve ".repeat(1000);
    for message in sent(Platform::Telegram, Reply::text(names)) {
        let units = message["text"].as_str().expect("text").encode_utf16().count();
        assert!(units <= 4096, "{units}");
    }
}

#[test]
fn what_is_attached_says_where_it_leads() {
    let reply = || Reply::text("");
    let to = "https://a.example/b";
    let bank = "https://bank.example";
    // (reply, Slack, Discord, Telegram)
    let cases = [
        (
            reply().file(to, " b.pdf "),
            vec!["<section><https://a.example/b>b.pdf</></>"],
            "[b.pdf](https://a.example/b)",
            "<text_link https://a.example/b>b.pdf</>",
        ),
        (
            reply().file(to, to),
            vec!["<section><https://a.example/b></></>"],
            to,
            "<text_link https://a.example/b>https://a.example/b</>",
        ),
        (
            reply().file(to, bank),
            vec!["<section>https://bank.example (<https://a.example/b></>)</>"],
            "https:\\//bank.example (https://a.example/b)",
            "https://bank.example (<text_link https://a.example/b>https://a.example/b</>)",
        ),
        (
            reply().image(to, "A plant"),
            vec!["<image https://a.example/b>A plant</>"],
            "[A plant](https://a.example/b)",
            "<text_link https://a.example/b>A plant</>",
        ),
        (
            reply().image(to, bank),
            vec![
                "<section>https://bank.example</>",
                "<image https://a.example/b>https://a.example/b</>",
            ],
            "https://bank.example\n\nhttps://a.example/b",
            "https://bank.example\n\n<text_link https://a.example/b>https://a.example/b</>",
        ),
    ];

    for (reply, on_slack, on_discord, on_telegram) in cases {
        let bodies = |platform| sent(platform, reply.clone());
        let messages: Vec<String> = bodies(Platform::Slack).iter().map(slack).collect();
        assert_eq!(messages, on_slack, "{reply:?}");
        assert_eq!(bodies(Platform::Discord)[0]["content"], on_discord, "{reply:?}");
        assert_eq!(telegram(&bodies(Platform::Telegram)[0]), on_telegram, "{reply:?}");
    }
}
