//! Buttons and menus: how they are sent, and what a press does.

use std::collections::BTreeSet;

use bot_core::platform::{Decoded, Platform};
use bot_core::{Event, Reply};
use serde_json::{Value, json};

use super::support::settings;
use super::world::{
    Moved, Watered, Withered, World, decode, event, form, press, slash_command, with,
};

/// The value of the button or option with this label, in a message's body.
fn value(body: &Value, label: &str) -> String {
    let blocks = body["blocks"].as_array().expect("blocks");
    let elements = blocks.iter().filter_map(|block| block["elements"].as_array()).flatten();
    let options = |element: &Value| element["options"].as_array().cloned().unwrap_or_default();
    let mut choices =
        elements.flat_map(|element| [vec![element.clone()], options(element)].concat());
    let choice = choices.find(|choice| choice["text"]["text"] == label).expect(label);
    choice["value"].as_str().expect("text").to_owned()
}

fn ask(world: &mut World, text: &str) -> Value {
    let [(_, body)] = world.deliver(event(&slash_command(text))).try_into().expect("one message");
    body
}

#[test]
fn a_text_stands_as_it_is_above_its_buttons() {
    let body = ask(&mut World::default(), "");
    let text = "*Tomato* & <basil> :herb: are thirsty.";
    let label = |text: &str| json!({ "type": "plain_text", "text": text, "emoji": false });
    let button = |nth: u32, text: &str| json!({ "type": "button", "action_id": format!("lambot:{nth}"), "text": label(text), "value": value(&body, text) });
    let option = |text: &str| json!({ "text": label(text), "value": value(&body, text) });
    let menu = json!({
        "type": "static_select", "action_id": "lambot:2", "placeholder": label("Move them"),
        "options": [option("Kitchen"), option("Balcony")],
    });
    let section =
        json!({ "type": "rich_text_section", "elements": [{ "type": "text", "text": text }] });
    let expected = json!({
        "response_type": "in_channel",
        "mrkdwn": false,
        "text": "*Tomato* &amp; &lt;basil&gt; :herb: are thirsty.",
        "blocks": [
            { "type": "rich_text", "elements": [section] },
            { "type": "actions", "elements": [button(0, "Watered"), button(1, "Later")] },
            { "type": "actions", "elements": [menu] },
        ],
    });
    assert_eq!(body, expected);
}

