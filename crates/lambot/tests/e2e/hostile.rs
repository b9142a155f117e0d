//! Bodies and messages that nobody well-meaning sends. What matters most is the next person's message.

use std::io::Write as _;
use std::net::TcpStream;

use serde_json::json;

use crate::support::api::Api;
use crate::support::http::{Request, exchange};
use crate::support::lambot::Setup;
use crate::support::{discord, eventually, hostile_bodies, slack, telegram};

/// The largest body that is accepted.
const MOST: usize = 512 * 1024;

const PATHS: [&str; 3] = [slack::PATH, discord::PATH, telegram::PATH];

#[test]
fn a_strangers_body_is_not_even_read() {
    let api = Api::start();
    let lambot = Setup::default().calling(&api).start();
    for (case, body) in hostile_bodies() {
        for path in PATHS {
            let answer = lambot.send(&Request::post(path, body.clone()));
            let error = answer.error();
            assert_eq!(
                (answer.status, error.as_deref()),
                (401, Some("not authentic")),
                "{path}, {case}"
            );
        }
    }
    assert_eq!(lambot.dead_letters(), []);
    lambot.still_answers(&api);
}

#[test]
fn the_echo_refuses_what_is_no_object() {
    let api = Api::start();
    let lambot = Setup::default().calling(&api).start();
    for (case, body) in hostile_bodies() {
        let answer = lambot.send(&Request::post("/echo", body));
        let error = answer.error();
        assert_eq!(
            (answer.status, error.as_deref()),
            (400, Some("the body must be a JSON object")),
            "{case}"
        );
    }
    let hello =
        Request::post("/echo", r#"{"message":"hello"}"#).header("content-type", "image/png");
    assert_eq!(lambot.accept(&hello).json(), json!({ "response": "You said: hello" }));
}

#[test]
fn what_is_larger_than_512_kib_is_refused_authentic_or_not() {
    let api = Api::start();
    let lambot = Setup::default().calling(&api).start();
    let just_too_large = "x".repeat(MOST + 1);
    let huge = "x".repeat(6_000_000);
    let webhooks = [
        Request::post("/echo", just_too_large.clone()),
        Request::post(slack::PATH, just_too_large.clone()),
        slack::signed(just_too_large.clone()),
        discord::signed(just_too_large.clone()),
        telegram::authentic(just_too_large),
        Request::post("/echo", huge.clone()),
        Request::post(discord::PATH, huge.clone()),
        telegram::authentic(huge),
    ];
    for webhook in webhooks {
        let answer = lambot.send(&webhook);
        let error = answer.error();
        let expected = Some("the body is larger than 512 KiB");
        assert_eq!((answer.status, error.as_deref()), (413, expected));
    }
    assert_eq!(lambot.dead_letters(), []);
    lambot.still_answers(&api);
}

#[test]
fn what_is_512_kib_large_is_kept_or_answered() {
    let api = Api::start();
    let lambot = Setup::default().calling(&api).start();
    // On a busy machine, a build without optimisation can need more time for so much than a platform gives it. A
    // platform is then asked to try again, and does.
    let deliver = |webhook: &Request| {
        eventually("to be accepted", || (lambot.send(webhook).status == 200).then_some(()));
    };
    deliver(&telegram::authentic("x".repeat(MOST)));
    let letters = lambot.dead_letters();
    assert_eq!(letters.iter().map(|letter| letter.content.len()).collect::<Vec<_>>(), [MOST]);

    let update = |padding: usize| {
        json!({
            "update_id": 1,
            "message": {
                "message_id": 1,
                "chat": { "id": 1, "type": "private" },
                "from": { "id": 1, "is_bot": false },
                "text": "hello",
                "padding": " ".repeat(padding),
            },
        })
        .to_string()
    };
    deliver(&telegram::authentic(update(MOST - update(0).len())));
    api.wait_for(1);
    assert_eq!(api.texts(), ["You said: hello"]);

    // Each of these takes three bytes of the form, and six of the JSON that goes into the queue.
    deliver(&slack::command(&api, "1.2.a", "/echo", &"\u{1}".repeat(174_300)));
    let letters = lambot.dead_letters();
    let reasons: Vec<&str> = letters.iter().map(|letter| letter.reason.as_str()).collect();
    assert_eq!(reasons, ["too large for the queue"]);
}

#[test]
fn a_wrong_content_type_does_not_hide_what_a_body_is() {
    let api = Api::start();
    let lambot = Setup::default().calling(&api).start();
    let webhooks = [
        slack::message("D1", "1771442498.000100", "slack"),
        slack::command(&api, "1.2.a", "/echo", "command"),
        discord::echo(1_457_536_583_141_294_258, "discord"),
        telegram::private(1, "telegram"),
    ];
    for (nth, webhook) in webhooks.into_iter().enumerate() {
        lambot.accept(&webhook.header("content-type", "image/png"));
        api.wait_for(nth + 1);
    }
    let said = ["slack", "command", "discord", "telegram"].map(|text| format!("You said: {text}"));
    assert_eq!(api.texts(), said);
}

#[test]
fn a_body_that_breaks_off_is_not_called_too_large() {
    let lambot = Setup::default().start();
    let bytes =
        b"POST /echo HTTP/1.1\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\nzz\r\n";
    let answer = exchange(&lambot.address, bytes).expect("an answer");
    assert_eq!(answer.status, 400, "{answer:?}");
}

#[test]
fn what_is_no_http_hurts_nobody_else() {
    let api = Api::start();
    let lambot = Setup::default().calling(&api).start();
    let cases: [&[u8]; 6] = [
        b"hello\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"POST /echo\r\n\r\n",
        b"POST /echo HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"POST /echo HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}",
        b"POST /echo HTTP/1.1\r\nx: \xff\xfe\r\nconnection: close\r\n\r\n",
    ];
    for bytes in cases {
        let answer = exchange(&lambot.address, bytes).expect("an answer");
        assert_eq!(answer.status, 400, "{}: {answer:?}", String::from_utf8_lossy(bytes));
    }
    // These promise more than they send: one goes on holding the line, one hangs up.
    let mut unfinished = TcpStream::connect(&lambot.address).unwrap();
    unfinished.write_all(b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{").unwrap();
    let mut hung_up = TcpStream::connect(&lambot.address).unwrap();
    hung_up.write_all(b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{").unwrap();
    drop(hung_up);
    lambot.still_answers(&api);
}
