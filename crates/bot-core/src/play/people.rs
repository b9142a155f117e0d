//! The people of a talk, and what a platform brings of what they do.

use super::script::Speaker;
use crate::action::pressed;
use crate::args::{Along, named};
use crate::bot::Bot;
use crate::command::{ArgKind, Spec};
use crate::event::{
    Arguments, Channel, ChannelMention, EventKind, File, Joined, Mention, Target, User,
    split_command,
};
use crate::platform::Platform;

/// What stands before the name of a file that is sent along.
pub(super) const FILE: char = '📎';

/// What a platform tells of what somebody does.
pub(super) struct Told {
    pub(super) kind: EventKind,
    pub(super) addressed: bool,
    pub(super) mentions: Vec<Mention>,
    pub(super) channels: Vec<ChannelMention>,
    pub(super) files: Vec<File>,
}

impl Told {
    /// What names nobody and nothing.
    const fn of(kind: EventKind, addressed: bool) -> Self {
        Self { kind, addressed, mentions: Vec::new(), channels: Vec::new(), files: Vec::new() }
    }
}

/// What `platform` tells `bot` when somebody says `text`, or why it cannot.
pub(super) fn says(
    bot: &Bot,
    platform: Platform,
    who: &Speaker,
    text: &str,
) -> Result<Told, String> {
    let to_bot = text.strip_prefix("@bot ");
    let addressed = who.place.is_none() || to_bot.is_some();
    let (text, files) = with_files(text);
    let mentions = mentions(platform, text);
    let channels = channels(platform, text);
    let text = to_bot.unwrap_or(text).trim();
    let Some(line) = split_command(text) else {
        is_brought(platform)?;
        let kind = EventKind::Message { text: text.to_owned() };
        return Ok(Told { kind, addressed, mentions, channels, files });
    };
    let spec = bot.specs().find(|spec| spec.name == line.name);
    let command = |arguments| EventKind::Command { name: line.name.clone(), arguments };
    match (platform, spec) {
        (Platform::Discord, Some(spec)) if spec.form.is_some() => {
            if !line.rest.is_empty() {
                return Err(format!(
                    "on Discord the form of /{} asks for its arguments",
                    spec.name
                ));
            }
            return Ok(Told::of(command(Arguments::Named([].into())), true));
        }
        (Platform::Discord, Some(spec)) => {
            if files.len() > spec.args().filter(|arg| arg.kind == ArgKind::File).count() {
                return Err(format!("on Discord /{} takes no such file", spec.name));
            }
            let along = Along { mentions: &mentions, channels: &channels, files: &files };
            let named = named(spec, line.rest, along);
            let named =
                named.map_err(|error| format!("Discord's form does not take it: {error}"))?;
            return Ok(Told::of(command(Arguments::Named(named)), true));
        }
        _ => {}
    }
    // A command of Telegram's may be another bot's.
    let addressed = addressed || platform != Platform::Telegram;
    let kind = command(Arguments::Text(line.rest.to_owned()));
    Ok(Told { kind, addressed, mentions, channels, files })
}

/// What a platform tells when somebody presses a button that holds this.
pub(super) fn presses(token: String, who: &Speaker) -> Told {
    Told::of(pressed(token, &user(&who.name)), true)
}

/// What `platform` tells `bot` when somebody chooses a command from a menu, or why it cannot.
pub(super) fn chooses(
    bot: &Bot,
    platform: Platform,
    label: &str,
    of: Option<&str>,
) -> Result<Told, String> {
    let person = of.and_then(|of| of.strip_prefix('@'));
    let is_labelled = |spec: &&Spec| {
        let own = match (of, person) {
            (None, _) => spec.shortcut,
            (_, Some(_)) => spec.on_user,
            (Some(_), None) => spec.on_message,
        };
        own == Some(label)
    };
    let spec = bot.specs().find(is_labelled).ok_or_else(|| format!("there is no ({label})"))?;
    let (arguments, is_there) = match (of, person) {
        (None, _) => (Arguments::Text(String::new()), platform == Platform::Slack),
        (_, Some(name)) => {
            (Arguments::Target(Target::User(user(name))), platform == Platform::Discord)
        }
        (Some(text), None) => {
            let target = Target::Message { text: text.to_owned(), author: None };
            (Arguments::Target(target), platform != Platform::Telegram)
        }
    };
    if !is_there {
        return Err(format!("{platform:?} has no such menu"));
    }
    let kind = EventKind::Command { name: spec.name.to_owned(), arguments };
    Ok(Told::of(kind, true))
}

/// What `platform` tells when somebody joins, or why it cannot.
pub(super) fn joins(platform: Platform, who: &Speaker) -> Result<Told, String> {
    is_brought(platform)?;
    let bot = who.name == "bot";
    let people = if bot { Vec::new() } else { vec![user(&who.name)] };
    let addressed = bot && platform == Platform::Slack;
    Ok(Told::of(EventKind::Joined(Joined { bot, people }), addressed))
}

fn is_brought(platform: Platform) -> Result<(), String> {
    match platform {
        Platform::Discord => {
            Err("Discord brings commands and presses, and neither messages nor joins".to_owned())
        }
        Platform::Slack | Platform::Telegram => Ok(()),
    }
}

/// What is said, and the files that are sent along.
fn with_files(text: &str) -> (&str, Vec<File>) {
    let (text, names) = text.split_once(FILE).unwrap_or((text, ""));
    let names = names.split(FILE).map(str::trim).filter(|name| !name.is_empty());
    (text, names.map(file).collect())
}

pub(super) fn file(name: &str) -> File {
    File { id: name.to_owned(), name: Some(name.to_owned()), ..File::default() }
}

/// Every name behind this mark, the bot's aside.
fn names(text: &str, mark: char) -> impl Iterator<Item = &str> {
    let is_name = move |c: char| c.is_ascii_alphanumeric() || c == '_' || (mark == '#' && c == '-');
    let names = text.split(mark).skip(1).map(move |rest| rest.split(|c| !is_name(c)).next());
    names.flatten().filter(|name| !name.is_empty() && *name != "bot")
}

/// Every channel named with a `#`; on Telegram with an `@`, as people are.
fn channels(platform: Platform, text: &str) -> Vec<ChannelMention> {
    let mark = if platform == Platform::Telegram { '@' } else { '#' };
    names(text, mark)
        .map(|name| {
            let text = format!("{mark}{name}");
            let id = if platform == Platform::Telegram { text.clone() } else { name.to_owned() };
            ChannelMention { text, channel: Channel { id, name: Some(name.to_owned()) } }
        })
        .collect()
}

/// Everybody named with an `@`. Telegram does not tell whose name it is.
fn mentions(platform: Platform, text: &str) -> Vec<Mention> {
    names(text, '@')
        .map(|name| {
            let text = format!("@{name}");
            let user = match platform {
                Platform::Telegram => User { id: text.clone(), name: Some(name.to_owned()) },
                Platform::Discord | Platform::Slack => user(name),
            };
            Mention { text, user }
        })
        .collect()
}

pub(super) fn user(name: &str) -> User {
    let mut shown = name.to_owned();
    if let Some(first) = shown.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    User { id: name.to_owned(), name: Some(shown) }
}

pub(super) fn conversation(who: &Speaker) -> String {
    who.place.clone().unwrap_or_else(|| who.name.clone())
}