#[test]
fn a_press_does_what_its_button_says() {
    let mut world = World::default();
    let body = ask(&mut world, "");

    let sent = world.deliver(event(&form(&press(&value(&body, "Watered")))));
    let edit =
        json!({ "replace_original": true, "text": "Watered 7.", "blocks": [], "mrkdwn": false });
    assert_eq!(sent, [("https://hooks.slack.com/actions/T1/1/x".to_owned(), edit)]);
    assert_eq!(world.stored(), [r#"{"v":1,"value":{"used":1}}"#]);

    let option = json!({ "value": value(&body, "Balcony") });
    let chosen = with(press(""), "/actions/0/selected_option", option);
    let sent = world.deliver(event(&form(&with(chosen, "/actions/0/value", Value::Null))));
    let answer =
        json!({ "channel": "C1", "thread_ts": "5.000001", "text": "Moved to 2.", "mrkdwn": false });
    assert_eq!(sent, [("https://slack.com/api/chat.postMessage".to_owned(), answer)]);
}

#[test]
fn a_press_that_is_not_ours_says_so_and_changes_nothing() {
    const DONE: &str = "Watered 7.";
    const UNKNOWN: &str = "This button does not work any more.";
    const FOREIGN: &str = "This button is for somebody else.";

    // (case, what the command is given, what is different, where, token of the bot, answer)
    let cases = [
        ("as it was sent", "", "/user/id", "U1", None, DONE),
        ("by another person", "", "/user/id", "U2", None, DONE),
        ("in another channel", "", "/channel/id", "C2", None, UNKNOWN),
        ("in another workspace", "", "/team/id", "T2", None, UNKNOWN),
        ("after the token was replaced", "", "/user/id", "U1", Some("xoxb-new"), UNKNOWN),
        ("reserved, by whom it is for", "mine", "/user/id", "U1", None, DONE),
        ("reserved, by another person", "mine", "/user/id", "U2", None, FOREIGN),
    ];
    for (case, text, pointer, id, token, expected) in cases {
        let mut world = World::default();
        let body = ask(&mut world, text);
        world.token = token;
        let pressed = with(press(&value(&body, "Watered")), pointer, id.into());
        let sent = world.deliver(event(&form(&pressed)));
        assert_eq!(sent.len(), 1, "{case}");
        assert_eq!(sent[0].1["text"], expected, "{case}");
        assert_eq!(world.stored().len(), usize::from(expected == DONE), "{case}");
        let how = |field: &str| sent[0].1[field].clone();
        let (replaces, tells) = (how("replace_original"), how("response_type"));
        if expected == DONE {
            assert_eq!((replaces, tells), (true.into(), Value::Null), "{case}");
        } else {
            assert_eq!((replaces, tells), (false.into(), "ephemeral".into()), "{case}");
        }
    }
}

#[test]
fn what_follows_a_shortcut_is_pressed_in_the_persons_direct_messages() {
    let person = json!({ "id": "U1", "name": "ann" });
    let shortcut = json!({
        "type": "shortcut", "callback_id": "plant", "trigger_id": "1.2", "action_ts": "6.000001",
        "team": { "id": "T1" }, "user": person,
    });
    let address = json!({ "channel": { "channel": "U1" } });
    let view = json!({ "callback_id": "plant", "private_metadata": address.to_string() });
    let sent = json!({
        "type": "view_submission", "trigger_id": "1.3", "team": { "id": "T1" }, "user": person, "view": view,
    });
    let Ok(Decoded::Form(sent)) = decode(&form(&sent)) else { panic!("no form") };
    const UNKNOWN: &str = "This button does not work any more.";
    // (case, by whom, where, answer)
    let cases = [
        ("where it is", "U1", "D1", "Watered 7."),
        ("in another's direct messages", "U2", "D2", UNKNOWN),
        ("in a channel", "U1", "C1", UNKNOWN),
        ("in a group of direct messages", "U1", "G1", UNKNOWN),
    ];

    for follows in [event(&form(&shortcut)), *sent] {
        for (case, user, channel, expected) in cases {
            let mut world = World::default();
            let [(url, body)] = world.deliver(follows.clone()).try_into().expect("one message");
            assert_eq!(url, "https://slack.com/api/chat.postMessage");
            assert_eq!(body["channel"], "U1");
            let pressed = with(press(&value(&body, "Watered")), "/user/id", user.into());
            let pressed = with(pressed, "/channel/id", channel.into());
            let said = world.deliver(event(&form(&pressed)));
            assert_eq!(said[0].1["text"], expected, "{case}");
        }
    }
}

#[test]
fn no_bit_of_a_button_can_be_changed() {
    let mut world = World::default();
    let token = value(&ask(&mut world, ""), "Watered");
    let mut presses = 0;
    for at in 0..token.len() {
        let other = if &token[at..=at] == "A" { "B" } else { "A" };
        let forged = format!("{}{other}{}", &token[..at], &token[at + 1..]);
        // A token that cannot be one is not even queued.
        if bot_core::action::is_token(&forged) {
            let sent = world.deliver(event(&form(&press(&forged))));
            let text = sent[0].1["text"].as_str().expect("text");
            assert!(text.starts_with("This button"), "{at}: {text}");
            presses += 1;
        }
    }
    assert!(presses > token.len() / 2, "{presses} of {}", token.len());
    assert!(world.stored().is_empty());
}

fn bodies(event: &Event, reply: Reply) -> Vec<Value> {
    let outbound = Platform::Slack.outbound(&settings).expect("settings");
    let calls = outbound.encode(event, &[reply]).expect("its address");
    calls.into_iter().map(|call| call.body).collect()
}

#[test]
fn the_largest_reply_is_within_every_limit_of_slack() {
    let long = "🧀 & ".repeat(2500);
    let mut reply = Reply::text(&long);
    for plant in 0..20 {
        reply = reply.button(&long, Watered { plant });
    }
    let reply = reply.menu(&long, (0..25).map(|room| (long.clone(), Moved { room })));
    let bodies = bodies(&event(&form(&press("AQABAQAAAAAAAAAA"))), reply);

    let units = |text: &Value| text["text"].as_str().expect("text").encode_utf16().count();
    assert!(bodies.iter().all(|body| body["text"].as_str().expect("text").chars().count() <= 3000));
    let (last, earlier) = bodies.split_last().expect("messages");
    assert!(earlier.len() > 5 && earlier.iter().all(|body| body["blocks"].is_null()));
    let blocks = last["blocks"].as_array().expect("blocks");
    let rows: Vec<&Vec<Value>> =
        blocks[1..].iter().filter_map(|block| block["elements"].as_array()).collect();
    assert_eq!(rows.iter().map(|row| row.len()).collect::<Vec<_>>(), [20, 1]);
    let menu = &rows[1][0];
    let options = menu["options"].as_array().expect("options");
    assert_eq!(options.len(), 25);
    assert_eq!(units(&menu["placeholder"]), 150);
    for choice in rows[0].iter().chain(options) {
        assert!((70..=75).contains(&units(&choice["text"])), "{choice}");
        assert!(choice["value"].as_str().expect("text").len() <= 150);
    }
    let ids = rows.iter().flat_map(|row| row.iter()).map(|element| element["action_id"].as_str());
    assert_eq!(ids.collect::<BTreeSet<_>>().len(), 21);
}

#[test]
fn what_one_person_is_told_at_length_stays_with_them() {
    let reply = Reply::text("?").button("Revive", Withered {});
    let outbound = Platform::Slack.outbound(&settings).expect("settings");
    let asked = outbound.encode(&event(&slash_command("")), &[reply]).expect("its address");
    let sent = World::default().deliver(event(&form(&press(&value(&asked[0].body, "Revive")))));

    let ways: Vec<&str> =
        sent.iter().map(|(url, _)| url.rsplit('/').next().unwrap_or_default()).collect();
    assert_eq!(ways[..5], ["x", "x", "x", "x", "chat.postEphemeral"]);
    assert!(ways[5..].iter().all(|way| *way == "chat.postEphemeral"), "{ways:?}");
    let (_, late) = &sent[4];
    assert_eq!((&late["user"], &late["channel"]), (&json!("U1"), &json!("C1")));
}
