//! The marked parts of a text: who and what is named in it.

use serde::Deserialize;

use super::inbound::Person;
use crate::event::{Channel, ChannelMention, Mention, User, split_command};

/// How many entities are looked at: 100, which is how many a message has.
///
/// <https://core.telegram.org/bots/api#sendmessage>; without a limit a long list would take long.
const MOST_ENTITIES: usize = 100;

/// A marked part of the text; offset and length count UTF-16 code units.
#[derive(Deserialize)]
pub(super) struct Entity {
    #[serde(rename = "type")]
    kind: String,
    offset: usize,
    length: usize,
    user: Option<Person>,
}

/// A text and the people it names.
#[derive(Debug, PartialEq)]
pub(super) struct Named {
    /// The text without the first mention of the bot, unless that is an argument of a command.
    pub(super) text: String,
    /// Whether the bot was mentioned.
    pub(super) is_bot: bool,
    /// Everybody else, in order, and the bot where it is an argument.
    pub(super) people: Vec<Mention>,
    /// What may be channels, in order.
    pub(super) channels: Vec<ChannelMention>,
}

/// Reads who is named in `text`; `is_bot` tells the bot's username.
pub(super) fn read(text: &str, entities: Vec<Entity>, is_bot: impl Fn(&str) -> bool) -> Named {
    let mut cut: Option<(&str, &str)> = None;
    let mut names_bot = false;
    let mut people = Vec::new();
    let mut channels = Vec::new();
    for entity in entities.into_iter().take(MOST_ENTITIES) {
        let Some((before, inside, after)) = slice_utf16(text, entity.offset, entity.length) else {
            continue;
        };
        if entity.kind == "mention" && inside.strip_prefix('@').is_some_and(&is_bot) {
            names_bot = true;
            let said = match cut {
                Some((before_it, behind)) => {
                    let between = before.get(text.len() - behind.len()..).unwrap_or_default();
                    format!("{before_it}{between}")
                }
                None => before.to_owned(),
            };
            // Behind a command it is an argument.
            if split_command(&said).is_none() {
                cut.get_or_insert((before, after.trim_start()));
                continue;
            }
        }
        let user = match (entity.kind.as_str(), inside.strip_prefix('@'), entity.user) {
            // Telegram does not tell whose name it is.
            ("mention", Some(name), _) => {
                let (id, name) = (inside.to_owned(), Some(name.to_owned()));
                let channel = Channel { id: id.clone(), name: name.clone() };
                channels.push(ChannelMention { text: id.clone(), channel });
                User { id, name }
            }
            // Somebody without a username, or whom the writer calls otherwise.
            ("text_mention", _, Some(person)) if !person.is_called(&is_bot) => person.into(),
            _ => continue,
        };
        people.push(Mention { text: inside.to_owned(), user });
    }
    let text = cut.map_or_else(|| text.to_owned(), |(before, behind)| format!("{before}{behind}"));
    Named { text: text.trim().to_owned(), is_bot: names_bot, people, channels }
}

