//! An engineer, who has all that is in the dead-letter queue put back, as `lambot dlq redrive --all` does.

use bot_core::Timestamp;
use bot_core::dead_letter::{DeadContent, DeadLetter};
use bot_core::envelope::Envelope;
use sqs_local::{NewMessage, ReceiveRequest, ReceivedMessage};

use crate::Safeguard;
use crate::fault::{Fault, Step};
use crate::queue::{DEAD, QUEUE};
use crate::world::{Happening, World};

/// How often in a run somebody begins to.
const MOST_REDRIVES: u32 = 4;

/// How long a letter is out of sight when the tool has died with it: the queue's default.
const HIDDEN_MS: u64 = 30_000;

impl World<'_> {
    /// Something is in the dead-letter queue: somebody sees to it, before SQS has forgotten it or after.
    pub(crate) fn alarm(&mut self) {
        if self.redrives >= MOST_REDRIVES {
            return;
        }
        self.redrives += 1;
        let longest = if self.chance.bool() { 60_000 } else { 600_000 };
        let wait = self.chance.u64(..longest);
        self.agenda.after(wait, Happening::Redrive);
    }

    /// Puts back what can be seen. Where the tool dies, or SQS does not answer it, it is begun again.
    pub(crate) fn redrive(&mut self) {
        let request = ReceiveRequest { max_messages: Some(10), ..ReceiveRequest::default() };
        loop {
            let received = self.queue.receive(self.agenda.now(), DEAD, &request);
            let received = received.unwrap_or_default();
            if received.is_empty() {
                return;
            }
            for message in received {
                if !self.put_back(&message) {
                    let wait = HIDDEN_MS + self.chance.u64(1..60_000);
                    return self.agenda.after(wait, Happening::Redrive);
                }
            }
        }
    }

    /// Puts one letter back: whether the tool goes on.
    fn put_back(&mut self, message: &ReceivedMessage) -> bool {
        let now = Timestamp::from_millis(self.agenda.now());
        let letter = DeadLetter::read(&message.body, now);
        let envelope = match letter.redriven(self.stage.bot, &self.stage.platforms, now) {
            Ok(Some(envelope)) => envelope,
            Err(_) if matches!(letter.content, DeadContent::Webhook { .. }) => return true,
            other => {
                self.ledger.violate(format!("a letter cannot be put back: {other:?}"));
                return true;
            }
        };
        if self.without == Some(Safeguard::SentFirst) {
            self.forget(message);
        }
        match self.fault(Step::Redrive) {
            Some(Fault::CrashBefore | Fault::LostBefore) => false,
            Some(Fault::Late) => {
                let late = self.chance.u64(..60_000);
                self.agenda.after(late, Happening::Returned(Box::new(envelope)));
                false
            }
            Some(_) => {
                self.returned(envelope);
                false
            }
            None => {
                self.returned(envelope);
                self.forget(message);
                true
            }
        }
    }

    fn forget(&mut self, message: &ReceivedMessage) {
        let _ = self.queue.delete(self.agenda.now(), DEAD, &message.receipt_handle);
    }

    /// What has come out of the dead-letter queue reaches the other one.
    pub(crate) fn returned(&mut self, mut envelope: Envelope) {
        // Somebody may have mended what it died of, or not.
        let is_mended = self.chance.u8(..3) > 0;
        self.ledger.redriven(&envelope, is_mended);
        self.note(|| {
            let Envelope { event, generation, again, .. } = &envelope;
            format!("put back {} {again:?}, generation {generation}", event.key.as_str())
        });
        if self.without == Some(Safeguard::Generation) {
            envelope.generation -= 1;
        }
        let (group, id) = (envelope.group_id(), envelope.deduplication_id());
        let message = NewMessage::fifo(envelope.to_json(), group, id);
        if self.queue.send(self.agenda.now(), QUEUE, message).is_err() {
            self.ledger.violate("SQS does not take what was put back".to_owned());
        }
        self.wake();
    }
}
