//! The app's manifest, as far as it follows from what the bot declares.
//!
//! What else a manifest says is the app's owner's: its name, its colour, scopes that the bot's own requests need. So it is
//! held against the one that Slack has, and what stands there and is not ours stays.

use serde_json::{Map, Value, json};

use super::super::registration::{Comparison, Item, Typed, shortened, typed};
use super::super::{Call, Method};
use crate::bot::Bot;
use crate::command::{ArgKind, Spec};

/// <https://docs.slack.dev/reference/app-manifest>
const MOST_DESCRIPTION_CHARS: usize = 2000;
/// <https://docs.slack.dev/reference/app-manifest>
const MOST_HINT_CHARS: usize = 1000;
/// <https://docs.slack.dev/reference/app-manifest>
const MOST_SHORTCUT_DESCRIPTION_CHARS: usize = 150;

/// Events, and the scopes without which Slack does not send them.
///
/// <https://docs.slack.dev/reference/events>
type Events = &'static [(&'static str, &'static [&'static str])];

/// What is said to the bot.
const ADDRESSED: Events =
    &[("app_mention", &["app_mentions:read"]), ("message.im", &["im:history"])];

/// What is said where the bot is.
const OVERHEARD: Events = &[
    ("message.channels", &["channels:history"]),
    ("message.groups", &["groups:history"]),
    ("message.mpim", &["mpim:history"]),
];

/// Who comes.
const JOINED: Events = &[("member_joined_channel", &["channels:read", "groups:read"])];

/// A manifest for a new app whose webhooks go to `url`.
#[must_use]
pub fn manifest(bot: &Bot, url: &str) -> Value {
    merged(&of_a_new_app(), &declared(bot, url))
}

/// The manifest of an app that there is.
///
/// <https://docs.slack.dev/reference/methods/apps.manifest.export>,
/// <https://docs.slack.dev/reference/methods/apps.manifest.update>
pub(super) fn update(bot: &Bot, app_id: String, url: &str) -> Item {
    let declared = declared(bot, url);
    let read = post("apps.manifest.export", json!({ "app_id": app_id }));
    Item::new("manifest", read, move |answer| {
        let registered = answer.get("manifest").filter(|manifest| manifest.is_object())?;
        let theirs = merged(&of_a_new_app(), registered);
        let wanted = merged(&theirs, &with_scopes_of(registered, declared.clone()));
        // The manifest is a string in the request.
        let body = json!({ "app_id": app_id, "manifest": wanted.to_string() });
        let write = post("apps.manifest.update", body);
        Some(Comparison::new(registered.clone(), wanted, write))
    })
}

fn post(method: &str, body: Value) -> Call {
    Call { method: Method::Post, target: method.to_owned(), body }
}

/// What every app has and its owner chooses.
fn of_a_new_app() -> Value {
    json!({
        "display_information": { "name": "Lambot" },
        "features": { "bot_user": { "display_name": "Lambot", "always_online": true } },
    })
}

/// What follows from the bot.
fn declared(bot: &Bot, url: &str) -> Value {
    let mut events = ADDRESSED.to_vec();
    if bot.overhears() {
        events.extend(OVERHEARD);
    }
    if bot.greets() {
        events.extend(JOINED);
    }
    let commands: Vec<Value> = typed(bot.specs()).iter().map(|typed| command(typed, url)).collect();
    let shortcuts: Vec<Value> = bot.specs().flat_map(shortcuts).collect();
    let has_any = !(commands.is_empty() && shortcuts.is_empty());
    let of_commands = has_any.then_some("commands");
    // A form that asks for a file does not open without it.
    let has_files = bot.specs().flat_map(Spec::args).any(|arg| arg.kind == ArgKind::File);
    let of_files = has_files.then_some("files:read");
    let of_events = events.iter().flat_map(|(_, scopes)| *scopes).copied();
    let scopes: Vec<&str> = ["chat:write", "reactions:write"]
        .into_iter()
        .chain(of_commands)
        .chain(of_files)
        .chain(of_events)
        .collect();
    let events: Vec<&str> = events.iter().map(|(name, _)| *name).collect();
    let suggests = bot.specs().flat_map(Spec::args).any(|arg| arg.suggest.is_some());
    let interactivity = if suggests {
        json!({ "is_enabled": true, "request_url": url, "message_menu_options_url": url })
    } else {
        json!({ "is_enabled": true, "request_url": url })
    };
    json!({
        "features": {
            // Without these nobody can write to the bot alone.
            "app_home": { "messages_tab_enabled": true, "messages_tab_read_only_enabled": false },
            "shortcuts": shortcuts,
            "slash_commands": commands,
        },
        "oauth_config": { "scopes": { "bot": scopes } },
        "settings": {
            "event_subscriptions": { "request_url": url, "bot_events": events },
            "interactivity": interactivity,
            "socket_mode_enabled": false,
        },
    })
}

