//! What an author writes: commands, what the bot says to plain messages, and what it notes of every event.

mod arg;
mod spec;

use serde::Deserialize;

use crate::cx::Cx;
use crate::event::{Event, Joined};
use crate::memory::Memory;
use crate::reply::Reply;

pub use arg::{Arg, ArgKind, Suggest, matching};
pub use spec::Spec;

/// A command. Its fields are its arguments, under the names its [`Spec`] declares.
///
/// ```
/// use bot_core::{Arg, Command, Cx, Reply, Spec, UsageError};
///
/// /// `/greet Ann`
/// #[derive(serde::Deserialize)]
/// struct Greet {
///     name: String,
/// }
///
/// impl Command for Greet {
///     const SPEC: Spec = Spec::new("greet", "Greets somebody.").arg(Arg::text("name", "Whom to greet"));
///     type State = ();
///
///     async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
///         Ok(Reply::text(format!("Hello, {}!", self.name)))
///     }
/// }
/// ```
///
/// `run` is asynchronous without a runtime: it may await what [`Cx`] offers and nothing else. It may run again, when two
/// events change one state at once or a worker dies, so everything it does goes through its state and its reply.
pub trait Command: for<'de> Deserialize<'de> + Send + 'static {
    /// Its name, what it does, and its arguments.
    const SPEC: Spec;
    /// What it remembers: `()` for nothing, a state, or several as a tuple.
    type State: Memory;

    /// Answers one use of the command. On an error the states stay as they were.
    ///
    /// # Errors
    ///
    /// What the person has to do differently.
    fn run(
        self,
        cx: &mut Cx<Self::State>,
    ) -> impl Future<Output = Result<Reply, UsageError>> + Send;
}

/// What the bot says to a message that is no command.
pub trait Listener: Send + 'static {
    /// What it remembers; `()` for nothing.
    type State: Memory;

    /// Answers one message.
    ///
    /// # Errors
    ///
    /// What the person has to do differently.
    fn hear(
        text: String,
        cx: &mut Cx<Self::State>,
    ) -> impl Future<Output = Result<Reply, UsageError>> + Send;
}

/// What the bot says when somebody comes into a conversation, or when it does itself.
pub trait Greeter: Send + 'static {
    /// What it remembers; `()` for nothing.
    type State: Memory;

    /// Greets them.
    ///
    /// # Errors
    ///
    /// What they have to do differently.
    fn greet(
        joined: Joined,
        cx: &mut Cx<Self::State>,
    ) -> impl Future<Output = Result<Reply, UsageError>> + Send;
}

/// What the bot notes of every event it decides, before it decides it.
pub trait Observer: Send + 'static {
    /// What it remembers.
    type State: Memory;

    /// Notes one event.
    fn note(state: &mut Self::State, event: &Event);
}

/// What the person has to do differently: a sentence they are told, followed by the command's usage.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(String);

impl UsageError {
    /// A complete sentence for the person.
    #[must_use]
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}
