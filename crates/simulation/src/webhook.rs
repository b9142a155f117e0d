//! Webhooks as the platforms send them, signed.

use std::fmt::Write as _;

use bot_core::Platform;
use bot_core::http::Request;
use ed25519_dalek::{Signer as _, SigningKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

const SLACK_SECRET: &str = "slack-secret";
const TELEGRAM_SECRET: &str = "telegram-secret";
const DISCORD_SECRET: [u8; 32] = [0x2a; 32];

/// Telegram's ids of a group, and of the supergroup it becomes.
pub(crate) const GROUP: i64 = -100;
pub(crate) const SUPERGROUP: i64 = -1_000_100;

/// When Discord's ids begin, in milliseconds since the Unix epoch.
const SNOWFLAKE_EPOCH: u64 = 1_420_070_400_000;

/// The variables of both functions.
pub(crate) fn settings(name: &str) -> Option<String> {
    let value = match name {
        "SLACK_SIGNING_SECRET" => SLACK_SECRET,
        "SLACK_BOT_TOKEN" => "xoxb-token",
        "DISCORD_PUBLIC_KEY" => "197f6b23e16c8532c6abc838facd5ea789be0c76b2920334039bfa8b3d368d61",
        "DISCORD_APPLICATION_ID" => "1000",
        "DISCORD_BOT_TOKEN" => "token",
        "TELEGRAM_SECRET_TOKEN" => TELEGRAM_SECRET,
        "TELEGRAM_BOT_TOKEN" => "1:token",
        "TELEGRAM_BOT_USERNAME" => "the_bot",
        _ => return None,
    };
    Some(value.to_owned())
}

/// A conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    TelegramChat,
    TelegramGroup,
    /// What the group becomes.
    TelegramSupergroup,
    SlackDirect,
    SlackChannel,
    DiscordChannel,
    DiscordThread,
}

impl Place {
    /// Those in which people begin.
    pub(crate) const ALL: [Self; 6] = [
        Self::TelegramChat,
        Self::TelegramGroup,
        Self::SlackDirect,
        Self::SlackChannel,
        Self::DiscordChannel,
        Self::DiscordThread,
    ];

    pub(crate) const fn platform(self) -> Platform {
        match self {
            Self::TelegramChat | Self::TelegramGroup | Self::TelegramSupergroup => {
                Platform::Telegram
            }
            Self::SlackDirect | Self::SlackChannel => Platform::Slack,
            Self::DiscordChannel | Self::DiscordThread => Platform::Discord,
        }
    }

    /// Whether there are several people in it.
    pub(crate) const fn is_public(self) -> bool {
        !matches!(self, Self::TelegramChat | Self::SlackDirect)
    }
}

/// What somebody does.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Gives a command, with one argument.
    Command { name: &'static str, argument: &'static str, value: &'static str },
    /// Gives it by the platform's own form of commands, if it has one.
    Slash { name: &'static str, value: &'static str },
    /// Sends a form, with one field.
    Form { name: &'static str, argument: &'static str, value: &'static str },
    /// Presses a button.
    Press { token: String, ephemeral: bool },
    /// Makes a supergroup of the group: told in both, as the last of the one and the first of the other.
    Move,
    /// Does what nobody can read.
    Garble,
}

impl Act {
    /// What the bot is told, if it is told anything.
    pub(crate) const fn told(&self) -> Option<&'static str> {
        match self {
            Self::Command { value, .. } | Self::Slash { value, .. } | Self::Form { value, .. } => {
                Some(value)
            }
            Self::Press { .. } | Self::Move | Self::Garble => None,
        }
    }
}

/// One thing a person does.
#[derive(Clone, Debug)]
pub(crate) struct Deed {
    pub(crate) place: Place,
    /// Who: the first of a platform's people speaks in both places.
    pub(crate) person: u64,
    pub(crate) act: Act,
    /// Tells it from all others.
    pub(crate) nth: u64,
    /// When it is done, in milliseconds since the Unix epoch.
    pub(crate) at: u64,
}

impl Deed {
    /// The webhook that tells of it at this time. Slack tells of a mention twice, and differently.
    pub(crate) fn webhook(&self, now: u64, twice: bool) -> Request {
        match self.place.platform() {
            Platform::Telegram => self.telegram(),
            Platform::Slack => self.slack(now, twice),
            Platform::Discord => self.discord(now),
        }
    }

