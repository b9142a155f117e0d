//! A message's text, buttons and menu as blocks.

use serde_json::{Value, json};

use crate::action::MAX_TOKEN_CHARS;
use crate::reply::{Choice, Reply};

/// The longest text in a block: 3,000 characters.
///
/// <https://docs.slack.dev/reference/block-kit/composition-objects/text-object>
pub(super) const TEXT_LIMIT: usize = 3000;

/// The longest label of a button or an option: 75 characters.
///
/// <https://docs.slack.dev/reference/block-kit/block-elements/button-element>,
/// <https://docs.slack.dev/reference/block-kit/composition-objects/option-object>
const LABEL_LIMIT: usize = 75;

/// The longest placeholder of a menu: 150 characters.
///
/// <https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element>
const PLACEHOLDER_LIMIT: usize = 150;

/// The type of a block of buttons and menus.
const ACTIONS: &str = "actions";

// An actions block takes 25 elements, a menu 100 options, and an option's value 150 characters; a button's takes more:
// <https://docs.slack.dev/reference/block-kit/blocks/actions-block>.
const _: () = assert!(Reply::MOST_BUTTONS <= 25);
const _: () = assert!(Reply::MOST_CHOICES <= 100);
const _: () = assert!(MAX_TOKEN_CHARS <= 150);

/// The buttons and the menu of `reply`; `seal` makes what comes back from one.
pub(super) fn choices(reply: &Reply, seal: impl Fn(&Choice) -> String) -> Vec<Value> {
    let buttons: Vec<Value> = reply
        .buttons()
        .iter()
        .enumerate()
        .map(|(nth, choice)| {
            json!({
                "type": "button",
                "action_id": action_id(nth),
                "text": label(&choice.label, LABEL_LIMIT),
                "value": seal(choice),
            })
        })
        .collect();
    let menu = reply.as_menu().map(|menu| {
        let option = |choice: &Choice| json!({ "text": label(&choice.label, LABEL_LIMIT), "value": seal(choice) });
        json!({
            "type": "static_select",
            "action_id": action_id(buttons.len()),
            "placeholder": label(&menu.prompt, PLACEHOLDER_LIMIT),
            "options": menu.choices.iter().map(option).collect::<Vec<_>>(),
        })
    });
    let rows = [buttons, menu.into_iter().collect()];
    let rows = rows.into_iter().filter(|row| !row.is_empty());
    rows.map(|row| json!({ "type": ACTIONS, "elements": row })).collect()
}

/// Whether there are [`choices`] among the blocks of a message.
pub(super) fn has_choices(body: &Value) -> bool {
    let blocks = body.get("blocks").and_then(Value::as_array);
    blocks.is_some_and(|blocks| blocks.iter().any(is_choice))
}

/// Whether a block is of [`choices`].
pub(super) fn is_choice(block: &Value) -> bool {
    block.get("type").is_some_and(|kind| kind == ACTIONS)
}

/// Slack wants a name for each element of a message and no name twice.
fn action_id(nth: usize) -> String {
    format!("lambot:{nth}")
}

/// At most `limit` of `text`, as it stands: people's words may be in it, and `:wave:` in them is no emoji.
///
/// <https://docs.slack.dev/reference/block-kit/composition-objects/text-object>
pub(super) fn label(text: &str, limit: usize) -> Value {
    json!({ "type": "plain_text", "text": cut(text, limit), "emoji": false })
}

/// At most `limit` of `text`, and at least something: Slack refuses an empty label.
///
/// Slack does not say what it counts; UTF-16 units are the most of what it may mean.
fn cut(text: &str, limit: usize) -> String {
    let text = text.trim();
    if !text.is_empty() && text.encode_utf16().count() <= limit {
        return text.to_owned();
    }
    let mut units = 1;
    let fits = |c: &char| {
        units += c.len_utf16();
        units <= limit
    };
    let head: String = text.chars().take_while(fits).collect();
    format!("{}…", head.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_cut_to_what_slack_takes() {
        // (label, limit, as it is sent)
        let cases = [
            ("Watered", 7, "Watered"),
            ("Watered", 6, "Water…"),
            ("Not now", 5, "Not…"),
            ("💧💧💧", 6, "💧💧💧"),
            ("💧💧💧", 5, "💧💧…"),
            ("  Watered ", 7, "Watered"),
            ("", 75, "…"),
            (" ", 75, "…"),
        ];

        for (text, limit, expected) in cases {
            assert_eq!(cut(text, limit), expected, "{text:?} by {limit}");
        }
    }
}
