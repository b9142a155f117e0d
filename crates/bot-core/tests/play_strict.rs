//! What a script cannot pretend: the test kit fails where the worker or a platform would do otherwise.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use bot_core::bot::command;
use bot_core::event::{Joined, User};
use bot_core::fetch::FetchError;
use bot_core::{
    Arg, Bot, Command, Cx, Greeter, Host, Listener, Platform, Reply, Request, Scope, Secret, Spec,
    State, UsageError, play,
};
use serde::{Deserialize, Serialize};

static BOT: Bot = Bot::new()
    .commands(&[
        command::<Count>(),
        command::<Gather>(),
        command::<Ask>(),
        command::<Guard>(),
        command::<Two>(),
        command::<Thank>(),
        command::<Fill>(),
        command::<Blanks>(),
    ])
    .on_message::<Say>()
    .on_join::<Welcome>()
    .hosts(&[Host::new("sky.example")]);

macro_rules! command {
    ($name:ident { $($field:ident: $kind:ty),* }, $spec:expr, $state:ty, $run:expr) => {
        #[derive(Deserialize)]
        struct $name { $($field: $kind),* }

        impl Command for $name {
            const SPEC: Spec = $spec;
            type State = $state;

            async fn run(self, cx: &mut Cx<$state>) -> Result<Reply, UsageError> {
                $run(self, cx).await
            }
        }
    };
}

command!(Count {}, Spec::new("count", "Counts in a global."), (), async |_, _: &mut Cx<()>| {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    Ok(Reply::text(RUNS.fetch_add(1, Ordering::Relaxed).to_string()))
});

/// Maps have no order, and this one is written in another one each time.
#[derive(Default, Deserialize, Serialize)]
struct Gathered(HashMap<u8, u8>);

impl State for Gathered {
    const NAME: &'static str = "gathered";
    const SCOPE: Scope = Scope::User;
}

command!(Gather {}, Spec::new("gather", "Fills a map."), Gathered, async |_,
                                                                          cx: &mut Cx<
    Gathered,
>| {
    cx.state.0 = (0..20).map(|nth| (nth, nth)).collect();
    Ok(Reply::text("gathered"))
});

command!(
    Ask { host: String },
    Spec::new("ask", "Asks a host.").arg(Arg::text("host", "Which")),
    (),
    async |Ask { host }: Ask, cx: &mut Cx<()>| {
        cx.working("Asking.");
        let answer = cx.fetch(Request::post(format!("https://{host}/")).json(&7)).await;
        Ok(Reply::text(answer.text().unwrap_or_else(|error| error.to_string())))
    }
);

command!(
    Guard {},
    Spec::new("guard", "Asks with a secret nobody has declared."),
    (),
    async |_, cx: &mut Cx<()>| {
        let request = Request::get("https://sky.example/").bearer(Secret::named("KEY"));
        Ok(Reply::text(cx.fetch(request).await.text().unwrap_or_default()))
    }
);

command!(Two {}, Spec::new("two", "Asks twice for the same."), (), async |_, cx: &mut Cx<()>| {
    let request = || Request::get("https://sky.example/");
    let first = cx.fetch(request()).await.text().unwrap_or_default();
    let second = cx.fetch(request()).await.text().unwrap_or_default();
    Ok(Reply::text(format!("{first}, {second}")))
});

command!(
    Thank { who: User, times: Option<i64> },
    Spec::new("thank", "Thanks somebody.")
        .arg(Arg::user("who", "Whom"))
        .arg(Arg::integer("times", "How often").optional()),
    (),
    async |Thank { who, times }: Thank, _: &mut Cx<()>| {
        let name = who.name.unwrap_or_default();
        Ok(Reply::text(format!("{} ({name}) {}", who.id, times.unwrap_or(1))))
    }
);

command!(
    Fill { bytes: i64 },
    Spec::new("fill", "Says much.").arg(Arg::integer("bytes", "How much")),
    Gathered,
    async |Fill { bytes }: Fill, cx: &mut Cx<Gathered>| {
        cx.state.0.insert(1, 1);
        Ok(Reply::text("x".repeat(usize::try_from(bytes).unwrap_or_default())))
    }
);

command!(Blanks {}, Spec::new("blanks", "Ends lines in blanks."), (), async |_, _: &mut Cx<()>| {
    Ok(Reply::text("one  \n \n two\t\nthree "))
});

struct Say;