fn command(typed: &Typed, url: &str) -> Value {
    let mut command = Map::new();
    let mut set = |name: &str, value: Value| command.insert(name.to_owned(), value);
    set("command", format!("/{}", typed.name).into());
    set("description", shortened(&typed.about, MOST_DESCRIPTION_CHARS).into());
    set("url", url.into());
    // A person is named by an id, and so can be an argument, where Slack escapes.
    set("should_escape", true.into());
    if !typed.usage.is_empty() {
        set("usage_hint", shortened(&typed.usage, MOST_HINT_CHARS).into());
    }
    command.into()
}

/// The menus that a command stands in. What is chosen comes back with the `callback_id`, and means the command by the name it
/// has in that menu.
fn shortcuts(spec: &Spec) -> impl Iterator<Item = Value> {
    let about = if spec.about.is_empty() { spec.name } else { spec.about };
    let description = shortened(about, MOST_SHORTCUT_DESCRIPTION_CHARS);
    let message = spec.on_message.map(|label| ("message", label, label));
    let global = spec.shortcut.map(|label| ("global", label, spec.name));
    message.into_iter().chain(global).map(move |(kind, label, id)| {
        json!({ "type": kind, "name": label, "callback_id": id, "description": description })
    })
}

/// `ours` over `theirs`, key by key. A list of nothing is not put where there is none.
fn merged(theirs: &Value, ours: &Value) -> Value {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            let mut merged = theirs.clone();
            for (key, ours) in ours {
                if !theirs.contains_key(key) && ours.as_array().is_some_and(Vec::is_empty) {
                    continue;
                }
                let value =
                    theirs.get(key).map_or_else(|| ours.clone(), |their| self::merged(their, ours));
                merged.insert(key.clone(), value);
            }
            merged.into()
        }
        (Value::Array(theirs), Value::Array(ours)) => in_their_order(theirs, ours),
        _ => ours.clone(),
    }
}

/// The lists of a manifest are sets, and Slack gives them back in an order of its own.
fn in_their_order(theirs: &[Value], ours: &[Value]) -> Value {
    fn id(value: &Value) -> &Value {
        value.get("command").or_else(|| value.get("callback_id")).unwrap_or(value)
    }
    let among = |values: &[Value], value: &Value| values.iter().any(|other| id(other) == id(value));
    let kept = theirs.iter().filter_map(|their| ours.iter().find(|our| id(our) == id(their)));
    let new = ours.iter().filter(|our| !among(theirs, our));
    kept.chain(new).cloned().collect()
}

