//! What the platforms' limits cover, and how long they ask us to wait.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "each test file uses its part")]
mod support;

use std::collections::BTreeMap;
use std::time::Duration;

use bot_core::event::EventKind;
use bot_core::platform::{ApiAnswer, Call, Limit, Method, Platform, Sent, Verdict};
use bot_core::{Event, event};
use serde_json::{Value, json};
use support::settings;

use Platform::{Discord, Slack, Telegram};

const POST: &str = "chat.postMessage";
const EPHEMERAL: &str = "chat.postEphemeral";
const HOOK: &str = "https://hooks.slack.com/commands/T1/1/x";
const CHANNEL: &str = "/channels/1/messages";
const ORIGINAL: &str = "/webhooks/9/tok/messages/@original";
const SEND: &str = "sendMessage";

/// Error 1015 is Cloudflare's: <https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-1xxx-errors/>.
const CLOUDFLARE: &str = "<!DOCTYPE html><title>Access denied | Error 1015</title>";

fn event(platform: Platform) -> Event {
    Event::example(platform, EventKind::Message { text: "hi".into() })
}

/// A message in a chat of Telegram's, by its id and its topic.
fn in_chat(address: Value) -> Event {
    let address: event::Address = serde_json::from_value(address).expect("an address");
    Event { address, ..event(Telegram) }
}

fn call(target: &str) -> Call {
    Call { method: Method::Post, target: target.into(), body: json!({}) }
}

fn answer(status: u16, retry_after: Option<&str>, body: &str) -> ApiAnswer {
    let body = Some(body.as_bytes().to_vec());
    let retry_after = retry_after.map(str::to_owned);
    ApiAnswer { status, retry_after, body, ..ApiAnswer::default() }
}

fn classify(event: &Event, target: &str, answer: &ApiAnswer) -> Verdict {
    let sent = Sent { event, step: 0, call: &call(target), age: Duration::from_secs(60) };
    event.platform.outbound(&settings).expect("settings").classify(&sent, answer)
}

fn method(name: &str) -> Limit {
    Limit::Method(name.to_owned())
}

fn chat(id: &str) -> Limit {
    Limit::Chat(id.to_owned())
}

#[test]
fn a_call_is_under_these_limits() {
    // (event, call, limits)
    let cases = [
        (event(Slack), POST, vec![Limit::Token, method(POST)]),
        (event(Slack), "reactions.add", vec![Limit::Token, method("reactions.add")]),
        // Its address is its own.
        (event(Slack), HOOK, vec![]),
        (event(Discord), ORIGINAL, vec![Limit::Address]),
        (event(Discord), "/webhooks/9/another", vec![Limit::Address]),
        (event(Discord), CHANNEL, vec![Limit::Address, Limit::Token]),
        (in_chat(json!({ "chat_id": 42 })), SEND, vec![Limit::Token]),
        (in_chat(json!({ "chat_id": 42, "topic": 5 })), SEND, vec![Limit::Token, chat("42")]),
        (in_chat(json!({ "chat_id": -1001 })), SEND, vec![Limit::Token, chat("-1001")]),
        (in_chat(json!({ "chat_id": -1001, "topic": 5 })), SEND, vec![Limit::Token, chat("-1001")]),
    ];
    for (event, target, expected) in cases {
        let outbound = event.platform.outbound(&settings).expect("settings");
        assert_eq!(outbound.limits(&event, &call(target)), expected, "{target} {event:?}");
    }
}

#[test]
fn a_refusal_holds_what_its_limit_covers() {
    let slack = |error: &str| json!({ "ok": false, "error": error }).to_string();
    let telegram = || json!({ "ok": false, "description": "why" }).to_string();
    let discord = |global: bool| json!({ "message": "why", "global": global }).to_string();
    let forum = in_chat(json!({ "chat_id": -1001, "topic": 5 }));
    // (event, call, status, body, what is held besides the conversation)
    let cases = [
        // A channel is a conversation.
        (event(Slack), POST, 429, slack("ratelimited"), None),
        (event(Slack), POST, 200, slack("ratelimited"), None),
        (event(Slack), EPHEMERAL, 429, slack("ratelimited"), Some(method(EPHEMERAL))),
        (event(Slack), EPHEMERAL, 200, slack("rate_limited"), Some(method(EPHEMERAL))),
        (event(Slack), EPHEMERAL, 429, String::new(), Some(method(EPHEMERAL))),
        (event(Slack), HOOK, 429, String::new(), None),
        (event(Slack), POST, 200, slack("token_revoked"), Some(Limit::Token)),
        (event(Slack), POST, 403, String::new(), Some(Limit::Token)),
        (event(Slack), POST, 200, slack("missing_scope"), Some(method(POST))),
        // Of a channel, or of an interaction's webhook.
        (event(Discord), CHANNEL, 429, discord(false), None),
        (event(Discord), ORIGINAL, 429, discord(false), None),
        (event(Discord), CHANNEL, 403, json!({ "code": 20_022 }).to_string(), None),
        (event(Discord), CHANNEL, 429, discord(true), Some(Limit::Token)),
        // It comes without a token.
        (event(Discord), ORIGINAL, 429, discord(true), Some(Limit::Address)),
        (event(Discord), CHANNEL, 429, CLOUDFLARE.to_owned(), Some(Limit::Address)),
        (event(Discord), ORIGINAL, 429, CLOUDFLARE.to_owned(), Some(Limit::Address)),
        (event(Discord), CHANNEL, 401, json!({ "code": 0 }).to_string(), Some(Limit::Token)),
        (forum.clone(), SEND, 429, telegram(), Some(chat("-1001"))),
        (event(Telegram), SEND, 429, telegram(), None),
        (forum, SEND, 401, telegram(), Some(Limit::Token)),
    ];
    for (event, target, status, body, expected) in cases {
        let held = match classify(&event, target, &answer(status, None, &body)) {
            Verdict::Limited(limit, _) => limit,
            Verdict::Unauthorized(limit, _) => Some(limit),
            verdict => panic!("{target} {status} {body}: {verdict:?}"),
        };
        assert_eq!(held, expected, "{target} {status} {body}");
    }
}

