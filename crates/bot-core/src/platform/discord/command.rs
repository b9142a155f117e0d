//! A command and what it was given with, from Discord's tree of options.
//!
//! <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object-application-command-data-structure>

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::resolved::{Resolved, or_default};
use crate::event::{Arguments, Target};

/// The types of commands that are chosen from a menu.
///
/// <https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-types>
const ON_USER: u8 = 2;
const ON_MESSAGE: u8 = 3;

#[derive(Deserialize)]
pub(super) struct Command {
    name: String,
    #[serde(rename = "type")]
    kind: Option<u8>,
    options: Option<Vec<CommandOption>>,
    #[serde(default, deserialize_with = "or_default")]
    resolved: Resolved,
    target_id: Option<String>,
}

#[derive(Deserialize)]
struct CommandOption {
    name: String,
    #[serde(rename = "type")]
    kind: Option<u8>,
    value: Option<Value>,
    options: Option<Vec<Self>>,
    #[serde(default)]
    focused: bool,
}

impl Command {
    /// The name, with its subcommands, and what it was given.
    pub(super) fn given(self) -> (String, Arguments) {
        match (self.kind, &self.target_id) {
            (Some(ON_USER), Some(id)) => {
                let target = Target::User(self.resolved.user(id));
                (self.name, Arguments::Target(target))
            }
            (Some(ON_MESSAGE), Some(id)) => {
                let target = self.resolved.message(id);
                (self.name, Arguments::Target(target))
            }
            _ => {
                let resolved = self.resolved;
                let (name, leaves) = flatten(self.name, self.options);
                let leaves = leaves.into_iter().filter_map(|leaf| {
                    let value = resolved.value(leaf.kind.unwrap_or_default(), leaf.value?);
                    Some((leaf.name, value))
                });
                (name, Arguments::Named(leaves.collect::<BTreeMap<_, _>>()))
            }
        }
    }

    /// The name, with its subcommands, and the argument that is being written, with what there is of it.
    pub(super) fn focused(self) -> (String, Option<(String, String)>) {
        let (name, leaves) = flatten(self.name, self.options);
        let focused = leaves.into_iter().find(|leaf| leaf.focused);
        let written = focused.map(|leaf| {
            let typed = match leaf.value.unwrap_or_default() {
                Value::String(text) => text,
                Value::Null => String::new(),
                other => other.to_string(),
            };
            (leaf.name, typed)
        });
        (name, written)
    }
}

/// The name with the subcommands that follow it, and the options that have values.
fn flatten(mut name: String, options: Option<Vec<CommandOption>>) -> (String, Vec<CommandOption>) {
    let mut leaves = Vec::new();
    // Discord nests two levels; whatever nests deeper is cut off rather than followed.
    let mut level = options.unwrap_or_default();
    for _ in 0..3 {
        let mut below = Vec::new();
        for mut option in level {
            if option.value.is_some() || option.focused {
                leaves.push(option);
            } else {
                name.push(' ');
                name.push_str(&option.name);
                below.extend(option.options.take().unwrap_or_default());
            }
        }
        level = below;
    }
    (name, leaves)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_command_is_what_it_was_given() {
        let resolved = json!({
            "users": { "1": { "id": "1", "username": "ann", "global_name": "Ann" } },
            "members": { "1": { "nick": "Annie" } },
            "roles": { "2": { "name": "Gardener" } },
            "channels": { "3": { "name": "beds" } },
            "attachments": { "4": { "filename": "fern.png", "content_type": "image/png", "size": 7, "url": "https://cdn/4" } },
            "messages": { "5": { "content": "Hallo", "author": { "id": "1", "username": "ann" } } },
        });
        let named = |name: &str, options: Value| json!({ "name": name, "options": options, "resolved": resolved });
        let chosen = |kind: u8, id: &str| json!({ "name": "Do it", "type": kind, "target_id": id, "resolved": resolved });
        let leaf = |kind: u8, value: Value| json!([{ "name": "it", "type": kind, "value": value }]);
        // (data, name, arguments)
        let cases = [
            (named("a", leaf(3, json!("text"))), "a", json!({ "named": { "it": "text" } })),
            (named("a", leaf(4, json!(7))), "a", json!({ "named": { "it": 7 } })),
            (named("a", leaf(5, json!(true))), "a", json!({ "named": { "it": true } })),
            (
                named("a", leaf(6, json!("1"))),
                "a",
                json!({ "named": { "it": { "id": "1", "name": "Annie" } } }),
            ),
            (
                named("a", leaf(7, json!("3"))),
                "a",
                json!({ "named": { "it": { "id": "3", "name": "beds" } } }),
            ),
            (
                named("a", leaf(8, json!("2"))),
                "a",
                json!({ "named": { "it": { "id": "2", "name": "Gardener" } } }),
            ),
            (
                named("a", leaf(9, json!("2"))),
                "a",
                json!({ "named": { "it": { "id": "2", "name": "Gardener" } } }),
            ),
            (
                named("a", leaf(9, json!("1"))),
                "a",
                json!({ "named": { "it": { "id": "1", "name": "Annie" } } }),
            ),
            (named("a", leaf(10, json!(0.5))), "a", json!({ "named": { "it": 0.5 } })),
            (
                named("a", leaf(11, json!("4"))),
                "a",
                json!({ "named": { "it": { "id": "4", "name": "fern.png", "media_type": "image/png", "bytes": 7, "url": "https://cdn/4" } } }),
            ),
            (
                named("a", leaf(6, json!("9"))),
                "a",
                json!({ "named": { "it": { "id": "9", "name": null } } }),
            ),
            (
                named(
                    "a",
                    json!([{ "name": "b", "type": 2, "options": [{ "name": "c", "type": 1, "options": leaf(4, json!(7)) }] }]),
                ),
                "a b c",
                json!({ "named": { "it": 7 } }),
            ),
            (named("a", json!(null)), "a", json!({ "named": {} })),
            (
                chosen(2, "1"),
                "Do it",
                json!({ "target": { "user": { "id": "1", "name": "Annie" } } }),
            ),
            (chosen(2, "9"), "Do it", json!({ "target": { "user": { "id": "9" } } })),
            (
                chosen(3, "5"),
                "Do it",
                json!({ "target": { "message": { "text": "Hallo", "author": { "id": "1", "name": "ann" } } } }),
            ),
            (chosen(3, "9"), "Do it", json!({ "target": { "message": { "text": "" } } })),
        ];

        for (data, name, arguments) in cases {
            let command = Command::deserialize(&data).expect("a command");
            let (found, given) = command.given();
            assert_eq!((found.as_str(), json!(given)), (name, arguments), "{data}");
        }
    }
}
