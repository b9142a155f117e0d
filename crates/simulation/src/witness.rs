//! A bot that remembers every event it decides, and does what it is told to.

use bot_core::bot::{action, command, observer};
use bot_core::{
    Action, Arg, Bot, Command, Cx, Event, Host, Listener, Observer, Reaction, Reply, Request,
    Scope, Spec, State, UsageError,
};
use serde::{Deserialize, Serialize};

/// Where it fetches from.
pub(crate) const HOST: &str = "oracle.example";

/// The bot.
pub(crate) static WITNESS: Bot = Bot::new()
    .commands(&[command::<Do>(), command::<Fill>()])
    .actions(&[action::<Choose>()])
    .on_message::<Heed>()
    .observers(&[observer::<Log>(), observer::<Seen>()])
    .hosts(&[Host::new(HOST)]);

/// The events of a conversation, in the order they were decided.
#[derive(Default, Deserialize, Serialize)]
pub(crate) struct Log(pub(crate) Vec<String>);

impl State for Log {
    const NAME: &'static str = "log";
    const SCOPE: Scope = Scope::Conversation;
}

impl Observer for Log {
    type State = Self;

    fn note(state: &mut Self, event: &Event) {
        state.0.push(event.key.as_str().to_owned());
    }
}

/// The events of a person, whose conversations are decided at once.
#[derive(Default, Deserialize, Serialize)]
pub(crate) struct Seen(pub(crate) Vec<String>);

impl State for Seen {
    const NAME: &'static str = "seen";
    const SCOPE: Scope = Scope::User;
}

impl Observer for Seen {
    type State = Self;

    fn note(state: &mut Self, event: &Event) {
        state.0.push(event.key.as_str().to_owned());
    }
}

/// `/do what`.
#[derive(Deserialize)]
struct Do {
    what: String,
}

impl Command for Do {
    const SPEC: Spec = Spec::new("do", "Does it.").arg(Arg::text("what", "What."));
    type State = ();

    async fn run(self, cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        heed(&self.what, cx).await
    }
}

/// `/fill`, whose form asks what.
#[derive(Deserialize)]
struct Fill {
    what: String,
}

impl Command for Fill {
    const SPEC: Spec =
        Spec::new("fill", "Asks what.").arg(Arg::text("what", "What.")).form("What to do");
    type State = ();

    async fn run(self, cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        heed(&self.what, cx).await
    }
}

struct Heed;

impl Listener for Heed {
    type State = ();

    async fn hear(text: String, cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        heed(&text, cx).await
    }
}

/// What a button does.
#[derive(Deserialize, Serialize)]
struct Choose {
    edits: bool,
}

impl Action for Choose {
    const NAME: &'static str = "choose";
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        let reply = Reply::text("It is chosen.");
        Ok(if self.edits { reply.edit() } else { reply })
    }
}

async fn heed(what: &str, cx: &Cx<()>) -> Result<Reply, UsageError> {
    match what {
        "fetch" => {
            cx.working("I ask…");
            let first = cx.fetch(Request::get(format!("https://{HOST}/first"))).await;
            let answers = if first.bytes().is_ok() { "answered" } else { "silent" };
            let _ = cx.fetch(Request::post(format!("https://{HOST}/second"))).await;
            Ok(Reply::text(format!("The oracle is {answers}.")))
        }
        "ask" => Ok(Reply::text("Which one?")
            .button("This", Choose { edits: true })
            .button("That", Choose { edits: false })),
        "tell" => Ok(Reply::text("a long tale, ".repeat(700))),
        "saga" => Ok(Reply::text("a long tale, ".repeat(1_300))),
        "whisper" => Ok(Reply::text("a secret, ".repeat(300)).ephemeral()),
        "nod" => Ok(Reply::nothing().reaction(Reaction::ThumbsUp)),
        "agree" => Ok(Reply::text("So it is.").reaction(Reaction::ThumbsUp)),
        "silence" => Ok(Reply::nothing()),
        "err" => Err(UsageError::new("That is nothing to do.")),
        #[expect(clippy::panic, reason = "it is told to")]
        "panic" => panic!("as told"),
        _ => Ok(Reply::text("It is done.")),
    }
}
