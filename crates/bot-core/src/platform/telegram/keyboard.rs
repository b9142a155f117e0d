//! Buttons and menus as inline keyboards.
//!
//! Telegram knows no menus, so a menu's choices are buttons and its prompt is the end of the text.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::super::Part;
use super::outbound::TEXT_LIMIT;
use super::rich;
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