    /// Whether the platform sends it again until it is accepted.
    pub(crate) const fn is_repeated(&self) -> bool {
        match self.place.platform() {
            Platform::Telegram => true,
            Platform::Slack => matches!(self.act, Act::Command { .. } | Act::Garble),
            Platform::Discord => false,
        }
    }

    /// Whether Slack tells of it as a message and as a mention.
    pub(crate) const fn is_told_twice(&self) -> bool {
        matches!((self.place, &self.act), (Place::SlackChannel, Act::Command { .. }))
    }

    /// The press of a button in what answers this.
    pub(crate) const fn press(&self, token: String, nth: u64, at: u64) -> Self {
        let ephemeral = match self.act {
            Act::Slash { .. } => true,
            Act::Form { .. } => matches!(self.place.platform(), Platform::Slack),
            Act::Press { ephemeral, .. } => ephemeral,
            Act::Command { .. } | Act::Move | Act::Garble => false,
        };
        let act = Act::Press { token, ephemeral };
        Self { place: self.place, person: self.person, act, nth, at }
    }

    fn telegram(&self) -> Request {
        let user = 40 + self.person;
        let chat = match self.place {
            Place::TelegramGroup => json!({ "id": GROUP, "type": "group" }),
            Place::TelegramSupergroup => json!({ "id": SUPERGROUP, "type": "supergroup" }),
            _ => json!({ "id": user, "type": "private" }),
        };
        let from =
            json!({ "id": user, "is_bot": false, "first_name": "Ann", "language_code": "en" });
        let secs = self.at / 1000;
        let message = |text: &str| json!({ "message_id": self.nth, "date": secs, "chat": chat, "from": from, "text": text });
        let update_id = 1_000 + self.nth;
        let update = match &self.act {
            Act::Command { name, value, .. }
            | Act::Slash { name, value }
            | Act::Form { name, value, .. } => {
                let message = message(&format!("/{name}@the_bot {value}"));
                json!({ "update_id": update_id, "message": message })
            }
            Act::Press { token, .. } => {
                let id = self.nth.to_string();
                let query =
                    json!({ "id": id, "from": from, "data": token, "message": message("Which?") });
                json!({ "update_id": update_id, "callback_query": query })
            }
            Act::Move => {
                let (field, id) = match self.place {
                    Place::TelegramGroup => ("migrate_to_chat_id", SUPERGROUP),
                    _ => ("migrate_from_chat_id", GROUP),
                };
                let message =
                    json!({ "message_id": self.nth, "date": secs, "chat": chat, field: id });
                json!({ "update_id": update_id, "message": message })
            }
            Act::Garble => json!({ "message": self.nth }),
        };
        request(
            "telegram",
            &[("x-telegram-bot-api-secret-token", TELEGRAM_SECRET)],
            update.to_string(),
        )
    }

