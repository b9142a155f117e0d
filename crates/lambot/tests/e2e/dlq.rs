//! What an operator sees of the dead-letter queue, and takes out of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::api::{Api, Reply};
use crate::support::folder::Folder;
use crate::support::lambot::{Lambot, Setup};
use crate::support::tool::{Ended, tool};
use crate::support::{now, slack, telegram};

/// A platform that refuses the first `count` things the bot says.
fn refusing(count: usize) -> Api {
    let refused = r#"{"ok":false,"error":"invalid_blocks"}"#;
    Api::scripted(move |nth, _| (nth < count).then_some(Reply::status(200, "", refused)))
}

/// A stack whose platform has refused an answer.
fn with_a_refused_reply(api: &Api) -> Lambot {
    let lambot = Setup::default().calling(api).start();
    lambot.accept(&slack::message("D1", "1771442498.000100", "zebra"));
    lambot.settle();
    lambot
}

/// The columns of what is listed, line by line.
#[track_caller]
fn listed(lambot: &Lambot) -> Vec<Vec<String>> {
    let ended = lambot.tool(&["dlq", "list"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    columns(&ended)
}

fn columns(ended: &Ended) -> Vec<Vec<String>> {
    let columns = |line: &&str| line.split('\t').map(str::to_owned).collect();
    ended.lines().iter().skip(1).map(columns).collect()
}

/// A message of the queue, from a person's chat of this number.
fn envelope(chat: u64, update: u64, text: &str) -> String {
    json!({
        "v": 1,
        "generation": 0,
        "received_at": u64::try_from(now().as_millis()).unwrap(),
        "event": {
            "key": format!("telegram:my_bot:{update}"),
            "platform": "telegram",
            "tenant": "my_bot",
            "conversation": chat.to_string(),
            "user": { "id": "1" },
            "addressed": true,
            "kind": { "type": "message", "text": text },
            "address": { "chat_id": chat },
        },
    })
    .to_string()
}

#[test]
fn a_dead_letter_is_listed_and_shown_without_a_word_of_a_person() {
    let api = refusing(1);
    let lambot = with_a_refused_reply(&api);
    let listed = listed(&lambot);
    let [line] = listed.as_slice() else { panic!("{listed:?}") };
    let [id, when, generation, platform, conversation, event, reason] = line.as_slice() else {
        panic!("{line:?}")
    };
    assert!(when.starts_with("20") && when.ends_with('Z'), "{when}");
    assert_eq!((generation.as_str(), platform.as_str()), ("0", "slack"));
    assert_eq!(event, "slack:T0ADGE2G4EM:D1:1771442498.000100");
    assert_eq!(reason, "refused by the platform: invalid_blocks");

    let shown = lambot.tool(&["dlq", "show", id]);
    let json: Value = serde_json::from_str(&shown.said).unwrap();
    assert_eq!(json["envelope"]["event"]["key"], *event);
    assert_eq!(json["envelope"]["conversation_hash"], *conversation);
    assert!(!shown.said.contains("zebra"), "{shown:?}");
    let whole = lambot.tool(&["dlq", "show", id, "--text"]);
    let json: Value = serde_json::from_str(&whole.said).unwrap();
    assert_eq!(json["envelope"]["event"]["kind"]["text"], "zebra");

    // It is there as before, for anybody, at once.
    assert_eq!(lambot.dead_letters().len(), 1);
}

#[test]
fn a_refused_reply_is_said_once_the_platform_takes_it() {
    let api = refusing(1);
    let lambot = with_a_refused_reply(&api);
    let id = &listed(&lambot)[0][0];
    let ended = lambot.tool(&["dlq", "redrive", id]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.lines(), [&format!("{id} is in the queue again"), "1 redriven"]);
    lambot.settle();
    assert_eq!(api.texts(), ["You said: zebra"; 2]);
    assert_eq!(listed(&lambot), [[""; 0]; 0]);
}

#[test]
fn what_is_refused_again_is_dead_again_and_not_sent_in_circles() {
    let api = refusing(usize::MAX);
    let lambot = with_a_refused_reply(&api);
    for generation in 1..=2 {
        let ended = lambot.tool(&["dlq", "redrive", "--all"]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        lambot.settle();
        let listed = listed(&lambot);
        let generations: Vec<&str> = listed.iter().map(|line| line[2].as_str()).collect();
        assert_eq!(generations, [generation.to_string()]);
    }
    assert_eq!(api.texts(), ["You said: zebra"; 3]);
}

#[test]
fn the_part_of_a_long_reply_that_was_refused_is_the_one_that_is_said_again() {
    // The second and the third part are refused, and each once more.
    let refused = r#"{"ok":false,"description":"Bad Request: message is too long"}"#;
    let api = Api::scripted(move |nth, _| {
        matches!(nth, 1..=4).then_some(Reply::status(400, "", refused))
    });
    let lambot = Setup::default().calling(&api).start();
    lambot.accept(&telegram::private(1, &["a", "b", "c"].map(|c| c.repeat(4000)).join(" ")));
    lambot.settle();
    for left in [2, 0] {
        let ended = lambot.tool(&["dlq", "redrive", "--all"]);
        assert_eq!(ended.lines().last().copied(), Some("2 redriven"), "{ended:?}");
        lambot.settle();
        assert_eq!(listed(&lambot).len(), left);
    }
    let ends = |text: &String| text.chars().last().map(String::from).unwrap_or_default();
    assert_eq!(api.texts().iter().map(ends).collect::<String>(), "abcbcbc");
}

#[test]
fn what_nobody_can_read_stays() {
    let api = Api::start();
    let lambot = Setup::default().calling(&api).start();
    lambot.accept(&telegram::authentic(r#"{"update_id":"zebra"}"#));
    lambot.enqueue("zebra", "group", "1");
    lambot.settle();
    let ended = lambot.tool(&["dlq", "redrive", "--all"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    for why in ["stays: no envelope: line 1", "stays: update_id is missing", "2 cannot be redriven"]
    {
        assert!(ended.complained.contains(why), "{why}: {ended:?}");
    }
    let listed = listed(&lambot);
    assert_eq!(listed.len(), 2);
    for line in &listed {
        let shown = lambot.tool(&["dlq", "show", &line[0]]).said;
        assert!(!shown.contains("zebra") && shown.contains(&line[0]), "{shown}");
    }
}

#[test]
fn a_webhook_is_queued_once_it_can_be_read() {
    let api = Api::start();
    let lambot = Setup::default().calling(&api).start();
    let kept = |webhook: &[u8]| {
        json!({
            "v": 1,
            "reason": "a field of the JSON has an unexpected type",
            "died_at": u64::try_from(now().as_millis()).unwrap(),
            "webhook": { "platform": "telegram", "body_base64": STANDARD.encode(webhook) },
        })
        .to_string()
    };
    lambot.bury(&kept(telegram::private(7, "hello 👋").content()), "1", "1");
    lambot.bury(&kept(br#"{"update_id":8,"kind_of_tomorrow":{}}"#), "2", "2");
    let ended = lambot.tool(&["dlq", "redrive", "--all"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.said.contains("needs no work"), "{ended:?}");
    lambot.settle();
    assert_eq!(api.texts(), ["You said: hello 👋"]);
    assert_eq!(lambot.dead_letters(), []);
}

#[test]
fn a_conversation_that_sqs_has_moved_comes_back_in_order_and_alone() {
    let api = Api::start();
    let lambot = Setup::default().calling(&api).start();
    // One more than SQS hands out of a group at once.
    for update in 1..=11 {
        lambot.bury(&envelope(1, update, &update.to_string()), "one", &update.to_string());
    }
    lambot.bury(&envelope(2, 12, "other"), "two", "12");
    let ended = lambot.tool(&["dlq", "list"]);
    let seen = columns(&ended);
    assert_eq!(seen.len(), 11);
    assert!(ended.complained.contains("About 1 more cannot be seen now"), "{ended:?}");
    let reason = "received too often: SQS has moved it here";
    assert!(seen.iter().all(|line| line[6] == reason), "{seen:?}");

    let first = seen.iter().find(|line| line[5] == "telegram:my_bot:1").unwrap();
    let ended = lambot.tool(&["dlq", "redrive", "--conversation", &first[4]]);
    assert_eq!((ended.code, ended.lines().last().copied()), (Some(0), Some("11 redriven")));
    lambot.settle();
    let expected: Vec<String> = (1..=11).map(|nth| format!("You said: {nth}")).collect();
    assert_eq!(api.texts(), expected);
    let listed = listed(&lambot);
    let left: Vec<&str> = listed.iter().map(|line| line[5].as_str()).collect();
    assert_eq!(left, ["telegram:my_bot:12"]);
}

#[test]
fn what_is_not_there_is_said_so() {
    let lambot = Setup::default().start();
    // (arguments, code, complaint)
    let cases: [(&[&str], i32, &str); 7] = [
        (&["dlq", "list"], 0, "The dead-letter queue is empty."),
        (&["dlq", "show", "1-2"], 1, "there is no 1-2 in the dead-letter queue"),
        (&["dlq", "redrive", "1-2"], 1, "not found: 1-2"),
        (
            &["dlq", "redrive", "--conversation", "1f"],
            1,
            "nothing of the conversation 1f was found",
        ),
        (&["dlq", "redrive", "--all"], 0, ""),
        (&["dlq", "redrive"], 2, "required"),
        (&["dlq", "redrive", "--all", "1-2"], 2, "cannot be used with"),
    ];
    for (arguments, code, complaint) in cases {
        let ended = lambot.tool(arguments);
        assert_eq!(ended.code, Some(code), "{arguments:?}: {ended:?}");
        assert!(ended.complained.contains(complaint), "{arguments:?}: {ended:?}");
    }

    let ended = tool(&["dlq", "list"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.complained.contains("AWS_REGION is not set"), "{ended:?}");
}

#[test]
fn a_stopped_stack_can_be_looked_into() {
    let api = Api::start();
    let folder = Folder::new();
    let data = folder.path();
    let mut lambot = Setup::default().calling(&api).keeping(&folder).start();
    lambot.bury(&envelope(1, 1, "hello"), "1", "1");
    let ended = tool(&["dlq", "list", "--data", &data]);
    assert!(ended.code == Some(1) && ended.complained.contains("is in use"), "{ended:?}");
    assert_eq!(lambot.stop("TERM").code(), Some(0));

    assert_eq!(columns(&tool(&["dlq", "list", "--data", &data])).len(), 1);
    let ended = tool(&["dlq", "redrive", "--all", "--data", &data]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let lambot = Setup::default().calling(&api).keeping(&folder).start();
    api.wait_for(1);
    lambot.settle();
    assert_eq!(api.texts(), ["You said: hello"]);
}
