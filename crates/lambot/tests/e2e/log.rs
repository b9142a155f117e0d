//! What must never be in a log: secrets, and what people say.

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
