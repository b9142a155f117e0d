//! What the platforms can do, as one table: what each declares of itself, and what becomes of what it lacks.

use std::fmt::Write as _;

use super::Platform;

/// Something that a bot on a chat platform may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    /// Commands, as `/name`.
    Commands,
    /// Commands of several words: subcommands.
    Subcommands,
    /// Arguments that the platform itself asks for by name.
    NamedArguments,
    /// Choices that the platform itself offers for an argument.
    OfferedChoices,
    /// Channels as arguments.
    Channels,
    /// Roles as arguments.
    Roles,
    /// Files as arguments.
    FileArguments,
    /// What is suggested while an argument is written.
    Suggestions,
    /// Forms that ask for the arguments of a command.
    Forms,
    /// Commands in the menu of a message.
    MessageMenus,
    /// Commands in the menu of a person.
    PersonMenus,
    /// Commands in a menu that is no message's and no person's.
    Shortcuts,
    /// Ordinary messages to the bot.
    Messages,
    /// Files that come with a message or a command.
    Files,
    /// Messages that are not meant for the bot.
    Overheard,
    /// People who come into a conversation.
    Joins,
    /// A link that starts a talk with something in it.
    DeepLinks,
    /// Buttons under a reply.
    Buttons,
    /// A menu under a reply.
    Menus,
    /// Replies in place of the message whose button was pressed.
    Edits,
    /// Replies that one person alone sees.
    Ephemeral,
    /// Replies below what they answer, or beside.
    Threads,
    /// Reactions to what people write.
    Reactions,
    /// Text with bold words, lists, quotes, code and links.
    Markdown,
    /// Tables.
    Tables,
    /// Pictures by their addresses.
    Pictures,
    /// A reply of any length.
    LongReplies,
    /// A sign that an answer takes a moment.
    Working,
}

/// How a platform does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// As it is meant.
    Native,
    /// By something else that a person can use, in these words.
    As(&'static str),
    /// Not at all.
    No,
}

impl Feature {
    /// Every feature, in the order of the documentation.
    pub const ALL: &[Self] = &[
        Self::Commands,
        Self::Subcommands,
        Self::NamedArguments,
        Self::OfferedChoices,
        Self::Channels,
        Self::Roles,
        Self::FileArguments,
        Self::Suggestions,
        Self::Forms,
        Self::MessageMenus,
        Self::PersonMenus,
        Self::Shortcuts,
        Self::Messages,
        Self::Files,
        Self::Overheard,
        Self::Joins,
        Self::DeepLinks,
        Self::Buttons,
        Self::Menus,
        Self::Edits,
        Self::Ephemeral,
        Self::Threads,
        Self::Reactions,
        Self::Markdown,
        Self::Tables,
        Self::Pictures,
        Self::LongReplies,
        Self::Working,
    ];

    /// What it is, as people read it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Commands => "commands",
            Self::Subcommands => "subcommands",
            Self::NamedArguments => "arguments by name",
            Self::OfferedChoices => "choices offered for an argument",
            Self::Channels => "channels as arguments",
            Self::Roles => "roles as arguments",
            Self::FileArguments => "files as arguments",
            Self::Suggestions => "suggestions while an argument is written",
            Self::Forms => "forms",
            Self::MessageMenus => "commands in the menu of a message",
            Self::PersonMenus => "commands in the menu of a person",
            Self::Shortcuts => "commands among the shortcuts",
            Self::Messages => "messages to the bot",
            Self::Files => "files that people send",
            Self::Overheard => "messages not meant for the bot",
            Self::Joins => "people who come",
            Self::DeepLinks => "deep links",
            Self::Buttons => "buttons",
            Self::Menus => "menus",
            Self::Edits => "edits of the bot's message",
            Self::Ephemeral => "replies for one person alone",
            Self::Threads => "replies below what they answer, or beside",
            Self::Reactions => "reactions",
            Self::Markdown => "markdown",
            Self::Tables => "tables",
            Self::Pictures => "pictures",
            Self::LongReplies => "long replies",
            Self::Working => "a sign of work",
        }
    }
}

/// The table of the documentation: a row for each feature, a column for each platform.
#[must_use]
pub fn table() -> String {
    let mut table = "| feature |".to_owned();
    let mut line = "\n| --- |".to_owned();
    for platform in Platform::ALL {
        // Writing to a string cannot fail.
        let _ = write!(table, " {platform:?} |");
        line.push_str(" --- |");
    }
    table.push_str(&line);
    for &feature in Feature::ALL {
        let _ = write!(table, "\n| {} |", feature.title());
        for platform in Platform::ALL {
            let _ = match platform.support(feature) {
                Support::Native => write!(table, " yes |"),
                Support::As(what) => write!(table, " {what} |"),
                Support::No => write!(table, " no |"),
            };
        }
    }
    table.push('\n');
    table
}
