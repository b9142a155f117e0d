//! What a command is given, from lines, from values by name and from menus.

use serde_json::json;

use super::*;
use crate::event::{Channel, File, User};

const NONE: Spec = Spec::new("ping", "");
const TEXT: Spec = Spec::new("echo", "").arg(Arg::text("text", "what to say"));
const MIXED: Spec = Spec::new("water", "")
    .arg(Arg::text("plant", "which plant"))
    .arg(Arg::integer("litres", "how much").optional());
const THANK: Spec =
    Spec::new("thank", "").arg(Arg::user("who", "")).arg(Arg::text("why", "").optional());
const POST: Spec =
    Spec::new("post", "").arg(Arg::channel("where", "")).arg(Arg::text("what", "").optional());
const SHOW: Spec = Spec::new("show", "")
    .arg(Arg::text("what", "what it is"))
    .arg(Arg::file("photo", "").optional());
const JOIN: Spec = Spec::new("join", "")
    .arg(Arg::file("one", ""))
    .arg(Arg::file("other", ""))
    .arg(Arg::file("last", "").optional());
const APPOINT: Spec =
    Spec::new("appoint", "").arg(Arg::role("as", "")).arg(Arg::text("why", "").optional());
const INVITE: Spec = Spec::new("invite", "")
    .arg(Arg::user("who", "").optional())
    .arg(Arg::duration("for", "").optional())
    .arg(Arg::text("why", "").optional());
const REMIND: Spec =
    Spec::new("remind", "").arg(Arg::duration("in", "")).arg(Arg::text("what", ""));
const SNOOZE: Spec =
    Spec::new("snooze", "").arg(Arg::text("what", "")).arg(Arg::duration("for", ""));
const ROOM: Spec = Spec::new("room", "")
    .arg(Arg::number("warmth", "").optional())
    .arg(Arg::choice("light", "", &["off", "Full", "half lit"]).optional());

const PLANT: &str = "I need \"plant\" (which plant).";
const LITRES: &str = "I need a whole number for \"litres\", like 3.";
const WHO: &str = "I need a person for \"who\": mention them with @.";
const WHERE: &str = "I need a channel for \"where\": mention it with #, on Telegram with @.";
const AS: &str = "I need a role for \"as\", by its name.";
const IN: &str = "I need a duration for \"in\", like 90s, 2h or 1h30m.";
const FOR: &str = "I need a duration for \"for\", like 90s, 2h or 1h30m.";
const WARMTH: &str = "I need a number for \"warmth\", like 2.5.";
const LIGHT: &str = "I need off, Full or \"half lit\" for \"light\".";
const MORE: &str = "That is more than I need.";

fn check(spec: &Spec, arguments: &Arguments, expected: Result<Value, &str>) {
    let user = |id: &str, name: &str| User { id: id.into(), name: Some(name.into()) };
    let mentions = [
        Mention { text: "@Ann Lee".into(), user: user("1", "Ann Lee") },
        Mention { text: "@bob".into(), user: user("2", "Bob") },
    ];
    let channels = [ChannelMention {
        text: "#big beds".into(),
        channel: Channel { id: "C1".into(), name: Some("big beds".into()) },
    }];
    let file = |id: &str| File { id: id.into(), ..File::default() };
    let files = [file("F1"), file("F2")];
    let along = Along { mentions: &mentions, channels: &channels, files: &files };
    let read = read(spec, arguments, along).map(Value::Object).map_err(|error| error.to_string());
    assert_eq!(read, expected.map_err(str::to_owned), "/{} {arguments:?}", spec.name);
}

#[test]
fn what_a_command_was_chosen_for_is_its_first_such_argument() {
    let ann = json!({ "id": "1", "name": "Ann" });
    let user = Target::User(User { id: "1".into(), name: Some("Ann".into()) });
    let message = |text: &str| Target::Message { text: text.into(), author: None };
    // (declaration, chosen for, arguments or what is wrong)
    let cases: [(&Spec, Target, Result<Value, &str>); 6] = [
        (&TEXT, message("  two words "), Ok(json!({ "text": "  two words " }))),
        (&TEXT, message(""), Err("I need \"text\" (what to say).")),
        (&TEXT, user.clone(), Err("I need \"text\" (what to say).")),
        (&THANK, user, Ok(json!({ "who": ann }))),
        (&INVITE, message("why not"), Ok(json!({ "why": "why not" }))),
        (&NONE, message("why not"), Ok(json!({}))),
    ];

    for (spec, target, expected) in cases {
        check(spec, &Arguments::Target(target), expected);
    }
}