impl Listener for Say {
    type State = ();

    async fn hear(text: String, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::text(text))
    }
}

struct Welcome;

impl Greeter for Welcome {
    type State = ();

    async fn greet(_joined: Joined, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::text("Welcome!"))
    }
}

/// The first line of what a test says that fails; nothing of one that does not.
fn failure(platform: Platform, script: &str) -> String {
    let talk = || play(&BOT).on(platform).fetches("sky.example", "sun").talk(script);
    let panic = catch_unwind(AssertUnwindSafe(talk)).err();
    let message = panic.map(|panic| *panic.downcast::<String>().expect("a message"));
    message.unwrap_or_default().lines().next().unwrap_or_default().to_owned()
}

#[test]
fn what_would_go_otherwise_in_the_world_fails() {
    use Platform::{Discord, Slack, Telegram};
    let otherwise = "run again on the same event, the bot decides otherwise: it uses what `cx` does not give, such as a \
                     global, chance, or the order of a HashMap or a HashSet";
    let not_brought = "Discord brings commands and presses, and neither messages nor joins";
    // (platform, script, what is wrong)
    let cases = [
        (Telegram, "> /count\n< 0", otherwise),
        (Telegram, "> /gather\n< gathered\n> /gather\n< gathered", ""),
        (
            Telegram,
            "> /ask rain.example\n* Asking.\n< no answer",
            "rain.example is not declared: add it to the bot's `.hosts`",
        ),
        (
            Telegram,
            "> /guard\n< sun",
            "KEY is not declared for sky.example: `Host::new(\"sky.example\").secret(\"KEY\")`",
        ),
        (
            Telegram,
            "> /ask sky.example:80\n* Asking.\n< sun",
            "POST https://sky.example:80/ is not made: not an https URL",
        ),
        (Telegram, "> hello\n< hello", ""),
        (Discord, "> hello\n< hello", not_brought),
        (Discord, "bob@garden> (joins)\n< Welcome!", not_brought),
        (Slack, "bob@garden> (joins)\n< Welcome!", ""),
        (
            Discord,
            "> /thank bob\n< ?",
            "Discord's form does not take it: I need a person for \"who\": mention them with @.",
        ),
        (
            Discord,
            "> /thank @bob twice\n< ?",
            "Discord's form does not take it: I need a whole number for \"times\", like 3.",
        ),
        (Telegram, "> /thank @bob\n< @bob (bob) 1", ""),
        (Slack, "> /thank @bob\n< bob (Bob) 1", ""),
        (Discord, "> /thank @bob 2\n< bob (Bob) 2", ""),
        (Telegram, "bob@garden> /nope", ""),
        (Slack, "bob@garden> /nope\n< I don't know this command.", ""),
        (Telegram, "> /blanks\n< one\n   two\n  three", ""),
    ];

    for (platform, script, wrong) in cases {
        assert_eq!(failure(platform, script), wrong, "{platform:?} {script}");
    }
}

#[test]
fn a_refusal_can_be_what_the_script_wants() {
    let talk = play(&BOT).fetch_fails("rain.example", FetchError::Host).talk(
        "
        > /ask rain.example
        < a host the bot has not declared
        ",
    );
    assert_eq!(talk.fetched(), [""; 0]);
    let pretended =
        || play(&BOT).fetch_fails("rain.example", FetchError::NoAnswer).talk("> /ask rain.example");
    assert!(catch_unwind(AssertUnwindSafe(pretended)).is_err());
}

#[test]
fn a_turn_is_run_twice_and_fetches_once() {
    let talk = play(&BOT)
        .fetches("sky.example", "sun")
        .fetches("sky.example", "rain")
        .fetches("sky.example", "snow")
        .talk("> /two\n< sun, rain\n> /ask sky.example\n* Asking.\n< snow");
    assert_eq!(talk.fetched(), ["https://sky.example/"; 3]);
    assert_eq!(talk.fetched_bodies(), ["", "", "7"]);
}

#[test]
fn what_the_worker_cannot_store_is_set_aside() {
    let talk = play(&BOT).talk(
        "
        > /fill 180000
        ! the replies and their calls are larger than 350,000 bytes
        ",
    );
    assert!(talk.state::<Gathered>().0.is_empty());
    assert_eq!(
        failure(Platform::Telegram, &format!("> /fill 170000\n< {}", "x".repeat(170_000))),
        ""
    );
}
