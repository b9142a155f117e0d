//! Requests a bot makes of others while it decides: what may be asked, and what came of it.
//!
//! A handler's code chooses the URL, and often a person's words are part of it. So a bot declares the [`Host`]s it speaks
//! to, and nothing else is ever asked: no other host, no plain http, no address inside a network. A failure is a value;
//! what it means for the answer is the bot's to say.

mod address;
mod answer;
mod outgoing;
mod request;

pub use address::is_public;
pub use answer::{Answer, FetchError, Fetched};
pub(crate) use outgoing::prepare;
pub use outgoing::{Host, Outgoing, Secrets};
pub use request::{Method, Request, Secret, Text};

use std::time::Duration;

/// How many requests one turn may make.
pub const MOST_FETCHES: usize = 8;

/// How long all requests of one turn may take together: what is left of a function's time has to do for the answer.
pub const FETCH_TIME: Duration = Duration::from_secs(8);

/// How much of an answer is read: 1 MiB. A longer one is [`FetchError::TooLarge`].
pub const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// How often an answer may lead elsewhere.
pub const MOST_REDIRECTS: usize = 3;
