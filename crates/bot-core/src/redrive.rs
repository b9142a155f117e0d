//! What comes out of the dead-letter queue, and what of it goes back into the queue.
//!
//! A message gets there by the worker's or webhook-ingest's hand as a [`DeadLetter`], or by SQS's own as the envelope it
//! was. Whatever else somebody has put there is shown as it is: nothing in that queue is passed over.
//!
//! What goes back has a new generation. Sent again as it was, SQS would swallow it for five minutes, and after that the
//! event's record would.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::bot::Bot;
use crate::dead_letter::{DeadContent, DeadLetter};
use crate::envelope::{Envelope, OpenError};
use crate::ingest::{Platforms, ReadError, read_kept};
use crate::time::Timestamp;
use crate::worker::record::OLDEST;

/// Why a dead letter has to stay where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedriveError {
    /// Nobody can read it yet.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Nobody can read the webhook in it yet.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The worker refuses what is older, because the record that says it was decided may be gone.
    #[error("older than 29 days")]
    Old,
}

impl DeadLetter {
    /// Reads a message of the dead-letter queue, which came there `at` that time.
    #[must_use]
    pub fn read(body: &str, at: Timestamp) -> Self {
        match Envelope::open(body) {
            Ok(envelope) => {
                let reason = "received too often: SQS has moved it here".to_owned();
                Self::envelope(&envelope, 0, reason, at)
            }
            Err(error @ OpenError::Newer(_)) => Self::message(body, error.to_string(), at),
            Err(OpenError::Unreadable { .. }) => serde_json::from_str(body).unwrap_or_else(|_| {
                Self::message(body, "neither a dead letter nor an envelope".to_owned(), at)
            }),
        }
    }

