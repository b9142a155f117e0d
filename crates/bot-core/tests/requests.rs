//! Every request that the worker can make has a shape its platform takes.
//!
//! The requests are those of a catalogue of replies to every recorded event, and of registering. `REQUESTS` may name a file
//! that they are written to, for a validator of the platforms' own specifications.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "tests read their data")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use bot_core::bot::command;
use bot_core::platform::{ApiAnswer, ApiRequest, Decoded, Platform};
use bot_core::{Action, Arg, Bot, Command, Cx, Event, Reply, Spec, UsageError};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use support::{decode, settings};

#[derive(Deserialize, Serialize)]
struct Press {}

impl Action for Press {
    const NAME: &'static str = "press";
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::nothing())
    }
}

/// A command with an argument of every kind.
#[derive(Deserialize)]
struct Everything {}

impl Command for Everything {
    const SPEC: Spec = Spec::new("everything", "Takes every kind of argument.")
        .arg(Arg::choice("unit", "Which unit", &["metric", "imperial"]))
        .arg(Arg::integer("litres", "How many litres"))
        .arg(Arg::number("ph", "Which pH"))
        .arg(Arg::duration("wait", "How long"))
        .arg(Arg::user("who", "Who").optional())
        .arg(Arg::text("note", "").optional());
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::nothing())
    }
}

static BOT: Bot = Bot::new().commands(&[command::<Everything>()]);

/// Whatever a handler may say.
fn replies() -> Vec<Vec<Reply>> {
    let menu = || Reply::text("Which?").menu("Or else", [("This", Press {}), ("That", Press {})]);
    let full = (0..Reply::MOST_BUTTONS).fold(Reply::text("Choose."), |reply, nth| {
        reply.button(format!("{nth} {}", "🧀".repeat(90)), Press {})
    });
    let longest =
        (0..Reply::MOST_CHOICES).map(|nth| (format!("{nth} {}", "é".repeat(200)), Press {}));
    let aside: Reply =
        serde_json::from_value(json!({ "text": "Not yours.", "aside": true })).expect("a reply");
    vec![
        vec![Reply::text("hello")],
        vec![Reply::nothing()],
        vec![Reply::text("<!channel> @everyone <b>&amp;</b> *bold* `code` \u{0} 🧀")],
        vec![Reply::text("one"), Reply::text("two")],
        vec![Reply::text("🧀 & ".repeat(3000))],
        vec![Reply::text("a".repeat(30_000))],
        vec![menu()],
        vec![menu().edit()],
        vec![Reply::text("edited").edit()],
        vec![Reply::text("edited ".repeat(2000)).button("Again", Press {}).edit()],
        vec![full.menu("p".repeat(500), longest)],
        vec![Reply::text("yours").button("Mine", Press {}).reserved()],
        vec![aside],
    ]
}

/// A request as it is made, with nothing that is secret outside a test.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Made {
    platform: Platform,
    method: &'static str,
    url: String,
    headers: BTreeMap<&'static str, String>,
    body: String,
}

impl Made {
    fn of(platform: Platform, request: &ApiRequest) -> Self {
        let headers = request.headers.iter();
        Self {
            platform,
            method: request.method.as_str(),
            url: request.url.expose_secret().to_owned(),
            headers: headers
                .map(|(name, value)| (*name, value.expose_secret().to_owned()))
                .collect(),
            body: String::from_utf8(request.body.clone()).expect("text"),
        }
    }

