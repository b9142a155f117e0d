//! Telegram's Bot API over webhooks.

mod entity;
mod files;
mod inbound;
mod keyboard;
mod outbound;
mod registration;
mod rich;

use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

pub use inbound::UPDATES;

use super::{
    Feature, Inbound, Lookup, Outbound, Reader, Registration, Setting, SettingError, Support,
    base_url, secrets, setting, token,
};
use crate::bot::Bot;

const SECRET_TOKEN: &str = "TELEGRAM_SECRET_TOKEN";
const BOT_TOKEN: &str = "TELEGRAM_BOT_TOKEN";
const BOT_USERNAME: &str = "TELEGRAM_BOT_USERNAME";
const API_URL: &str = "TELEGRAM_API_URL";

pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        name: SECRET_TOKEN,
        about: "the `secret_token` given to `setWebhook`; several, separated by commas, while one is being rotated",
        reader: Reader::Ingest,
        secret: true,
        development: "telegram-development-secret",
    },
    Setting {
        name: BOT_TOKEN,
        about: "bot token (`123456:…`)",
        reader: Reader::Worker,
        secret: true,
        development: "1000000001:development",
    },
    Setting {
        name: BOT_USERNAME,
        about: "the bot's username without `@`: how it knows in groups that it is meant",
        reader: Reader::Ingest,
        secret: false,
        development: "lambot_bot",
    },
    Setting {
        name: API_URL,
        about: "where API calls go; default `https://api.telegram.org`",
        reader: Reader::Worker,
        secret: false,
        development: "/telegram",
    },
];

/// How Telegram does what a bot may do.
pub(super) const fn support(feature: Feature) -> Support {
    match feature {
        Feature::Commands
        | Feature::Messages
        | Feature::Files
        | Feature::Overheard
        | Feature::Joins
        | Feature::DeepLinks
        | Feature::Buttons
        | Feature::Edits
        | Feature::Threads
        | Feature::Reactions
        | Feature::Markdown
        | Feature::Working => Support::Native,
        Feature::Subcommands => Support::As("words behind the command"),
        Feature::Forms => Support::As("a message that says what to write"),
        Feature::NamedArguments => Support::As("words in order"),
        Feature::OfferedChoices => Support::As("named when one is missing"),
        Feature::Channels => Support::As("public ones, by `@name`"),
        Feature::Roles => Support::As("by name, unchecked"),
        Feature::FileArguments => Support::As("with the message"),
        Feature::Menus => Support::As("a button for each choice"),
        Feature::Ephemeral => Support::As("a reply that everybody sees"),
        Feature::Tables => Support::As("aligned code, or a list"),
        Feature::Pictures => Support::As("a link with a preview"),
        Feature::LongReplies => Support::As("several messages"),
        Feature::Suggestions
        | Feature::MessageMenus
        | Feature::PersonMenus
        | Feature::Shortcuts => Support::No,
    }
}

/// Where replies go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Address {
    chat_id: i64,
    /// The topic of a forum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    topic: Option<i64>,
    /// The message that is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message: Option<i64>,
    /// The message that is answered, in chats of several people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply_to: Option<i64>,
    /// The press that is answered, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pressed: Option<Pressed>,
}

/// A press of a button.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Pressed {
    /// The query that is answered at once; its id is no secret.
    query: String,
    /// The message the button is under: what an edit takes the place of.
    message_id: i64,
}

pub(super) fn example_address(is_press: bool) -> crate::event::Address {
    let pressed = is_press.then(|| Pressed { query: "example".to_owned(), message_id: 7 });
    crate::event::Address::of(&Address {
        chat_id: 42,
        topic: None,
        message: None,
        reply_to: None,
        pressed,
    })
}

pub(super) fn inbound(settings: &Lookup<'_>) -> Result<Option<Box<dyn Inbound>>, SettingError> {
    let secret_tokens = secrets(settings, SECRET_TOKEN);
    if secret_tokens.is_empty() {
        return Ok(None);
    }
    // 1–256 characters of a small alphabet: <https://core.telegram.org/bots/api#setwebhook>. Another one can never match.
    let is_possible = |token: &str| {
        token.len() <= 256
            && token.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
    };
    if !secret_tokens.iter().all(|token| is_possible(token.expose_secret())) {
        let problem = "is not 1 to 256 letters, digits, '_' or '-'";
        return Err(SettingError { name: SECRET_TOKEN, problem });
    }
    let username =
        setting(settings, BOT_USERNAME).map(|name| name.trim_start_matches('@').to_owned());
    Ok(Some(Box::new(inbound::Telegram { secret_tokens, username })))
}

pub(super) fn outbound(settings: &Lookup<'_>) -> Result<Box<dyn Outbound>, SettingError> {
    Ok(Box::new(outbound::Telegram {
        token: token(settings, BOT_TOKEN)?,
        api_url: base_url(settings, API_URL, "https://api.telegram.org")?,
    }))
}

/// The webhook is registered where there is a URL for it, with the first secret: the others are those it takes over from.
pub(super) fn registration(
    bot: &Bot,
    url: Option<&str>,
    settings: &Lookup<'_>,
) -> Result<Registration, SettingError> {
    let mut items = Vec::new();
    if let Some(url) = url {
        let secret = secrets(settings, SECRET_TOKEN)
            .into_iter()
            .next()
            .ok_or(SettingError { name: SECRET_TOKEN, problem: "is not set" })?;
        items.push(registration::webhook(url.to_owned(), secret));
    }
    items.push(registration::commands(bot));
    Ok(Registration::new(outbound(settings)?, items))
}
