//! Channels, roles and files as arguments, from what a platform sends to what a command is given.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "each test file uses its part")]
mod support;

use std::sync::Arc;

use bot_core::bot::command;
use bot_core::event::{Channel, File, Role};
use bot_core::platform::slack::manifest;
use bot_core::platform::{Decoded, Platform};
use bot_core::turn::{Occasion, Step, Turn};
use bot_core::{Arg, Bot, Command, Cx, Reply, Spec, Timestamp, UsageError, play};
use serde::Deserialize;
use serde_json::{Value, json};
use support::decode;

#[derive(Deserialize)]
struct Post {
    place: Channel,
    words: Option<String>,
}

impl Command for Post {
    const SPEC: Spec = Spec::new("post", "Posts something.")
        .arg(Arg::channel("place", "Where"))
        .arg(Arg::text("words", "What").optional());
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        let name = self.place.name.unwrap_or_else(|| "nameless".to_owned());
        let words = self.words.unwrap_or_default();
        Ok(Reply::text(format!("{} ({name}): {words}", self.place.id)))
    }
}

#[derive(Deserialize)]
struct Show {
    photo: File,
    words: Option<String>,
}

impl Command for Show {
    const SPEC: Spec = Spec::new("show", "Shows something.")
        .arg(Arg::file("photo", "Which"))
        .arg(Arg::text("words", "What it is").optional());
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        let File { id, name, bytes, .. } = self.photo;
        let name = name.unwrap_or_else(|| "nameless".to_owned());
        let words = self.words.unwrap_or_default();
        Ok(Reply::text(format!("{id} ({name}, {}): {words}", bytes.unwrap_or_default())))
    }
}

#[derive(Deserialize)]
struct Appoint {
    team: Role,
}

impl Command for Appoint {
    const SPEC: Spec = Spec::new("appoint", "Appoints you.").arg(Arg::role("team", "To which"));
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::text(format!("{} ({})", self.team.id, self.team.name.unwrap_or_default())))
    }
}

/// What a form asks for.
#[derive(Deserialize)]
struct Report {
    photo: File,
}

impl Command for Report {
    const SPEC: Spec =
        Spec::new("report", "Reports it.").arg(Arg::file("photo", "Which")).form("A report");
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::text(self.photo.id))
    }
}

static BOT: Bot = Bot::new().commands(&[
    command::<Post>(),
    command::<Show>(),
    command::<Appoint>(),
    command::<Report>(),
]);

/// What the bot says to a webhook.
fn said(platform: Platform, body: &str) -> String {
    let event = match decode(platform, body.as_bytes()).expect("readable") {
        Decoded::Event(event) | Decoded::Form(event) => event,
        other => panic!("{other:?}"),
    };
    let occasion = Occasion {
        event: Arc::from(event),
        press: None,
        states: Vec::new().into_iter().collect(),
        known: Vec::new(),
        now: Timestamp::default(),
    };
    let Step::Done(Ok(decision)) = Turn::begin(&BOT, occasion) else { panic!("no decision") };
    decision.replies.iter().map(Reply::as_text).collect()
}

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// A slash command of Slack's.
fn slash(command: &str, text: &str) -> String {
    form(&[
        ("team_id", "T1"),
        ("channel_id", "C1"),
        ("user_id", "U1"),
        ("command", command),
        ("text", text),
        ("response_url", "https://hooks.slack.com/commands/T1/1/x"),
        ("trigger_id", "1.2.abc"),
    ])
}

/// A direct message on Slack.
fn message(text: &str, files: &Value) -> String {
    let event = json!({
        "type": "message", "channel_type": "im", "channel": "D1", "user": "U1", "ts": "5.000001", "text": text, "files": files,
    });
    json!({ "type": "event_callback", "team_id": "T1", "event_id": "E1", "event": event })
        .to_string()
}

