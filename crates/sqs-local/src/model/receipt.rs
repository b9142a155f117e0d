//! What a receiver can do with what it received: delete it, or change how long it stays hidden.
//!
//! A FIFO queue refuses a receipt handle once the visibility timeout is over: someone else may be
//! working on the message by then. A standard queue accepts the newest one for as long as the message
//! exists, and quietly ignores older ones.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;

use super::Model;
use super::message::Delivery;
use super::queue::Queue;
use crate::error::{ErrorCode, SqsError, within};

/// The longest a message can stay hidden after it was received.
const MAX_VISIBILITY_SECONDS: u64 = 43_200;

/// One receive of one message: what a receipt handle stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Receipt {
    pub(super) queue: String,
    pub(super) position: u64,
    pub(super) receive: u64,
}

impl Receipt {
    pub(super) fn to_handle(&self) -> String {
        let Self { queue, position, receive } = self;
        URL_SAFE.encode(format!("sqs-local/{queue}/{position}/{receive}"))
    }

    fn parse(handle: &str, queue: &str) -> Result<Self, SqsError> {
        if handle.is_empty() {
            return Err(SqsError::missing("ReceiptHandle"));
        }
        let receipt = || {
            let text = String::from_utf8(URL_SAFE.decode(handle).ok()?).ok()?;
            let mut parts = text.strip_prefix("sqs-local/")?.split('/');
            let receipt = Self {
                queue: parts.next()?.to_owned(),
                position: parts.next()?.parse().ok()?,
                receive: parts.next()?.parse().ok()?,
            };
            (parts.next().is_none() && receipt.queue == queue).then_some(receipt)
        };
        receipt().ok_or_else(|| {
            SqsError::new(ErrorCode::ReceiptHandleIsInvalid, "The input receipt handle is invalid.")
        })
    }
}

/// What has become of the receive a receipt stands for.
enum Held<'a> {
    /// The message is still in flight because of it.
    InFlight(&'a mut Delivery),
    /// It is the message's last one, but the visibility timeout is over.
    Expired,
    /// The message was received again since.
    Superseded,
    /// The message has left the queue.
    Gone,
}

impl Queue {
    fn held(&mut self, now_ms: u64, receipt: &Receipt) -> Held<'_> {
        match self.messages.get_mut(&receipt.position) {
            None => Held::Gone,
            Some(message) if message.receives_here != receipt.receive => Held::Superseded,
            Some(message) => match &mut message.delivery {
                Some(delivery) if delivery.visible_ms > now_ms => Held::InFlight(delivery),
                _ => Held::Expired,
            },
        }
    }
}

impl Model {
    /// Deletes a message that was received. Deleting it again is no error.
    ///
    /// # Errors
    ///
    /// When there is no such queue, the handle is not one of its own, or (FIFO) it has expired.
    pub fn delete(
        &mut self,
        now_ms: u64,
        name: &str,
        receipt_handle: &str,
    ) -> Result<(), SqsError> {
        let queue = self.queue_mut(name)?;
        let receipt = Receipt::parse(receipt_handle, name)?;
        let fifo = queue.attributes.fifo;
        match queue.held(now_ms, &receipt) {
            Held::Gone => return Ok(()),
            Held::Expired | Held::Superseded if fifo => return Err(expired()),
            Held::Superseded => return Ok(()),
            Held::InFlight(_) | Held::Expired => {}
        }
        queue.messages.remove(&receipt.position);
        self.revision += 1;
        Ok(())
    }

    /// Makes a message that was received visible again after a time, counted from now.
    ///
    /// # Errors
    ///
    /// When there is no such queue, the time is not possible, or the message is not in flight under
    /// this handle.
    pub fn change_visibility(
        &mut self,
        now_ms: u64,
        name: &str,
        receipt_handle: &str,
        timeout_seconds: i64,
    ) -> Result<(), SqsError> {
        let queue = self.queue_mut(name)?;
        let longest = i64::try_from(MAX_VISIBILITY_SECONDS).unwrap_or(i64::MAX);
        let timeout_seconds = within("VisibilityTimeout", timeout_seconds, 0..=longest)?;
        let receipt = Receipt::parse(receipt_handle, name)?;
        let fifo = queue.attributes.fifo;
        match queue.held(now_ms, &receipt) {
            Held::InFlight(delivery) => {
                let visible_ms = now_ms.saturating_add(timeout_seconds * 1_000);
                let latest_ms = delivery.received_ms.saturating_add(MAX_VISIBILITY_SECONDS * 1_000);
                if visible_ms > latest_ms {
                    let reason = "Total VisibilityTimeout for the message is beyond the limit \
                                  [43200 seconds].";
                    return Err(SqsError::invalid_value("VisibilityTimeout", reason));
                }
                delivery.visible_ms = visible_ms;
            }
            Held::Expired | Held::Superseded if fifo => return Err(expired()),
            Held::Expired | Held::Superseded => {
                return Err(SqsError::new(
                    ErrorCode::MessageNotInflight,
                    "The message referred to isn't in flight.",
                ));
            }
            Held::Gone => {
                let reason = "Message does not exist or is not available for visibility timeout \
                              change.";
                return Err(SqsError::invalid_value("ReceiptHandle", reason));
            }
        }
        self.revision += 1;
        Ok(())
    }
}

fn expired() -> SqsError {
    SqsError::invalid_value("ReceiptHandle", "The receipt handle has expired.")
}
