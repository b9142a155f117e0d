//! Lambda's event source mapping: gives workers batches of the queue, and deletes what they have finished.

use sqs_local::ReceiveRequest;

use crate::fault::{Fault, Step};
use crate::queue::{BATCH_SIZE, QUEUE};
use crate::worker::Record;
use crate::world::{Happening, World};

impl World<'_> {
    /// Lambda asks the queue on behalf of a worker.
    pub(crate) fn poll(&mut self, worker: usize) {
        let now = self.agenda.now();
        let it = &mut self.workers[worker];
        it.is_idle = false;
        if it.invocation.is_some() {
            return;
        }
        let most = if self.chance.bool() { BATCH_SIZE } else { self.chance.i64(1..=BATCH_SIZE) };
        let request = ReceiveRequest { max_messages: Some(most), ..ReceiveRequest::default() };
        let mut messages = self.queue.receive(now, QUEUE, &request).unwrap_or_default();
        if messages.is_empty() {
            self.workers[worker].is_idle = true;
            return self.look_again();
        }
        let again = self.chance.u64(10..1_000);
        let fault = self.fault(Step::Receive);
        match fault {
            Some(Fault::LostBefore | Fault::Failed) => {
                // Nothing was received: it is seen again at once, as if it had not been.
                for message in &messages {
                    let _ = self.queue.change_visibility(now, QUEUE, &message.receipt_handle, 0);
                }
                return self.agenda.after(again, Happening::Poll(worker));
            }
            Some(Fault::LostAfter | Fault::CrashAfter) => {
                self.look_again();
                return self.agenda.after(again, Happening::Poll(worker));
            }
            Some(Fault::Redelivered) => {
                for message in &messages {
                    let _ = self.queue.change_visibility(now, QUEUE, &message.receipt_handle, 0);
                }
                self.wake();
            }
            Some(Fault::Reordered) => {
                let group = |message: &sqs_local::ReceivedMessage| {
                    message.attributes.get("MessageGroupId").cloned().unwrap_or_default()
                };
                let mut groups: Vec<String> = messages.iter().map(group).collect();
                groups.sort_unstable();
                groups.dedup();
                self.chance.shuffle(&mut groups);
                messages.sort_by_key(|message| groups.iter().position(|g| *g == group(message)));
            }
            Some(Fault::Skewed) => {
                self.workers[worker].skew = self.chance.i64(-120_000..120_000);
            }
            _ => {}
        }
        let records = messages.into_iter().map(Record::new).collect();
        if fault == Some(Fault::StallAfter) {
            self.stall(worker);
        }
        self.invoke(worker, records);
    }

    /// Has idle workers look for something to do.
    pub(crate) fn wake(&mut self) {
        for worker in 0..self.workers.len() {
            if std::mem::take(&mut self.workers[worker].is_idle) {
                let wait = self.chance.u64(1..100);
                self.agenda.after(wait, Happening::Poll(worker));
            }
        }
        self.look_again();
    }

    /// Sees to it that somebody looks when a message is seen again by itself.
    fn look_again(&mut self) {
        let Some(at) = self.queue.wakes_at_ms(self.agenda.now(), QUEUE) else { return };
        if self.wakes_at.is_none_or(|known| at < known) {
            self.wakes_at = Some(at);
            self.agenda.at(at, Happening::Wake);
        }
    }

    /// Lambda deletes what a batch has finished, unless something goes wrong.
    pub(crate) fn conclude(&mut self, receipts: Vec<String>) {
        if receipts.is_empty() {
            return;
        }
        let soon = self.chance.u64(1..40);
        match self.fault(Step::Delete) {
            Some(Fault::CrashBefore | Fault::LostBefore | Fault::Failed) => {}
            Some(Fault::Late) => {
                let late = self.chance.u64(1_000..200_000);
                self.agenda.after(late, Happening::Delete(receipts));
            }
            _ => self.agenda.after(soon, Happening::Delete(receipts)),
        }
    }

    pub(crate) fn delete(&mut self, receipts: &[String]) {
        let now = self.agenda.now();
        for receipt in receipts {
            // A receipt that has run out deletes nothing.
            let _ = self.queue.delete(now, QUEUE, receipt);
        }
        self.wake();
    }
}
