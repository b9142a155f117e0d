//! What a person would see of a call to a platform's API.

use serde_json::Value;

/// Something the bot shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// Where: a platform's slug.
    pub(crate) platform: String,
    /// What.
    pub(crate) act: Act,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// That an answer takes a moment.
    Works,
    /// A new message.
    Says(Message),
    /// What a message is from now on.
    Edits(Message),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// The platform's id of it, as far as the call tells.
    pub(crate) id: String,
    /// As a person would read it.
    pub(crate) text: String,
    /// The buttons under it, and the choices of its menu.
    pub(crate) choices: Vec<Choice>,
}

/// A button, or a choice of a menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    /// What people read.
    pub(crate) label: String,
    /// What a press brings back.
    pub(crate) token: String,
}

impl Said {
    /// What the call with this `path` and `body` shows; a message it makes gets the id `new_id`.
    pub(crate) fn read(path: &str, body: &Value, new_id: &str) -> Option<Self> {
        let platform = path.split('/').nth(1).unwrap_or_default().to_owned();
        let method = path.rsplit('/').next().unwrap_or_default();
        if method == "sendChatAction" {
            return Some(Self { platform, act: Act::Works });
        }
        let reaction = match method {
            "setMessageReaction" => body.pointer("/reaction/0/emoji"),
            "reactions.add" => body.get("name"),
            _ => None,
        };
        if let Some(reaction) = reaction.and_then(Value::as_str) {
            let text = format!("({reaction})");
            let message = Message { id: new_id.to_owned(), text, choices: Vec::new() };
            return Some(Self { platform, act: Act::Says(message) });
        }
        let text = body.get("text").or_else(|| body.get("content")).and_then(Value::as_str)?;
        let text = readable(&platform, text);
        let choices = choices(body);
        let edited = match method {
            "editMessageText" => body.get("message_id").map(Value::to_string),
            "chat.update" => body.get("ts").and_then(Value::as_str).map(str::to_owned),
            // On Discord, the answer to a command is an edit too.
            _ => is_replacement(body).then(String::new),
        };
        let act = match edited {
            Some(id) => Act::Edits(Message { id, text, choices }),
            None => Act::Says(Message { id: new_id.to_owned(), text, choices }),
        };
        Some(Self { platform, act })
    }
}

fn is_replacement(body: &Value) -> bool {
    body.get("replace_original").and_then(Value::as_bool).unwrap_or_default()
}

/// Whatever has a label and brings something back, in the order people see it.
fn choices(body: &Value) -> Vec<Choice> {
    let parts = ["reply_markup", "components", "blocks"].into_iter();
    parts.filter_map(|part| body.get(part)).flat_map(choices_in).collect()
}