    fn body(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

fn events(platform: Platform) -> Vec<Event> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(platform.slug());
    let files = std::fs::read_dir(folder).expect("payloads");
    let bodies = files.map(|file| std::fs::read(file.expect("readable").path()).expect("readable"));
    let event = |body: Vec<u8>| match decode(platform, &body) {
        Ok(Decoded::Event(event)) => Some(*event),
        _ => None,
    };
    bodies.filter_map(event).collect()
}

/// Every request, each once.
fn made() -> BTreeSet<Made> {
    let mut made = BTreeSet::new();
    for &platform in Platform::ALL {
        let outbound = platform.outbound(&settings).expect("settings");
        for event in events(platform) {
            let working = outbound.working(&event, "One moment…");
            let said = replies().into_iter().flat_map(|replies| {
                outbound.encode(&event, &replies).expect("an address of its own")
            });
            for call in said.chain(working) {
                let request = outbound.request(&call).expect("a token");
                made.insert(Made::of(platform, &request));
            }
        }
        made.extend(registering(platform));
    }
    made
}

/// What is asked and written to register a bot of which nothing is registered.
fn registering(platform: Platform) -> Vec<Made> {
    let settings = |name: &str| match name {
        "SLACK_CONFIG_TOKEN" => Some("xoxe.xoxp-development".to_owned()),
        "SLACK_APP_ID" => Some("A0EXAMPLE".to_owned()),
        _ => settings(name),
    };
    let registration =
        platform.registration(&BOT, Some("https://bot.example"), &settings).expect("settings");
    let answers = [
        json!({ "ok": true, "manifest": {}, "result": { "url": "" } }),
        json!({ "ok": true, "result": [] }),
        json!([]),
    ];
    let mut made = Vec::new();
    for item in &registration.items {
        let answer = |body: &Value| {
            let body = Some(body.to_string().into_bytes());
            item.compare(&ApiAnswer { status: 200, body, ..ApiAnswer::default() }).ok()
        };
        let comparison = answers.iter().find_map(answer).expect("one of the answers");
        for request in [registration.read(item), registration.write(&comparison)] {
            made.push(Made::of(platform, &request.expect("a token")));
        }
    }
    made
}

/// A request that a platform takes: the fields of its body that have to be there, and those that may.
type Shape = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

/// <https://docs.slack.dev/reference/methods>, <https://docs.slack.dev/interactivity/handling-user-interaction>,
/// <https://docs.discord.com/developers/resources/webhook>, <https://docs.discord.com/developers/interactions/application-commands>,
/// <https://core.telegram.org/bots/api>
const SHAPES: &[Shape] = &[
    (
        "POST",
        "https://slack.com/api/chat.postMessage",
        &["channel", "text"],
        &["blocks", "mrkdwn", "thread_ts"],
    ),
    (
        "POST",
        "https://slack.com/api/chat.postEphemeral",
        &["channel", "text", "user"],
        &["blocks", "mrkdwn", "thread_ts"],
    ),
    (
        "POST",
        "https://slack.com/api/assistant.threads.setStatus",
        &["channel_id", "status", "thread_ts"],
        &[],
    ),
    ("POST", "https://slack.com/api/apps.manifest.export", &["app_id"], &[]),
    ("POST", "https://slack.com/api/apps.manifest.update", &["app_id", "manifest"], &[]),
    (
        "POST",
        "https://hooks.slack.com/*/*/*/*",
        &["text"],
        &["blocks", "mrkdwn", "replace_original", "response_type", "thread_ts"],
    ),
    (
        "PATCH",
        "https://discord.com/api/v10/webhooks/*/*/messages/@original",
        &["allowed_mentions", "content"],
        &["components"],
    ),
    ("DELETE", "https://discord.com/api/v10/webhooks/*/*/messages/@original", &[], &[]),
    (
        "POST",
        "https://discord.com/api/v10/webhooks/*/*",
        &["allowed_mentions", "content"],
        &["components", "flags"],
    ),
    ("GET", "https://discord.com/api/v10/applications/@me", &[], &[]),
    ("PATCH", "https://discord.com/api/v10/applications/@me", &["interactions_endpoint_url"], &[]),
    ("GET", "https://discord.com/api/v10/applications/*/commands", &[], &[]),
    ("PUT", "https://discord.com/api/v10/applications/*/commands", &[], &[]),
    (
        "POST",
        "https://api.telegram.org/*/sendMessage",
        &["chat_id", "text"],
        &["message_thread_id", "reply_markup", "reply_parameters"],
    ),
    (
        "POST",
        "https://api.telegram.org/*/editMessageText",
        &["chat_id", "message_id", "reply_markup", "text"],
        &[],
    ),
    (
        "POST",
        "https://api.telegram.org/*/sendChatAction",
        &["action", "chat_id"],
        &["message_thread_id"],
    ),
    ("POST", "https://api.telegram.org/*/getWebhookInfo", &[], &[]),
    (
        "POST",
        "https://api.telegram.org/*/setWebhook",
        &["allowed_updates", "secret_token", "url"],
        &[],
    ),
    ("POST", "https://api.telegram.org/*/getMyCommands", &[], &[]),
    ("POST", "https://api.telegram.org/*/setMyCommands", &["commands"], &[]),
];

fn is_at(url: &str, pattern: &str) -> bool {
    let (mut parts, mut wanted) = (url.split('/'), pattern.split('/'));
    loop {
        match (parts.next(), wanted.next()) {
            (None, None) => return true,
            (Some(part), Some(wanted)) if wanted == part || (wanted == "*" && !part.is_empty()) => {
            }
            _ => return false,
        }
    }
}

#[test]
fn every_request_has_a_shape_its_platform_takes() {
    let made = made();
    let mut used = BTreeSet::new();
    for request in &made {
        let shape = SHAPES.iter().find(|(method, pattern, ..)| {
            *method == request.method && is_at(&request.url, pattern)
        });
        let (method, pattern, required, optional) = shape.expect(&request.url);
        used.insert((method, pattern));
        let body = request.body();
        let fields: BTreeSet<&str> =
            body.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        for field in *required {
            assert!(fields.contains(field), "{pattern} without {field}");
        }
        for field in &fields {
            assert!(required.contains(field) || optional.contains(field), "{pattern} with {field}");
        }
        let has_body = !request.body.is_empty();
        assert_eq!(has_body, !["GET", "DELETE"].contains(method), "{method} {pattern}");
        let nulls = body.as_object().into_iter().flatten().filter(|(_, value)| value.is_null());
        assert_eq!(nulls.count(), 0, "{pattern} with a null");
    }
    for (method, pattern, ..) in SHAPES {
        assert!(used.contains(&(method, pattern)), "nothing is sent to {method} {pattern}");
    }
    if let Some(file) = std::env::var_os("REQUESTS") {
        let lines = made.iter().map(|request| {
            json!({
                "platform": request.platform,
                "method": request.method,
                "url": request.url,
                "headers": request.headers,
                "body": request.body,
            })
            .to_string()
        });
        std::fs::write(file, lines.collect::<Vec<_>>().join("\n")).expect("writable");
    }
}
