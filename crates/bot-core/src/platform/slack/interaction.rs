//! What somebody has done with the elements of Slack's surface: buttons, menus, shortcuts and forms.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::{DecodeError, Decoded, Ignored, Platform, is_below};
use super::{Address, sent_at, shortcut, submission, view};
use crate::action::{is_token, pressed};
use crate::event::{self, Event, EventKey, User};
use crate::http::Response;

/// What interactions have in common.
#[derive(Deserialize)]
struct Interaction {
    #[serde(rename = "type")]
    kind: String,
    trigger_id: Option<String>,
}

/// A press, as far as the buttons and menus of messages have fields.
#[derive(Deserialize)]
struct Press {
    trigger_id: Option<String>,
    team: Option<Named>,
    channel: Option<Named>,
    user: Option<Person>,
    container: Option<Container>,
    message: Option<Posted>,
    response_url: Option<String>,
    #[serde(default)]
    actions: Vec<Element>,
}

#[derive(Deserialize)]
pub(super) struct Named {
    pub(super) id: String,
}

#[derive(Deserialize)]
pub(super) struct Person {
    id: String,
    username: Option<String>,
    name: Option<String>,
    team_id: Option<String>,
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        Self { id: person.id, name: person.name.or(person.username) }
    }
}

/// The workspace. Where a whole organisation has installed the app, there is no team besides the person's.
pub(super) fn team(team: Option<Named>, user: &Person) -> Result<String, DecodeError> {
    let team = team.map(|team| team.id).or_else(|| user.team_id.clone());
    team.ok_or(DecodeError::Missing("team"))
}

/// Where the element stands. A modal's container has no message.
#[derive(Default, Deserialize)]
struct Container {
    message_ts: Option<String>,
    channel_id: Option<String>,
    thread_ts: Option<String>,
    #[serde(default)]
    is_ephemeral: bool,
}

#[derive(Deserialize)]
struct Posted {
    thread_ts: Option<String>,
}

#[derive(Deserialize)]
struct Element {
    #[serde(default)]
    action_id: String,
    action_ts: Option<String>,
    /// A button's.
    value: Option<String>,
    /// A menu's.
    selected_option: Option<Chosen>,
}

#[derive(Deserialize)]
struct Chosen {
    value: Option<String>,
}

pub(super) fn decode(payload: &str, hooks_url: &str) -> Result<Decoded, DecodeError> {
    let interaction: Interaction = serde_json::from_str(payload)?;
    match interaction.kind.as_str() {
        "block_actions" => decode_press(serde_json::from_str(payload)?, hooks_url),
        "block_suggestion" => Ok(view::decode_typing(serde_json::from_str(payload)?)),
        "view_submission" => submission::decode(serde_json::from_str(payload)?, hooks_url),
        "view_closed" => Ok(Decoded::ignored(Ignored::Closed)),
        "shortcut" | "message_action" => {
            shortcut::decode(serde_json::from_str(payload)?, hooks_url)
        }
        _ => Ok(Decoded::ignored(Ignored::Kind)),
    }
}

/// What tells whoever waits that nobody can read this: these words where there is a form to show them in.
///
/// Of the answer to anything else Slack shows nothing but that it is an error:
/// <https://docs.slack.dev/interactivity/handling-user-interaction>.
pub(super) fn respond_unreadable(payload: &str, words: &str) -> Response {
    let payload: Value = serde_json::from_str(payload).unwrap_or_default();
    let input = inputs(&payload).next();
    match (payload.get("type").and_then(Value::as_str), input) {
        (Some("view_submission"), Some(input)) => errors(&json!({ input.as_str(): words })),
        (Some("block_suggestion"), _) => Response::json(200, &json!({ "options": [] })),
        _ => Response::error(422, "not readable"),
    }
}

/// What tells what is wrong with those of the arguments that the view asks for.
pub(super) fn respond_faults(payload: &str, faults: &[(&str, String)]) -> Option<Response> {
    let payload: Value = serde_json::from_str(payload).ok()?;
    let told: Map<_, _> = inputs(&payload)
        .filter_map(|input| {
            let (_, fault) = faults.iter().find(|(name, _)| name == input)?;
            Some((input.clone(), fault.as_str().into()))
        })
        .collect();
    (!told.is_empty()).then(|| errors(&told.into()))
}

/// The blocks of a view that ask for something, by their ids.
fn inputs(payload: &Value) -> impl Iterator<Item = &String> {
    let inputs = payload.pointer("/view/state/values").and_then(Value::as_object);
    inputs.into_iter().flat_map(Map::keys)
}

fn errors(errors: &Value) -> Response {
    Response::json(200, &json!({ "response_action": "errors", "errors": errors }))
}

/// What a view may be opened by.
pub(super) fn trigger(payload: &str) -> Option<String> {
    serde_json::from_str::<Interaction>(payload).ok()?.trigger_id
}

fn decode_press(press: Press, hooks_url: &str) -> Result<Decoded, DecodeError> {
    let Some(element) = press.actions.into_iter().next() else {
        return Ok(Decoded::ignored(Ignored::Kind));
    };
    let chosen = element.selected_option.and_then(|option| option.value);
    let container = press.container.unwrap_or_default();
    let token = element.value.or(chosen).filter(|value| is_token(value));
    let (Some(token), Some(message)) = (token, container.message_ts) else {
        return Ok(Decoded::ignored(Ignored::NotOurs));
    };
    let user = press.user.ok_or(DecodeError::Missing("user"))?;
    let team = team(press.team, &user)?;
    let user = User::from(user);
    let kind = pressed(token, &user);
    let channel = press.channel.map(|channel| channel.id).or(container.channel_id);
    let channel = channel.ok_or(DecodeError::Missing("channel"))?;
    let response_url = press.response_url.ok_or(DecodeError::Missing("response_url"))?;
    if !is_below(&response_url, hooks_url) {
        return Err(DecodeError::ForeignUrl);
    }
    let pressed_at = element.action_ts;
    let key = match (&press.trigger_id, &pressed_at) {
        (Some(trigger), _) => EventKey::new(Platform::Slack, &[&team, "trigger", trigger]),
        (None, Some(at)) => {
            let press = [&team, "press", &channel, &message, &element.action_id, at, &user.id];
            EventKey::new(Platform::Slack, &press)
        }
        (None, None) => return Err(DecodeError::Missing("trigger_id")),
    };
    let ephemeral = container.is_ephemeral;
    let thread = container.thread_ts.or(press.message.and_then(|message| message.thread_ts));
    let thread = thread.or((!ephemeral).then_some(message));
    Ok(Decoded::Event(Box::new(Event {
        key,
        platform: Platform::Slack,
        tenant: team,
        conversation: channel.clone(),
        user,
        locale: None,
        sent_at: pressed_at.as_deref().and_then(sent_at),
        addressed: true,
        kind,
        mentions: Vec::new(),
        channels: Vec::new(),
        files: Vec::new(),
        ephemeral: false,
        address: event::Address::of(&Address::Press { channel, thread, ephemeral, response_url }),
    })))
}
