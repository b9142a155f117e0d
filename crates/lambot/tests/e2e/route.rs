//! What is served where. Everything else is refused in JSON, as callers are promised.

use crate::support::http::Request;
use crate::support::lambot::Setup;
use crate::support::{discord, slack, telegram};

#[test]
fn other_methods_are_refused_and_told_the_right_one() {
    let lambot = Setup::default().start();
    let posts = ["/echo", slack::PATH, discord::PATH, telegram::PATH];
    let others = ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"];
    let cases = posts
        .iter()
        .flat_map(|path| others.map(|method| (method, *path, "POST")))
        .chain([("POST", "/health", "GET"), ("DELETE", "/health", "GET")]);
    for (method, path, allowed) in cases {
        let answer = lambot.send(&Request::post(path, "{}").method(method));
        assert_eq!(answer.status, 405, "{method} {path}: {answer:?}");
        assert_eq!(answer.header("allow"), Some(allowed), "{method} {path}");
        let error = answer.error();
        assert_eq!(error.as_deref(), Some("this method is not served here"), "{method} {path}");
    }
    let answer = lambot.send(&Request::new("HEAD", telegram::PATH));
    assert_eq!((answer.status, answer.body.as_str()), (405, ""));
}

#[test]
fn other_paths_are_not_found_whatever_the_method() {
    let lambot = Setup::default().start();
    let paths = [
        "/",
        "//",
        "/echo/",
        "/ECHO",
        "/echo%00",
        "/webhooks",
        "/webhooks/",
        "/webhooks/whatsapp",
        "/webhooks/Slack",
        "/webhooks/slack/",
        "/webhooks/slack/events",
        "/webhooks/../echo",
        "/webhooks/%73lack",
        "/healthz",
        "/?path=/echo",
    ];
    for path in paths {
        for method in ["GET", "POST", "DELETE"] {
            let answer = lambot.send(&Request::new(method, path));
            assert_eq!(answer.status, 404, "{method} {path}: {answer:?}");
            let error = answer.error();
            assert_eq!(error.as_deref(), Some("nothing is served at this path"), "{method} {path}");
        }
    }
}

#[test]
fn what_is_served_is_served_with_a_query_too() {
    let lambot = Setup::default().start();
    // (method, path, body of the answer)
    let cases = [
        ("POST", "/echo?a=1", r#"{"response":"You said: No message provided."}"#),
        ("GET", "/health?a=1", r#"{"status":"ok"}"#),
        ("HEAD", "/health", ""),
    ];
    for (method, path, body) in cases {
        let answer = lambot.send(&Request::post(path, "{}").method(method));
        assert_eq!((answer.status, answer.body.as_str()), (200, body), "{method} {path}");
    }
}