    /// The envelope that has this decided again, or `None` when there is nothing in it to decide any more.
    ///
    /// `platforms` and `bot` are those of webhook-ingest: they read webhooks that could not be read before.
    ///
    /// # Errors
    ///
    /// Keep it: the error says what stands against it.
    pub fn redriven(
        &self,
        bot: &Bot,
        platforms: &Platforms,
        now: Timestamp,
    ) -> Result<Option<Envelope>, RedriveError> {
        let envelope = match &self.content {
            // It may have been written by newer code in the same form.
            DeadContent::Envelope(envelope) => {
                Some(Envelope::open(&envelope.to_json())?.taken_out(self.step))
            }
            DeadContent::Message(body) => Some(Envelope::open(body)?.taken_out(None)),
            DeadContent::Webhook { platform, body_base64 } => {
                let body = STANDARD.decode(body_base64).map_err(|_| ReadError::Broken)?;
                read_kept(bot, platforms, *platform, body, self.died_at)?
            }
        };
        match envelope {
            Some(envelope) if now.since(envelope.received_at) > OLDEST => Err(RedriveError::Old),
            envelope => Ok(envelope),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::*;
    use crate::platform::{DecodeError, Platform};
    use crate::testing::{BOT, message, timestamp};

    fn platforms() -> Platforms {
        let settings = |name: &str| {
            let is_telegrams = matches!(name, "TELEGRAM_SECRET_TOKEN" | "TELEGRAM_BOT_USERNAME");
            is_telegrams.then(|| "my_bot".to_owned())
        };
        Platforms::from_settings(&settings).expect("settings")
    }

    fn envelope(generation: u32) -> Envelope {
        let mut envelope = Envelope::new(message("hello"), timestamp());
        envelope.generation = generation;
        envelope
    }

    fn webhook(platform: Platform, body: &str) -> DeadLetter {
        DeadLetter::webhook(platform, STANDARD.encode(body), "why".into(), timestamp())
    }

    fn update(message: &Value) -> String {
        json!({ "update_id": 7, "message": message }).to_string()
    }

    #[test]
    fn whatever_is_in_the_queue_is_read() {
        let letter = DeadLetter::envelope(&envelope(0), 0, "why".into(), timestamp());
        let later = timestamp().plus(Duration::from_secs(60));
        let cut_short = |reason: &str| reason.split(':').next().unwrap_or_default().to_owned();
        // (case, message, reason, when)
        let cases = [
            ("a dead letter", letter.to_json(), "why", timestamp()),
            ("what SQS moved", envelope(0).to_json(), "received too often", later),
            (
                "a newer letter",
                r#"{"v":2,"death":{}}"#.to_owned(),
                "envelope version 2 is newer than this worker",
                later,
            ),
            ("neither", "hello".to_owned(), "neither a dead letter nor an envelope", later),
            ("no letter", r#"{"v":1}"#.to_owned(), "neither a dead letter nor an envelope", later),
        ];

        for (case, body, reason, at) in cases {
            let letter = DeadLetter::read(&body, later);
            assert_eq!(
                (cut_short(&letter.reason).as_str(), letter.died_at),
                (reason, at),
                "{case}"
            );
        }
    }

    #[test]
    fn an_event_goes_back_as_a_new_generation_of_itself() {
        let letter = DeadLetter::envelope(&envelope(2), 0, "why".into(), timestamp());
        // (case, message, step that is done again)
        let cases = [
            ("as a whole", letter.to_json(), None),
            ("one of its replies", letter.clone().of_step(Some(1)).to_json(), Some(1)),
            ("moved by SQS", envelope(2).to_json(), None),
            (
                "unreadable to an older version",
                DeadLetter::message(&envelope(2).to_json(), "why".into(), timestamp()).to_json(),
                None,
            ),
        ];

        for (case, body, step) in cases {
            let letter = DeadLetter::read(&body, timestamp());
            let redriven = letter.redriven(&BOT, &platforms(), timestamp());
            let mut expected = envelope(3);
            expected.again = step;
            assert_eq!(redriven, Ok(Some(expected)), "{case}");
        }
    }

    #[test]
    fn a_webhook_goes_back_once_it_can_be_read() {
        let ann = json!({ "id": 42, "is_bot": false });
        let chat = json!({ "id": 42, "type": "private" });
        let hello = json!({ "message_id": 1, "chat": chat, "from": ann, "text": "hello" });
        let photo = json!({ "message_id": 1, "chat": chat, "from": ann });
        // (case, letter, what is said, or why it stays)
        let cases = [
            ("readable now", webhook(Platform::Telegram, &update(&hello)), Ok(true)),
            ("nothing to decide", webhook(Platform::Telegram, &update(&photo)), Ok(false)),
            (
                "unreadable still",
                webhook(Platform::Telegram, r#"{"update_id":"7"}"#),
                Err(ReadError::Decode(DecodeError::Missing("update_id"))),
            ),
            (
                "of a platform without settings",
                webhook(Platform::Slack, "{}"),
                Err(ReadError::NotServed(Platform::Slack)),
            ),
            (
                "no base64",
                DeadLetter::webhook(Platform::Telegram, "?".into(), "why".into(), timestamp()),
                Err(ReadError::Broken),
            ),
        ];

        for (case, letter, expected) in cases {
            let redriven = letter.redriven(&BOT, &platforms(), timestamp());
            let found = redriven.as_ref().map(Option::is_some).map_err(|error| *error);
            assert_eq!(found, expected.map_err(RedriveError::Read), "{case}");
            if let Ok(Some(envelope)) = redriven {
                // It was never in the queue, and came when it was set aside.
                assert_eq!((envelope.generation, envelope.received_at), (0, timestamp()), "{case}");
            }
        }
    }

    #[test]
    fn what_the_worker_would_refuse_stays() {
        let newer = envelope(0).to_json().replacen(r#""v":1"#, r#""v":3"#, 1);
        let letter = DeadLetter::envelope(&envelope(0), 0, "why".into(), timestamp()).to_json();
        let letter_of_newer = letter.replace(&envelope(0).to_json(), &newer);
        let unreadable = RedriveError::Open(OpenError::Unreadable { line: 1, column: 1 });
        // (case, message, days that have passed, why it stays)
        let cases = [
            ("an old one", letter, 30, RedriveError::Old),
            ("a newer one", newer, 0, RedriveError::Open(OpenError::Newer(2))),
            ("in a letter", letter_of_newer, 0, RedriveError::Open(OpenError::Newer(2))),
            ("no envelope", "hello".to_owned(), 0, unreadable),
        ];

        for (case, body, days, expected) in cases {
            let now = timestamp().plus(Duration::from_secs(days * 24 * 60 * 60));
            let letter = DeadLetter::read(&body, timestamp());
            assert_eq!(letter.redriven(&BOT, &platforms(), now), Err(expected), "{case}");
        }
    }
}
