//! The ways a reply can take, and what is promised of each.

use std::time::Duration;

use bot_core::platform::{Decoded, Platform};
use bot_core::{Event, Reaction, Reply};
use serde_json::{Value, json};

use crate::support;

/// What a person sees of a message that is sent again.
#[derive(Clone, Copy)]
pub(crate) enum Promise {
    Same,
    SameReaction,
    OnceWithinMinutes,
    MayAppearTwice,
}

impl Promise {
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Same => "the same message is edited to the same text: nothing is seen twice",
            Self::SameReaction => "it is the same reaction: nothing is seen twice",
            Self::OnceWithinMinutes => "once, if sent again within minutes",
            Self::MayAppearTwice => "that message can appear twice",
        }
    }
}

/// One way.
pub(crate) struct Way {
    /// As it stands in the documentation.
    pub(crate) path: &'static str,
    pub(crate) promise: Promise,
    pub(crate) event: fn() -> Event,
    /// What is asked of the reply besides its words.
    pub(crate) says: fn(Reply) -> Reply,
    /// How many words are said.
    pub(crate) words: usize,
    /// How long after the event.
    pub(crate) age: Duration,
    /// Whether what the event brought to answer it with has expired by then.
    pub(crate) has_expired: bool,
    /// Where the stored calls lead that take this way.
    pub(crate) targets: &'static [&'static str],
}

const SOON: Duration = Duration::from_secs(1);
const LATE: Duration = Duration::from_secs(40 * 60);

/// All of them, as in the documentation.
pub(crate) const WAYS: &[Way] = &[
    Way {
        path: "Discord, a command's first message (edits `@original`)",
        promise: Promise::Same,
        event: discord_command,
        says: plainly,
        words: 1,
        age: SOON,
        has_expired: false,
        targets: &["/webhooks/9/tok/messages/@original"],
    },
    Way {
        path: "Discord, later parts of a long reply to a command (follow-ups, which take no nonce)",
        promise: Promise::MayAppearTwice,
        event: discord_command,
        says: plainly,
        words: 1000,
        age: SOON,
        has_expired: false,
        targets: &["/webhooks/9/tok"],
    },
    Way {
        path: "Discord, a new message after a press (a follow-up)",
        promise: Promise::MayAppearTwice,
        event: discord_press,
        says: plainly,
        words: 1000,
        age: SOON,
        has_expired: false,
        targets: &["/webhooks/9/tok"],
    },
    Way {
        path: "Discord, a command's reply after its token's 15 minutes (a message of the bot's own in the channel, named by a nonce)",
        promise: Promise::OnceWithinMinutes,
        event: discord_command,
        says: plainly,
        words: 1000,
        age: LATE,
        has_expired: true,
        targets: &["/webhooks/9/tok/messages/@original", "/webhooks/9/tok"],
    },
    Way {
        path: "Discord, an answer to a form (edits \"thinking…\")",
        promise: Promise::Same,
        event: discord_form,
        says: plainly,
        words: 1,
        age: SOON,
        has_expired: false,
        targets: &["/webhooks/9/tok/messages/@original"],
    },
    Way {
        path: "Discord, an edit of the message whose button was pressed",
        promise: Promise::Same,
        event: discord_press,
        says: Reply::edit,
        words: 1,
        age: SOON,
        has_expired: false,
        targets: &["/webhooks/9/tok/messages/@original"],
    },
    Way {
        path: "Discord, a new message after a press, after its token's 15 minutes (a message of the bot's own in the channel, named by a nonce)",
        promise: Promise::OnceWithinMinutes,
        event: discord_press,
        says: plainly,
        words: 1000,
        age: LATE,
        has_expired: true,
        targets: &["/webhooks/9/tok"],
    },
    Way {
        path: "Discord, an edit of the message whose button was pressed, after its token's 15 minutes (a message of the bot's own in the channel, named by a nonce)",
        promise: Promise::OnceWithinMinutes,
        event: discord_press,
        says: Reply::edit,
        words: 1,
        age: LATE,
        has_expired: true,
        targets: &["/webhooks/9/tok/messages/@original"],
    },
    Way {
        path: "Discord, a command's answer to one person alone (a follow-up, after \"thinking…\" is taken back)",
        promise: Promise::MayAppearTwice,
        event: discord_command,
        says: Reply::ephemeral,
        words: 1000,
        age: SOON,
        has_expired: false,
        targets: &["/webhooks/9/tok"],
    },
    Way {
        path: "Slack `chat.postMessage`",
        promise: Promise::MayAppearTwice,
        event: slack_mention,
        says: plainly,
        words: 2000,
        age: SOON,
        has_expired: false,
        targets: &["chat.postMessage"],
    },
    Way {
        path: "Slack, a message through a `response_url`",
        promise: Promise::MayAppearTwice,
        event: slack_command,
        says: plainly,
        words: 1000,
        age: SOON,
        has_expired: false,
        targets: &["https://hooks.slack.com/commands/T1/1/x"],
    },
    Way {
        path: "Slack, after four messages through a `response_url` (a message of the bot's own)",
        promise: Promise::MayAppearTwice,
        event: slack_command,
        says: plainly,
        words: 6000,
        age: SOON,
        has_expired: false,
        targets: &["chat.postMessage"],
    },
    Way {
        path: "Slack, what a `response_url` takes no more after its 30 minutes (a message of the bot's own)",
        promise: Promise::MayAppearTwice,
        event: slack_command,
        says: plainly,
        words: 1,
        age: LATE,
        has_expired: true,
        targets: &["https://hooks.slack.com/commands/T1/1/x"],
    },
    Way {
        path: "Slack, an answer to a form (where what opened it is answered)",
        promise: Promise::MayAppearTwice,
        event: slack_form,
        says: plainly,
        words: 1,
        age: SOON,
        has_expired: false,
        targets: &["https://hooks.slack.com/commands/T1/1/x"],
    },
    Way {
        path: "Slack, an answer to one person alone in a channel (`chat.postEphemeral`)",
        promise: Promise::MayAppearTwice,
        event: slack_mention,
        says: Reply::ephemeral,
        words: 1,
        age: SOON,
        has_expired: false,
        targets: &["chat.postEphemeral"],
    },
    Way {
        path: "Slack, a reaction (`reactions.add`)",
        promise: Promise::SameReaction,
        event: slack_mention,
        says: react,
        words: 1,
        age: SOON,
        has_expired: false,
        targets: &["reactions.add"],
    },
    Way {
        path: "Slack, an edit of the message whose button was pressed",
        promise: Promise::Same,
        event: slack_press,
        says: Reply::edit,
        words: 1,
        age: SOON,
        has_expired: false,
        targets: &["https://hooks.slack.com/actions/T1/1/x"],
    },
    Way {
        path: "Telegram `sendMessage`",
        promise: Promise::MayAppearTwice,
        event: telegram_message,
        says: plainly,
        words: 2000,
        age: SOON,
        has_expired: false,
        targets: &["sendMessage"],
    },
    Way {
        path: "Telegram, an edit of the message whose button was pressed",
        promise: Promise::Same,
        event: telegram_press,
        says: Reply::edit,
        words: 1,
        age: SOON,
        has_expired: false,
        targets: &["editMessageText"],
    },
    Way {
        path: "Telegram, a reaction (`setMessageReaction`)",
        promise: Promise::SameReaction,
        event: telegram_message,
        says: react,
        words: 1,
        age: SOON,
        has_expired: false,
        targets: &["setMessageReaction"],
    },
];

