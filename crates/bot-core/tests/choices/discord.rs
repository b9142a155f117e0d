//! Message components.

use bot_core::action::is_token;
use bot_core::event::EventKind;
use bot_core::platform::{Method, Platform};
use bot_core::worker::Outcome;
use bot_core::{Event, Reply};
use serde_json::{Value, json};

use crate::world::{BOT, Sent, Water, World, decode, encode, outbound, respond};

const WEBHOOK: &str = "https://discord.com/api/v10/webhooks/9/tok";

/// A command in a channel.
pub(crate) fn command(name: &str, channel: &str, by: &str) -> Event {
    let interaction = json!({
        "type": 2, "id": "1457536583141294258", "application_id": "9", "token": "tok", "channel_id": channel,
        "member": { "user": { "id": by } }, "data": { "name": name },
    });
    decode(Platform::Discord, &interaction)
}

/// A press of a button in a channel.
pub(crate) fn press(id: &str, channel: &str, by: &str) -> Event {
    let data = json!({ "component_type": 2, "custom_id": id });
    decode(Platform::Discord, &interaction("1457536583141294259", channel, by, &data, 0))
}

fn interaction(id: &str, channel: &str, by: &str, data: &Value, flags: u64) -> Value {
    json!({
        "type": 3, "id": id, "application_id": "9", "token": "tok", "channel_id": channel, "locale": "de",
        "member": { "user": { "id": by, "username": "ann" } }, "data": data, "message": { "id": "8", "flags": flags },
    })
}

/// What is in the buttons and the menu under a message, in order.
pub(crate) fn tokens(body: &Value) -> Vec<String> {
    let ids = components(body).flat_map(|component| match component["options"].as_array() {
        Some(options) => options.iter().map(|option| &option["value"]).collect(),
        None => vec![&component["custom_id"]],
    });
    ids.map(|id| id.as_str().expect("an id").to_owned()).collect()
}

fn components(body: &Value) -> impl Iterator<Item = &Value> {
    let rows = body["components"].as_array().into_iter().flatten();
    rows.flat_map(|row| row["components"].as_array().expect("a row"))
}

/// What pressing or choosing the `nth` of what is under a message does.
fn pressed(body: &Value, nth: usize, id: &str, flags: u64) -> Event {
    let component = components(body).find(|component| match component["options"].as_array() {
        Some(options) => options.iter().any(|option| option["value"] == tokens(body)[nth]),
        None => component["custom_id"] == tokens(body)[nth],
    });
    let component = component.expect("a component");
    let mut data =
        json!({ "component_type": component["type"], "custom_id": component["custom_id"] });
    if component["type"] == 3 {
        data["values"] = json!([tokens(body)[nth]]);
    }
    decode(Platform::Discord, &interaction(id, "1", "43", &data, flags))
}

fn garden(world: &mut World) -> Value {
    world.deliver(&command("garden", "1", "42")).remove(0).body
}

/// The components without what is sealed in them.
fn shown(body: &Value) -> Value {
    let mut body = body.clone();
    let mut ids = Vec::new();
    for row in body["components"].as_array_mut().into_iter().flatten() {
        for component in row["components"].as_array_mut().expect("a row") {
            match component.get_mut("options").and_then(Value::as_array_mut) {
                Some(options) => {
                    ids.extend(options.iter_mut().map(|option| option["value"].take()));
                }
                None => ids.push(component["custom_id"].take()),
            }
        }
    }
    let mut unique: Vec<String> = ids.iter().map(ToString::to_string).collect();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), ids.len(), "{ids:?}");
    body["components"].take()
}

#[test]
fn choices_are_rows_of_components() {
    let long = "a".repeat(101);
    let water = || Water { plant: 1 };
    let button = |label: &str| json!({ "type": 2, "style": 2, "label": label, "custom_id": null });
    let row = |components: Value| json!({ "type": 1, "components": components });
    let menu = |placeholder: &str, label: &str| {
        let option = json!({ "label": label, "value": null });
        json!({ "type": 3, "custom_id": "menu", "placeholder": placeholder, "options": [option, option] })
    };
    let six = (0..6).fold(Reply::text("?"), |reply, _| reply.button("A", water()));
    let cut = |most: usize| format!("{}…", "a".repeat(most - 1));
    // (case, reply, content, components)
    let cases = [
        (
            "six buttons",
            six,
            "?",
            json!([
                row(json!([button("A"), button("A"), button("A"), button("A"), button("A")])),
                row(json!([button("A")])),
            ]),
        ),
        (
            "a menu under a button",
            Reply::text("?")
                .button(&long, water())
                .menu(long.repeat(2), [(&long, water()), (&long, water())]),
            "?",
            json!([row(json!([button(&cut(80))])), row(json!([menu(&cut(150), &cut(100))]))]),
        ),
        (
            "nothing but a menu",
            Reply::nothing().menu("*Which*?", [("", water()), ("", water())]),
            r"\*Which\*?",
            json!([row(json!([menu("*Which*?", "…")]))]),
        ),
    ];

    for (case, reply, content, components) in cases {
        for event in [command("garden", "1", "42"), press(&token(), "1", "42")] {
            let bodies = encode(&event, reply.clone());
            assert_eq!(bodies.len(), 1, "{case}");
            assert_eq!(bodies[0]["content"], content, "{case}");
            assert_eq!(shown(&bodies[0]), components, "{case}");
            for id in tokens(&bodies[0]) {
                let token = id.split('.').next().expect("a token");
                assert!(is_token(token) && id.len() <= 100, "{case}: {id}");
            }
        }
    }
}

fn token() -> String {
    tokens(&garden(&mut World::new(&BOT))).remove(0)
}

