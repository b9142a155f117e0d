//! Slack over HTTP: the Events API, slash commands, buttons and menus, and the Web API.

mod block;
mod callback;
mod inbound;
mod interaction;
mod late;
mod outbound;
mod registration;
mod rich_text;
mod shortcut;
mod submission;
mod text;
mod view;

use serde::{Deserialize, Serialize};

pub use registration::manifest;

use super::{
    Feature, Inbound, Lookup, Outbound, Reader, Registration, Setting, SettingError, Support,
    base_url, secrets, setting, token,
};
use crate::bot::Bot;
use crate::time::Timestamp;

const SIGNING_SECRET: &str = "SLACK_SIGNING_SECRET";
const BOT_TOKEN: &str = "SLACK_BOT_TOKEN";
const API_URL: &str = "SLACK_API_URL";
/// An app configuration token, which no function needs: <https://docs.slack.dev/app-manifests/configuring-apps-with-app-manifests>.
pub const CONFIG_TOKEN: &str = "SLACK_CONFIG_TOKEN";
const APP_ID: &str = "SLACK_APP_ID";
const HOOKS_URL: &str = "SLACK_HOOKS_URL";

pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        name: SIGNING_SECRET,
        about: "signing secret of the app; several, separated by commas, while one is being rotated",
        reader: Reader::Ingest,
        secret: true,
        development: "slack-development-secret",
    },
    Setting {
        name: BOT_TOKEN,
        about: "bot token (`xoxb-…`); webhook-ingest opens forms with it",
        reader: Reader::Both,
        secret: true,
        development: "xoxb-development",
    },
    Setting {
        name: API_URL,
        about: "where Web API calls go; default `https://slack.com/api`",
        reader: Reader::Both,
        secret: false,
        development: "/slack/api",
    },
    Setting {
        name: HOOKS_URL,
        about: "what every `response_url` must be below; default `https://hooks.slack.com`",
        reader: Reader::Both,
        secret: false,
        development: "/slack/hooks",
    },
];

/// How Slack does what a bot may do.
pub(super) const fn support(feature: Feature) -> Support {
    match feature {
        Feature::Commands
        | Feature::Channels
        | Feature::Forms
        | Feature::MessageMenus
        | Feature::Shortcuts
        | Feature::Messages
        | Feature::Files
        | Feature::Overheard
        | Feature::Joins
        | Feature::Buttons
        | Feature::Menus
        | Feature::Edits
        | Feature::Ephemeral
        | Feature::Threads
        | Feature::Reactions
        | Feature::Markdown
        | Feature::Pictures
        | Feature::Working => Support::Native,
        Feature::NamedArguments => Support::As("words in order, with a hint"),
        Feature::Subcommands => Support::As("words behind the command, with a hint"),
        Feature::Roles => Support::As("by name, unchecked"),
        Feature::FileArguments => Support::As("in forms, or with a message"),
        Feature::Suggestions => Support::As("in forms"),
        Feature::OfferedChoices => Support::As("named in the hint"),
        Feature::Tables => Support::As("aligned code, or a list"),
        Feature::LongReplies => Support::As("several messages"),
        Feature::DeepLinks | Feature::PersonMenus => Support::No,
    }
}

/// Where replies go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Address {
    /// To a channel, in the thread of the message that is answered.
    Thread {
        channel: String,
        ts: String,
        /// The message itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// To a channel.
    Channel { channel: String },
    /// To where a slash command was given: to all there, or to its person.
    Command { channel: String, response_url: String },
    /// To where a button was pressed: in place of its message, or after it.
    Press {
        channel: String,
        /// The thread of the message; without one, that which begins with it. What only one person sees begins none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thread: Option<String>,
        /// Whether only the person who pressed sees the message.
        #[serde(default)]
        ephemeral: bool,
        response_url: String,
    },
}

impl Address {
    /// The URL that answers it, if there is one.
    fn response_url(&self) -> Option<&str> {
        match self {
            Self::Thread { .. } | Self::Channel { .. } => None,
            Self::Command { response_url, .. } | Self::Press { response_url, .. } => {
                Some(response_url)
            }
        }
    }

    /// The channel, or the person, that it is in.
    fn channel(&self) -> &str {
        match self {
            Self::Thread { channel, .. }
            | Self::Channel { channel }
            | Self::Command { channel, .. }
            | Self::Press { channel, .. } => channel,
        }
    }

    /// The message that is answered, by its channel and its time.
    fn message(&self) -> Option<(&str, &str)> {
        match self {
            Self::Thread { channel, message, .. } => Some((channel, message.as_deref()?)),
            Self::Channel { .. } | Self::Command { .. } | Self::Press { .. } => None,
        }
    }
}

/// `1515449522.000016` as a time. The text itself stays the message's id: a number would not keep it.
fn sent_at(ts: &str) -> Option<Timestamp> {
    let (secs, micros) = ts.split_once('.')?;
    let millis: u64 = micros.get(..3)?.parse().ok()?;
    Some(Timestamp::from_millis(secs.parse::<u64>().ok()?.checked_mul(1000)?.checked_add(millis)?))
}

pub(super) fn example_address(is_press: bool) -> crate::event::Address {
    let channel = "C0EXAMPLE".to_owned();
    let ts = "1700000000.000100".to_owned();
    crate::event::Address::of(&if is_press {
        let response_url = "https://hooks.slack.com/actions/T0EXAMPLE/1/example".to_owned();
        Address::Press { channel, thread: Some(ts), ephemeral: false, response_url }
    } else {
        Address::Thread { channel, ts, message: None }
    })
}

pub(super) fn inbound(settings: &Lookup<'_>) -> Result<Option<Box<dyn Inbound>>, SettingError> {
    let signing_secrets = secrets(settings, SIGNING_SECRET);
    if signing_secrets.is_empty() {
        return Ok(None);
    }
    Ok(Some(Box::new(inbound::Slack {
        signing_secrets,
        token: token(settings, BOT_TOKEN)?,
        api_url: api_url(settings)?,
        hooks_url: hooks_url(settings)?,
    })))
}

pub(super) fn outbound(settings: &Lookup<'_>) -> Result<Box<dyn Outbound>, SettingError> {
    Ok(Box::new(outbound::Slack {
        token: token(settings, BOT_TOKEN)?,
        api_url: api_url(settings)?,
        hooks_url: hooks_url(settings)?,
    }))
}

fn api_url(settings: &Lookup<'_>) -> Result<String, SettingError> {
    base_url(settings, API_URL, "https://slack.com/api")
}

/// The manifest is one thing, and of little use without a URL.
pub(super) fn registration(
    bot: &Bot,
    url: Option<&str>,
    settings: &Lookup<'_>,
) -> Result<Registration, SettingError> {
    let missing = |name| SettingError { name, problem: "is not set" };
    let url = url.ok_or(missing("the public URL"))?;
    let token = token(settings, CONFIG_TOKEN)?.ok_or(missing(CONFIG_TOKEN))?;
    let app_id = setting(settings, APP_ID).ok_or(missing(APP_ID))?;
    let outbound = outbound::Slack {
        token: Some(token),
        api_url: api_url(settings)?,
        hooks_url: hooks_url(settings)?,
    };
    Ok(Registration::new(Box::new(outbound), vec![registration::update(bot, app_id, url)]))
}

fn hooks_url(settings: &Lookup<'_>) -> Result<String, SettingError> {
    base_url(settings, HOOKS_URL, "https://hooks.slack.com")
}
