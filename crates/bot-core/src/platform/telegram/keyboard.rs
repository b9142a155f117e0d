//! Buttons and menus as inline keyboards.
//!
//! Telegram knows no menus, so a menu's choices are buttons and its prompt is the end of the text.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::super::Part;
use super::outbound::TEXT_LIMIT;
use super::rich;
use crate::action::{MAX_TOKEN_CHARS, form_of, is_token};
use crate::document::{self, Block, plain};
use crate::reply::{Choice, Reply};

/// How many buttons stand side by side on a telephone without being cut.
const IN_A_ROW: usize = 3;

/// How many characters the label of one of them may have.
const SHORT: usize = 20;

/// The longest label, in bytes.
///
/// Telegram refuses a message whose whole keyboard is too large, at about 10 KB by experience. With this, the largest reply
/// stays below it.
const LABEL_BYTES: usize = 100;

/// Between what is sealed in a button and the topic it stands in.
const IN_TOPIC: char = '.';

/// What is in a button of `topic`: its topic, too, if there is room for both. Of a message that is some hours old Telegram tells
/// none, and the seal opens in no other. What opens a form has no seal.
///
/// <https://core.telegram.org/bots/api#inaccessiblemessage>
pub(super) fn placed(token: String, topic: Option<i64>) -> String {
    match topic.map(|topic| format!("{token}{IN_TOPIC}{topic}")) {
        Some(placed) if form_of(&token).is_none() && placed.len() <= MAX_TOKEN_CHARS => placed,
        _ => token,
    }
}

/// What is in a button, and the topic beside it. That is nobody's word until the seal opens there.
pub(super) fn apart(data: &str) -> (&str, Option<i64>) {
    match data.split_once(IN_TOPIC) {
        Some((token, topic)) if is_token(token) => (token, topic.parse().ok()),
        _ => (data, None),
    }
}

/// The keyboard that takes away a message's buttons.
pub(super) fn empty() -> Value {
    json!({ "inline_keyboard": [] })
}

/// The buttons of `reply` in rows, and below them the choices of its menu; `seal` says what is in one.
pub(super) fn keyboard(reply: &Reply, seal: impl Fn(&Choice) -> String) -> Value {
    let is_short = |choice: &Choice| choice.label.chars().count() <= SHORT;
    let in_a_row = if reply.buttons().iter().all(is_short) { IN_A_ROW } else { 1 };
    let choices = reply.as_menu().map_or(&[][..], |menu| &menu.choices);
    let rows = reply.buttons().chunks(in_a_row).chain(choices.chunks(1));
    let button = |choice: &Choice| json!({ "text": label(choice), "callback_data": seal(choice) });
    let rows: Value = rows.map(|row| row.iter().map(button).collect::<Value>()).collect();
    json!({ "inline_keyboard": rows })
}

/// What a message says, with the prompt of the menu under it as far as there is room.
pub(super) fn blocks(part: &Part<'_>) -> Vec<Block> {
    let mut blocks = part.blocks.clone();
    let prompt = part.choices.and_then(Reply::as_menu).map_or("", |menu| menu.prompt.trim());
    if !prompt.is_empty() && prompt != document::text(&blocks) {
        blocks.extend(plain(prompt));
        if rich::cost(&blocks) > TEXT_LIMIT {
            blocks.pop();
        }
    }
    blocks
}

/// The beginning of a label, with a mark that there was more.
///
/// Telegram refuses a button without a label, and the whole message with it.
fn label(choice: &Choice) -> Cow<'_, str> {
    let label = choice.label.trim();
    if !label.is_empty() && label.len() <= LABEL_BYTES {
        return label.into();
    }
    let most = label.floor_char_boundary(LABEL_BYTES - '…'.len_utf8());
    format!("{}…", label.get(..most).unwrap_or_default().trim_end()).into()
}
