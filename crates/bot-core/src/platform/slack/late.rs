//! What is said where a `response_url` takes no more: it does for 30 minutes and five messages.
//!
//! <https://docs.slack.dev/interactivity/handling-user-interaction>

use serde_json::{Map, Value, json};

use super::super::{Call, Sent};
use super::outbound::{POST_EPHEMERAL, POST_MESSAGE, RESPONSE_URL_REPLIES, post};
use super::{Address, block, rich_text, text};
use crate::document::plain;

/// The same as a message of the bot's own. What was for one person stays between them; what was to take the place of a
/// message comes after it.
pub(super) fn own(sent: &Sent<'_>) -> Option<Call> {
    let said = sent.call.body.as_object()?;
    let is_aside = said.get("response_type").is_some_and(|kind| kind == "ephemeral");
    let (channel, thread, is_private) = match sent.event.address.read()? {
        Address::Command { channel, .. } => (channel, None, is_aside),
        Address::Press { channel, thread, ephemeral, .. } => {
            (channel, thread, ephemeral || is_aside)
        }
        Address::Thread { .. } | Address::Channel { .. } => return None,
    };
    let words = said.get("text")?.as_str()?;
    let mut blocks = said.get("blocks").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut body =
        Map::from_iter([("channel".to_owned(), channel.into()), ("text".to_owned(), words.into())]);
    body.extend(thread.map(|thread| ("thread_ts".to_owned(), thread.into())));
    if is_private {
        body.insert("user".to_owned(), sent.event.user.id.as_str().into());
        if blocks.is_empty() {
            // Formatting cannot be switched off there.
            blocks.push(rich_text::block(&plain(&text::unescape(words))));
        }
    } else {
        body.insert("mrkdwn".to_owned(), json!(false));
    }
    if !blocks.is_empty() {
        body.insert("blocks".to_owned(), blocks.into());
    }
    let method = if is_private { POST_EPHEMERAL } else { POST_MESSAGE };
    Some(post(method, Value::Object(body)))
}

/// What follows the messages of a `response_url`, as a message to the person: the URL says it wherever the command was
/// given, and the bot need not be there.
///
/// What would be one more message instead of the URL's own is not: only one may be instead of another. What stands in a
/// button is sealed for the channel, so buttons stay behind.
pub(super) fn rest(sent: &Sent<'_>) -> Option<Call> {
    sent.event.address.read::<Address>()?.response_url()?;
    let user = sent.event.user.id.as_str();
    let mut body = sent.call.body.as_object()?.clone();
    if sent.step < RESPONSE_URL_REPLIES || body.get("channel")? == user {
        return None;
    }
    body.retain(|name, _| matches!(name.as_str(), "text" | "mrkdwn" | "blocks"));
    if let Some(blocks) = body.get_mut("blocks").and_then(Value::as_array_mut) {
        blocks.retain(|block| !block::is_choice(block));
    }
    body.insert("channel".to_owned(), user.into());
    Some(post(POST_MESSAGE, Value::Object(body)))
}
