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

/// The command its id names. The answer goes, as that to a slash command, to where the message is, or, where there is none,
/// to the person.
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
        channels: Vec::new(),
        files: Vec::new(),
        ephemeral: false,
        address: event::Address::of(&address),
    })))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::bot::{Bot, command};
    use crate::platform::ApiAnswer;
    use crate::platform::slack::{manifest, registration::update};
    use crate::{Arg, Command, Cx, Reply, Spec, UsageError};

    #[derive(Deserialize)]
    struct Keep {}

    impl Command for Keep {
        const SPEC: Spec = Spec::new("note keep", "Keeps a note.")
            .arg(Arg::text("what", "Which").suggest(|_| Vec::new()))
            .on_message("Keep this")
            .shortcut("Keep a note");
        type State = ();

        async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
            Ok(Reply::nothing())
        }
    }

    static BOT: Bot = Bot::new().commands(&[command::<Keep>()]);

    #[test]
    fn what_the_manifest_declares_comes_back_as_its_command() {
        let manifest = manifest(&BOT, "https://bot.example");
        let shortcuts = manifest["features"]["shortcuts"].as_array().expect("shortcuts");
        let expected =
            [("message", "Keep this", "Keeps a note."), ("global", "Keep a note", "Keeps a note.")];
        assert_eq!(shortcuts.len(), expected.len());
        for (shortcut, (kind, label, about)) in shortcuts.iter().zip(expected) {
            let found = ["type", "name", "description"].map(|name| shortcut[name].as_str());
            assert_eq!(found, [kind, label, about].map(Some));

            let message = (kind == "message").then(|| json!({ "user": "U2", "text": "milk" }));
            let payload = json!({
                "callback_id": shortcut["callback_id"], "trigger_id": "1.2", "message": message,
                "team": { "id": "T1" }, "user": { "id": "U1" },
            });
            let shortcut = Shortcut::deserialize(payload).expect("a shortcut");
            let decoded = decode(shortcut, "https://hooks.slack.com/");
            let Ok(Decoded::Event(event)) = decoded else { panic!("no event: {label}") };
            assert_eq!(BOT.spec_of(&event).map(|spec| spec.name), Some("note keep"), "{label}");
        }
        let options = "/settings/interactivity/message_menu_options_url";
        assert_eq!(manifest.pointer(options), Some(&json!("https://bot.example")));
    }

    #[test]
    fn shortcuts_in_another_order_are_the_same() {
        let url = "https://bot.example";
        let mut theirs = manifest(&BOT, url);
        theirs["features"]["shortcuts"].as_array_mut().expect("shortcuts").reverse();
        let compare = |manifest: &serde_json::Value| {
            let body = json!({ "ok": true, "manifest": manifest }).to_string().into_bytes();
            let answer = ApiAnswer { status: 200, body: Some(body), ..ApiAnswer::default() };
            update(&BOT, "A1".to_owned(), url).compare(&answer).expect("an answer")
        };
        assert!(compare(&theirs).is_same());

        let expected = theirs.clone();
        theirs["features"]["shortcuts"][0]["name"] = "Keep it".into();
        assert_eq!(compare(&theirs).wanted, expected);
    }
}