/// The headers are those of <https://docs.discord.com/developers/topics/rate-limits#header-format>.
#[test]
fn discords_headers_say_what_is_limited_where_the_body_does_not() {
    let address = Some(Limit::Address);
    // (call, headers, what is held besides the conversation)
    let cases: [(&str, &[(&str, &str)], Option<Limit>); 7] = [
        (CHANNEL, &[], address.clone()),
        (CHANNEL, &[("scope", "user"), ("bucket", "abcd")], None),
        (CHANNEL, &[("scope", "shared")], None),
        (CHANNEL, &[("scope", "global")], Some(Limit::Token)),
        (CHANNEL, &[("global", "true")], Some(Limit::Token)),
        (CHANNEL, &[("global", "false")], None),
        (ORIGINAL, &[("global", "true")], address),
    ];
    for (target, headers, expected) in cases {
        let answer = ApiAnswer { rate_limit: fields(headers), body: None, ..answer(429, None, "") };
        let Verdict::Limited(held, _) = classify(&event(Discord), target, &answer) else {
            panic!("{target} {headers:?}");
        };
        assert_eq!(held, expected, "{target} {headers:?}");
    }
}

#[test]
fn discord_says_when_it_takes_more_after_the_last_it_has_taken() {
    // (platform, headers, how long it takes no more)
    let cases: [(Platform, &[(&str, &str)], Option<f64>); 8] = [
        (Discord, &[("remaining", "0"), ("reset-after", "1.25")], Some(1.25)),
        (Discord, &[("remaining", "1"), ("reset-after", "1.25")], None),
        (Discord, &[("reset-after", "1.25")], None),
        (Discord, &[("remaining", "0")], None),
        (Discord, &[("remaining", "0"), ("reset-after", "-1")], None),
        (Discord, &[("remaining", "0"), ("reset-after", "NaN")], None),
        (Discord, &[], None),
        // Others have the same headers and mean something else by them.
        (Slack, &[("remaining", "0"), ("reset-after", "1.25")], None),
    ];
    for (platform, headers, expected) in cases {
        let answer = ApiAnswer { rate_limit: fields(headers), ..answer(200, None, "{}") };
        let rest = platform.outbound(&settings).expect("settings").rest(&answer);
        assert_eq!(rest, expected.map(Duration::from_secs_f64), "{platform:?} {headers:?}");
    }
}

fn fields(headers: &[(&str, &str)]) -> BTreeMap<String, String> {
    headers.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn a_limit_is_understood_in_all_its_forms() {
    let seconds = Duration::from_secs_f64;
    // (platform, target, Retry-After, body, how long is asked for)
    let cases = [
        (Slack, POST, Some("30"), r#"{"ok":false,"error":"ratelimited"}"#, Some(30.0)),
        (Slack, POST, Some(" 1.5 "), "", Some(1.5)),
        (Slack, POST, None, CLOUDFLARE, None),
        (Slack, HOOK, Some("2"), "", Some(2.0)),
        (Discord, CHANNEL, Some("65"), r#"{"retry_after":64.57,"global":false}"#, Some(64.57)),
        (Discord, CHANNEL, None, r#"{"retry_after":0.3,"global":true}"#, Some(0.3)),
        (Discord, CHANNEL, Some("9"), r#"{"message":"no number"}"#, Some(9.0)),
        (Discord, ORIGINAL, Some("65"), CLOUDFLARE, Some(65.0)),
        // To be refused again would count.
        (Discord, ORIGINAL, None, CLOUDFLARE, Some(60.0)),
        (Telegram, SEND, Some("9"), r#"{"ok":false,"parameters":{"retry_after":5}}"#, Some(5.0)),
        (Telegram, SEND, Some("9"), "", Some(9.0)),
        (Telegram, SEND, None, CLOUDFLARE, None),
        // What is no time.
        (Slack, POST, Some("Wed, 21 Oct 2026 07:28:00 GMT"), "", None),
        (Slack, POST, Some("-1"), "", None),
        (Slack, POST, Some("inf"), "", None),
        (Slack, POST, Some("NaN"), "", None),
        (Discord, CHANNEL, None, r#"{"retry_after":1e300}"#, None),
    ];
    for (platform, target, retry_after, body, expected) in cases {
        let Verdict::Limited(_, asked) =
            classify(&event(platform), target, &answer(429, retry_after, body))
        else {
            panic!("{platform:?} {body}");
        };
        assert_eq!(asked, expected.map(seconds), "{platform:?} {target} {retry_after:?} {body}");
    }
}