/// A form of Slack's that was sent.
fn sent(command: &str, values: &Value) -> String {
    let address = json!({ "command": { "channel": "C1", "response_url": "https://hooks.slack.com/commands/T1/1/x" } });
    let view = json!({
        "id": "V1", "callback_id": command, "private_metadata": address.to_string(), "state": { "values": values },
    });
    let payload = json!({
        "type": "view_submission", "team": { "id": "T1" }, "user": { "id": "U1" }, "trigger_id": "3.4.def", "view": view,
    });
    form(&[("payload", &payload.to_string())])
}

/// A command of Discord's, or what its form was filled in with.
fn discord(kind: u8, data: &Value) -> String {
    json!({
        "type": kind, "id": "1457536583141294258", "application_id": "9", "token": "tok",
        "channel_id": "7", "user": { "id": "5", "username": "ann" }, "data": data,
    })
    .to_string()
}

/// What Ann sends to the bot on Telegram.
fn telegram(what: &Value) -> String {
    let mut message =
        json!({ "message_id": 3, "chat": { "id": 42, "type": "private" }, "from": { "id": 42 } });
    for (name, value) in what.as_object().expect("an object") {
        message[name] = value.clone();
    }
    json!({ "update_id": 1, "message": message }).to_string()
}

#[test]
fn a_channel_is_given_as_each_platform_has_it() {
    const WHERE: &str = "I need a channel for \"place\": mention it with #, on Telegram with @.";
    let option = json!([{ "name": "place", "type": 7, "value": "3" }]);
    let beds = json!({ "channels": { "3": { "id": "3", "name": "beds" } } });
    let filled =
        json!([{ "type": 18, "component": { "type": 8, "custom_id": "place", "values": ["3"] } }]);
    let entity = json!([{ "type": "mention", "offset": 6, "length": 5 }]);
    let named = json!({ "text": "/post @beds all well", "entities": entity });
    // (platform, webhook, what the bot says)
    let cases = [
        (Platform::Slack, slash("/post", "<#C3|beds> all well"), "C3 (beds): all well"),
        (Platform::Slack, slash("/post", "<#C3>"), "C3 (nameless): "),
        (Platform::Slack, message("/post <#C3|beds>: all well", &json!([])), "C3 (beds): all well"),
        (Platform::Slack, slash("/post", "#beds"), WHERE),
        (
            Platform::Slack,
            sent("post", &json!({ "place": { "place": { "selected_conversation": "C3" } } })),
            "C3 (nameless): ",
        ),
        (
            Platform::Discord,
            discord(2, &json!({ "name": "post", "options": option, "resolved": beds })),
            "3 (beds): ",
        ),
        (
            Platform::Discord,
            discord(
                5,
                &json!({ "custom_id": "form:post", "components": filled, "resolved": beds }),
            ),
            "3 (beds): ",
        ),
        (Platform::Telegram, telegram(&named), "@beds (beds): all well"),
        (Platform::Telegram, telegram(&json!({ "text": "/post beds" })), WHERE),
    ];

    for (platform, webhook, expected) in cases {
        let said = said(platform, &webhook);
        assert_eq!(said.lines().next(), Some(expected), "{platform:?}: {webhook}");
    }
}

#[test]
fn a_role_is_one_of_discords_or_a_name() {
    let option = json!([{ "name": "team", "type": 8, "value": "2" }]);
    let gardeners = json!({ "roles": { "2": { "id": "2", "name": "Gardeners" } } });
    let filled =
        json!([{ "type": 18, "component": { "type": 6, "custom_id": "team", "values": ["2"] } }]);
    // (platform, webhook, what the bot says)
    let cases = [
        (
            Platform::Discord,
            discord(2, &json!({ "name": "appoint", "options": option, "resolved": gardeners })),
            "2 (Gardeners)",
        ),
        (
            Platform::Discord,
            discord(
                5,
                &json!({ "custom_id": "form:appoint", "components": filled, "resolved": gardeners }),
            ),
            "2 (Gardeners)",
        ),
        (Platform::Slack, slash("/appoint", "<!subteam^S1|@gardeners>"), "gardeners (gardeners)"),
        (
            Platform::Slack,
            sent("appoint", &json!({ "team": { "team": { "value": "Gardeners" } } })),
            "Gardeners (Gardeners)",
        ),
        (
            Platform::Telegram,
            telegram(&json!({ "text": "/appoint gardeners" })),
            "gardeners (gardeners)",
        ),
    ];

    for (platform, webhook, expected) in cases {
        assert_eq!(said(platform, &webhook), expected, "{platform:?}: {webhook}");
    }
}

