//! Stands in for Amazon SQS during development and in tests: a model of its queues and a server for it.
//!
//! FIFO queues are easy to imitate wrongly: which messages a group's lock holds back, what a late
//! delete does, when a duplicate is one. [`Model`] decides all of that as functions of its state and a
//! `now_ms` parameter, so a test can let five minutes pass in a line. [`Server`] puts a model behind
//! SQS's JSON protocol for any AWS SDK, in another process or in the one under test.
//!
//! The model has no clock, no randomness and no I/O, and all of its times are Unix epoch milliseconds:
//! that is what makes it replayable, and what makes a snapshot of it meaningful after a restart.
//!
//! ```
//! use sqs_local::{Model, NewMessage, ReceiveRequest};
//!
//! let mut model = Model::new("us-east-1", 7);
//! let fifo = [("FifoQueue".to_owned(), "true".to_owned())].into();
//! model.create_queue(0, "orders.fifo", &fifo)?;
//! for body in ["first", "second"] {
//!     model.send(0, "orders.fifo", NewMessage::fifo(body, "customer-1", body))?;
//! }
//!
//! let one = ReceiveRequest { max_messages: Some(1), ..ReceiveRequest::default() };
//! assert_eq!(model.receive(1_000, "orders.fifo", &one)?[0].body, "first");
//! assert!(model.receive(2_000, "orders.fifo", &one)?.is_empty(), "the group is locked");
//! assert_eq!(model.receive(31_000, "orders.fifo", &one)?[0].body, "first");
//! # Ok::<(), sqs_local::SqsError>(())
//! ```

mod api;
mod error;
mod journal;
mod model;
mod server;
mod store;

pub use error::{ErrorCode, SqsError};
pub use model::{
    MessageAttribute, Model, MoveTask, MoveTaskStatus, NewMessage, ReceiveRequest, ReceivedMessage,
    Sent,
};
pub use server::{Options, Server};
