//! Who is believed: only the platform itself, and only for as long as it says so.

use ed25519_dalek::SigningKey;

use crate::support::api::Api;
use crate::support::http::Request;
use crate::support::lambot::Setup;
use crate::support::{discord, now, slack, telegram};

/// Sends each webhook; the refused ones have to say no more than that.
#[track_caller]
fn assert_statuses(cases: Vec<(&str, Request, u16)>) {
    let api = Api::start();
    let lambot = Setup::default().calling(&api).start();
    for (case, webhook, status) in cases {
        let answer = lambot.send(&webhook);
        assert_eq!(answer.status, status, "{case}: {answer:?}");
        if status == 401 {
            assert_eq!(answer.error().as_deref(), Some("not authentic"), "{case}");
        }
    }
    lambot.settle();
    assert_eq!(api.texts(), [""; 0]);
    assert_eq!(lambot.dead_letters(), []);
    lambot.still_answers(&api);
}

/// The field once more, with the same value: nobody can tell which of two was checked.
fn twice(webhook: &Request, name: &str) -> Request {
    webhook.clone().header(name, webhook.value(name))
}

/// The field with another value.
fn with(webhook: &Request, name: &str, value: &str) -> Request {
    webhook.clone().without(name).header(name, value)
}

#[test]
fn slack_is_known_by_its_signature_of_the_last_five_minutes() {
    const BODY: &str = r#"{"type":"url_verification","challenge":"c"}"#;

    let seconds = now().as_secs();
    let good = slack::signed(BODY);
    let at = |timestamp: &str| slack::signed_at(timestamp, BODY);
    let earlier = |age: u64| at(&(seconds - age).to_string());
    let signature = good.value(slack::SIGNATURE).to_owned();
    let time = good.value(slack::TIMESTAMP).to_owned();
    let other_secret = slack::sign("slack-other-secret", &time, BODY.as_bytes());
    let no_secret = slack::sign("", &time, BODY.as_bytes());
    assert_statuses(vec![
        ("authentic", good.clone(), 200),
        ("old, but not too old", earlier(270), 200),
        ("too old", earlier(301), 401),
        ("from the future", at(&(seconds + 330).to_string()), 401),
        ("from the far future", at("9999999999"), 401),
        ("a huge time", at(&"9".repeat(400)), 401),
        ("the largest number", at(&u64::MAX.to_string()), 401),
        ("a time that is no number", at("abc"), 401),
        ("a negative time", at("-1"), 401),
        ("a time with a sign", at(&format!("+{seconds}")), 401),
        ("a fraction", at(&format!("{seconds}.0")), 401),
        ("no time", at(""), 401),
        ("no timestamp header", good.clone().without(slack::TIMESTAMP), 401),
        ("no signature header", good.clone().without(slack::SIGNATURE), 401),
        ("no header", Request::post(slack::PATH, BODY), 401),
        ("two timestamps", twice(&good, slack::TIMESTAMP), 401),
        ("two signatures", twice(&good, slack::SIGNATURE), 401),
        ("another time", with(&good, slack::TIMESTAMP, &(seconds - 1).to_string()), 401),
        ("another body", good.clone().body(format!("{BODY} ")), 401),
        ("another secret", with(&good, slack::SIGNATURE, &other_secret), 401),
        ("an empty secret", with(&good, slack::SIGNATURE, &no_secret), 401),
        ("another version", with(&good, slack::SIGNATURE, &signature.replace("v0=", "v1=")), 401),
        ("no version", with(&good, slack::SIGNATURE, signature.trim_start_matches("v0=")), 401),
        (
            "in capitals",
            with(&good, slack::SIGNATURE, &format!("v0={}", signature[3..].to_uppercase())),
            401,
        ),
        ("half a signature", with(&good, slack::SIGNATURE, &signature[..35]), 401),
        ("no digits", with(&good, slack::SIGNATURE, "v0="), 401),
        ("letters", with(&good, slack::SIGNATURE, &format!("v0={}", "é".repeat(32))), 401),
    ]);
}