    fn slack(&self, now: u64, twice: bool) -> Request {
        let user = format!("U{}", self.person);
        let (channel, kind) = match self.place {
            Place::SlackDirect => (format!("D{}", self.person), "im"),
            _ => ("C1".to_owned(), "channel"),
        };
        let ts = format!("{}.{:06}", self.at / 1000, self.at % 1000 * 1000 + self.nth);
        let url = |kind| format!("https://hooks.slack.com/{kind}/T1/{}/{}", self.at, self.nth);
        let body = match &self.act {
            Act::Command { name, value, .. } => {
                let event_kind = if twice { "app_mention" } else { "message" };
                let event = json!({
                    "type": event_kind, "channel": channel, "channel_type": kind, "user": user,
                    "text": format!("<@UBOT> /{name} {value}"), "ts": ts,
                });
                callback(&event, &format!("Ev{}{twice}", self.nth))
            }
            Act::Slash { name, value } => form(&[
                ("command", &format!("/{name}")),
                ("text", value),
                ("team_id", "T1"),
                ("channel_id", &channel),
                ("trigger_id", &format!("trigger.{}", self.nth)),
                ("user_id", &user),
                ("response_url", &url("commands")),
            ]),
            Act::Form { name, argument, value } => {
                let opened_by =
                    json!({ "command": { "channel": channel, "response_url": url("commands") } });
                let payload = json!({
                    "type": "view_submission",
                    "trigger_id": format!("trigger.{}", self.nth),
                    "team": { "id": "T1" }, "user": { "id": user },
                    "view": {
                        "callback_id": name,
                        "private_metadata": opened_by.to_string(),
                        "state": { "values": { "0": { *argument: { "value": value } } } },
                    },
                });
                form(&[("payload", &payload.to_string())])
            }
            Act::Press { token, ephemeral } => {
                let payload = json!({
                    "type": "block_actions",
                    "trigger_id": format!("trigger.{}", self.nth),
                    "team": { "id": "T1" }, "channel": { "id": channel }, "user": { "id": user },
                    "container": { "message_ts": "1.1", "channel_id": channel, "is_ephemeral": ephemeral },
                    "response_url": url("actions"),
                    "actions": [{ "action_id": "a", "value": token, "action_ts": ts }],
                });
                form(&[("payload", &payload.to_string())])
            }
            Act::Move | Act::Garble => callback(&json!({ "nth": self.nth }), "Ev"),
        };
        let timestamp = (now / 1000).to_string();
        let mut mac = Hmac::<Sha256>::new_from_slice(SLACK_SECRET.as_bytes())
            .unwrap_or_else(|_| unreachable!("a key of any length is one"));
        mac.update(format!("v0:{timestamp}:{body}").as_bytes());
        let signature = format!("v0={}", hex(&mac.finalize().into_bytes()));
        let headers =
            [("x-slack-request-timestamp", timestamp.as_str()), ("x-slack-signature", &signature)];
        request("slack", &headers, body)
    }

    fn discord(&self, now: u64) -> Request {
        let id = ((self.at - SNOWFLAKE_EPOCH) << 22 | self.nth).to_string();
        let channel = if self.place == Place::DiscordThread { "72" } else { "71" };
        let user = (80 + self.person).to_string();
        let (kind, data) = match &self.act {
            Act::Command { name, argument, value } => {
                let options = if argument.is_empty() {
                    json!([])
                } else {
                    json!([{ "name": argument, "type": 3, "value": value }])
                };
                (2, json!({ "name": name, "options": options }))
            }
            Act::Slash { .. } => (2, Value::Null),
            Act::Form { name, argument, value } => {
                let input = json!({ "type": 4, "custom_id": argument, "value": value });
                let label = json!({ "type": 18, "component": input });
                (5, json!({ "custom_id": format!("form:{name}"), "components": [label] }))
            }
            Act::Press { token, .. } => (3, json!({ "custom_id": token })),
            Act::Move | Act::Garble => (2, Value::Null),
        };
        let flags = if matches!(self.act, Act::Press { ephemeral: true, .. }) { 64 } else { 0 };
        // Some tokens do not live as long as Discord says.
        let is_press = matches!(self.act, Act::Press { .. });
        let born = if is_press && self.at.is_multiple_of(32) { 0 } else { self.at };
        let mut interaction = json!({
            "type": kind, "id": id, "token": format!("token-{born}-{}", self.nth),
            "application_id": "1000", "channel_id": channel, "locale": "en",
            "member": { "user": { "id": user, "username": "ann" } },
            "message": { "flags": flags },
        });
        if !data.is_null()
            && let Some(interaction) = interaction.as_object_mut()
        {
            interaction.insert("data".to_owned(), data);
        }
        let body = interaction.to_string();
        let timestamp = (now / 1000).to_string();
        let key = SigningKey::from_bytes(&DISCORD_SECRET);
        let signature = hex(&key.sign(format!("{timestamp}{body}").as_bytes()).to_bytes());
        let headers = [
            ("x-signature-timestamp", timestamp.as_str()),
            ("x-signature-ed25519", signature.as_str()),
        ];
        request("discord", &headers, body)
    }
}

/// The body of a callback of Slack's Events API.
fn callback(event: &Value, id: &str) -> String {
    json!({
        "type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event_id": id,
        "authorizations": [{ "user_id": "UBOT", "is_bot": true }], "event": event,
    })
    .to_string()
}

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn request(slug: &str, headers: &[(&str, &str)], body: String) -> Request {
    Request {
        method: "POST".to_owned(),
        path: format!("/webhooks/{slug}"),
        query: String::new(),
        headers: headers.iter().copied().collect(),
        body: body.into_bytes(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
