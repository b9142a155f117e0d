//! The test kit: plays a talk with a bot and compares it with the script.
//!
//! A script reads like the talk: who says what, and what the bot answers. It is played through the turn that queue-worker
//! runs, with everything from outside set by hand: the time, what is remembered, what is fetched.
//! Every turn is run twice, as the worker may run it, and both runs have to come to the same.

mod forms;
mod hosts;
mod people;
mod script;
mod stage;

use std::time::Duration;

use serde_json::Value;

use crate::bot::Bot;
use crate::fetch::{Answer, FetchError};
use crate::platform::Platform;
use crate::state::State;
use crate::time::Timestamp;
use script::{Speaker, What};
use stage::Stage;

/// Starts a talk with `bot`: with Ann, in private, on Telegram.
///
/// ```
/// # use bot_core::{Bot, Cx, Listener, Reply, UsageError};
/// # struct Say;
/// # impl Listener for Say {
/// #     type State = ();
/// #     async fn hear(text: String, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
/// #         Ok(Reply::text(format!("You said: {text}")))
/// #     }
/// # }
/// # static BOT: Bot = Bot::new().on_message::<Say>();
/// use bot_core::play;
///
/// play(&BOT).talk(
///     "
///     > hello
///     < You said: hello
///     ",
/// );
/// ```
///
/// | line | means |
/// | --- | --- |
/// | `> hello` | Ann says it to the bot, in private |
/// | `bob> hello` | so does Bob |
/// | `bob@garden> hello` | Bob says it in the group `garden`, to everybody |
/// | `bob@garden> @bot hello` | to the bot |
/// | `> /water tomato` | a command; `@bob` in it is a mention of Bob, whose id is `@bob` on Telegram and `bob` elsewhere; `#beds` of a channel, which is `@beds` on Telegram |
/// | `> look at this 📎fern.png` | with a file of this name along |
/// | `> [Watered]` | presses the newest button, or chooses from the newest menu, of that name |
/// | `> /find Par…` | writes this much, on Discord, and waits for suggestions |
/// | `> {what: Great \| stars: 5}` | sends the form that is open, on Slack or Discord |
/// | `> (Give feedback)` | chooses a shortcut, on Slack; `(Translate: Hallo)`: a command from the menu of a message, on Slack and Discord; `(Greet: @bob)`: of a person, on Discord |
/// | `bob@garden> (joins)` | comes into the group; `bot@garden> (joins)`: the bot does |
/// | `+ 1d 2h` | time passes, as a duration among arguments is written |
/// | `< text` | the bot says it; further lines are indented by two spaces |
/// | `< text [A] [B]` | with buttons under it |
/// | `< text {Which plant? A \| B}` | with a menu under it |
/// | `~ text` | the bot puts it in place of the message whose button was pressed |
/// | `? Your opinion {Your words \| How many stars}` | a form opens; it asks for these |
/// | `? Paris \| Parma` | these are suggested |
/// | `? stars: text` | the form says that this is wrong with it, and stays open, on Slack |
/// | `* text` | the bot shows that it is working, before it answers |
/// | `! text` | the event would be set aside, for that reason |
///
/// Where nothing follows, the bot says nothing. Blanks at the ends of lines do not count.
#[must_use]
pub fn play(bot: &'static Bot) -> Play {
    Play(Stage::new(bot))
}

/// A talk with a bot, so far.
pub struct Play(Stage);

impl Play {
    /// On another platform.
    #[must_use]
    pub fn on(mut self, platform: Platform) -> Self {
        self.0.platform = platform;
        self
    }

    /// People's language from here on, as an IETF tag.
    #[must_use]
    pub fn in_language(mut self, locale: &str) -> Self {
        self.0.locale = Some(locale.to_owned());
        self
    }

    /// The time is `now`; it stands still until it is moved.
    #[must_use]
    pub const fn at(mut self, now: Timestamp) -> Self {
        self.0.now = now;
        self
    }

    /// Time passes.
    #[must_use]
    pub fn later(mut self, time: Duration) -> Self {
        self.0.now = self.0.now.plus(time);
        self
    }

    /// The bot remembers this: of Ann, of her private conversation, or of everybody, as the state's scope says.
    #[must_use]
    pub fn with_state<S: State>(self, state: &S) -> Self {
        self.with_state_of("ann", state)
    }