#[test]
fn discord_is_known_by_its_key() {
    const BODY: &str = r#"{"id":"1","token":"t","type":1}"#;

    let good = discord::signed(BODY);
    let time = good.value(discord::TIMESTAMP).to_owned();
    let signature = good.value(discord::SIGNATURE).to_owned();
    let strangers = discord::sign(&SigningKey::from_bytes(&[8; 32]), &time, BODY.as_bytes());
    let others = discord::signed(r#"{"id":"2","token":"t","type":1}"#);
    assert_statuses(vec![
        ("authentic", good.clone(), 200),
        ("no timestamp header", good.clone().without(discord::TIMESTAMP), 401),
        ("no signature header", good.clone().without(discord::SIGNATURE), 401),
        ("no header", Request::post(discord::PATH, BODY), 401),
        ("two timestamps", twice(&good, discord::TIMESTAMP), 401),
        ("two signatures", twice(&good, discord::SIGNATURE), 401),
        ("another time", with(&good, discord::TIMESTAMP, "abc"), 401),
        ("a negative time", with(&good, discord::TIMESTAMP, "-1"), 401),
        ("a huge time", with(&good, discord::TIMESTAMP, &"9".repeat(400)), 401),
        ("another body", good.clone().body(format!("{BODY} ")), 401),
        (
            "another webhook's",
            with(&good, discord::SIGNATURE, others.value(discord::SIGNATURE)),
            401,
        ),
        ("another key", with(&good, discord::SIGNATURE, &strangers), 401),
        ("half a signature", with(&good, discord::SIGNATURE, &signature[..64]), 401),
        ("zeros", with(&good, discord::SIGNATURE, &"0".repeat(128)), 401),
        ("no digits", with(&good, discord::SIGNATURE, &"zz".repeat(64)), 401),
        ("letters", with(&good, discord::SIGNATURE, &"é".repeat(64)), 401),
    ]);
}

#[test]
fn telegram_is_known_by_the_secret_it_was_given() {
    const BODY: &str = r#"{"update_id":1}"#;

    let good = telegram::authentic(BODY);
    let secret = telegram::SECRET;
    let token = |value: &str| with(&good, telegram::SECRET_TOKEN, value);
    assert_statuses(vec![
        ("authentic", good.clone(), 200),
        ("no header", good.clone().without(telegram::SECRET_TOKEN), 401),
        ("two headers", twice(&good, telegram::SECRET_TOKEN), 401),
        ("empty", token(""), 401),
        ("another secret", token("telegram-test-secrez"), 401),
        ("its beginning", token(&secret[..secret.len() - 1]), 401),
        ("more than it", token(&format!("{secret}x")), 401),
        ("in capitals", token(&secret.to_uppercase()), 401),
        ("huge", token(&"x".repeat(10_000)), 401),
    ]);
}

#[test]
fn both_secrets_are_believed_while_one_is_replaced() {
    let api = Api::start();
    let next = SigningKey::from_bytes(&[8; 32]);
    let next_key = next.verifying_key().as_bytes().map(|byte| format!("{byte:02x}")).concat();
    let lambot = Setup::default()
        .calling(&api)
        .variable("SLACK_SIGNING_SECRET", format!("{}, slack-next-secret", slack::SECRET))
        .variable("DISCORD_PUBLIC_KEY", format!("{},{next_key}", discord::public_key()))
        .variable("TELEGRAM_SECRET_TOKEN", format!("{},telegram-next-secret", telegram::SECRET))
        .start();

    let to_slack = slack::signed("ssl_check=1");
    let time = to_slack.value(slack::TIMESTAMP).to_owned();
    let slack_signature = slack::sign("slack-next-secret", &time, to_slack.content());
    let to_discord = discord::signed(r#"{"id":"1","token":"t","type":1}"#);
    let time = to_discord.value(discord::TIMESTAMP).to_owned();
    let discord_signature = discord::sign(&next, &time, to_discord.content());
    let to_telegram = telegram::authentic(r#"{"update_id":1}"#);
    for webhook in [
        with(&to_slack, slack::SIGNATURE, &slack_signature),
        with(&to_discord, discord::SIGNATURE, &discord_signature),
        with(&to_telegram, telegram::SECRET_TOKEN, "telegram-next-secret"),
        to_slack,
        to_discord,
        to_telegram,
    ] {
        lambot.accept(&webhook);
    }
}