#[test]
fn a_file_is_given_as_each_platform_has_it() {
    const PHOTO: &str = "I need a file for \"photo\": send it along.";
    let fern = json!({ "id": "F1", "name": "fern.png", "size": 7 });
    let option = json!([{ "name": "photo", "type": 11, "value": "4" }]);
    let resolved = json!({ "attachments": { "4": { "filename": "fern.png", "size": 7 } } });
    let filled =
        json!([{ "type": 18, "component": { "type": 19, "custom_id": "photo", "values": ["4"] } }]);
    let document = json!({ "file_id": "f", "file_name": "fern.png", "file_size": 7 });
    // (platform, webhook, what the bot says)
    let cases = [
        (Platform::Slack, message("/show my fern", &json!([fern])), "F1 (fern.png, 7): my fern"),
        (Platform::Slack, message("/report", &json!([fern])), "F1"),
        (Platform::Slack, message("/report", &json!([])), "A report"),
        (Platform::Slack, slash("/show", "my fern"), PHOTO),
        (
            Platform::Slack,
            sent(
                "report",
                &json!({ "photo": { "photo": { "type": "file_input", "files": [fern] } } }),
            ),
            "F1",
        ),
        (
            Platform::Discord,
            discord(2, &json!({ "name": "show", "options": option, "resolved": resolved })),
            "4 (fern.png, 7): ",
        ),
        (
            Platform::Discord,
            discord(
                5,
                &json!({ "custom_id": "form:report", "components": filled, "resolved": resolved }),
            ),
            "4",
        ),
        (
            Platform::Telegram,
            telegram(&json!({ "caption": "/show my fern", "document": document })),
            "f (fern.png, 7): my fern",
        ),
        (Platform::Telegram, telegram(&json!({ "caption": "/report", "document": document })), "f"),
        (Platform::Telegram, telegram(&json!({ "text": "/show my fern" })), PHOTO),
    ];

    for (platform, webhook, expected) in cases {
        let said = said(platform, &webhook);
        assert_eq!(said.lines().next(), Some(expected), "{platform:?}: {webhook}");
    }
}

#[test]
fn slack_shows_files_to_who_asks_for_their_scope() {
    static WORDS: Bot = Bot::new().commands(&[command::<Post>()]);
    // (bot, whether its app asks)
    for (bot, asks) in [(&BOT, true), (&WORDS, false)] {
        let manifest = manifest(bot, "https://bot.example");
        let scopes = manifest["oauth_config"]["scopes"]["bot"].as_array().expect("scopes");
        assert_eq!(scopes.contains(&json!("files:read")), asks);
    }
}

#[test]
fn a_script_names_channels_and_sends_files_as_people_do() {
    // (platform, script)
    let cases = [
        (Platform::Slack, "> /post #beds all well\n< beds (beds): all well"),
        (Platform::Discord, "> /post #beds all well\n< beds (beds): all well"),
        (Platform::Telegram, "> /post @beds all well\n< @beds (beds): all well"),
        (Platform::Slack, "> /show my fern 📎fern.png\n< fern.png (fern.png, 0): my fern"),
        (Platform::Slack, "> /report 📎fern.png\n< fern.png"),
        (Platform::Slack, "> /report\n? A report {Which}\n> {photo: 📎fern.png}\n< fern.png"),
        (Platform::Discord, "> /show my fern 📎fern.png\n< fern.png (fern.png, 0): my fern"),
        (Platform::Telegram, "> /show my fern 📎fern.png\n< fern.png (fern.png, 0): my fern"),
        (Platform::Telegram, "> /report 📎fern.png\n< fern.png"),
    ];

    for (platform, script) in cases {
        play(&BOT).on(platform).talk(script);
    }
}
