//! Discord over HTTP: interactions and interaction webhooks.
//!
//! Ordinary messages need a gateway connection and do not arrive here: people speak to the bot by commands.

mod command;
mod components;
mod inbound;
mod interaction;
mod limit;
mod markdown;
mod modal;
mod outbound;
mod registration;
mod resolved;

use ed25519_dalek::VerifyingKey;
pub use registration::commands;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use super::{
    Feature, Inbound, Lookup, Outbound, Reader, Registration, Setting, SettingError, Support,
    base_url, secrets, setting, token,
};
use crate::bot::Bot;
use crate::hash::decode_hex;

const PUBLIC_KEY: &str = "DISCORD_PUBLIC_KEY";
const APPLICATION_ID: &str = "DISCORD_APPLICATION_ID";
const BOT_TOKEN: &str = "DISCORD_BOT_TOKEN";
const API_URL: &str = "DISCORD_API_URL";

pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        name: PUBLIC_KEY,
        about: "public key of the application in hex; several, separated by commas, while one is being replaced",
        reader: Reader::Ingest,
        secret: false,
        // Of the secret key that is 32 times 0x2a.
        development: "197f6b23e16c8532c6abc838facd5ea789be0c76b2920334039bfa8b3d368d61",
    },
    Setting {
        name: APPLICATION_ID,
        about: "id of the application, for interactions that do not name theirs",
        reader: Reader::Ingest,
        secret: false,
        development: "100000000000000000",
    },
    Setting {
        name: BOT_TOKEN,
        about: "bot token; replies to commands do not need it, buttons do",
        reader: Reader::Worker,
        secret: true,
        development: "development",
    },
    Setting {
        name: API_URL,
        about: "where API calls go; default `https://discord.com/api/v10`",
        reader: Reader::Worker,
        secret: false,
        development: "/discord/api/v10",
    },
];

/// How Discord does what a bot may do. Ordinary messages come over its gateway alone, and so do those who join.
pub(super) const fn support(feature: Feature) -> Support {
    match feature {
        Feature::Commands
        | Feature::Subcommands
        | Feature::NamedArguments
        | Feature::OfferedChoices
        | Feature::Channels
        | Feature::Roles
        | Feature::FileArguments
        | Feature::Suggestions
        | Feature::Forms
        | Feature::MessageMenus
        | Feature::PersonMenus
        | Feature::Buttons
        | Feature::Menus
        | Feature::Edits
        | Feature::Ephemeral
        | Feature::Markdown
        | Feature::Working => Support::Native,
        Feature::Threads => Support::As("always below the command"),
        Feature::Reactions => Support::As("said as a message"),
        Feature::Tables => Support::As("aligned code, or a list"),
        Feature::Pictures => Support::As("a link that is shown"),
        Feature::LongReplies => Support::As("several messages"),
        Feature::Shortcuts
        | Feature::Messages
        | Feature::Files
        | Feature::Overheard
        | Feature::Joins
        | Feature::DeepLinks => Support::No,
    }
}

/// Where replies go: to the interaction, for as long as its token lives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Address {
    application_id: String,
    token: String,
    /// The press that is answered, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pressed: Option<Pressed>,
}

/// A press of a button.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Pressed {
    /// Whether only the person sees the message the button is under, and so should see what is said besides.
    is_ephemeral: bool,
}

pub(super) fn example_address(is_press: bool) -> crate::event::Address {
    crate::event::Address::of(&Address {
        application_id: "1000".to_owned(),
        token: "example".to_owned(),
        pressed: is_press.then_some(Pressed { is_ephemeral: false }),
    })
}

pub(super) fn inbound(settings: &Lookup<'_>) -> Result<Option<Box<dyn Inbound>>, SettingError> {
    let keys = secrets(settings, PUBLIC_KEY);
    if keys.is_empty() {
        return Ok(None);
    }
    let public_keys = keys
        .iter()
        .map(|key| VerifyingKey::from_bytes(&decode_hex(key.expose_secret())?).ok())
        .collect::<Option<Vec<_>>>()
        .ok_or(SettingError {
            name: PUBLIC_KEY,
            problem: "is not an Ed25519 public key of 64 hex digits",
        })?;
    Ok(Some(Box::new(inbound::Discord {
        public_keys,
        application_id: setting(settings, APPLICATION_ID),
    })))
}

pub(super) fn outbound(settings: &Lookup<'_>) -> Result<Box<dyn Outbound>, SettingError> {
    Ok(Box::new(outbound::Discord {
        token: token(settings, BOT_TOKEN)?,
        api_url: base_url(settings, API_URL, "https://discord.com/api/v10")?,
    }))
}

/// The endpoint is registered where there is a URL for it.
pub(super) fn registration(
    bot: &Bot,
    url: Option<&str>,
    settings: &Lookup<'_>,
) -> Result<Registration, SettingError> {
    let missing = SettingError { name: APPLICATION_ID, problem: "is not set" };
    let application_id = setting(settings, APPLICATION_ID).ok_or(missing)?;
    if !application_id.chars().all(|c| c.is_ascii_digit()) {
        return Err(SettingError { name: APPLICATION_ID, problem: "is not a number" });
    }
    let endpoint = url.map(|url| registration::endpoint(url.to_owned()));
    let items = endpoint.into_iter().chain([registration::overwrite(bot, &application_id)]);
    Ok(Registration::new(outbound(settings)?, items.collect()))
}