#[test]
fn two_of_one_name_are_told_apart_by_their_order() {
    const PAIR: Spec = Spec::new("pair", "")
        .arg(Arg::user("one", ""))
        .arg(Arg::channel("where", ""))
        .arg(Arg::user("other", ""))
        .arg(Arg::channel("to", ""));
    let ann = |id: &str| User { id: id.into(), name: None };
    let beds = |id: &str| Channel { id: id.into(), name: None };
    let person = |id| Mention { text: "Ann".into(), user: ann(id) };
    let channel = |id| ChannelMention { text: "#beds".into(), channel: beds(id) };
    let mentions = ["7", "8"].map(person);
    let channels = ["C1", "C2"].map(channel);
    let along = Along { mentions: &mentions, channels: &channels, files: &[] };
    let given = |text: &str| {
        let read = read(&PAIR, &Arguments::Text(text.into()), along);
        read.map(Value::Object).map_err(|error| error.to_string())
    };
    let expected =
        json!({ "one": ann("7"), "where": beds("C1"), "other": ann("8"), "to": beds("C2") });
    assert_eq!(given("Ann #beds Ann #beds"), Ok(expected.clone()));
    assert_eq!(given("\"Ann\" \"#beds\" \"Ann\" \"#beds\""), Ok(expected));
}

#[test]
fn every_fault_of_a_form_is_told_at_its_argument() {
    let named = |value: Value| Arguments::Named(serde_json::from_value(value).expect("an object"));
    // (declaration, values, faults)
    let cases: [(&Spec, Value, &[(&str, &str)]); 6] = [
        (&MIXED, json!({ "plant": "tomato", "litres": "2" }), &[]),
        (&MIXED, json!({ "plant": "tomato" }), &[]),
        (&MIXED, json!({ "kind": "tomato", "litres": "2" }), &[]),
        (&MIXED, json!({}), &[("plant", PLANT)]),
        (&MIXED, json!({ "plant": " ", "litres": "two" }), &[("plant", PLANT), ("litres", LITRES)]),
        (&REMIND, json!({ "in": "2h", "what": "tea" }), &[]),
    ];

    for (spec, values, expected) in cases {
        let found = faults(spec, &named(values.clone()));
        let found: Vec<_> = found.iter().map(|(name, fault)| (*name, fault.as_str())).collect();
        assert_eq!(found, expected, "/{} {values}", spec.name);
    }
}

#[test]
fn a_form_asks_where_nothing_was_given() {
    const FORM: Spec = Spec::new("tell", "")
        .arg(Arg::text("what", "Your words"))
        .arg(Arg::integer("stars", "How many").optional())
        .form("Your opinion");
    const PHOTO: Spec =
        Spec::new("show", "").arg(Arg::file("photo", "Which photo")).form("A photo");
    const ASKED: &str = "Your opinion\nwhat: Your words\nstars: How many (optional)";
    let text = |text: &str| Arguments::Text(text.into());
    let photo = [File { id: "F1".into(), ..File::default() }];
    // (declaration, arguments, files that came along, asked?)
    let cases: [(&Spec, Arguments, &[File], Option<&str>); 7] = [
        (&FORM, text(" "), &[], Some(ASKED)),
        (&FORM, text(" "), &photo, Some(ASKED)),
        (&FORM, text("good"), &[], None),
        (&FORM, Arguments::Named([].into()), &[], None),
        (&PHOTO, text(""), &[], Some("A photo\nphoto: Which photo")),
        (&PHOTO, text(""), &photo, None),
        (&TEXT, text(""), &[], None),
    ];

    for (spec, arguments, files, expected) in cases {
        let along = Along { files, ..Along::default() };
        let found = asked(spec, &arguments, along).map(|error| error.to_string());
        assert_eq!(found.as_deref(), expected, "/{} {arguments:?}", spec.name);
    }
}

