//! A small bot and events for it, for the tests of this crate.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::bot::{Bot, command as entry, observer};
use crate::command::{Arg, Command, Listener, Observer, Spec, UsageError};
use crate::cx::Cx;
use crate::event::{Address, Arguments, Event, EventKey, EventKind, User};
use crate::platform::Platform;
use crate::reply::Reply;
use crate::state::{Scope, State};
use crate::time::Timestamp;

pub(crate) static BOT: Bot =
    Bot::new().on_message::<Heard>().observers(&[observer::<Tally>()]).commands(&[
        entry::<Echo>(),
        entry::<Count>(),
        entry::<Panic>(),
        entry::<Wait>(),
        entry::<Misdeclared>(),
        entry::<Hoarder>(),
        entry::<Wait>(),
    ]);

pub(crate) fn timestamp() -> Timestamp {
    Timestamp::from_secs(1_700_000_000)
}

/// A private message on Telegram.
pub(crate) fn message(text: &str) -> Event {
    event(EventKind::Message { text: text.into() })
}

/// A command in a private chat on Telegram.
pub(crate) fn command(name: &str, rest: &str) -> Event {
    event(EventKind::Command { name: name.into(), arguments: Arguments::Text(rest.into()) })
}

fn event(kind: EventKind) -> Event {
    Event {
        key: EventKey::new(Platform::Telegram, &["99", "1"]),
        platform: Platform::Telegram,
        tenant: "99".into(),
        conversation: "42".into(),
        user: User { id: "42".into(), name: Some("Ann".into()) },
        locale: None,
        sent_at: None,
        addressed: true,
        kind,
        mentions: Vec::new(),
        channels: Vec::new(),
        files: Vec::new(),
        ephemeral: false,
        address: Address::of(&json!({ "chat_id": 42 })),
    }
}

#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Tally {
    events: u64,
}

impl State for Tally {
    const NAME: &'static str = "tally";
    const SCOPE: Scope = Scope::Conversation;
}

impl Observer for Tally {
    type State = Self;

    fn note(state: &mut Self, _event: &Event) {
        state.events += 1;
    }
}

struct Heard;

impl Listener for Heard {
    type State = ();

    async fn hear(text: String, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::text(format!("heard {text}")))
    }
}

#[derive(Deserialize)]
struct Echo {
    text: String,
}

impl Command for Echo {
    const SPEC: Spec = Spec::new("echo", "Says it.").arg(Arg::text("text", "what to say"));
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::text(self.text))
    }
}

#[derive(Deserialize)]
struct Count {}

impl Command for Count {
    const SPEC: Spec = Spec::new("tally", "For a test.");
    type State = Tally;

    async fn run(self, cx: &mut Cx<Tally>) -> Result<Reply, UsageError> {
        Ok(Reply::text(cx.state.events.to_string()))
    }
}

#[derive(Deserialize)]
struct Panic {}

impl Command for Panic {
    const SPEC: Spec = Spec::new("panic", "For a test.");
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        panic!("on purpose")
    }
}

#[derive(Deserialize)]
struct Wait {}

impl Command for Wait {
    const SPEC: Spec = Spec::new("wait", "");
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        std::future::pending().await
    }
}

#[derive(Deserialize)]
struct Misdeclared {
    #[expect(dead_code, reason = "it is the declaration that is looked at")]
    other: String,
}

impl Command for Misdeclared {
    const SPEC: Spec = Spec::new("misdeclared", "For a test.").arg(Arg::text("text", "Some text"));
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::text(""))
    }
}

#[derive(Default, Serialize, Deserialize)]
struct Hoard(String);

impl State for Hoard {
    const NAME: &'static str = "hoard";
    const SCOPE: Scope = Scope::User;
}

#[derive(Deserialize)]
struct Hoarder {
    little: Option<i64>,
}

impl Command for Hoarder {
    const SPEC: Spec =
        Spec::new("hoard", "For a test.").arg(Arg::integer("little", "1 for little").optional());
    type State = Hoard;

    async fn run(self, cx: &mut Cx<Hoard>) -> Result<Reply, UsageError> {
        cx.state.0 =
            "x".repeat(if self.little == Some(1) { 10 } else { crate::memory::MAX_ITEM_BYTES });
        if self.little == Some(1) {
            Err(UsageError::new("That is too little."))
        } else {
            Ok(Reply::text("more"))
        }
    }
}
