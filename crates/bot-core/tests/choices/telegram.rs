//! Inline keyboards.

use bot_core::action::{MAX_TOKEN_CHARS, is_token};
use bot_core::event::EventKind;
use bot_core::platform::Platform;
use bot_core::worker::Outcome;
use bot_core::{Event, Reply};
use serde_json::{Value, json};

use crate::world::{BOT, Water, World, decode, encode, outbound, respond};

fn chat(chat: &str) -> Value {
    json!({ "id": chat.parse::<i64>().expect("a number"), "type": "private" })
}

fn person(person: &str) -> Value {
    json!({ "id": person.parse::<i64>().expect("a number"), "first_name": "Ann", "language_code": "de" })
}

/// A command in a private chat.
pub(crate) fn command(name: &str, to: &str, by: &str) -> Event {
    let text = format!("/{name}");
    let message =
        json!({ "message_id": 3, "date": 5, "chat": chat(to), "from": person(by), "text": text });
    decode(Platform::Telegram, &json!({ "update_id": 1, "message": message }))
}

/// A press of a button under a message of a private chat.
pub(crate) fn press(data: &str, to: &str, by: &str) -> Event {
    press_under(2, data, by, &json!({ "message_id": 7, "date": 5, "chat": chat(to), "text": "…" }))
}

pub(crate) fn press_under(update: i64, data: &str, by: &str, message: &Value) -> Event {
    let query = json!({ "id": "q1", "from": person(by), "message": message, "chat_instance": "9", "data": data });
    decode(Platform::Telegram, &json!({ "update_id": update, "callback_query": query }))
}

/// What is in the buttons under a message, in order.
pub(crate) fn tokens(body: &Value) -> Vec<String> {
    buttons(body).map(|button| button["callback_data"].as_str().expect("data").to_owned()).collect()
}

/// What is in the first button of a garden.
fn token() -> String {
    tokens(&World::new(&BOT).deliver(&command("garden", "1", "42"))[0].body).remove(0)
}

/// The message with the buttons.
fn under() -> Value {
    json!({ "message_id": 7, "date": 5, "chat": chat("1"), "text": "…" })
}

fn rows(body: &Value) -> impl Iterator<Item = &Vec<Value>> {
    let rows = body["reply_markup"]["inline_keyboard"].as_array().into_iter().flatten();
    rows.map(|row| row.as_array().expect("a row"))
}

fn buttons(body: &Value) -> impl Iterator<Item = &Value> {
    rows(body).flatten()
}

fn labels(body: &Value) -> Vec<Vec<&str>> {
    rows(body)
        .map(|row| row.iter().map(|button| button["text"].as_str().expect("text")).collect())
        .collect()
}

#[test]
fn choices_stand_in_rows_under_the_text() {
    let long = "a".repeat(21);
    let short = "a".repeat(20);
    let prompt = "p".repeat(4096 - 4);
    let water = || Water { plant: 1 };
    let menu = |reply: Reply, prompt: &str| reply.menu(prompt, [("A", water()), ("B", water())]);
    // (case, reply, text, rows)
    let cases: [(&str, Reply, &str, &[&[&str]]); 9] = [
        ("a button", Reply::text("?").button("A", water()), "?", &[&["A"]]),
        (
            "four buttons",
            Reply::text("?")
                .button("A", water())
                .button("B", water())
                .button(&short, water())
                .button("D", water()),
            "?",
            &[&["A", "B", &short], &["D"]],
        ),
        (
            "a long label",
            Reply::text("?").button("A", water()).button(&long, water()),
            "?",
            &[&["A"], &[&long]],
        ),
        ("no label", Reply::text("?").button(" ", water()), "?", &[&["…"]]),
        (
            "a menu",
            menu(Reply::text("?").button("C", water()).button("D", water()), "Which?"),
            "?\n\nWhich?",
            &[&["C", "D"], &["A"], &["B"]],
        ),
        ("nothing but a menu", menu(Reply::text(""), "Which?"), "Which?", &[&["A"], &["B"]]),
        ("a menu without a prompt", menu(Reply::text(""), " "), "…", &[&["A"], &["B"]]),
        ("a prompt that just fits", menu(Reply::text("?!"), &prompt), "", &[&["A"], &["B"]]),
        ("a prompt that does not fit", menu(Reply::text("?!!"), &prompt), "?!!", &[&["A"], &["B"]]),
    ];

    for (case, reply, text, rows) in cases {
        let bodies = encode(&command("garden", "1", "42"), reply);
        assert_eq!(bodies.len(), 1, "{case}");
        let text = if text.is_empty() { format!("?!\n\n{prompt}") } else { text.to_owned() };
        assert_eq!(bodies[0]["text"], text, "{case}");
        assert_eq!(labels(&bodies[0]), rows, "{case}");
        for token in tokens(&bodies[0]) {
            assert!(is_token(&token) && token.len() <= MAX_TOKEN_CHARS, "{case}: {token}");
        }
    }
}

