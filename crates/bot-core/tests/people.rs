//! Who is named in what people write, and who comes in.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "each test file uses its part")]
mod support;

use bot_core::Event;
use bot_core::event::{Arguments, EventKind, Joined, Mention, User};
use bot_core::platform::{Decoded, Ignored, Platform};
use serde_json::{Value, json};
use support::decode;

fn telegram(more: &Value) -> Decoded {
    let mut message = json!({
        "message_id": 3, "date": 5, "chat": { "id": -1, "type": "group" }, "from": { "id": 42, "first_name": "Ann", "language_code": "de" },
    });
    for (name, value) in more.as_object().expect("an object") {
        message[name] = value.clone();
    }
    let body = json!({ "update_id": 1, "message": message });
    decode(Platform::Telegram, body.to_string().as_bytes()).expect("readable")
}

fn event(decoded: Decoded) -> Event {
    match decoded {
        Decoded::Event(event) => *event,
        other => panic!("{other:?}"),
    }
}

fn user(id: &str, name: Option<&str>) -> User {
    User { id: id.into(), name: name.map(str::to_owned) }
}

#[test]
fn people_named_on_telegram_come_with_the_event() {
    let entities = json!([
        { "type": "bot_command", "offset": 0, "length": 5 },
        { "type": "mention", "offset": 6, "length": 4 },
        { "type": "text_mention", "offset": 14, "length": 3, "user": { "id": 7, "first_name": "Robert" } },
        { "type": "mention", "offset": 18, "length": 12 },
    ]);
    let text = "/team @Eve 🧀 Bob @my_test_bot";
    let mentions = [
        Mention { text: "@Eve".into(), user: user("@Eve", Some("Eve")) },
        Mention { text: "Bob".into(), user: user("7", Some("Robert")) },
        Mention { text: "@my_test_bot".into(), user: user("@my_test_bot", Some("my_test_bot")) },
    ];
    let cases = [
        json!({ "text": text, "entities": entities }),
        json!({ "caption": text, "caption_entities": entities }),
    ];

    for case in cases {
        let event = event(telegram(&case));
        assert_eq!((event.addressed, event.mentions.as_slice()), (true, &mentions[..]), "{case}");
        let arguments = Arguments::Text("@Eve 🧀 Bob @my_test_bot".into());
        assert_eq!(event.kind, EventKind::Command { name: "team".into(), arguments }, "{case}");
    }
}

#[test]
fn newcomers_are_people_and_this_bot() {
    let eve = json!({ "id": 7, "is_bot": false, "first_name": "Eve" });
    let us = json!({ "id": 8, "is_bot": true, "first_name": "Bot", "username": "My_Test_Bot" });
    let other = json!({ "id": 9, "is_bot": true, "first_name": "Bot", "username": "other_bot" });
    let ann = json!({ "id": 42, "is_bot": false, "first_name": "Ann" });
    let (to_ann, to_eve) = (user("42", Some("Ann")), user("7", Some("Eve")));
    let both = vec![to_ann.clone(), to_eve.clone()];
    // (case, who comes, whether the bot does, which people do, whom the bot speaks to, in what language)
    let cases = [
        ("a person by herself", json!([ann]), false, vec![to_ann.clone()], &to_ann, Some("de")),
        ("a person whom Ann brings", json!([eve]), false, vec![to_eve.clone()], &to_eve, None),
        ("several", json!([ann, eve]), false, both, &to_ann, Some("de")),
        ("the bot", json!([us]), true, vec![], &to_ann, Some("de")),
        ("a person with bots", json!([other, us, eve]), true, vec![to_eve.clone()], &to_eve, None),
    ];

    for (case, newcomers, bot, people, spoken_to, locale) in cases {
        let event = event(telegram(&json!({ "new_chat_members": newcomers })));
        assert_eq!(event.kind, EventKind::Joined(Joined { bot, people }), "{case}");
        assert_eq!((event.conversation.as_str(), event.addressed), ("-1", false), "{case}");
        assert_eq!((&event.user, event.locale.as_deref()), (spoken_to, locale), "{case}");
    }
    for nobody in [json!([other]), json!([])] {
        let decoded = telegram(&json!({ "new_chat_members": nobody }));
        assert!(matches!(decoded, Decoded::Ignored(Ignored::NoText, _)), "{decoded:?}");
    }
}

#[test]
fn people_given_to_a_command_on_discord_come_with_their_names() {
    let users = json!({
        "1": { "id": "1", "username": "ann1", "global_name": "Ann" },
        "2": { "id": "2", "username": "bob2", "global_name": null },
    });
    let members = json!({ "1": { "nick": "Annie" }, "2": { "nick": null }, "3": {} });
    let unnamed = json!({ "id": "1", "name": null });
    // (case, option type, value, what it stands for, what the command is given)
    let cases = [
        (
            "a nickname",
            6,
            json!("1"),
            json!({ "users": users, "members": members }),
            json!({ "id": "1", "name": "Annie" }),
        ),
        (
            "no nickname",
            6,
            json!("2"),
            json!({ "users": users, "members": members }),
            json!({ "id": "2", "name": "bob2" }),
        ),
        (
            "no member",
            6,
            json!("1"),
            json!({ "users": users }),
            json!({ "id": "1", "name": "Ann" }),
        ),
        (
            "a stranger",
            6,
            json!("3"),
            json!({ "users": users, "members": members }),
            json!({ "id": "3", "name": null }),
        ),
        ("nothing resolved", 6, json!("1"), json!({}), unnamed.clone()),
        ("nulls", 6, json!("1"), json!({ "users": null, "members": null }), unnamed.clone()),
        ("a channel", 7, json!("1"), json!({ "users": users }), unnamed),
        (
            "a mentionable",
            9,
            json!("1"),
            json!({ "users": users }),
            json!({ "id": "1", "name": "Ann" }),
        ),
        ("text", 3, json!("1"), json!({ "users": users }), json!("1")),
    ];

    for (case, kind, value, resolved, expected) in cases {
        let body = json!({
            "type": 2, "id": "1457536583141294258", "application_id": "9", "token": "tok", "user": { "id": "5" },
            "data": { "name": "team", "resolved": resolved, "options": [{ "name": "who", "type": kind, "value": value }] },
        });
        let decoded = decode(Platform::Discord, body.to_string().as_bytes()).expect("readable");
        let EventKind::Command { arguments: Arguments::Named(named), .. } = event(decoded).kind
        else {
            panic!("{case} is no command");
        };
        assert_eq!(named["who"], expected, "{case}");
    }
}

#[test]
fn who_speaks_as_a_channel_on_telegram_is_called_by_it() {
    let stand_in = json!({ "id": 136_817_688, "is_bot": true, "username": "Channel_Bot", "language_code": "de" });
    let channel = json!({ "id": -1005, "type": "channel", "title": "Garden news" });
    let said = json!({ "text": "/team", "from": stand_in, "sender_chat": channel });
    let event = event(telegram(&said));
    assert_eq!(event.user, user("-1005", Some("Garden news")));
    assert_eq!(event.locale, None);
}
