//! Buttons and menus as message components.
//!
//! <https://docs.discord.com/developers/components/reference>

use serde_json::{Value, json};

use crate::reply::{Choice, Reply};

const ACTION_ROW: u8 = 1;
const BUTTON: u8 = 2;
const STRING_SELECT: u8 = 3;

/// A grey button.
const SECONDARY: u8 = 2;

/// The most buttons in a row.
const IN_A_ROW: usize = 5;

/// The longest label of a button: 80 characters.
const BUTTON_LABEL: usize = 80;

/// The longest label of a menu's choice: 100 characters.
const CHOICE_LABEL: usize = 100;

/// The longest placeholder of a menu: 150 characters.
const PLACEHOLDER: usize = 150;

/// The buttons of `reply` in rows, and its menu below them; `seal` says what is in one.
pub(super) fn components(reply: &Reply, seal: impl Fn(&Choice) -> String) -> Value {
    let button = |(nth, choice): (usize, &Choice)| {
        json!({
            "type": BUTTON,
            "style": SECONDARY,
            "label": cut(&choice.label, BUTTON_LABEL),
            "custom_id": id(&seal(choice), nth),
        })
    };
    let buttons: Vec<Value> = reply.buttons().iter().enumerate().map(button).collect();
    let row = |components: Value| json!({ "type": ACTION_ROW, "components": components });
    let mut rows: Vec<Value> =
        buttons.chunks(IN_A_ROW).map(|buttons| row(buttons.to_vec().into())).collect();
    if let Some(menu) = reply.as_menu() {
        let option = |(nth, choice): (usize, &Choice)| {
            json!({
                "label": cut(&choice.label, CHOICE_LABEL),
                "value": id(&seal(choice), buttons.len() + nth),
            })
        };
        let options: Value = menu.choices.iter().enumerate().map(option).collect();
        rows.push(row(json!([{
            "type": STRING_SELECT,
            "custom_id": "menu",
            "placeholder": cut(&menu.prompt, PLACEHOLDER),
            "options": options,
        }])));
    }
    rows.into()
}

/// What a component is known by. Two may do the same, but Discord wants their ids to differ.
fn id(token: &str, nth: usize) -> String {
    format!("{token}.{nth}")
}

/// What [`id`] was made of.
pub(super) fn token(id: &str) -> &str {
    id.split_once('.').map_or(id, |(token, _)| token)
}

/// The beginning of a label, with a mark that there was more. Discord refuses an empty one.
pub(super) fn cut(label: &str, most: usize) -> String {
    let label = label.trim();
    if !label.is_empty() && label.chars().count() <= most {
        return label.to_owned();
    }
    label.chars().take(most - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_cut_where_they_are_too_long() {
        // (label, most, as sent)
        let cases = [
            ("Water", 5, "Water"),
            (" Water ", 5, "Water"),
            ("Watered", 5, "Wate…"),
            ("🧀🧀🧀", 3, "🧀🧀🧀"),
            ("🧀🧀🧀", 2, "🧀…"),
            (" ", 5, "…"),
        ];

        for (label, most, sent) in cases {
            assert_eq!(cut(label, most), sent, "{label:?} in {most}");
        }
    }
}