#[test]
fn a_press_is_answered_where_its_button_is() {
    let patch = |content: &str| {
        Some((Method::Patch, format!("{WEBHOOK}/messages/@original"), content.to_owned()))
    };
    let post = |content: &str| Some((Method::Post, WEBHOOK.to_owned(), content.to_owned()));
    // (case, which button or choice, method, URL and content, how many buttons, whether they are named)
    let cases = [
        ("an edit with a button", 0, patch(r"\<Watered> 1 times."), 1, true),
        ("an edit without", 1, patch(r"\<Watered> 2 times."), 0, true),
        ("a message", 2, post(r"\<Watered> 3 times."), 1, true),
        ("nothing", 3, None, 0, false),
    ];

    let mut world = World::new(&BOT);
    let garden = garden(&mut world);
    for (case, nth, expected, buttons, is_named) in cases {
        let sent = world.deliver(&pressed(&garden, nth, &format!("145753658314129426{nth}"), 0));
        assert_eq!(sent.iter().flat_map(|sent| tokens(&sent.body)).count(), buttons, "{case}");
        for Sent { body, .. } in &sent {
            assert_eq!(body["components"].is_array(), is_named, "{case}");
            assert_eq!(body["allowed_mentions"], json!({ "parse": [] }), "{case}");
            assert_eq!(body.get("flags"), None, "{case}");
        }
        let content = |sent: Sent| {
            (sent.method, sent.url, sent.body["content"].as_str().expect("text").to_owned())
        };
        let sent: Vec<_> = sent.into_iter().map(content).collect();
        assert_eq!(sent, Vec::from_iter(expected), "{case}");
    }
}

#[test]
fn what_is_said_besides_a_message_is_seen_by_whom_the_message_is() {
    // (flags of the message, which button, flags of what is sent)
    let cases = [(64, 2, Some(64)), (64 | 4096, 2, Some(64)), (4096, 2, None), (64, 0, None)];

    for (flags, nth, expected) in cases {
        let mut world = World::new(&BOT);
        let garden = garden(&mut world);
        let sent = world.deliver(&pressed(&garden, nth, "1457536583141294260", flags));
        let sent: Vec<_> = sent.iter().map(|sent| sent.body["flags"].as_u64()).collect();
        assert_eq!(sent, [expected], "{flags}, button {nth}");
    }
}

#[test]
fn a_long_reply_has_its_buttons_under_its_last_message() {
    let long = "a".repeat(2500);
    let reply = || Reply::text(&long).button("A", Water { plant: 1 });
    // (event, reply, whether the first message names components)
    let cases = [
        (command("garden", "1", "42"), reply(), false),
        (command("garden", "1", "42"), reply().edit(), false),
        (press(&token(), "1", "42"), reply(), false),
        (press(&token(), "1", "42"), reply().edit(), true),
    ];

    for (event, reply, is_named) in cases {
        let is_edit = reply.is_edit();
        let bodies = encode(&event, reply);
        let counts: Vec<usize> = bodies.iter().map(|body| tokens(body).len()).collect();
        assert_eq!(counts, [0, 1], "{:?}, edit: {is_edit}", event.kind);
        let names = bodies[0].get("components").is_some();
        assert_eq!(names, is_named, "{:?}, edit: {is_edit}", event.kind);
    }
}

#[test]
fn a_button_of_an_edit_works_like_the_first_one() {
    let mut world = World::new(&BOT);
    let mut body = garden(&mut world);
    for times in 1..=3 {
        let press = pressed(&body, 0, &format!("145753658314129426{times}"), 0);
        body = world.deliver(&press).remove(0).body;
        assert_eq!(body["content"], format!(r"\<Watered> {times} times."));
    }
}

#[test]
fn pressed_twice_is_two_events_and_delivered_twice_is_one() {
    let mut world = World::new(&BOT);
    let garden = garden(&mut world);
    let first = pressed(&garden, 0, "1457536583141294260", 0);
    let second = pressed(&garden, 0, "1457536583141294261", 0);
    assert_eq!(world.deliver(&first)[0].body["content"], r"\<Watered> 1 times.");
    assert_eq!(world.outcome(&first), (Vec::new(), Outcome::Duplicate));
    assert_eq!(world.deliver(&second)[0].body["content"], r"\<Watered> 2 times.");
}

#[test]
fn a_press_is_an_event_like_a_command() {
    let token = token();
    let sealed = token.split('.').next().expect("a token");
    let event = press(&token, "1", "42");
    assert_eq!(event.kind, EventKind::Press { token: sealed.to_owned() });
    assert_eq!(event.key.as_str(), "discord:1457536583141294259");
    assert_eq!((event.tenant.as_str(), event.conversation.as_str()), ("9", "1"));
    assert_eq!((event.user.id.as_str(), event.user.name.as_deref()), ("42", Some("ann")));
    assert_eq!(event.locale.as_deref(), Some("de"));
    assert_eq!(event.sent_at, command("garden", "1", "42").sent_at);
}

#[test]
fn a_press_is_told_at_once_that_it_has_arrived() {
    let press = press(&token(), "1", "42");
    assert_eq!(respond(&press, true), (200, json!({ "type": 6 })));
    let (status, refused) = respond(&press, false);
    assert_eq!((status, &refused["type"], &refused["data"]["flags"]), (200, &json!(4), &json!(64)));
}

#[test]
fn work_is_shown_by_discord_alone() {
    for event in [command("garden", "1", "42"), press(&token(), "1", "42")] {
        assert_eq!(outbound(Platform::Discord).working(&event, "Looking…"), None);
    }
}
