//! Presses that are none of ours to obey.

use bot_core::Event;
use bot_core::action::MAX_TOKEN_CHARS;
use bot_core::event::EventKind;

use crate::world::{BOT, OTHER, World};
use crate::{discord, telegram};

const DEAD: &str = "This button does not work any more.";
const FOREIGN: &str = "This button is for somebody else.";

/// A platform: a command by a person in a chat, the buttons under what was sent, and a press of one.
struct Platform {
    name: &'static str,
    command: fn(&str, &str, &str) -> Event,
    tokens: fn(&serde_json::Value) -> Vec<String>,
    press: fn(&str, &str, &str) -> Event,
    text: &'static str,
}

const PLATFORMS: [Platform; 2] = [
    Platform {
        name: "Telegram",
        command: telegram::command,
        tokens: telegram::tokens,
        press: telegram::press,
        text: "text",
    },
    Platform {
        name: "Discord",
        command: discord::command,
        tokens: discord::tokens,
        press: discord::press,
        text: "content",
    },
];

impl Platform {
    /// The buttons and choices of `bot`'s answer to a command that Ann gives at home.
    fn tokens(&self, bot: &'static bot_core::Bot, command: &str) -> Vec<String> {
        let sent = World::new(bot).deliver(&(self.command)(command, "1", "42"));
        (self.tokens)(&sent[0].body)
    }
}

#[test]
fn presses_that_are_none_of_ours_change_nothing_and_are_told_so() {
    for platform in PLATFORMS {
        let garden = platform.tokens(&BOT, "garden");
        let mine = platform.tokens(&BOT, "mine");
        let other = platform.tokens(&OTHER, "garden");
        // (case, what is pressed, chat, person, sentence)
        let cases = [
            ("of another chat", garden[0].clone(), "2", "42", DEAD),
            ("of a menu in another chat", garden[2].clone(), "2", "42", DEAD),
            ("reserved", mine[0].clone(), "1", "43", FOREIGN),
            ("reserved, in another chat", mine[0].clone(), "2", "42", FOREIGN),
            ("with another plant", flipped(&garden[0], 6), "1", "42", DEAD),
            ("with another seal", flipped(&garden[0], 10), "1", "42", DEAD),
            ("of no action any more", other[0].clone(), "1", "42", DEAD),
            ("of another version", other[1].clone(), "1", "42", DEAD),
        ];

        for (case, token, chat, person, sentence) in cases {
            let mut world = World::new(&BOT);
            let sent = world.deliver(&(platform.press)(&token, chat, person));
            let texts: Vec<_> = sent.iter().map(|sent| &sent.body[platform.text]).collect();
            assert_eq!(texts, [sentence], "{}, {case}", platform.name);
            // Where one person can be told alone, the others are not.
            let flags = (platform.name == "Discord").then_some(64);
            assert_eq!(sent[0].body["flags"].as_u64(), flags, "{}, {case}", platform.name);
            assert!(world.is_untouched(), "{}, {case}", platform.name);
        }
    }
}

#[test]
fn presses_of_whom_they_are_for_are_obeyed() {
    for platform in PLATFORMS {
        // (command, person)
        for (command, person) in [("garden", "42"), ("garden", "43"), ("mine", "42")] {
            for token in platform.tokens(&BOT, command) {
                let mut world = World::new(&BOT);
                world.deliver(&(platform.press)(&token, "1", person));
                assert!(!world.is_untouched(), "{}, /{command} by {person}", platform.name);
            }
        }
    }
}

#[test]
fn a_form_that_is_reserved_opens_for_whom_it_is_and_others_are_told() {
    for platform in PLATFORMS {
        let [token] = platform.tokens(&BOT, "ask").try_into().expect("one button");
        assert!(token.len() <= MAX_TOKEN_CHARS + ".0".len(), "{}: {token}", platform.name);
        // (person, whether the form opens)
        for (person, opens) in [("42", true), ("43", false)] {
            let event = (platform.press)(&token, "1", person);
            let is_given = matches!(&event.kind, EventKind::Command { name, .. } if name == "tell");
            assert_eq!(is_given, opens, "{} by {person}", platform.name);
            if !opens {
                let sent = World::new(&BOT).deliver(&event);
                assert_eq!(sent[0].body[platform.text], FOREIGN, "{}", platform.name);
                let flags = (platform.name == "Discord").then_some(64);
                assert_eq!(sent[0].body["flags"].as_u64(), flags, "{}", platform.name);
            }
        }
    }
}

/// The token with one character changed to another of its alphabet.
fn flipped(token: &str, at: usize) -> String {
    let flip = |(nth, c): (usize, char)| match c {
        'A' if nth == at => 'B',
        _ if nth == at => 'A',
        _ => c,
    };
    token.chars().enumerate().map(flip).collect()
}
