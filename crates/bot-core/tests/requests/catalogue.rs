//! Whatever the worker may send: a catalogue of replies to every recorded event, and what is sent to register.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::support::{decode, settings};
use bot_core::bot::command;
use bot_core::event::{Channel, File, Role};
use bot_core::platform::{ApiAnswer, ApiRequest, Decoded, Platform};
use bot_core::{Action, Arg, Bot, Command, Cx, Event, Reaction, Reply, Spec, UsageError};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

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

/// A subcommand with a form, in every menu that has no person.
#[derive(Deserialize)]
struct Keep {
    what: String,
}

impl Command for Keep {
    const SPEC: Spec = Spec::new("note keep", "Keeps a note.")
        .arg(Arg::text("what", "Which"))
        .form("A note")
        .on_message("Keep this")
        .shortcut("Keep a note");
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::text(format!("Kept {}.", self.what)))
    }
}

/// A subcommand with suggestions, in the menu of a person.
#[derive(Deserialize)]
struct Send {}

impl Command for Send {
    const SPEC: Spec = Spec::new("note send", "Sends a note.")
        .arg(Arg::user("who", "Whom"))
        .arg(Arg::text("which", "Which").suggest(|_| Vec::new()).optional())
        .on_user("Send a note");
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::nothing())
    }
}

/// A subcommand for what not every platform has.
#[derive(Deserialize)]
struct Post {
    place: Channel,
    file: Option<File>,
}

impl Command for Post {
    const SPEC: Spec = Spec::new("note post", "Posts a note.")
        .arg(Arg::channel("place", "Where"))
        .arg(Arg::file("file", "With what").optional());
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        let file = self.file.map(|file| format!(", with {}", file.id)).unwrap_or_default();
        Ok(Reply::text(format!("To {}{file}.", self.place.id)))
    }
}

/// A subcommand for a role.
#[derive(Deserialize)]
struct Share {
    with: Role,
}

impl Command for Share {
    const SPEC: Spec = Spec::new("note share", "Shares notes.").arg(Arg::role("with", "With whom"));
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::text(format!("With {}.", self.with.id)))
    }
}

pub(crate) static BOT: Bot = Bot::new().commands(&[
    command::<Everything>(),
    command::<Keep>(),
    command::<Send>(),
    command::<Post>(),
    command::<Share>(),
]);

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
        vec![Reply::text((1..=3000).map(|nth| format!("n{nth:04} ")).collect::<String>())],
        vec![menu()],
        vec![menu().edit()],
        vec![Reply::text("edited").edit()],
        vec![Reply::text("edited ".repeat(2000)).button("Again", Press {}).edit()],
        vec![full.menu("p".repeat(500), longest)],
        vec![Reply::text("yours").button("Mine", Press {}).reserved()],
        vec![aside],
        vec![Reply::text("yours alone").ephemeral()],
        vec![Reply::text("yours alone ".repeat(2000)).ephemeral()],
        vec![Reply::text("beside").unthreaded()],
        vec![Reply::nothing().reaction(Reaction::Eyes), Reply::text("seen").reaction(Reaction::Fine)],
        vec![Reply::markdown("# A\n\n**b** _c_ ~~d~~ `e` [f](https://g.example)\n\n1. h\n\n> i\n\n```rust\nj\n```\n\n| k | l |\n| - | - |\n| m | n |").image("https://o.example/p.png", "p").file("https://q.example/r.pdf", "r")],
    ]
}

/// A request as it is made, with nothing that is secret outside a test.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Made {
    pub(crate) platform: Platform,
    pub(crate) method: &'static str,
    pub(crate) url: String,
    pub(crate) headers: BTreeMap<&'static str, String>,
    pub(crate) body: String,
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

    pub(crate) fn body(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// What the recorded payloads of a platform say.
pub(crate) fn decoded(platform: Platform) -> Vec<Decoded> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(platform.slug());
    let files = std::fs::read_dir(folder).expect("payloads");
    let bodies = files.map(|file| std::fs::read(file.expect("readable").path()).expect("readable"));
    let constructed = match platform {
        Platform::Slack => slack_presses().to_vec(),
        Platform::Discord => Vec::new(),
        Platform::Telegram => {
            ["/everything metric", "/start invitation"].map(telegram_says).to_vec()
        }
    };
    bodies.chain(constructed).filter_map(|body| decode(platform, &body).ok()).collect()
}

pub(crate) fn events(platform: Platform) -> Vec<Event> {
    let event = |decoded| match decoded {
        Decoded::Event(event) => Some(*event),
        _ => None,
    };
    decoded(platform).into_iter().filter_map(event).collect()
}

/// No command with words behind it is recorded.
fn telegram_says(text: &str) -> Vec<u8> {
    let length = text.find(' ').expect("words behind the command");
    let message = json!({
        "message_id": 7,
        "chat": { "id": 42, "type": "private" },
        "from": { "id": 42, "is_bot": false },
        "text": text,
        "entities": [{ "type": "bot_command", "offset": 0, "length": length }],
    });
    json!({ "update_id": 7, "message": message }).to_string().into_bytes()
}

/// No press of a button of ours is recorded on Slack: one under a message, and one under what a person sees alone.
fn slack_presses() -> [Vec<u8>; 2] {
    [false, true].map(|is_ephemeral| {
        let payload = json!({
            "type": "block_actions",
            "user": { "id": "U1", "team_id": "T1" },
            "container": { "type": "message", "message_ts": "5.000001", "channel_id": "C1", "is_ephemeral": is_ephemeral },
            "trigger_id": "3.4",
            "team": { "id": "T1" },
            "channel": { "id": "C1" },
            "response_url": "https://hooks.slack.com/actions/T1/1/x",
            "actions": [{ "type": "button", "action_id": "lambot:0", "value": "AavNAQcAAQIDBAUGBw", "action_ts": "1.1" }],
        });
        let form = form_urlencoded::Serializer::new(String::new());
        { form }.append_pair("payload", &payload.to_string()).finish().into_bytes()
    })
}

/// Every request, each once.
pub(crate) fn made() -> BTreeSet<Made> {
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
