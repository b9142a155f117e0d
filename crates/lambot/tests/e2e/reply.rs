//! What a platform's message leads to: one API call, the right one.

use serde_json::{Value, json};

use crate::support::api::{Api, Call};
use crate::support::http::Request;
use crate::support::lambot::Setup;
use crate::support::{discord, slack, telegram};

/// Sends each webhook, which has to be answered with that body, and gives each one's only API call.
#[track_caller]
fn calls<const N: usize>(
    api: &Api,
    webhooks: [(Request, &str); N],
) -> [(String, Option<String>, Value); N] {
    let lambot = Setup::default().calling(api).start();
    for (nth, (webhook, body)) in webhooks.iter().enumerate() {
        assert_eq!(lambot.accept(webhook).body, *body);
        api.wait_for(nth + 1);
    }
    lambot.settle();
    let in_short = |call: Call| {
        assert_eq!(call.header("content-type"), Some("application/json; charset=utf-8"));
        let authorization = call.header("authorization").map(str::to_owned);
        (format!("{} {}", call.method, call.path), authorization, call.body)
    };
    let calls: Vec<_> = api.calls().into_iter().map(in_short).collect();
    calls.try_into().expect("a call for each webhook")
}

#[test]
fn slack_is_answered_by_its_web_api_and_commands_by_their_url() {
    let api = Api::start();
    let ts = "1771442498.377609";
    let mention = format!("<@{}> 1 &lt; 2 &amp; *b*", slack::BOT);
    let calls = calls(
        &api,
        [
            (slack::message("D0ACX51K95H", ts, "hello"), ""),
            (slack::message("C0ACX51K95H", ts, &mention), ""),
            (slack::command(&api, "1.2.a", "/echo", "hi"), ""),
        ],
    );

    let post_message = "POST /slack/api/chat.postMessage".to_owned();
    let bearer = Some(format!("Bearer {}", slack::TOKEN));
    let message = |channel: &str, text: &str| json!({ "channel": channel, "thread_ts": ts, "text": text, "mrkdwn": false });
    let to_command =
        json!({ "response_type": "in_channel", "text": "You said: hi", "mrkdwn": false });
    let expected = [
        (post_message.clone(), bearer.clone(), message("D0ACX51K95H", "You said: hello")),
        (post_message, bearer, message("C0ACX51K95H", "You said: 1 &lt; 2 &amp; *b*")),
        ("POST /slack/hooks/commands/T1/1.2.a/abc".to_owned(), None, to_command),
    ];
    assert_eq!(calls, expected);
}

#[test]
fn a_slack_thread_is_answered_in_the_thread() {
    let api = Api::start();
    let reply = slack::event(|message| {
        message["text"] = json!("hello");
        message["thread_ts"] = json!("1771442000.000100");
    });
    let [(_, _, body)] = calls(&api, [(reply, "")]);
    assert_eq!(body["thread_ts"], "1771442000.000100");
}

#[test]
fn discord_is_told_to_wait_and_then_answered_through_the_interaction() {
    let api = Api::start();
    let calls = calls(&api, [(discord::echo(1_457_536_583_141_294_258, "*hi*"), r#"{"type":5}"#)]);

    let target = format!(
        "PATCH /discord/api/v10/webhooks/{}/{}/messages/@original",
        discord::APPLICATION,
        discord::INTERACTION_TOKEN
    );
    let body = json!({ "content": r"You said: \*hi\*", "allowed_mentions": { "parse": [] } });
    assert_eq!(calls, [(target, None, body)]);
    // Discord may block whoever calls without such a one.
    let agent = api.calls()[0].header("user-agent").unwrap_or_default().to_owned();
    assert!(agent.starts_with("DiscordBot ("), "{agent}");
}

#[test]
fn telegram_is_answered_in_the_chat_and_groups_in_their_topic() {
    let api = Api::start();
    let calls = calls(
        &api,
        [(telegram::private(1, "hello"), ""), (telegram::in_topic(2, "/echo@my_bot hi"), "")],
    );

    let target = format!("POST {}", telegram::SEND_MESSAGE);
    let in_topic = json!({
        "chat_id": -1_001_234_567_890_i64,
        "message_thread_id": 55,
        "reply_parameters": { "message_id": 8, "allow_sending_without_reply": true },
        "text": "You said: hi",
    });
    let expected = [
        (target.clone(), None, json!({ "chat_id": telegram::CHAT, "text": "You said: hello" })),
        (target, None, in_topic),
    ];
    assert_eq!(calls, expected);
}

#[test]
fn handshakes_are_answered_on_the_spot() {
    let api = Api::start();
    let lambot = Setup::default().calling(&api).start();
    let challenge = r#"{"type":"url_verification","token":"t","challenge":"3eZbrw1aB10"}"#;
    // (webhook, body of the answer)
    let cases = [
        (slack::signed(challenge), r#"{"challenge":"3eZbrw1aB10"}"#),
        (slack::signed("ssl_check=1&token=t"), ""),
        (Request::new("GET", "/webhooks/slack?ssl_check=1"), ""),
        (discord::signed(r#"{"id":"1","token":"t","type":1,"version":1}"#), r#"{"type":1}"#),
    ];
    for (webhook, body) in cases {
        assert_eq!(lambot.accept(&webhook).body, body, "{webhook:?}");
    }
    lambot.settle();
    assert_eq!(api.texts(), [""; 0]);
}
