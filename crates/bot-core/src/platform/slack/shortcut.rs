//! Commands that were chosen from a menu: shortcuts, of a message or of none.
//!
//! <https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload>

use serde::Deserialize;

use super::super::{DecodeError, Decoded, Platform, is_below};
use super::interaction::{Named, Person, team};
use super::{Address, sent_at, text};
use crate::event::{self, Arguments, Event, EventKey, EventKind, Target, User};

#[derive(Deserialize)]
pub(super) struct Shortcut {
    callback_id: Option<String>,
    trigger_id: Option<String>,
    action_ts: Option<String>,
    team: Option<Named>,
    user: Option<Person>,
    channel: Option<Named>,
    response_url: Option<String>,
    message: Option<Message>,
}

#[derive(Deserialize)]
struct Message {
    user: Option<String>,
    text: Option<String>,
}

/// The command its id names. The answer is for the person alone, as that to a slash command is: where the message is, or,
/// where there is none, in private.
pub(super) fn decode(shortcut: Shortcut, hooks_url: &str) -> Result<Decoded, DecodeError> {
    let name = shortcut.callback_id.ok_or(DecodeError::Missing("callback_id"))?;
    let user = shortcut.user.ok_or(DecodeError::Missing("user"))?;
    let team = team(shortcut.team, &user)?;
    let trigger = shortcut.trigger_id.ok_or(DecodeError::Missing("trigger_id"))?;
    let user = User::from(user);
    let arguments = shortcut.message.map_or_else(
        || Arguments::Text(String::new()),
        |message| {
            let text = text::to_plain(&message.text.unwrap_or_default(), None).text;
            let author = message.user.map(|id| User { id, name: None });
            Arguments::Target(Target::Message { text, author })
        },
    );
    let address = match (shortcut.channel, shortcut.response_url) {
        (Some(channel), Some(response_url)) => {
            if !is_below(&response_url, hooks_url) {
                return Err(DecodeError::ForeignUrl);
            }
            Address::Command { channel: channel.id, response_url }
        }
        // A message to a person's id goes to their conversation with the bot.
        _ => Address::Channel { channel: user.id.clone() },
    };
    Ok(Decoded::Event(Box::new(Event {
        key: EventKey::new(Platform::Slack, &[&team, "trigger", &trigger]),
        platform: Platform::Slack,
        tenant: team,
        conversation: address.channel().to_owned(),
        user,
        locale: None,
        sent_at: shortcut.action_ts.as_deref().and_then(sent_at),
        addressed: true,
        kind: EventKind::Command { name, arguments },
        mentions: Vec::new(),
        files: Vec::new(),
        ephemeral: false,
        address: event::Address::of(&address),
    })))
}
