//! What must never be in a log: secrets, and what people say.

use serde_json::Value;

use crate::support::api::{Api, Reply};
use crate::support::lambot::Setup;
use crate::support::{discord, slack, telegram};

#[test]
fn no_secret_and_no_word_of_a_person_is_logged() {
    // Among the first things said, one is refused, one fails, and one comes back.
    let api = Api::scripted(|nth, _| match nth {
        0 => Some(Reply::status(200, "", r#"{"ok":false,"error":"zebra zebra"}"#)),
        1 => Some(Reply::status(500, "", "zebra")),
        2 => Some(Reply::status(429, "retry-after: 1\r\n", "zebra")),
        _ => None,
    });
    let mut lambot = Setup::default().calling(&api).start();
    let webhooks = [
        slack::message("D1", "1771442498.000100", "zebra"),
        slack::command(&api, "1.2.a", "/echo", "zebra"),
        discord::echo(1_457_536_583_141_294_258, "zebra"),
        telegram::private(1, "zebra"),
        slack::signed(r#"{"zebra"#),
        discord::signed(r#"{"zebra"#),
        telegram::authentic(r#"{"zebra"#),
    ];
    for webhook in &webhooks {
        lambot.accept(webhook);
    }
    let forged = ["zebra-secret", "v0=zebra"].map(|value| {
        let to_telegram = telegram::authentic("{}").without(telegram::SECRET_TOKEN);
        to_telegram.header(telegram::SECRET_TOKEN, value)
    });
    for webhook in forged {
        assert_eq!(lambot.send(&webhook).status, 401);
    }
    lambot.settle();
    lambot.stop("TERM");

    let logged = lambot.logged.all().join("\n");
    // That there is a log at all.
    for part in ["webhook accepted", "event given back", "dead-letter queue", "not authentic"] {
        assert!(logged.contains(part), "{part:?} is not in the log:\n{logged}");
    }
    let written = format!("{logged}\n{}", lambot.said.all().join("\n"));
    let signatures = [webhooks[0].value(slack::SIGNATURE), webhooks[2].value(discord::SIGNATURE)];
    let secrets = [
        "zebra",
        slack::SECRET,
        slack::TOKEN,
        discord::TOKEN,
        discord::INTERACTION_TOKEN,
        telegram::SECRET,
        telegram::TOKEN,
        "/commands/T1/",
    ];
    for secret in secrets.into_iter().chain(signatures) {
        assert!(!written.contains(secret), "{secret:?} is written");
    }
}

#[test]
fn metrics_are_written_where_there_is_a_namespace_for_them() {
    let written = |namespace: Option<&str>| {
        let api = Api::scripted(|nth, _| {
            (nth == 0)
                .then(|| Reply::status(401, "", r#"{"ok":false,"description":"Unauthorized"}"#))
        });
        let mut setup = Setup::default().calling(&api);
        if let Some(namespace) = namespace {
            setup = setup.variable("METRICS_NAMESPACE", namespace);
        }
        let mut lambot = setup.start();
        lambot.accept(&telegram::private(1, "hello"));
        lambot.logged.wait_for(1, "event given back");
        lambot.accept(&discord::echo(discord::id_of_now(), "hello"));
        api.wait_for(2);
        lambot.logged.wait_for(1, "event done");
        let forged = discord::echo(1, "hello").without(discord::SIGNATURE);
        assert_eq!(lambot.send(&forged.header(discord::SIGNATURE, "00")).status, 401);
        lambot.accept(&telegram::authentic("{"));
        lambot.stop("TERM");
        let lines = lambot.said.all();
        let lines = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let named = |line: Value| -> Vec<String> {
            let metrics = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().cloned();
            let platform = line["platform"].as_str().expect("a platform").to_owned();
            let metrics = metrics.expect("metrics").into_iter();
            metrics
                .map(|metric| format!("{platform} {}", metric["Name"].as_str().unwrap()))
                .collect()
        };
        let mut names: Vec<String> = lines.flat_map(named).collect();
        names.sort();
        names
    };

    assert_eq!(written(None), [""; 0]);
    assert_eq!(
        written(Some("lambot/test")),
        [
            "discord accepted",
            "discord decided",
            "discord delivered",
            "discord delivery_latency",
            "discord forged",
            "telegram accepted",
            "telegram decided",
            "telegram poison",
            "telegram retried",
            "telegram token_refused",
            "telegram waiting",
        ]
    );
}

#[test]
fn what_is_given_back_says_how_long_it_has_waited() {
    let api = Api::scripted(|nth, _| (nth < 2).then(|| Reply::status(500, "", "")));
    let mut lambot =
        Setup::default().calling(&api).variable("METRICS_NAMESPACE", "lambot/test").start();
    lambot.accept(&telegram::private(1, "hello"));
    lambot.logged.wait_for(2, "event given back");
    lambot.stop("TERM");

    let lines = lambot.said.all();
    let lines = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let waits: Vec<u64> = lines.filter_map(|line| line["waiting"].as_u64()).collect();
    // The second time it had been out of sight for a second.
    assert!(matches!(waits[..], [first, second, ..] if second >= 1_000.max(first)), "{waits:?}");
}
