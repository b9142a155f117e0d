//! The ways replies take, as the documentation lists them.

use bot_core::platform::{ApiRequest, Call, Method};
use secrecy::ExposeSecret as _;
use serde_json::Value;

use crate::webhook::Act;

/// The way of one reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// Discord: a command's first message.
    Original,
    /// Discord: later parts of a long reply.
    FollowUp,
    /// Discord: a new message after a press.
    AfterPress,
    /// Discord: after the token's time.
    Named,
    /// Discord: an answer to a form.
    FormOriginal,
    /// Discord: an edit of the message whose button was pressed.
    PressedOriginal,
    /// Discord: a new message after a press, after the token's time.
    NamedAfterPress,
    /// Discord: an edit, after the token's time.
    NamedEdit,
    /// Discord: an answer to one person alone.
    Whisper,
    /// Slack: a message of the bot's own.
    Post,
    /// Slack: a message through a `response_url`.
    ResponseUrl,
    /// Slack: what a `response_url` is not used for any more.
    AfterUrl,
    /// Slack: what a `response_url` has not taken.
    InsteadOfUrl,
    /// Slack: an answer to a form.
    FormUrl,
    /// Slack: an answer to one person alone in a channel.
    Ephemeral,
    /// Slack: a reaction.
    SlackReaction,
    /// Slack: an edit of the message whose button was pressed.
    PressedUrl,
    /// Telegram: a message.
    Send,
    /// Telegram: an edit of the message whose button was pressed.
    Edit,
    /// Telegram: a reaction.
    TelegramReaction,
}

impl Path {
    /// All of them, in the documentation's order.
    pub const ALL: [Self; 20] = [
        Self::Original,
        Self::FollowUp,
        Self::AfterPress,
        Self::Named,
        Self::FormOriginal,
        Self::PressedOriginal,
        Self::NamedAfterPress,
        Self::NamedEdit,
        Self::Whisper,
        Self::Post,
        Self::ResponseUrl,
        Self::AfterUrl,
        Self::InsteadOfUrl,
        Self::FormUrl,
        Self::Ephemeral,
        Self::SlackReaction,
        Self::PressedUrl,
        Self::Send,
        Self::Edit,
        Self::TelegramReaction,
    ];

    /// The way a request takes that does what was `planned` about an act; `None` when it takes something away.
    pub(crate) fn of(act: &Act, planned: &Call, request: &ApiRequest) -> Option<Self> {
        let url = request.url.expose_secret();
        let is_press = matches!(act, Act::Press { .. });
        let is_form = matches!(act, Act::Form { .. });
        if let Some(target) = url.strip_prefix("https://discord.com/api/v10/") {
            let is_late = target.starts_with("channels/");
            return match request.method {
                Method::Post if is_late && is_press && planned.method == Method::Patch => {
                    Some(Self::NamedEdit)
                }
                Method::Post if is_late && is_press => Some(Self::NamedAfterPress),
                Method::Post if is_late => Some(Self::Named),
                Method::Patch if is_press => Some(Self::PressedOriginal),
                Method::Patch if is_form => Some(Self::FormOriginal),
                Method::Patch => Some(Self::Original),
                Method::Post if is_press => Some(Self::AfterPress),
                Method::Post if planned.body.get("flags").is_some() => Some(Self::Whisper),
                Method::Post => Some(Self::FollowUp),
                _ => None,
            };
        }
        if url.starts_with("https://hooks.slack.com/") {
            return Some(match planned.body.get("replace_original") {
                Some(Value::Bool(true)) => Self::PressedUrl,
                _ if is_form => Self::FormUrl,
                _ => Self::ResponseUrl,
            });
        }
        let is_of_url = planned.target.starts_with("https://");
        match url.rsplit_once('/')?.1 {
            "chat.postMessage" | "chat.postEphemeral" if is_of_url => Some(Self::InsteadOfUrl),
            "chat.postMessage" if is_form || matches!(act, Act::Slash { .. }) => {
                Some(Self::AfterUrl)
            }
            "chat.postMessage" => Some(Self::Post),
            "chat.postEphemeral" if matches!(act, Act::Command { .. }) => Some(Self::Ephemeral),
            "chat.postEphemeral" => Some(Self::AfterUrl),
            "reactions.add" => Some(Self::SlackReaction),
            "sendMessage" => Some(Self::Send),
            "editMessageText" => Some(Self::Edit),
            "setMessageReaction" => Some(Self::TelegramReaction),
            _ => None,
        }
    }
}

/// How often each way was taken.
#[derive(Clone, Debug, Default)]
pub struct Ways([u64; Path::ALL.len()]);

impl Ways {
    pub(crate) fn count(&mut self, path: Path) {
        if let Some(count) = self.0.get_mut(path as usize) {
            *count += 1;
        }
    }

    /// Adds what was taken elsewhere.
    pub fn add(&mut self, other: &Self) {
        for (count, other) in self.0.iter_mut().zip(&other.0) {
            *count += other;
        }
    }

    /// Every way, and how often it was taken.
    pub fn counts(&self) -> impl Iterator<Item = (Path, u64)> {
        Path::ALL.into_iter().zip(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How the documentation's row of a way begins.
    const fn row(path: Path) -> &'static str {
        match path {
            Path::Original => "Discord, a command's first message",
            Path::FollowUp => "Discord, later parts of a long reply",
            Path::AfterPress => "Discord, a new message after a press",
            Path::Named => "Discord, a command's reply after its token's 15 minutes",
            Path::FormOriginal => "Discord, an answer to a form",
            Path::PressedOriginal => "Discord, an edit of the message whose button was pressed",
            Path::NamedAfterPress => {
                "Discord, a new message after a press, after its token's 15 minutes"
            }
            Path::NamedEdit => {
                "Discord, an edit of the message whose button was pressed, after its token's"
            }
            Path::Whisper => "Discord, a command's answer to one person alone",
            Path::Post => "Slack `chat.postMessage`",
            Path::ResponseUrl => "Slack, a message through a `response_url`",
            Path::AfterUrl => "Slack, after four messages through a `response_url`",
            Path::InsteadOfUrl => "Slack, what a `response_url` takes no more",
            Path::FormUrl => "Slack, an answer to a form",
            Path::Ephemeral => "Slack, an answer to one person alone in a channel",
            Path::SlackReaction => "Slack, a reaction",
            Path::PressedUrl => "Slack, an edit of the message whose button was pressed",
            Path::Send => "Telegram `sendMessage`",
            Path::Edit => "Telegram, an edit of the message whose button was pressed",
            Path::TelegramReaction => "Telegram, a reaction",
        }
    }

    #[test]
    fn every_way_of_the_documentation_is_one() {
        let documentation = include_str!("../../../docs/promises.md");
        let (_, table) = documentation
            .split_once("| reply path | sent again |\n| --- | --- |\n")
            .expect("the table");
        let rows: Vec<&str> = table.lines().take_while(|line| line.starts_with('|')).collect();
        assert_eq!(rows.len(), Path::ALL.len());
        for (documented, path) in rows.iter().zip(Path::ALL) {
            assert!(documented.starts_with(&format!("| {}", row(path))), "{documented}: {path:?}");
        }
    }
}
