//! Buttons in a topic of a forum of Telegram's, under messages that are too old to be told more of than where they are.

use bot_core::event::EventKind;
use bot_core::platform::Platform;
use bot_core::{Action, Cx, Event, Reply, UsageError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::telegram::{press_under, tokens};
use crate::world::{BOT, Water, World, decode, encode};

/// An action with long fields.
#[derive(Deserialize, Serialize)]
struct Long(String);

impl Action for Long {
    const NAME: &'static str = "long";
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::nothing())
    }
}

fn forum() -> Value {
    json!({ "id": -1001, "type": "supergroup", "is_forum": true })
}

/// A command in a topic, or in none.
fn command(name: &str, topic: Option<i64>) -> Event {
    let mut message = json!({
        "message_id": 3, "date": 5, "chat": forum(), "from": { "id": 42, "first_name": "Ann" },
        "text": format!("/{name}"),
    });
    if let Some(topic) = topic {
        message["message_thread_id"] = topic.into();
        message["is_topic_message"] = true.into();
    }
    decode(Platform::Telegram, &json!({ "update_id": 1, "message": message }))
}

fn token(name: &str, topic: Option<i64>) -> String {
    tokens(&World::new(&BOT).deliver(&command(name, topic))[0].body).remove(0)
}

#[test]
fn a_button_works_in_its_topic_however_old_it_is() {
    let old = json!({ "message_id": 7, "date": 0, "chat": forum() });
    let in_topic = json!({
        "message_id": 7, "date": 5, "chat": forum(), "message_thread_id": 55, "is_topic_message": true,
    });
    let general = json!({ "message_id": 7, "date": 5, "chat": forum() });
    let (placed, reserved) = (token("garden", Some(55)), token("mine", Some(55)));
    let bare = placed.split('.').next().expect("a token").to_owned();
    let elsewhere = format!("{bare}.56");
    let (works, does_not) = ("<Watered> 1 times.", "This button does not work any more.");
    // (case, what is in the button, the message it is under, the conversation, what is said)
    let cases = [
        ("not old", &placed, &in_topic, "-1001:55", works),
        ("old", &placed, &old, "-1001:55", works),
        ("old and reserved", &reserved, &old, "-1001:55", works),
        ("in no topic", &token("garden", None), &general, "-1001", works),
        ("old and in no topic", &token("garden", None), &old, "-1001", works),
        ("of a deployment of before", &bare, &in_topic, "-1001:55", works),
        ("old and of a deployment of before", &bare, &old, "-1001", does_not),
        ("said to be elsewhere, and seen not to be", &elsewhere, &in_topic, "-1001:55", works),
        ("old and said to be elsewhere", &elsewhere, &old, "-1001:56", does_not),
        ("old and said to be nowhere", &format!("{bare}.x"), &old, "-1001", does_not),
        ("copied", &placed, &general, "-1001", does_not),
    ];

    for (case, data, under, conversation, said) in cases {
        let press = press_under(10, data, "42", under);
        assert_eq!(press.conversation, conversation, "{case}");
        let sent = World::new(&BOT).deliver(&press);
        assert_eq!(sent[0].body["text"], said, "{case}");
    }
}

#[test]
fn what_an_old_button_leads_to_is_in_its_topic_and_so_are_its_buttons() {
    let old = json!({ "message_id": 7, "date": 0, "chat": forum() });
    let press = press_under(10, &token("garden", Some(55)), "42", &old);
    let body = encode(&press, Reply::text("?").button("A", Water { plant: 1 })).remove(0);
    assert_eq!(body["message_thread_id"], 55);
    assert!(tokens(&body)[0].ends_with(".55"), "{body}");
}

#[test]
fn a_button_with_no_room_for_its_topic_is_as_in_any_other_place() {
    // (how many bytes its fields take, the topic, is it named?)
    let largest = i64::from(i32::MAX);
    let cases = [(27, largest, true), (28, largest, false), (28, 55, true), (36, 55, false)];

    for (bytes, topic, is_named) in cases {
        // The first byte says how many follow.
        let reply = Reply::text("?").button("A", Long("x".repeat(bytes - 1)));
        let body = encode(&command("garden", Some(topic)), reply).remove(0);
        let data = tokens(&body).remove(0);
        assert!(data.len() <= 64, "{data}");
        assert_eq!(data.ends_with(&format!(".{topic}")), is_named, "{bytes} bytes in {topic}");
    }
}

#[test]
fn a_topic_beside_what_is_not_sealed_is_nobodys_word() {
    let old = json!({ "message_id": 7, "date": 0, "chat": forum() });
    assert_eq!(press_under(10, "form:tell.55", "42", &old).conversation, "-1001");
    let asks = token("ask", Some(55));
    assert!(asks.starts_with("form:tell") && !asks.contains(".55"), "{asks}");
}

#[test]
fn a_form_that_is_none_does_not_work_any_more() {
    // What somebody has made up comes to the worker as a press.
    let old = json!({ "message_id": 7, "date": 5, "chat": forum() });
    let press = press_under(10, "form:garden", "42", &old);
    let kind = EventKind::Press { token: "form:garden".to_owned() };
    let sent = World::new(&BOT).deliver(&Event { kind, ..press });
    assert_eq!(sent[0].body["text"], "This button does not work any more.");
}
