//! Dead letters as an operator reads them.
//!
//! Without being asked for them, no word that a person wrote is shown, and nothing that can be answered with. What may be
//! shown is named here, field by field.

use bot_core::Event;
use bot_core::dead_letter::{DeadContent, DeadLetter};
use bot_core::envelope::{Envelope, conversation_hash};
use serde_json::{Value, json};

use super::Found;
use crate::terminal::{instant, printable};

/// What stands above [`line()`]s.
pub(super) const HEADING: &str = "ID\tWHEN\tGENERATION\tPLATFORM\tCONVERSATION\tEVENT\tREASON";

/// One line for one letter: what can be said of it in a word.
pub(super) fn line(found: &Found) -> String {
    let Found { id, letter } = found;
    let none = || "-".to_owned();
    let (generation, platform, conversation, event) = match &letter.content {
        DeadContent::Envelope(envelope) => (
            envelope.generation.to_string(),
            envelope.event.platform.slug().to_owned(),
            conversation_hash(&envelope.event),
            envelope.event.key.as_str().to_owned(),
        ),
        DeadContent::Webhook { platform, .. } => {
            (none(), platform.slug().to_owned(), none(), none())
        }
        DeadContent::Message(_) => (none(), none(), none(), none()),
    };
    let when = instant(letter.died_at);
    [id, &when, &generation, &platform, &conversation, &event, &letter.reason]
        .map(|field| printable(field))
        .join("\t")
}

/// Everything but what people wrote and what platforms gave us to answer with.
pub(super) fn without_text(found: &Found) -> Value {
    let content = match &found.letter.content {
        DeadContent::Envelope(envelope) => json!({ "envelope": envelope_without_text(envelope) }),
        DeadContent::Webhook { platform, body_base64 } => json!({
            "webhook": { "platform": platform, "body_bytes": body_base64.len() / 4 * 3 },
        }),
        DeadContent::Message(message) => json!({ "message_bytes": message.len() }),
    };
    merged(head(found), content)
}

/// The letter as it is in the queue, with its id.
pub(super) fn whole(found: &Found) -> Value {
    merged(head(found), serde_json::to_value(&found.letter).unwrap_or_default())
}

fn head(found: &Found) -> Value {
    let DeadLetter { reason, died_at, .. } = &found.letter;
    json!({ "id": found.id, "when": instant(*died_at), "reason": reason, "step": found.letter.step })
}

fn envelope_without_text(envelope: &Envelope) -> Value {
    let Event { key, platform, tenant, conversation, user, locale, sent_at, addressed, .. } =
        &envelope.event;
    let kind = serde_json::to_value(&envelope.event.kind).unwrap_or_default();
    json!({
        "generation": envelope.generation,
        "received_at": instant(envelope.received_at),
        "conversation_hash": conversation_hash(&envelope.event),
        "event": {
            "key": key,
            "platform": platform,
            "tenant": tenant,
            "conversation": conversation,
            "user": { "id": user.id },
            "locale": locale,
            "sent_at": sent_at.map(instant),
            "addressed": addressed,
            "kind": { "type": kind.get("type") },
        },
    })
}

/// The fields of both.
fn merged(mut one: Value, other: Value) -> Value {
    if let (Value::Object(fields), Value::Object(more)) = (&mut one, other) {
        fields.extend(more);
    }
    one
}

/// Says that there is more than can be seen.
pub(super) fn unseen(count: usize) -> String {
    format!(
        "About {count} more cannot be seen now: a FIFO queue hands out ten of a conversation at once, and none that \
         somebody else has just received."
    )
}

#[cfg(test)]
mod tests {
    use bot_core::event::{Arguments, EventKind, Mention, User};
    use bot_core::{Platform, Timestamp};

    use super::*;

    fn letters() -> Vec<DeadLetter> {
        let at = Timestamp::from_secs(1_700_000_000);
        let why = || "the handler\tpanicked\u{1b}[2J".to_owned();
        let events = [
            EventKind::Message { text: "zebra".into() },
            EventKind::Command {
                name: "zebra".into(),
                arguments: Arguments::Named([("text".into(), "zebra".into())].into()),
            },
            EventKind::Press { token: "zebra".into() },
        ];
        let event = |kind| {
            let mut event = Event::example(Platform::Discord, kind);
            event.user.name = Some("zebra".into());
            let user = User { id: "7".into(), name: None };
            event.mentions = vec![Mention { text: "@zebra".into(), user }];
            event
        };
        let mut letters: Vec<DeadLetter> = events
            .map(|kind| DeadLetter::envelope(&Envelope::new(event(kind), at), 0, why(), at))
            .into();
        letters.push(DeadLetter::webhook(Platform::Slack, "emVicmE=".into(), why(), at));
        letters.push(DeadLetter::message("zebra", why(), at));
        letters
    }

    fn found(letter: DeadLetter) -> Found {
        Found { id: "1-2".to_owned(), letter }
    }

    #[test]
    fn no_word_of_a_person_is_shown_unless_it_is_asked_for() {
        for letter in letters() {
            let found = found(letter);
            let shown = format!("{}\n{}", line(&found), without_text(&found));
            assert!(!shown.contains("zebra") && !shown.contains("emVicmE"), "{shown}");
            // What the example is to be answered with.
            assert!(!shown.contains("address\""), "{shown}");
            assert!(shown.contains("1-2") && shown.contains("panicked"), "{shown}");

            let whole = whole(&found).to_string();
            assert!(whole.contains("zebra") || whole.contains("emVicmE"), "{whole}");
        }
    }

    #[test]
    fn a_letter_is_one_line_whatever_is_in_it() {
        let lines: Vec<String> = letters().into_iter().map(|letter| line(&found(letter))).collect();
        let fields = HEADING.split('\t').count();
        for line in &lines {
            assert_eq!(line.split('\t').count(), fields, "{line}");
            assert!(!line.contains(['\n', '\u{1b}']), "{line}");
        }
        let message = &lines[0];
        let (start, end) = (message.split('\t').take(4), message.split('\t').skip(5));
        assert_eq!(
            start.chain(end).collect::<Vec<_>>(),
            [
                "1-2",
                "2023-11-14T22:13:20Z",
                "0",
                "discord",
                "discord:example",
                r"the handler\tpanicked\u{1b}[2J",
            ]
        );
    }

    #[test]
    fn what_is_shown_whole_can_be_read_again() {
        for letter in letters() {
            let shown = whole(&found(letter.clone())).to_string();
            assert_eq!(DeadLetter::read(&shown, letter.died_at).content, letter.content);
        }
    }
}