#[test]
fn the_largest_keyboard_is_one_that_telegram_takes() {
    let choice = |c: &str| (c.repeat(500), Water { plant: 1 });
    let choices = (0..Reply::MOST_CHOICES).map(|_| choice("🧀"));
    let mut reply = Reply::text("?").menu("Which?", choices);
    for _ in 0..Reply::MOST_BUTTONS {
        let (label, action) = choice("é");
        reply = reply.button(label, action);
    }
    let body = encode(&command("garden", "1", "42"), reply).remove(0);
    let lengths: Vec<usize> = labels(&body).concat().iter().map(|label| label.len()).collect();
    assert_eq!(lengths, [vec![99; Reply::MOST_BUTTONS], vec![99; Reply::MOST_CHOICES]].concat());
    assert!(labels(&body).concat().iter().all(|label| label.ends_with('…')));
    let longest_tokens = buttons(&body).count() * MAX_TOKEN_CHARS;
    let tokens: usize = tokens(&body).iter().map(String::len).sum();
    let size = body["reply_markup"].to_string().len() - tokens + longest_tokens;
    assert!(size < 10_000, "{size}");
}

#[test]
fn labels_are_cut_where_they_are_too_long() {
    let just = "a".repeat(100);
    let long = format!("{}…", "a".repeat(97));
    // (label, as sent)
    let cases = [
        (just.clone(), just.as_str()),
        (format!("{just}a"), &long),
        (format!(" {just} "), &just),
        (String::new(), "…"),
    ];

    for (label, sent) in cases {
        let reply = Reply::text("?").button(&label, Water { plant: 1 });
        let body = encode(&command("garden", "1", "42"), reply).remove(0);
        assert_eq!(labels(&body), [[sent]], "{label}");
    }
}

#[test]
fn nothing_is_reserved_for_an_administrator_who_hides() {
    let hidden = json!({
        "message_id": 3, "date": 5, "chat": { "id": -1001, "type": "supergroup" }, "text": "/mine",
        "from": { "id": 1_087_968_824, "is_bot": true, "first_name": "Group" },
        "sender_chat": { "id": -1001, "type": "supergroup", "title": "Gardeners" },
    });
    let hidden = decode(Platform::Telegram, &json!({ "update_id": 1, "message": hidden }));
    let mut world = World::new(&BOT);
    let token = tokens(&world.deliver(&hidden)[0].body).remove(0);
    let under =
        json!({ "message_id": 7, "date": 5, "chat": { "id": -1001, "type": "supergroup" } });
    let sent = world.deliver(&press_under(2, &token, "42", &under));
    assert_eq!(sent[0].body["text"], "<Watered> 1 times.");
}

#[test]
fn a_long_reply_has_its_buttons_under_its_last_message() {
    let long = "a".repeat(5000);
    let bodies =
        encode(&command("garden", "1", "42"), Reply::text(&long).button("A", Water { plant: 1 }));
    let counts: Vec<usize> = bodies.iter().map(|body| buttons(body).count()).collect();
    assert_eq!(counts, [0, 1]);
    assert!(bodies[0].get("reply_markup").is_none(), "{}", bodies[0]);

    // The first message of an edit is the edit; its old buttons go.
    let token = &tokens(&bodies[1])[0];
    let edit = Reply::text(&long).button("A", Water { plant: 1 }).edit();
    let bodies = encode(&press(token, "1", "42"), edit);
    assert_eq!((&bodies[0]["message_id"], labels(&bodies[0]).len()), (&json!(7), 0));
    assert_eq!(bodies[0]["reply_markup"], json!({ "inline_keyboard": [] }));
    assert_eq!((bodies[1].get("message_id"), buttons(&bodies[1]).count()), (None, 1));
}

#[test]
fn a_press_is_answered_where_its_button_is() {
    const API: &str = "https://api.telegram.org/bot1000000001:development";

    let mut world = World::new(&BOT);
    let sent = world.deliver(&command("garden", "1", "42"));
    assert_eq!(sent.len(), 1);
    assert_eq!(labels(&sent[0].body), [&["Tomato", "Basil"][..], &["Mint"], &["Sage"]]);
    let tokens = tokens(&sent[0].body);
    let edit = |text: &str| {
        Some(("editMessageText", json!({ "chat_id": 1, "message_id": 7, "text": text })))
    };
    let message = |text: &str| Some(("sendMessage", json!({ "chat_id": 1, "text": text })));
    // (case, which button, method and body but for the buttons, labels)
    let cases: [(&str, usize, Option<(&str, Value)>, &[&str]); 4] = [
        ("an edit with a button", 0, edit("<Watered> 1 times."), &["Again"]),
        ("an edit without", 1, edit("<Watered> 2 times."), &[]),
        ("a message", 2, message("<Watered> 3 times."), &["Again"]),
        ("nothing", 3, None, &[]),
    ];

    for (case, nth, expected, again) in cases {
        let press =
            press_under(10 + i64::try_from(nth).expect("few"), &tokens[nth], "43", &under());
        let mut sent = world.deliver(&press);
        let found: Vec<&str> = sent.iter().flat_map(|sent| labels(&sent.body).concat()).collect();
        assert_eq!(found, again, "{case}");
        for sent in &mut sent {
            sent.body.as_object_mut().expect("an object").remove("reply_markup");
        }
        let sent: Vec<_> = sent.into_iter().map(|sent| (sent.url, sent.body)).collect();
        let expected = expected.map(|(method, body)| (format!("{API}/{method}"), body));
        assert_eq!(sent, Vec::from_iter(expected), "{case}");
    }
}

