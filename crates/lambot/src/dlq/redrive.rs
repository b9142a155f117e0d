//! Puts dead letters back into the queue: sends first, deletes then.
//!
//! Dying between the two leaves a letter whose event is in the queue. Redriven again it is the same generation, which SQS
//! or the event's record knows.

use std::collections::BTreeSet;

use anyhow::{Context as _, ensure};
use bot_aws::Queue;
use bot_aws::process::now;
use bot_core::Bot;
use bot_core::dead_letter::{DeadContent, DeadLetter};
use bot_core::envelope::{Envelope, conversation_hash};
use bot_core::event::EventKey;
use bot_core::ingest::Platforms;

use super::letters::{Found, Letters};
use super::show;
use crate::terminal::{complain, say};

/// Which letters.
pub(super) enum Chosen {
    All,
    /// By the conversation's hash.
    Conversation(String),
    /// By SQS's ids; what is left of them was not found.
    Ids(BTreeSet<String>),
}

impl Chosen {
    fn takes(&self, found: &Found) -> bool {
        match (self, &found.letter.content) {
            (Self::All, _) => true,
            (Self::Conversation(hash), DeadContent::Envelope(envelope)) => {
                *hash == conversation_hash(&envelope.event)
            }
            (Self::Conversation(_), _) => false,
            (Self::Ids(ids), _) => ids.contains(&found.id),
        }
    }

    /// Whether there is nothing left to look for.
    fn is_found(&self) -> bool {
        matches!(self, Self::Ids(ids) if ids.is_empty())
    }
}

/// What has been sent: which reply of which event, or the whole, in which generation.
#[derive(Debug, Default)]
struct Sent(BTreeSet<(EventKey, Option<usize>, u32)>);

impl Sent {
    /// Whether the letter came of what we have sent: it may die again and again, and is not ours to send again.
    fn led_to(&self, letter: &DeadLetter) -> bool {
        let DeadContent::Envelope(envelope) = &letter.content else { return false };
        let of = |step| (envelope.event.key.clone(), step, envelope.generation);
        self.0.contains(&of(letter.step)) || self.0.contains(&of(None))
    }

    fn note(&mut self, envelope: &Envelope) {
        self.0.insert((envelope.event.key.clone(), envelope.again, envelope.generation));
    }
}

/// One redrive.
pub(super) struct Redrive<'a> {
    bot: &'static Bot,
    platforms: &'a Platforms,
    queue: &'a Queue,
    chosen: Chosen,
    sent: Sent,
    done: usize,
    kept: usize,
}

impl<'a> Redrive<'a> {
    pub(super) fn new(
        bot: &'static Bot,
        platforms: &'a Platforms,
        queue: &'a Queue,
        chosen: Chosen,
    ) -> Self {
        Self { bot, platforms, queue, chosen, sent: Sent::default(), done: 0, kept: 0 }
    }

    /// Redrives what was chosen.
    ///
    /// # Errors
    ///
    /// SQS could not be reached, or something that was chosen is still there.
    pub(super) async fn run(mut self, letters: &mut Letters<'_>) -> anyhow::Result<()> {
        while !self.chosen.is_found() {
            let page = letters.next().await?;
            if page.is_empty() {
                break;
            }
            for found in page {
                if self.chosen.takes(&found) && !self.sent.led_to(&found.letter) {
                    self.redrive(letters, &found).await.with_context(|| found.id.clone())?;
                }
            }
        }
        self.report(letters.unseen().await?)
    }

    async fn redrive(&mut self, letters: &mut Letters<'_>, found: &Found) -> anyhow::Result<()> {
        let Found { id, letter } = found;
        if let Chosen::Ids(ids) = &mut self.chosen {
            ids.remove(id);
        }
        match letter.redriven(self.bot, self.platforms, now()) {
            Ok(Some(envelope)) => {
                self.sent.note(&envelope);
                self.queue.send(&envelope, None).await?;
                letters.delete(id).await?;
                say(&format!("{id} is in the queue again"));
                self.done += 1;
            }
            Ok(None) => {
                letters.delete(id).await?;
                say(&format!("{id} can be read now and needs no work: deleted"));
                self.done += 1;
            }
            Err(error) => {
                complain(&format!("{id} stays: {error}"));
                self.kept += 1;
            }
        }
        Ok(())
    }

    fn report(self, unseen: usize) -> anyhow::Result<()> {
        say(&format!("{} redriven", self.done));
        if unseen > 0 && !self.chosen.is_found() {
            complain(&show::unseen(unseen));
        }
        match &self.chosen {
            Chosen::Ids(missing) => {
                let missing: Vec<&str> = missing.iter().map(String::as_str).collect();
                ensure!(missing.is_empty(), "not found: {}", missing.join(", "));
            }
            Chosen::Conversation(hash) => {
                ensure!(self.done + self.kept > 0, "nothing of the conversation {hash} was found");
            }
            Chosen::All => {}
        }
        ensure!(self.kept == 0, "{} cannot be redriven", self.kept);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use bot_core::event::EventKind;
    use bot_core::{Event, Platform, Timestamp};

    use super::*;

    fn envelope(conversation: &str, generation: u32) -> Envelope {
        let kind = EventKind::Message { text: "hello".into() };
        let mut event = Event::example(Platform::Telegram, kind);
        event.conversation = conversation.to_owned();
        event.key = EventKey::new(Platform::Telegram, &[conversation]);
        let mut envelope = Envelope::new(event, Timestamp::default());
        envelope.generation = generation;
        envelope
    }

    fn letter(envelope: &Envelope) -> DeadLetter {
        DeadLetter::envelope(envelope, 0, "why".into(), Timestamp::default())
    }

    #[test]
    fn letters_are_chosen_by_what_is_known_of_them() {
        let ann = Found { id: "1".into(), letter: letter(&envelope("ann", 0)) };
        let webhook =
            DeadLetter::webhook(Platform::Slack, String::new(), "why".into(), Timestamp::default());
        let webhook = Found { id: "2".into(), letter: webhook };
        let hash = |conversation| conversation_hash(&envelope(conversation, 0).event);
        // (chosen, Ann's?, the webhook?)
        let cases = [
            (Chosen::All, true, true),
            (Chosen::Conversation(hash("ann")), true, false),
            (Chosen::Conversation(hash("bob")), false, false),
            (Chosen::Ids(["2".to_owned()].into()), false, true),
        ];

        for (chosen, anns, webhooks) in cases {
            assert_eq!((chosen.takes(&ann), chosen.takes(&webhook)), (anns, webhooks));
        }
    }

    #[test]
    fn what_dies_again_meanwhile_is_not_sent_again() {
        let mut sent = Sent::default();
        sent.note(&envelope("ann", 0).taken_out(None));
        sent.note(&envelope("bob", 0).taken_out(Some(1)));
        // (case, conversation, generation, step, whether it came of that)
        let cases = [
            ("what was sent", "ann", 1, None, true),
            ("one of its replies", "ann", 1, Some(0), true),
            ("what is there from before", "ann", 0, Some(0), false),
            ("the reply that was sent", "bob", 1, Some(1), true),
            ("another reply", "bob", 1, Some(0), false),
            ("another event", "eve", 1, None, false),
        ];
        for (case, conversation, generation, step, expected) in cases {
            let letter = letter(&envelope(conversation, generation)).of_step(step);
            assert_eq!(sent.led_to(&letter), expected, "{case}");
        }
    }
}