/// `declared` with the scopes that the app has besides: the bot's own requests may need them.
fn with_scopes_of(registered: &Value, mut declared: Value) -> Value {
    const SCOPES: &str = "/oauth_config/scopes/bot";

    let theirs = registered.pointer(SCOPES).and_then(Value::as_array);
    if let Some(ours) = declared.pointer_mut(SCOPES).and_then(Value::as_array_mut) {
        for scope in theirs.into_iter().flatten() {
            if !ours.contains(scope) {
                ours.push(scope.clone());
            }
        }
    }
    declared
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::platform::{ApiAnswer, Platform};
    use crate::testing::BOT;

    const URL: &str = "https://bot.example/webhooks/slack";

    fn compare(manifest: &Value) -> Comparison {
        let body = json!({ "ok": true, "manifest": manifest }).to_string().into_bytes();
        let answer = ApiAnswer { status: 200, body: Some(body), ..ApiAnswer::default() };
        update(&BOT, "A1".to_owned(), URL).compare(&answer).expect("an answer")
    }

    #[test]
    fn a_manifest_says_where_the_bot_is_and_what_it_does() {
        let manifest = manifest(&BOT, URL);
        let echo = json!({
            "command": "/echo",
            "description": "Says it.",
            "usage_hint": "<text>",
            "url": URL,
            "should_escape": true,
        });
        // (where, what)
        let cases = [
            ("/features/slash_commands/0", echo),
            ("/features/app_home/messages_tab_enabled", json!(true)),
            ("/settings/event_subscriptions/request_url", json!(URL)),
            ("/settings/event_subscriptions/bot_events", json!(["app_mention", "message.im"])),
            ("/settings/interactivity", json!({ "is_enabled": true, "request_url": URL })),
            (
                "/oauth_config/scopes/bot",
                json!([
                    "chat:write",
                    "reactions:write",
                    "commands",
                    "app_mentions:read",
                    "im:history"
                ]),
            ),
        ];
        for (pointer, expected) in cases {
            assert_eq!(manifest.pointer(pointer), Some(&expected), "{pointer}");
        }
    }

    #[test]
    fn only_what_the_bot_listens_to_is_asked_for() {
        struct Ear;
        impl crate::Listener for Ear {
            type State = ();
            async fn hear(
                _: String,
                _: &mut crate::Cx<()>,
            ) -> Result<crate::Reply, crate::UsageError> {
                Ok(crate::Reply::nothing())
            }
        }
        impl crate::Greeter for Ear {
            type State = ();
            async fn greet(
                _: crate::event::Joined,
                _: &mut crate::Cx<()>,
            ) -> Result<crate::Reply, crate::UsageError> {
                Ok(crate::Reply::nothing())
            }
        }
        // (bot, an event, its scope)
        let cases = [
            (Bot::new().on_overheard::<Ear>(), "message.channels", "channels:history"),
            (Bot::new().on_join::<Ear>(), "member_joined_channel", "channels:read"),
        ];
        for (bot, event, scope) in cases {
            let with = manifest(&bot, URL).to_string();
            let without = manifest(&Bot::new(), URL).to_string();
            for word in [event, scope] {
                let word = format!("\"{word}\"");
                assert_eq!(
                    (with.contains(&word), without.contains(&word)),
                    (true, false),
                    "{word}"
                );
            }
            assert!(
                !with.contains("\"commands\""),
                "a bot without commands needs no scope for them"
            );
        }
    }

    #[test]
    fn what_the_owner_chose_stays() {
        let mut theirs = manifest(&BOT, URL);
        theirs["display_information"] =
            json!({ "name": "Gardener", "background_color": "#0f0f0f" });
        theirs["settings"]["org_deploy_enabled"] = false.into();
        let scopes = theirs.pointer_mut("/oauth_config/scopes/bot").and_then(Value::as_array_mut);
        let scopes = scopes.expect("scopes");
        scopes.reverse();
        scopes.push("users:read".into());
        theirs["features"]["slash_commands"].as_array_mut().expect("commands").reverse();
        assert_eq!(theirs["features"].get("shortcuts"), None, "nothing is no difference");
        let comparison = compare(&theirs);
        assert!(comparison.is_same(), "{} {}", comparison.registered, comparison.wanted);

        // (where, what Slack has, what it should have)
        let cases = [
            ("/display_information/name", json!("Another"), json!("Another")),
            ("/settings/interactivity/request_url", json!("https://old.example"), json!(URL)),
            (
                "/settings/event_subscriptions/bot_events",
                json!(["message.im", "pin_added"]),
                json!(["message.im", "app_mention"]),
            ),
            ("/features/bot_user/display_name", json!("Rose"), json!("Rose")),
        ];
        for (pointer, has, should_have) in cases {
            let mut theirs = theirs.clone();
            *theirs.pointer_mut(pointer).expect(pointer) = has.clone();
            let comparison = compare(&theirs);
            assert_eq!(comparison.wanted.pointer(pointer), Some(&should_have), "{pointer}");
            assert_eq!(comparison.is_same(), has == should_have, "{pointer}");
        }

        theirs["features"]["slash_commands"][0]["usage_hint"] = "[gone]".into();
        theirs["features"]["slash_commands"]
            .as_array_mut()
            .expect("commands")
            .push(json!({ "command": "/gone" }));
        theirs["features"]["shortcuts"] = json!([{ "callback_id": "gone" }]);
        let comparison = compare(&theirs);
        assert!(!comparison.wanted.to_string().contains("gone"));
    }

    #[test]
    fn the_manifest_is_updated_as_a_string_with_the_configuration_token() {
        let settings = |name: &str| match name {
            "SLACK_CONFIG_TOKEN" => Some("xoxe-1".to_owned()),
            "SLACK_APP_ID" => Some("A1".to_owned()),
            "SLACK_BOT_TOKEN" => Some("xoxb-1".to_owned()),
            _ => None,
        };
        let registration = Platform::Slack
            .registration(&BOT, Some("https://bot.example"), &settings)
            .expect("settings");
        let request = registration.write(&compare(&json!({}))).expect("a token");
        assert_eq!(request.url.expose_secret(), "https://slack.com/api/apps.manifest.update");
        let authorization = request.headers.iter().find(|(name, _)| *name == "authorization");
        assert_eq!(authorization.map(|(_, value)| value.expose_secret()), Some("Bearer xoxe-1"));
        let body: Value = serde_json::from_slice(&request.body).expect("JSON");
        assert_eq!(body["app_id"], "A1");
        let sent: Value =
            serde_json::from_str(body["manifest"].as_str().expect("a string")).expect("JSON");
        assert_eq!(sent, manifest(&BOT, URL));
    }
}