/// What stands before, in and after a range given in UTF-16 code units; `None` when it is no range of this text.
fn slice_utf16(text: &str, offset: usize, length: usize) -> Option<(&str, &str, &str)> {
    let split = |text: &'_ str, units: usize| {
        let mut seen = 0;
        for (at, c) in text.char_indices() {
            if seen == units {
                return Some(at);
            }
            seen += c.len_utf16();
        }
        (seen == units).then_some(text.len())
    };
    let (before, rest) = text.split_at(split(text, offset)?);
    let (inside, after) = rest.split_at(split(rest, length)?);
    Some((before, inside, after))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn slices_by_utf16_units() {
        // (text, offset, length, parts)
        let cases = [
            ("@bot hi", 0, 4, Some(("", "@bot", " hi"))),
            ("🧀 @bot", 3, 4, Some(("🧀 ", "@bot", ""))),
            ("é@bot", 1, 4, Some(("é", "@bot", ""))),
            ("🧀", 1, 1, None),
            ("abc", 2, 2, None),
            ("abc", 4, 0, None),
            ("abc", usize::MAX, usize::MAX, None),
            ("", 0, 0, Some(("", "", ""))),
        ];

        for (text, offset, length, parts) in cases {
            assert_eq!(slice_utf16(text, offset, length), parts, "{text:?} {offset} {length}");
        }
    }

    /// The text without the bot's name, whether that was there, and who else was.
    fn named(text: &str, entities: &Value) -> (String, bool, Vec<String>) {
        let entities = Vec::deserialize(entities).expect("entities");
        let Named { text, is_bot, people, .. } = read(text, entities, |name| name == "bot");
        let shown = |mention: Mention| {
            let User { id, name } = mention.user;
            format!("{:?} is {id}, {}", mention.text, name.as_deref().unwrap_or("nameless"))
        };
        (text, is_bot, people.into_iter().map(shown).collect())
    }

    #[test]
    fn people_are_read_from_the_entities() {
        let at = |kind: &str, offset: u64, length: u64| json!({ "type": kind, "offset": offset, "length": length });
        let ann = json!({ "type": "text_mention", "offset": 3, "length": 3, "user": { "id": 7, "first_name": "Ann" } });
        let bot = json!({ "id": 9, "is_bot": true, "first_name": "Bot", "username": "bot" });
        let called_otherwise =
            json!({ "type": "text_mention", "offset": 0, "length": 3, "user": bot });
        let nameless =
            json!({ "type": "text_mention", "offset": 0, "length": 1, "user": { "id": 8 } });
        // (case, text, entities, text without the bot, whether the bot is named, who else is)
        let cases: [(&str, &str, Value, &str, bool, &[&str]); 14] = [
            ("nobody", " hi ", json!([]), "hi", false, &[]),
            ("the bot", "@bot  hi", json!([at("mention", 0, 4)]), "hi", true, &[]),
            (
                "the bot twice",
                "@bot or @bot",
                json!([at("mention", 0, 4), at("mention", 8, 4)]),
                "or @bot",
                true,
                &[],
            ),
            (
                "the bot, as an argument",
                "/warn @bot @Eve",
                json!([at("mention", 6, 4), at("mention", 11, 4)]),
                "/warn @bot @Eve",
                true,
                &["\"@bot\" is @bot, bot", "\"@Eve\" is @Eve, Eve"],
            ),
            (
                "the bot, before a command and as its argument",
                "🧀 @bot /warn @bot",
                json!([at("mention", 3, 4), at("mention", 14, 4)]),
                "🧀 /warn @bot",
                true,
                &[],
            ),
            (
                "the bot, before a command and as its argument, at the beginning",
                "@bot /warn @bot",
                json!([at("mention", 0, 4), at("mention", 11, 4)]),
                "/warn @bot",
                true,
                &["\"@bot\" is @bot, bot"],
            ),
            (
                "somebody, and the bot",
                "🧀 @Eve @bot",
                json!([at("mention", 3, 4), at("mention", 8, 4)]),
                "🧀 @Eve",
                true,
                &["\"@Eve\" is @Eve, Eve"],
            ),
            (
                "in the entities' order",
                "🧀 Ann @Eve",
                json!([ann, at("mention", 7, 4)]),
                "🧀 Ann @Eve",
                false,
                &["\"Ann\" is 7, Ann", "\"@Eve\" is @Eve, Eve"],
            ),
            ("without a name", "x", json!([nameless]), "x", false, &["\"x\" is 8, nameless"]),
            ("the bot by another name", "you", json!([called_otherwise]), "you", false, &[]),
            ("a mark of another kind", "@Eve", json!([at("bold", 0, 4)]), "@Eve", false, &[]),
            ("no name", "Eve", json!([at("mention", 0, 3)]), "Eve", false, &[]),
            ("without a person", "Eve", json!([at("text_mention", 0, 3)]), "Eve", false, &[]),
            (
                "out of the text",
                "🧀@Eve",
                json!([
                    at("mention", 1, 4),
                    at("mention", 2, 5),
                    at("mention", u64::MAX, u64::MAX)
                ]),
                "🧀@Eve",
                false,
                &[],
            ),
        ];

        for (case, text, entities, expected, is_bot, people) in cases {
            let people = people.iter().map(|&person| person.to_owned()).collect();
            assert_eq!(named(text, &entities), (expected.to_owned(), is_bot, people), "{case}");
        }
    }

    #[test]
    fn any_name_may_be_a_channels() {
        let entities = json!([
            { "type": "mention", "offset": 0, "length": 4 },
            { "type": "mention", "offset": 5, "length": 5 },
            { "type": "text_mention", "offset": 11, "length": 3, "user": { "id": 7 } },
        ]);
        let entities = Vec::deserialize(&entities).expect("entities");
        let channels = read("@bot @beds Ann", entities, |name| name == "bot").channels;
        let channel = Channel { id: "@beds".into(), name: Some("beds".into()) };
        assert_eq!(channels, [ChannelMention { text: "@beds".into(), channel }]);
    }

    #[test]
    fn a_long_list_is_not_read_to_its_end() {
        let mut entities = vec![json!({ "type": "mention", "offset": 0, "length": 4 }); 1000];
        let last = json!({ "type": "mention", "offset": 5, "length": 4 });
        entities.push(last);
        let (_, is_bot, people) = named("@Eve @bot", &entities.into());
        assert_eq!((is_bot, people.len()), (false, MOST_ENTITIES));
    }
}
