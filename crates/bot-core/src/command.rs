//! What an author writes: commands, what the bot says to plain messages, and what it notes of every event.

mod arg;

use serde::Deserialize;

use crate::cx::Cx;
use crate::event::{Event, Joined};
use crate::memory::Memory;
use crate::reply::Reply;

pub use arg::{Arg, ArgKind};

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

/// A command's declaration: parsing, `/help` and usage errors come from it.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// The name, without the slash.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    args: [Option<Arg>; Self::MOST_ARGS],
}

impl Spec {
    /// The most arguments a command may declare; Discord would take 25, people fewer.
    const MOST_ARGS: usize = 8;

    /// A command without arguments.
    ///
    /// # Panics
    ///
    /// When it is compiled: a name is 1 to 32 lower-case letters, digits or `_`, which every platform takes.
    #[must_use]
    pub const fn new(name: &'static str, about: &'static str) -> Self {
        assert!(is_name(name), "a command's name is 1 to 32 of a-z, 0-9 and '_'");
        Self { name, about, args: [None; Self::MOST_ARGS] }
    }

    /// Declares the next argument.
    ///
    /// # Panics
    ///
    /// When it is compiled: one too many, a name that no platform takes, or a required one behind an optional one.
    #[must_use]
    #[expect(
        clippy::indexing_slicing,
        reason = "evaluated by the compiler, where a ninth argument is an error"
    )]
    pub const fn arg(mut self, arg: Arg) -> Self {
        assert!(is_name(arg.name), "an argument's name is 1 to 32 of a-z, 0-9 and '_'");
        let mut next = 0;
        while let Some(earlier) = self.args[next] {
            assert!(
                earlier.required || !arg.required,
                "a required argument stands before optional ones"
            );
            next += 1;
        }
        self.args[next] = Some(arg);
        self
    }

    /// The arguments in order.
    pub fn args(&self) -> impl Iterator<Item = &Arg> {
        self.args.iter().flatten()
    }

    /// `/name <required> [optional] <one|of|these>`
    #[must_use]
    pub fn usage(&self) -> String {
        let mut usage = format!("/{}", self.name);
        for arg in self.args() {
            let (open, close) = if arg.required { ('<', '>') } else { ('[', ']') };
            usage.push(' ');
            usage.push(open);
            usage.push_str(&arg.placeholder());
            usage.push(close);
        }
        usage
    }

    /// The one whose name is `name` but for a slip: at most one letter in three is wrong, missing, too many or swapped with
    /// its neighbour.
    #[must_use]
    pub fn closest<'a>(specs: impl Iterator<Item = &'a Self>, name: &str) -> Option<&'a Self> {
        let chars = name.chars().count();
        let slips = |spec: &Self| strsim::osa_distance(spec.name, name);
        let is_close = |spec: &&Self| {
            let len = spec.name.len();
            let most = len.max(chars) / 3;
            // Comparing takes both lengths multiplied, and what people write may be long.
            len.abs_diff(chars) <= most && slips(spec) <= most
        };
        specs.filter(is_close).min_by_key(|spec| slips(spec))
    }
}

const fn is_name(name: &str) -> bool {
    let mut rest = name.as_bytes();
    let is_length = !rest.is_empty() && rest.len() <= 32;
    while let [byte, tail @ ..] = rest {
        if !matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_') {
            return false;
        }
        rest = tail;
    }
    is_length
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_every_platform_takes() {
        // (name, taken?)
        let long = "a".repeat(33);
        let cases = [
            ("ping", true),
            ("test_2_b", true),
            ("test-2", false),
            (&long[1..], true),
            (&long, false),
            ("Ping", false),
            ("pi ng", false),
            ("/ping", false),
            ("é", false),
            ("", false),
        ];

        for (name, taken) in cases {
            assert_eq!(is_name(name), taken, "{name:?}");
        }
    }

    #[test]
    fn usage_shows_what_may_be_left_out_and_chosen() {
        const LONG: &[&str] = &["a choice of twenty-one", "another one of twenty"];
        // (declaration, usage)
        let cases = [
            (Spec::new("ping", ""), "/ping"),
            (
                Spec::new("water", "")
                    .arg(Arg::text("plant", ""))
                    .arg(Arg::integer("litres", "").optional()),
                "/water <plant> [litres]",
            ),
            (
                Spec::new("weather", "")
                    .arg(Arg::choice("day", "", &["today", "next week"]))
                    .arg(Arg::choice("unit", "", &["metric", "imperial"]).optional()),
                "/weather <today|\"next week\"> [metric|imperial]",
            ),
            (Spec::new("choose", "").arg(Arg::choice("one", "", LONG)), "/choose <one>"),
        ];

        for (spec, usage) in cases {
            assert_eq!(spec.usage(), usage);
        }
    }

    #[test]
    fn finds_the_name_a_slip_was_meant_for() {
        let specs = ["ping", "echo", "pings", "reminders", "do"].map(|name| Spec::new(name, ""));
        // (name, the one that is meant)
        let long = "ping".repeat(100_000);
        let cases = [
            ("ping", Some("ping")),
            ("pong", Some("ping")),
            ("pnig", Some("ping")),
            ("pin", Some("ping")),
            ("pingss", Some("pings")),
            ("remidners", Some("reminders")),
            ("remainer", Some("reminders")),
            ("mainder", None),
            ("eco", Some("echo")),
            ("go", None),
            ("dog", Some("do")),
            ("p", None),
            ("", None),
            ("écho", Some("echo")),
            ("🧀🧀🧀🧀", None),
            (&long, None),
        ];

        for (name, expected) in cases {
            let found = Spec::closest(specs.iter(), name).map(|spec| spec.name);
            assert_eq!(found, expected, "{name:.40}");
        }
    }
}