#[test]
fn a_button_of_an_edit_works_like_the_first_one() {
    let mut world = World::new(&BOT);
    let mut sent = world.deliver(&command("garden", "1", "42"));
    for times in 1..=3 {
        sent = world.deliver(&press_under(10 + times, &tokens(&sent[0].body)[0], "42", &under()));
        assert_eq!(sent[0].body["text"], format!("<Watered> {times} times."));
    }
}

#[test]
fn pressed_twice_is_two_events_and_delivered_twice_is_one() {
    let mut world = World::new(&BOT);
    let press = |update| press_under(update, &token(), "42", &under());
    let (first, second) = (press(10), press(11));
    assert_eq!(world.deliver(&first)[0].body["text"], "<Watered> 1 times.");
    assert_eq!(world.outcome(&first), (Vec::new(), Outcome::Duplicate));
    assert_eq!(world.deliver(&second)[0].body["text"], "<Watered> 2 times.");
}

#[test]
fn a_press_happens_in_the_conversation_of_its_message() {
    let token = token();
    let group = json!({ "id": -1001, "type": "supergroup" });
    // (case, what the button is under, conversation, what an edit names, what a message names)
    let cases = [
        (
            "a private chat",
            json!({ "message_id": 7, "date": 5, "chat": chat("1") }),
            "1",
            json!({ "chat_id": 1, "text": "!" }),
        ),
        (
            "a message out of reach",
            json!({ "message_id": 7, "date": 0, "chat": chat("1") }),
            "1",
            json!({ "chat_id": 1, "text": "!" }),
        ),
        (
            "a topic",
            json!({ "message_id": 7, "date": 5, "chat": group, "message_thread_id": 55, "is_topic_message": true }),
            "-1001:55",
            json!({
                "chat_id": -1001, "text": "!", "message_thread_id": 55,
                "reply_parameters": { "message_id": 7, "allow_sending_without_reply": true },
            }),
        ),
        (
            "a thread that is no topic",
            json!({ "message_id": 7, "date": 5, "chat": group, "message_thread_id": 55 }),
            "-1001",
            json!({
                "chat_id": -1001, "text": "!",
                "reply_parameters": { "message_id": 7, "allow_sending_without_reply": true },
            }),
        ),
    ];

    for (case, under, conversation, message) in cases {
        let event = press_under(10, &token, "42", &under);
        assert_eq!(event.kind, EventKind::Press { token: token.clone() }, "{case}");
        assert_eq!(event.key.as_str(), "telegram:my_test_bot:10", "{case}");
        assert_eq!((event.tenant.as_str(), event.conversation.as_str()), ("bot", conversation));
        assert_eq!((event.user.id.as_str(), event.locale.as_deref()), ("42", Some("de")), "{case}");
        // A message's time is not its press's.
        assert_eq!((event.sent_at, event.addressed), (None, true), "{case}");
        assert_eq!(encode(&event, Reply::text("!")), [message], "{case}");
        let edit = json!({
            "chat_id": under["chat"]["id"], "message_id": 7, "text": "!", "reply_markup": { "inline_keyboard": [] },
        });
        assert_eq!(encode(&event, Reply::text("!").edit()), [edit], "{case}");
    }
}

#[test]
fn a_press_is_told_at_once_that_it_has_arrived() {
    let token = token();
    let event = press(&token, "1", "42");
    let answer = json!({ "method": "answerCallbackQuery", "callback_query_id": "q1" });
    assert_eq!(respond(&event, true), (200, answer));
    assert_eq!(respond(&event, false).0, 503);
    assert_eq!(respond(&command("garden", "1", "42"), true), (200, Value::Null));
}

#[test]
fn work_is_shown_as_typing() {
    let topic = json!({
        "message_id": 8, "chat": { "id": -1001, "type": "supergroup" }, "from": { "id": 42 }, "text": "/garden",
        "message_thread_id": 55, "is_topic_message": true,
    });
    let topic = decode(Platform::Telegram, &json!({ "update_id": 1, "message": topic }));
    // (event, body)
    let cases = [
        (command("garden", "1", "42"), json!({ "chat_id": 1, "action": "typing" })),
        (press(&token(), "1", "42"), json!({ "chat_id": 1, "action": "typing" })),
        (topic, json!({ "chat_id": -1001, "message_thread_id": 55, "action": "typing" })),
    ];

    for (event, body) in cases {
        let call = outbound(Platform::Telegram).working(&event, "Looking…").expect("a call");
        assert_eq!((call.target.as_str(), call.body), ("sendChatAction", body));
    }
}
