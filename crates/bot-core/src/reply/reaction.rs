//! What the bot can put to a message instead of words.

use serde::{Deserialize, Serialize};

/// A reaction. These are the ones that Slack and Telegram both have for bots.
///
/// <https://core.telegram.org/bots/api#reactiontypeemoji>
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reaction {
    /// 👍
    ThumbsUp,
    /// 👎
    ThumbsDown,
    /// ❤
    Heart,
    /// 🔥
    Fire,
    /// 👏
    Clap,
    /// 🎉
    Party,
    /// 🙏
    Thanks,
    /// 👌
    Fine,
    /// 👀
    Eyes,
    /// 🤔
    Thinking,
    /// 😢
    Sad,
    /// 💯
    Hundred,
}

impl Reaction {
    /// Every reaction.
    pub const ALL: &[Self] = &[
        Self::ThumbsUp,
        Self::ThumbsDown,
        Self::Heart,
        Self::Fire,
        Self::Clap,
        Self::Party,
        Self::Thanks,
        Self::Fine,
        Self::Eyes,
        Self::Thinking,
        Self::Sad,
        Self::Hundred,
    ];

    /// As people see it, and as Telegram names it.
    #[must_use]
    pub const fn emoji(self) -> &'static str {
        self.names().0
    }

    /// As Slack names it.
    pub(crate) const fn slack_name(self) -> &'static str {
        self.names().1
    }

    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::ThumbsUp => ("👍", "+1"),
            Self::ThumbsDown => ("👎", "-1"),
            Self::Heart => ("❤", "heart"),
            Self::Fire => ("🔥", "fire"),
            Self::Clap => ("👏", "clap"),
            Self::Party => ("🎉", "tada"),
            Self::Thanks => ("🙏", "pray"),
            Self::Fine => ("👌", "ok_hand"),
            Self::Eyes => ("👀", "eyes"),
            Self::Thinking => ("🤔", "thinking_face"),
            Self::Sad => ("😢", "cry"),
            Self::Hundred => ("💯", "100"),
        }
    }
}
