//! A bot with forms, and people on every platform.

use bot_core::action::Action;
use bot_core::bot::{action, command};
use bot_core::command::matching;
use bot_core::http::{Headers, Request};
use bot_core::ingest::{self, Platforms, decide};
use bot_core::{Arg, Bot, Command, Cx, Platform, Reply, Spec, Timestamp, UsageError};
use ed25519_dalek::{Signer as _, SigningKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;

use super::support::settings;

pub(crate) static BOT: Bot = Bot::new()
    .commands(&[
        command::<Feedback>(),
        command::<Secret>(),
        command::<Find>(),
        command::<Complain>(),
    ])
    .actions(&[action::<Again>()]);

pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

#[derive(Deserialize)]
pub(crate) struct Feedback {
    what: String,
    stars: Option<i64>,
}

impl Command for Feedback {
    const SPEC: Spec = Spec::new("feedback", "Takes your opinion.")
        .arg(Arg::text("what", "Your words").long())
        .arg(Arg::integer("stars", "How many stars").optional())
        .form("Your opinion")
        .shortcut("Give feedback");
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::text(format!("{}: {:?}", self.what, self.stars)))
    }
}

#[derive(Deserialize)]
struct Secret {}

impl Command for Secret {
    const SPEC: Spec = Spec::new("secret", "Tells you alone.").ephemeral();
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::text("psst").form::<Feedback>("Tell us").button("Again", Again {}))
    }
}

#[derive(Deserialize)]
struct Complain {
    #[expect(dead_code, reason = "it is not run here")]
    what: String,
}

impl Command for Complain {
    const SPEC: Spec = Spec::new("complain", "Takes a complaint.")
        .arg(Arg::text("what", "Your words"))
        .form("A complaint")
        .ephemeral();
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::nothing())
    }
}

#[derive(Deserialize)]
struct Find {
    #[expect(dead_code, reason = "it is not run here")]
    city: String,
}

impl Command for Find {
    const SPEC: Spec = Spec::new("find", "Finds a city.")
        .arg(Arg::text("city", "Which").suggest(cities))
        .arg(Arg::choice("unit", "Which", &["metric", "imperial"]).optional())
        .arg(Arg::text("trap", "Of the author's").suggest(|_| panic!("on purpose")).optional())
        .on_message("Find it");
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::nothing())
    }
}

fn cities(typed: &str) -> Vec<String> {
    matching(&["Paris", "Parma", "Lisbon"], typed)
}

#[derive(Deserialize, Serialize)]
struct Again {}

impl Action for Again {
    const NAME: &'static str = "again";
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::nothing())
    }
}

/// What becomes of a request that `platform` has made.
pub(crate) fn decided(platform: Platform, body: &str) -> ingest::Action {
    decided_with(platform, body, &settings)
}

pub(crate) fn decided_with(
    platform: Platform,
    body: &str,
    settings: &bot_core::platform::Lookup<'_>,
) -> ingest::Action {
    let request = Request {
        method: "POST".into(),
        path: format!("/webhooks/{}", platform.slug()),
        headers: signed(platform, body),
        body: body.into(),
        ..Request::default()
    };
    decide(&BOT, &Platforms::from_settings(settings).expect("settings"), &request, NOW)
}

fn signed(platform: Platform, body: &str) -> Headers {
    let at = NOW.as_secs().to_string();
    match platform {
        Platform::Slack => {
            let mut mac =
                Hmac::<Sha256>::new_from_slice(b"slack-development-secret").expect("a key");
            mac.update(format!("v0:{at}:{body}").as_bytes());
            let signature = format!("v0={}", hex(&mac.finalize().into_bytes()));
            [("x-slack-request-timestamp", at), ("x-slack-signature", signature)]
                .into_iter()
                .collect()
        }
        Platform::Discord => {
            let key = SigningKey::from_bytes(&[0x2a; 32]);
            let signature = hex(&key.sign(format!("{at}{body}").as_bytes()).to_bytes());
            let fields = [("x-signature-timestamp", at), ("x-signature-ed25519", signature)];
            fields.into_iter().collect()
        }
        Platform::Telegram => [("x-telegram-bot-api-secret-token", "telegram-development-secret")]
            .into_iter()
            .collect(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An interaction of Discord's.
pub(crate) fn discord(kind: u8, data: &Value) -> String {
    json!({
        "type": kind, "id": "1457536583141294258", "application_id": "9", "token": "tok",
        "channel_id": "7", "user": { "id": "5", "username": "ann" }, "data": data,
    })
    .to_string()
}

/// A slash command of Slack's.
pub(crate) fn slash(command: &str, text: &str) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    let hook = "https://hooks.slack.com/commands/T1/1/x";
    form.extend_pairs([
        ("team_id", "T1"),
        ("channel_id", "C1"),
        ("user_id", "U1"),
        ("user_name", "ann"),
        ("command", command),
        ("text", text),
        ("response_url", hook),
        ("trigger_id", "1.2.abc"),
    ]);
    form.finish()
}

/// An interaction of Slack's.
pub(crate) fn slack(kind: &str, more: Value) -> String {
    let mut payload = json!({
        "type": kind, "team": { "id": "T1" }, "user": { "id": "U1", "name": "ann" }, "trigger_id": "3.4.def",
    });
    for (name, value) in more.as_object().expect("an object") {
        payload[name] = value.clone();
    }
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("payload", &payload.to_string());
    form.finish()
}

/// What Ann writes to the bot on Telegram.
pub(crate) fn telegram(text: &str) -> String {
    let message = json!({ "message_id": 3, "chat": { "id": 42, "type": "private" }, "from": { "id": 42 }, "text": text });
    json!({ "update_id": 1, "message": message }).to_string()
}

/// What is decided, in words.
pub(crate) fn shown(action: ingest::Action) -> String {
    match action {
        ingest::Action::Respond(response, note) => {
            format!("{note:?}: {} {}", response.status, response.body).trim_end().to_owned()
        }
        ingest::Action::Enqueue { accepted, .. } => {
            format!("queued: {} {}", accepted.status, accepted.body).trim_end().to_owned()
        }
        ingest::Action::Open { call, .. } => {
            let callback = &call.body["view"]["callback_id"];
            format!("{} {} by {}", call.target, callback, call.body["trigger_id"])
        }
        ingest::Action::Suggest { typing, .. } => format!("suggests for {}", typing.argument),
        ingest::Action::Bury { letter, .. } => format!("kept: {}", letter.reason),
    }
}
