//! What queues do over time, as scripts: each row is a story, and a story is a row of steps.
//!
//! A message's deduplication id is its body unless the step says otherwise, and a receipt handle is
//! spoken of by the body it came with.

mod dead_letters;
mod fifo;
mod repetition;
mod snapshot;
mod standard;

use std::collections::BTreeMap;

use super::*;
use Step::{
    Attempt, Counts, DeadLetters, Delete, DeleteByFirst, Hide, Purge, Receive, ReceiveHidden,
    Refuse, Send, SendAs, SendLater, Wait,
};

/// One step of a story, with what must come of it.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// Time passes, in milliseconds.
    Wait(u64),
    /// A message of this group and body is sent.
    Send(&'static str, &'static str),
    /// A message of this group and body is sent under this deduplication id.
    SendAs(&'static str, &'static str, &'static str),
    /// A message of this body is sent to a standard queue, with a delay in seconds.
    SendLater(&'static str, i64),
    /// At most this many messages are asked for, and exactly these come.
    Receive(i64, &'static [&'static str]),
    /// As [`Receive`], hidden for these many seconds.
    ReceiveHidden(i64, &'static [&'static str]),
    /// As [`Receive`] of ten, under this attempt id.
    Attempt(&'static str, &'static [&'static str]),
    /// All that the dead-letter queue has to give is this.
    DeadLetters(&'static [&'static str]),
    /// The message is deleted by the newest handle that was received with it.
    Delete(&'static str),
    /// The message is deleted by the first handle that was received with it.
    DeleteByFirst(&'static str),
    /// The message's visibility is changed to these many seconds.
    Hide(&'static str, i64),
    /// The queue is purged.
    Purge,
    /// These numbers of visible, in-flight and delayed messages are counted.
    Counts(&'static str, &'static str, &'static str),
    /// The step is refused for this reason.
    Refuse(&'static Self, ErrorCode),
}

/// A queue `q` with its dead-letter queue `d`, and who uses them.
struct World {
    model: Model,
    suffix: &'static str,
    now_ms: u64,
    handles: BTreeMap<String, Vec<String>>,
}

fn attributes(of: &[(&str, &str)]) -> BTreeMap<String, String> {
    of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

impl World {
    fn new(fifo: bool, of_queue: &[(&str, &str)]) -> Self {
        let mut world = Self {
            model: Model::new("us-east-1", 7),
            suffix: if fifo { ".fifo" } else { "" },
            now_ms: 1_800_000_000_000,
            handles: BTreeMap::new(),
        };
        let kind: &[(&str, &str)] = if fifo { &[("FifoQueue", "true")] } else { &[] };
        let (queue, dead_letters) = (world.name("q"), world.name("d"));
        world.model.create_queue(world.now_ms, &dead_letters, &attributes(kind)).unwrap();
        let all = [kind, of_queue].concat();
        world.model.create_queue(world.now_ms, &queue, &attributes(&all)).unwrap();
        world
    }

    fn name(&self, stem: &str) -> String {
        format!("{stem}{}", self.suffix)
    }

    fn receive(
        &mut self,
        stem: &str,
        request: &ReceiveRequest,
    ) -> Result<Vec<ReceivedMessage>, SqsError> {
        let received = self.model.receive(self.now_ms, &self.name(stem), request)?;
        for message in &received {
            let handles = self.handles.entry(message.body.clone()).or_default();
            handles.push(message.receipt_handle.clone());
        }
        Ok(received)
    }

    fn check_received(
        &mut self,
        request: &ReceiveRequest,
        expected: &[&str],
        at: &str,
    ) -> Result<(), SqsError> {
        let received = self.receive("q", request)?;
        let bodies: Vec<&str> = received.iter().map(|message| message.body.as_str()).collect();
        assert_eq!(bodies, expected, "{at}");
        Ok(())
    }

    fn perform(&mut self, step: Step, at: &str) -> Result<(), SqsError> {
        let queue = self.name("q");
        let now_ms = self.now_ms;
        let ten = ReceiveRequest { max_messages: Some(10), ..Default::default() };
        match step {
            Wait(ms) => self.now_ms += ms,
            Send(group, body) => return self.perform(SendAs(group, body, body), at),
            SendAs(group, body, id) => {
                let message = match self.suffix {
                    "" => NewMessage::standard(body),
                    _ => NewMessage::fifo(body, group, id),
                };
                self.model.send(now_ms, &queue, message)?;
            }
            SendLater(body, seconds) => {
                let delay_seconds = Some(seconds);
                let message = NewMessage { delay_seconds, ..NewMessage::standard(body) };
                self.model.send(now_ms, &queue, message)?;
            }
            Receive(most, expected) => {
                let request = ReceiveRequest { max_messages: Some(most), ..ten };
                self.check_received(&request, expected, at)?;
            }
            ReceiveHidden(seconds, expected) => {
                let request = ReceiveRequest { visibility_timeout_seconds: Some(seconds), ..ten };
                self.check_received(&request, expected, at)?;
            }
            Attempt(id, expected) => {
                let request = ReceiveRequest { attempt_id: Some(id.to_owned()), ..ten };
                self.check_received(&request, expected, at)?;
            }
            DeadLetters(expected) => {
                let received = self.receive("d", &ten)?;
                let bodies: Vec<&str> = received.iter().map(|m| m.body.as_str()).collect();
                assert_eq!(bodies, expected, "{at}");
            }
            Delete(body) => {
                let handle = self.handles[body].last().unwrap();
                self.model.delete(now_ms, &queue, handle)?;
            }
            DeleteByFirst(body) => {
                self.model.delete(now_ms, &queue, &self.handles[body][0])?;
            }
            Hide(body, seconds) => {
                let handle = self.handles[body].last().unwrap();
                self.model.change_visibility(now_ms, &queue, handle, seconds)?;
            }
            Purge => self.model.purge_queue(now_ms, &queue)?,
            Counts(visible, in_flight, delayed) => {
                let counted = self.model.queue_attributes(now_ms, &queue)?;
                let number =
                    |name: &str| counted[&*format!("ApproximateNumberOfMessages{name}")].as_str();
                let counted = (number(""), number("NotVisible"), number("Delayed"));
                assert_eq!(counted, (visible, in_flight, delayed), "{at}");
            }
            Refuse(step, code) => {
                let refusal = self.perform(*step, at).map_err(|error| error.code());
                assert_eq!(refusal, Err(code), "{at}");
            }
        }
        Ok(())
    }
}

/// A story: its name, the attributes of its queue, and its steps.
type Story = (&'static str, &'static [(&'static str, &'static str)], &'static [Step]);

fn play(fifo: bool, stories: &[Story]) {
    for (story, of_queue, steps) in stories {
        let mut world = World::new(fifo, of_queue);
        for (number, step) in steps.iter().enumerate() {
            let at = format!("{story}: step {}, {step:?}", number + 1);
            world.perform(*step, &at).unwrap_or_else(|error| panic!("{at}: {error}"));
        }
    }
}