#[test]
fn reads_text() {
    let ann = json!({ "id": "1", "name": "Ann Lee" });
    let bob = json!({ "id": "2", "name": "Bob" });
    let beds = json!({ "id": "C1", "name": "big beds" });
    let hours = |hours: u64| json!({ "secs": hours * 3600, "nanos": 0 });
    // (declaration, line, arguments or what is wrong)
    let cases: [(&Spec, &str, Result<Value, &str>); 69] = [
        (&NONE, "", Ok(json!({}))),
        (&NONE, "really", Err(MORE)),
        (&NONE, "\"\"", Err(MORE)),
        (&TEXT, "hello   there", Ok(json!({ "text": "hello   there" }))),
        (&TEXT, "\"hello\"  there", Ok(json!({ "text": "\"hello\"  there" }))),
        (&TEXT, "\"hello there\"", Ok(json!({ "text": "\"hello there\"" }))),
        (&TEXT, "  ", Err("I need \"text\" (what to say).")),
        (&MIXED, "tomato", Ok(json!({ "plant": "tomato" }))),
        (&MIXED, "tomato 2", Ok(json!({ "plant": "tomato", "litres": 2 }))),
        (&MIXED, "tomato   -2 ", Ok(json!({ "plant": "tomato", "litres": -2 }))),
        (&MIXED, "\"big tomato\" 2", Ok(json!({ "plant": "big tomato", "litres": 2 }))),
        (&MIXED, "“big tomato” “2”", Ok(json!({ "plant": "big tomato", "litres": 2 }))),
        (&MIXED, "🍅\n2", Ok(json!({ "plant": "🍅", "litres": 2 }))),
        (&MIXED, "\"🍅\" 2", Ok(json!({ "plant": "🍅", "litres": 2 }))),
        (&MIXED, "tomato two", Err(LITRES)),
        (&MIXED, "tomato 2.5", Err(LITRES)),
        (&MIXED, "tomato 99999999999999999999", Err(LITRES)),
        (&MIXED, "tomato 2 3", Err(MORE)),
        (&MIXED, "\"big tomato 2", Err(MORE)),
        (&MIXED, "", Err(PLANT)),
        (&MIXED, "\"\" 2", Err(PLANT)),
        (&MIXED, "\" \"", Err(PLANT)),
        (&THANK, "@Ann Lee", Ok(json!({ "who": ann }))),
        (&THANK, "@Ann Lee, for  all", Ok(json!({ "who": ann, "why": "for  all" }))),
        (&THANK, "\"@Ann Lee\" for all", Ok(json!({ "who": ann, "why": "for all" }))),
        (&THANK, "@bob @Ann Lee", Ok(json!({ "who": bob, "why": "@Ann Lee" }))),
        (&THANK, "@ann", Err(WHO)),
        (&THANK, "you", Err(WHO)),
        (&THANK, "\"\" you", Err(WHO)),
        (&THANK, "", Err(WHO)),
        (&POST, "#big beds", Ok(json!({ "where": beds }))),
        (&POST, "#big beds: all  well", Ok(json!({ "where": beds, "what": "all  well" }))),
        (&POST, "\"#big beds\" hi", Ok(json!({ "where": beds, "what": "hi" }))),
        (&POST, "@bob hi", Err(WHERE)),
        (&POST, "big beds", Err(WHERE)),
        (&POST, "", Err(WHERE)),
        (&SHOW, "two  words", Ok(json!({ "what": "two  words", "photo": { "id": "F1" } }))),
        (&SHOW, "", Err("I need \"what\" (what it is).")),
        (&JOIN, "", Ok(json!({ "one": { "id": "F1" }, "other": { "id": "F2" } }))),
        (&JOIN, "them", Err(MORE)),
        (
            &APPOINT,
            "@gardeners  at last",
            Ok(json!({ "as": { "id": "gardeners", "name": "gardeners" }, "why": "at last" })),
        ),
        (
            &APPOINT,
            "\"head gardener\"",
            Ok(json!({ "as": { "id": "head gardener", "name": "head gardener" } })),
        ),
        (&APPOINT, "@", Err(AS)),
        (&APPOINT, "", Err(AS)),
        (&REMIND, "2h tea", Ok(json!({ "in": hours(2), "what": "tea" }))),
        (&REMIND, "\"1d 2h\" tea", Ok(json!({ "in": hours(26), "what": "tea" }))),
        (&REMIND, "1d 2h tea", Ok(json!({ "in": hours(24), "what": "2h tea" }))),
        (&REMIND, "3650d tea", Ok(json!({ "in": hours(87_600), "what": "tea" }))),
        (&REMIND, "3650d1s tea", Err("\"in\" can be no more than 3650d.")),
        (&REMIND, "tea 2h", Err(IN)),
        (&REMIND, "", Err(IN)),
        (&SNOOZE, "tea 1d 2h", Ok(json!({ "what": "tea", "for": hours(26) }))),
        (&SNOOZE, "tea \"1d 2h\"", Ok(json!({ "what": "tea", "for": hours(26) }))),
        (&SNOOZE, "tea 2h please", Err(FOR)),
        (&ROOM, "21,5 FULL", Ok(json!({ "warmth": 21.5, "light": "Full" }))),
        (&ROOM, "21 \"Half Lit\"", Ok(json!({ "warmth": 21.0, "light": "half lit" }))),
        (&ROOM, "\"\" off", Ok(json!({ "light": "off" }))),
        (&ROOM, "21 “”", Ok(json!({ "warmth": 21.0 }))),
        (&MIXED, "tomato \"\" 2", Err(MORE)),
        (&INVITE, "\"\" \"1d 2h\" for  all", Ok(json!({ "for": hours(26), "why": "for  all" }))),
        (&INVITE, "@bob \"\" why", Ok(json!({ "who": bob, "why": "why" }))),
        (&INVITE, "@bob 2h \"\" ", Ok(json!({ "who": bob, "for": hours(2) }))),
        (&INVITE, "\"\" „“ \" \"", Ok(json!({}))),
        (&INVITE, "\"\" \"\" \"\" said he", Ok(json!({ "why": "\"\" said he" }))),
        (&INVITE, "you", Err(WHO)),
        (&ROOM, "\" \" off", Ok(json!({ "light": "off" }))),
        (&ROOM, "off", Err(WARMTH)),
        (&ROOM, "21 of", Err(LIGHT)),
        (&ROOM, "", Ok(json!({}))),
    ];

    for (spec, line, expected) in cases {
        check(spec, &Arguments::Text(line.into()), expected);
    }
}

