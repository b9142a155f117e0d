//! webhook-ingest: does what `ingest::decide` says about a webhook.

use bot_core::Timestamp;
use bot_core::dead_letter::DeadLetter;
use bot_core::envelope::Envelope;
use bot_core::http::Request;
use bot_core::ingest::{Action, decide};
use sqs_local::NewMessage;

use crate::fault::{Fault, Step};
use crate::queue::{DEAD, QUEUE};
use crate::webhook::{Act, Deed};
use crate::world::{Happening, World};

/// How long SQS may take before the platform is told to try again, in milliseconds.
const PATIENCE_MS: u64 = 1_500;

/// When Slack tries again: at once, after a minute, and after five.
///
/// <https://docs.slack.dev/apis/events-api#retries>
const SLACK_RETRIES_MS: [u64; 3] = [1_000, 60_000, 300_000];

/// What webhook-ingest sends to SQS.
#[derive(Clone)]
pub(crate) struct Upload {
    deed: Deed,
    content: Content,
}

#[derive(Clone)]
enum Content {
    Envelope(Box<Envelope>),
    Letter(Box<DeadLetter>),
}

impl World<'_> {
    /// A platform sends a webhook.
    pub(crate) fn webhook(&mut self, deed: Deed, attempt: u32, twice: bool) {
        let now = self.agenda.now();
        let request = deed.webhook(now, twice);
        self.note(|| format!("{:?} {:?} by {}, #{}", deed.place, deed.act, deed.person, deed.nth));
        let mut skew = 0;
        match self.fault(Step::Verify) {
            Some(Fault::CrashBefore | Fault::CrashAfter) => return self.unanswered(&deed, attempt),
            // Far, and yet within what Slack's signatures allow.
            Some(Fault::Skewed) => skew = self.chance.u64(..240_000),
            _ => {}
        }
        let now = if self.chance.bool() { now + skew } else { now - skew };
        if deed.nth == 1 && !self.is_refused(request.clone(), now) {
            self.ledger.violate("a forged webhook is taken in".to_owned());
        }
        let stage = self.stage;
        let content =
            match decide(stage.bot, &stage.platforms, &request, Timestamp::from_millis(now)) {
                Action::Enqueue { envelope, accepted, refused } => {
                    let is_right = accepted.status == 200
                        && (refused.status >= 500) == deed.is_repeated_when_refused();
                    if !is_right {
                        self.ledger.violate(format!("{} is answered wrongly", deed.nth));
                    }
                    Content::Envelope(envelope)
                }
                Action::Bury { letter, .. } => Content::Letter(letter),
                Action::Respond(response, note) => {
                    let what =
                        format!("#{} is only answered: {} {note:?}", deed.nth, response.status);
                    return self.ledger.violate(what);
                }
                Action::Open { .. } => {
                    return self.ledger.violate(format!("#{} opens a form", deed.nth));
                }
                Action::Suggest { .. } => {
                    return self.ledger.violate(format!("#{} is met with suggestions", deed.nth));
                }
            };
        self.enqueue(Upload { deed, content }, attempt);
    }

    fn enqueue(&mut self, upload: Upload, attempt: u32) {
        let deed = upload.deed.clone();
        let soon = self.chance.u64(1..40);
        let arrival = Happening::Upload(Box::new(upload.clone()));
        let answer = |is_accepted| Happening::Answered {
            upload: Box::new(upload.clone()),
            attempt,
            is_accepted,
        };
        match self.fault(Step::Enqueue) {
            Some(Fault::CrashBefore) => self.unanswered(&deed, attempt),
            Some(Fault::CrashAfter) => {
                self.agenda.after(soon, arrival);
                self.unanswered(&deed, attempt);
            }
            Some(Fault::LostBefore) => self.agenda.after(PATIENCE_MS, answer(false)),
            Some(Fault::LostAfter) => {
                self.agenda.after(soon, arrival);
                self.agenda.after(PATIENCE_MS, answer(false));
            }
            Some(Fault::Late) => {
                let late = self.chance.u64(..60_000);
                self.agenda.after(PATIENCE_MS + late, arrival);
                self.agenda.after(PATIENCE_MS, answer(false));
            }
            Some(Fault::Failed) => self.agenda.after(soon, answer(false)),
            _ => {
                self.agenda.after(soon, arrival);
                self.agenda.after(soon + 1, answer(true));
            }
        }
    }

    /// SQS takes a message.
    pub(crate) fn upload(&mut self, upload: Upload) {
        let now = self.agenda.now();
        let (name, message) = match &upload.content {
            Content::Envelope(envelope) => {
                let (group, id) = (envelope.group_id(), envelope.deduplication_id());
                (QUEUE, NewMessage::fifo(envelope.to_json(), group, id))
            }
            Content::Letter(letter) => {
                let (group, id) = (&letter.ids.group, &letter.ids.deduplication);
                (DEAD, NewMessage::fifo(letter.to_json(), group, id))
            }
        };
        if let Err(error) = self.queue.send(now, name, message) {
            return self.ledger.violate(format!("SQS does not take a message: {error:?}"));
        }
        match &upload.content {
            Content::Envelope(envelope) => {
                self.note(|| format!("queued {}", envelope.event.key.as_str()));
                self.ledger.queued(&envelope.event, &envelope.group_id(), &upload.deed);
                self.wake();
            }
            Content::Letter(_) => {
                self.ledger.unreadable.insert(upload.deed.nth);
            }
        }
    }

    /// webhook-ingest answers.
    pub(crate) fn answered(&mut self, upload: Upload, attempt: u32, is_accepted: bool) {
        let Upload { deed, content } = upload;
        match self.fault(Step::Answer) {
            Some(Fault::CrashBefore | Fault::LostAfter) => {
                return self.unanswered(&deed, attempt);
            }
            Some(Fault::Repeated) => {
                // Soon, or when SQS has forgotten it.
                let wait = if self.chance.bool() { 500 } else { 400_000 };
                let deed = Box::new(deed.clone());
                self.agenda.after(wait, Happening::Webhook { deed, attempt: 9, twice: false });
            }
            _ => {}
        }
        match content {
            _ if !is_accepted => self.unanswered(&deed, attempt),
            Content::Envelope(envelope) => self.ledger.promised(envelope.event.key.as_str()),
            Content::Letter(_) if self.ledger.unreadable.contains(&deed.nth) => {}
            Content::Letter(_) => {
                self.ledger.violate("a webhook was accepted, and is nowhere".to_owned());
            }
        }
    }

    /// A platform has no success to show, and may try again.
    fn unanswered(&mut self, deed: &Deed, attempt: u32) {
        if !deed.is_repeated() {
            return;
        }
        let wait = match deed.act {
            _ if deed.place.platform() == bot_core::Platform::Telegram => {
                5_000 * u64::from(attempt)
            }
            _ => match usize::try_from(attempt).ok().and_then(|n| SLACK_RETRIES_MS.get(n - 1)) {
                Some(&wait) => wait,
                None => return,
            },
        };
        let (deed, attempt) = (Box::new(deed.clone()), attempt + 1);
        self.agenda.after(wait, Happening::Webhook { deed, attempt, twice: false });
    }

    /// Whether a webhook that somebody has changed is told from a real one.
    fn is_refused(&self, mut request: Request, now: u64) -> bool {
        if request.path.ends_with("telegram") {
            request.headers =
                [("x-telegram-bot-api-secret-token", "guessed")].into_iter().collect();
        } else {
            request.body.push(b' ');
        }
        let stage = self.stage;
        let action = decide(stage.bot, &stage.platforms, &request, Timestamp::from_millis(now));
        matches!(action, Action::Respond(response, _) if response.status == 401)
    }
}

impl Deed {
    /// Whether the platform has to be told to send it again: otherwise the person is.
    const fn is_repeated_when_refused(&self) -> bool {
        match self.place.platform() {
            bot_core::Platform::Telegram => true,
            // A press that comes to nothing is shown as such by Slack; a form that does stays open and says so.
            bot_core::Platform::Slack => !matches!(self.act, Act::Slash { .. } | Act::Form { .. }),
            bot_core::Platform::Discord => false,
        }
    }
}