fn choices_in(value: &Value) -> Vec<Choice> {
    if let Some(choice) = choice(value) {
        return vec![choice];
    }
    match value {
        Value::Array(values) => values.iter().flat_map(choices_in).collect(),
        Value::Object(fields) => fields.values().flat_map(choices_in).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

fn choice(value: &Value) -> Option<Choice> {
    let text = value.get("text").or_else(|| value.get("label"))?;
    let label = text.as_str().or_else(|| text.get("text")?.as_str())?;
    let mut tokens = ["callback_data", "custom_id", "value"].into_iter();
    let token = tokens.find_map(|name| value.get(name)?.as_str())?;
    Some(Choice { label: label.to_owned(), token: token.to_owned() })
}

/// The text without the escapes of its platform.
fn readable(platform: &str, text: &str) -> String {
    match platform {
        "slack" => text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"),
        "discord" => {
            let mut readable = String::new();
            let mut characters = text.chars();
            while let Some(c) = characters.next() {
                readable.extend(if c == '\\' { characters.next() } else { Some(c) });
            }
            readable
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn shows_what_a_person_would_read() {
        // (platform, as sent, as read)
        let cases = [
            ("telegram", r"a &lt; \* b", r"a &lt; \* b"),
            ("slack", "1 &lt; 2 &amp;lt;", "1 < 2 &lt;"),
            ("discord", r"\*a\* \\", r"*a* \"),
        ];

        for (platform, sent, read) in cases {
            assert_eq!(readable(platform, sent), read, "{platform}");
        }
    }

    /// In short: `id < text [label=token]`, or `~` for an edit.
    fn shown(path: &str, body: &Value) -> String {
        let Some(said) = Said::read(path, body, "new") else { return "nothing".to_owned() };
        let (sign, message) = match said.act {
            Act::Works => return format!("{} works", said.platform),
            Act::Says(message) => ("<", message),
            Act::Edits(message) => ("~", message),
        };
        let choices = message.choices.iter();
        let choices = choices.map(|choice| format!(" [{}={}]", choice.label, choice.token));
        format!("{} {sign} {}{}", message.id, message.text, choices.collect::<String>())
    }

    #[test]
    fn reads_every_platforms_calls() {
        let keyboard = json!({ "inline_keyboard": [
            [{ "text": "A", "callback_data": "a" }, { "text": "B", "callback_data": "b" }],
            [{ "text": "C", "callback_data": "c" }, { "text": "site", "url": "https://x.example" }],
        ] });
        let components = json!([
            { "type": 1, "components": [{ "type": 2, "style": 2, "label": "A", "custom_id": "a.0" }] },
            { "type": 1, "components": [{ "type": 3, "custom_id": "menu", "placeholder": "Which?",
                "options": [{ "label": "B", "value": "b.1" }, { "label": "C", "value": "c.2" }] }] },
        ]);
        let plain = |text: &str| json!({ "type": "plain_text", "text": text });
        let blocks = json!([
            { "type": "section", "text": plain("hi") },
            { "type": "actions", "elements": [
                { "type": "button", "action_id": "lambot:0", "text": plain("A"), "value": "a" },
                { "type": "static_select", "action_id": "lambot:1", "placeholder": plain("Which?"),
                    "options": [{ "text": plain("B"), "value": "b" }] },
            ] },
        ]);
        // (path, body, shown)
        let cases = [
            ("/telegram/bot1:a/sendMessage", json!({ "text": "hi" }), "new < hi"),
            (
                "/telegram/bot1:a/sendMessage",
                json!({ "text": "hi", "reply_markup": keyboard }),
                "new < hi [A=a] [B=b] [C=c]",
            ),
            (
                "/telegram/bot1:a/editMessageText",
                json!({ "message_id": 7, "text": "hi", "reply_markup": { "inline_keyboard": [] } }),
                "7 ~ hi",
            ),
            ("/telegram/bot1:a/sendChatAction", json!({ "action": "typing" }), "telegram works"),
            ("/telegram/bot1:a/answerCallbackQuery", json!({}), "nothing"),
            (
                "/telegram/bot1:a/setMessageReaction",
                json!({ "message_id": 7, "reaction": [{ "type": "emoji", "emoji": "👍" }] }),
                "new < (👍)",
            ),
            ("/slack/reactions.add", json!({ "name": "+1" }), "new < (+1)"),
            (
                "/discord/webhooks/1/t/messages/@original",
                json!({ "content": "hi", "components": components }),
                "new < hi [A=a.0] [B=b.1] [C=c.2]",
            ),
            (
                "/slack/chat.postMessage",
                json!({ "text": "hi", "blocks": blocks }),
                "new < hi [A=a] [B=b]",
            ),
            ("/slack/chat.update", json!({ "ts": "1.2", "text": "hi" }), "1.2 ~ hi"),
            (
                "/slack/hooks/actions/1",
                json!({ "replace_original": true, "text": "hi", "blocks": [] }),
                " ~ hi",
            ),
            (
                "/slack/hooks/actions/1",
                json!({ "replace_original": false, "text": "hi" }),
                "new < hi",
            ),
            ("/", json!(null), "nothing"),
        ];

        for (path, body, expected) in cases {
            assert_eq!(shown(path, &body), expected, "{path} {body}");
        }
    }
}