#[test]
fn reads_named_values() {
    // (declaration, values, arguments or what is wrong)
    let cases: [(&Spec, Value, Result<Value, &str>); 35] = [
        (&TEXT, json!({ "text": "hello" }), Ok(json!({ "text": "hello" }))),
        (&TEXT, json!({ "text": 7 }), Ok(json!({ "text": "7" }))),
        (&TEXT, json!({}), Err("I need \"text\" (what to say).")),
        (&TEXT, json!({ "text": { "id": "1" } }), Err("I need \"text\" (what to say).")),
        (&TEXT, json!({ "words": "hello" }), Ok(json!({ "text": "hello" }))),
        (&TEXT, json!({ "text": "hello", "words": "x" }), Ok(json!({ "text": "hello" }))),
        (&MIXED, json!({ "a": "x", "b": "y" }), Err(PLANT)),
        (
            &MIXED,
            json!({ "litres": 2, "plant": "a b" }),
            Ok(json!({ "plant": "a b", "litres": 2 })),
        ),
        (&MIXED, json!({ "litres": 2.5, "plant": "t" }), Err(LITRES)),
        (&MIXED, json!({ "litres": 2 }), Err(PLANT)),
        (
            &THANK,
            json!({ "who": { "id": "7", "name": "Eve" } }),
            Ok(json!({ "who": { "id": "7", "name": "Eve" } })),
        ),
        (&THANK, json!({ "who": { "id": "7", "bot": true } }), Ok(json!({ "who": { "id": "7" } }))),
        (&THANK, json!({ "who": "7" }), Ok(json!({ "who": { "id": "7" } }))),
        (&THANK, json!({ "who": { "name": "Eve" } }), Err(WHO)),
        (&THANK, json!({ "who": " " }), Err(WHO)),
        (&THANK, json!({ "who": 7 }), Err(WHO)),
        (&THANK, json!({ "who": null }), Err(WHO)),
        (
            &POST,
            json!({ "where": { "id": "C1", "name": null } }),
            Ok(json!({ "where": { "id": "C1" } })),
        ),
        (&POST, json!({ "where": "C1" }), Ok(json!({ "where": { "id": "C1" } }))),
        (&POST, json!({ "where": { "id": "" } }), Err(WHERE)),
        (&POST, json!({ "where": 7 }), Err(WHERE)),
        (
            &APPOINT,
            json!({ "as": { "id": "2", "name": "Gardeners" } }),
            Ok(json!({ "as": { "id": "2", "name": "Gardeners" } })),
        ),
        (&APPOINT, json!({ "as": { "name": "Gardeners" } }), Err(AS)),
        (
            &SHOW,
            json!({ "what": "fern", "photo": { "id": "4", "name": "fern.png", "bytes": 7 } }),
            Ok(json!({ "what": "fern", "photo": { "id": "4", "name": "fern.png", "bytes": 7 } })),
        ),
        (
            &SHOW,
            json!({ "what": "fern", "photo": 4 }),
            Err("I need a file for \"photo\": send it along."),
        ),
        (
            &REMIND,
            json!({ "in": " 1h 30m ", "what": "tea" }),
            Ok(json!({ "in": { "secs": 5400, "nanos": 0 }, "what": "tea" })),
        ),
        (&REMIND, json!({ "in": 90, "what": "tea" }), Err(IN)),
        (&REMIND, json!({ "in": "", "what": "tea" }), Err(IN)),
        (
            &REMIND,
            json!({ "in": "999999999999999999999w", "what": "tea" }),
            Err("\"in\" can be no more than 3650d."),
        ),
        (
            &ROOM,
            json!({ "warmth": 21, "light": "HALF lit" }),
            Ok(json!({ "warmth": 21.0, "light": "half lit" })),
        ),
        (&ROOM, json!({ "warmth": "21,5" }), Ok(json!({ "warmth": 21.5 }))),
        (&ROOM, json!({ "warmth": "21,5 " }), Ok(json!({ "warmth": 21.5 }))),
        (&ROOM, json!({ "warmth": "NaN" }), Err(WARMTH)),
        (&ROOM, json!({ "light": true }), Err(LIGHT)),
        (&ROOM, json!({ "light": ["off"] }), Err(LIGHT)),
    ];

    for (spec, values, expected) in cases {
        let named = serde_json::from_value(values).expect("an object");
        check(spec, &Arguments::Named(named), expected);
    }
}

#[test]
fn no_line_is_too_much_for_it() {
    let quotes = "\"".repeat(500_000);
    let words = "\" ".repeat(250_000);
    let cheese = "🧀".repeat(100_000);
    // (declaration, line, arguments or what is wrong)
    let cases: [(&Spec, &str, Result<Value, &str>); 6] = [
        (&TEXT, &quotes, Ok(json!({ "text": quotes }))),
        (&MIXED, &quotes, Ok(json!({ "plant": quotes.get(2..) }))),
        (&MIXED, &words, Err(MORE)),
        (&MIXED, &cheese, Ok(json!({ "plant": cheese }))),
        (&THANK, &quotes, Err(WHO)),
        (&ROOM, &cheese, Err(WARMTH)),
    ];

    for (spec, line, expected) in cases {
        check(spec, &Arguments::Text(line.into()), expected);
    }
}

#[test]
fn every_choice_is_in_an_example() {
    let examples = examples(ROOM.args());
    let lights: Vec<&Value> = examples.iter().map(|example| &example["light"]).collect();
    assert_eq!(lights, ["off", "Full", "half lit"]);
    assert_eq!(super::examples(NONE.args()), [Map::new()]);
}