    /// The same of somebody else, `bob`, or elsewhere, `bob@garden`.
    ///
    /// # Panics
    ///
    /// The state cannot be stored.
    #[must_use]
    #[track_caller]
    pub fn with_state_of<S: State>(mut self, who: &str, state: &S) -> Self {
        if let Err(error) = self.0.remember(&Speaker::of(who), state) {
            panic!("{error}");
        }
        self
    }

    /// What the bot remembers of Ann, of her private conversation, or of everybody.
    #[must_use]
    #[track_caller]
    pub fn state<S: State>(&self) -> S {
        self.state_of("ann")
    }

    /// The same of somebody else, `bob`, or elsewhere, `bob@garden`.
    ///
    /// # Panics
    ///
    /// It is none of this type.
    #[must_use]
    #[track_caller]
    pub fn state_of<S: State>(&self, who: &str) -> S {
        match self.0.recall(&Speaker::of(who)) {
            Ok(state) => state,
            Err(error) => panic!("{error}"),
        }
    }

    /// Answers what is fetched from a URL that contains `part` with this body, and status 200.
    ///
    /// Several for one part are used up in order; the last one stays.
    #[must_use]
    pub fn fetches(mut self, part: &str, body: impl Into<Vec<u8>>) -> Self {
        self.0.hosts.record(part, Ok(Answer { status: 200, body: body.into() }));
        self
    }

    /// Answers with a status and no body.
    #[must_use]
    pub fn fetches_status(mut self, part: &str, status: u16) -> Self {
        self.0.hosts.record(part, Ok(Answer { status, body: Vec::new() }));
        self
    }

    /// Lets a fetch fail.
    ///
    /// A request that is refused, such as one to a host the bot has not declared, fails the test unless its own error is
    /// recorded: [`FetchError::Host`].
    #[must_use]
    pub fn fetch_fails(mut self, part: &str, error: FetchError) -> Self {
        self.0.hosts.record(part, Err(error));
        self
    }

    /// The URLs that were fetched so far, each secret as its name in braces.
    #[must_use]
    pub fn fetched(&self) -> &[String] {
        &self.0.hosts.fetched
    }

    /// The bodies of those requests, as far as they are UTF-8; empty for none.
    #[must_use]
    pub fn fetched_bodies(&self) -> Vec<String> {
        let bodies = self.0.hosts.bodies.iter();
        bodies.map(|body| String::from_utf8_lossy(body).into_owned()).collect()
    }

    /// The API calls that the last answer makes on the talk's platform, as they are stored in the outbox.
    #[must_use]
    pub fn rendered(&self) -> Vec<Value> {
        self.0.calls.iter().filter_map(|call| serde_json::to_value(call).ok()).collect()
    }

    /// Goes through a script.
    ///
    /// # Panics
    ///
    /// With the transcript, where the bot leaves the script; and where the script cannot be played.
    #[track_caller]
    pub fn talk(mut self, script: &str) -> Self {
        let lines = match script::parse(script) {
            Ok(lines) => lines,
            Err(error) => panic!("{error}"),
        };
        let mut transcript = String::new();
        let mut lines = lines.into_iter().peekable();
        while let Some(line) = lines.next() {
            transcript.push_str(&shown(' ', &line.source));
            let said = match self.0.perform(&line) {
                Ok(said) => said,
                Err(problem) => panic!("{problem}\n\n{transcript}"),
            };
            let mut said = said.into_iter();
            loop {
                let expected = lines.next_if(|line| line.what == What::Said);
                match (expected.map(|line| line.source), said.next()) {
                    (None, None) => break,
                    (Some(expected), Some(said)) if expected == said => {
                        transcript.push_str(&shown(' ', &said));
                    }
                    (expected, said) => {
                        let minus = expected.map(|line| shown('-', &line)).unwrap_or_default();
                        let plus = said.map(|line| shown('+', &line)).unwrap_or_default();
                        panic!(
                            "the talk leaves its script (-: script, +: bot)\n\n{transcript}{minus}{plus}"
                        );
                    }
                }
            }
        }
        self
    }
}

/// Lines of a transcript behind their mark.
fn shown(mark: char, lines: &str) -> String {
    lines.lines().map(|line| format!("{mark} {line}\n")).collect()
}