const fn plainly(reply: Reply) -> Reply {
    reply
}

const fn react(reply: Reply) -> Reply {
    reply.reaction(Reaction::ThumbsUp)
}

const TOKEN: &str = "AQABAQAAAAAAAAAA";

fn decoded(platform: Platform, body: &str) -> Event {
    match support::decode(platform, body.as_bytes()) {
        Ok(Decoded::Event(event) | Decoded::Form(event)) => *event,
        other => panic!("{other:?}"),
    }
}

fn discord(kind: u8, data: &Value) -> Event {
    let body = json!({
        "type": kind, "id": "1457536583141294258", "application_id": "9", "token": "tok", "channel_id": "7",
        "member": { "user": { "id": "5" } }, "message": { "id": "1457536583141294000" }, "data": data,
    });
    decoded(Platform::Discord, &body.to_string())
}

fn discord_command() -> Event {
    discord(2, &json!({ "name": "echo" }))
}

fn discord_press() -> Event {
    discord(3, &json!({ "custom_id": TOKEN, "component_type": 2 }))
}

fn discord_form() -> Event {
    discord(5, &json!({ "custom_id": "form:feedback", "components": [] }))
}

fn slack_mention() -> Event {
    let body = json!({
        "type": "event_callback",
        "team_id": "T1",
        "authorizations": [{ "user_id": "UBOT", "is_bot": true }],
        "event": { "type": "app_mention", "channel": "C1", "user": "U1", "ts": "1771442498.000100", "text": "<@UBOT> hi" },
    });
    decoded(Platform::Slack, &body.to_string())
}

fn slack_command() -> Event {
    let body = "team_id=T1&channel_id=C1&user_id=U1&command=%2Fecho&text=hello&trigger_id=1.2\
                &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1%2F1%2Fx";
    decoded(Platform::Slack, body)
}

fn slack_press() -> Event {
    let payload = json!({
        "type": "block_actions", "trigger_id": "1.2.a", "team": { "id": "T1" }, "user": { "id": "U1" },
        "channel": { "id": "C1" }, "response_url": "https://hooks.slack.com/actions/T1/1/x",
        "container": { "type": "message", "message_ts": "1771442498.000100" },
        "message": { "ts": "1771442498.000100" },
        "actions": [{ "type": "button", "action_id": "lambot-0", "value": TOKEN }],
    });
    slack(&payload)
}

fn slack_form() -> Event {
    let command =
        json!({ "channel": "C1", "response_url": "https://hooks.slack.com/commands/T1/1/x" });
    let payload = json!({
        "type": "view_submission", "trigger_id": "1.2.b", "team": { "id": "T1" }, "user": { "id": "U1" },
        "view": {
            "callback_id": "feedback",
            "private_metadata": json!({ "command": command }).to_string(),
            "state": { "values": {} },
        },
    });
    slack(&payload)
}

fn slack(payload: &Value) -> Event {
    let encoded: String = payload.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect();
    decoded(Platform::Slack, &format!("payload={encoded}"))
}

fn telegram_message() -> Event {
    let message = json!({ "message_id": 3, "date": 1_771_442_498, "chat": { "id": 42, "type": "private" }, "from": { "id": 42 }, "text": "hi" });
    decoded(Platform::Telegram, &json!({ "update_id": 1, "message": message }).to_string())
}

fn telegram_press() -> Event {
    let press = json!({
        "id": "q", "from": { "id": 42 }, "data": TOKEN,
        "message": { "message_id": 7, "chat": { "id": 42, "type": "private" } },
    });
    decoded(Platform::Telegram, &json!({ "update_id": 1, "callback_query": press }).to_string())
}
