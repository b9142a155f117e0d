//! A bot that uses all an author is given, played as its author would test it.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use bot_core::bot::{action, command, observer};
use bot_core::event::Joined;
use bot_core::fetch::FetchError;
use bot_core::{
    Action, Arg, Bot, Command, Cx, Event, Greeter, Host, Listener, Observer, Platform, Reply,
    Request, Scope, Secret, Spec, State, Timestamp, UsageError, play,
};
use serde::{Deserialize, Serialize};

static BOT: Bot = Bot::new()
    .commands(&[command::<Water>(), command::<Plants>(), command::<Dice>(), command::<Many>()])
    .actions(&[action::<Watered>(), action::<Choose>()])
    .observers(&[observer::<Seen>()])
    .on_message::<Say>()
    .on_overheard::<Overhear>()
    .on_join::<Welcome>()
    .hosts(&[Host::new("sky.example").secret("SKY_KEY")]);

/// When each plant was last watered, by whom it belongs to.
#[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
struct Garden {
    plants: Vec<(String, Timestamp)>,
}

impl State for Garden {
    const NAME: &'static str = "garden";
    const SCOPE: Scope = Scope::User;
    const VERSION: u32 = 2;

    fn upgrade(_version: u32, value: serde_json::Value) -> Option<Self> {
        let names: Vec<String> = serde_json::from_value(value).ok()?;
        Some(Self { plants: names.into_iter().map(|name| (name, Timestamp::default())).collect() })
    }
}

/// How often anybody has watered anything.
#[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
struct Can {
    used: u64,
}

impl State for Can {
    const NAME: &'static str = "can";
    const SCOPE: Scope = Scope::Tenant;
}

#[derive(Default, Deserialize, Serialize)]
struct Seen(u64);

impl State for Seen {
    const NAME: &'static str = "seen";
    const SCOPE: Scope = Scope::Conversation;
}

impl Observer for Seen {
    type State = Self;

    fn note(state: &mut Self, _event: &Event) {
        state.0 += 1;
    }
}

#[derive(Deserialize)]
struct Water {
    plant: String,
}

impl Command for Water {
    const SPEC: Spec = Spec::new("water", "Is a plant thirsty?").arg(Arg::text("plant", "Which"));
    type State = Garden;

    async fn run(self, cx: &mut Cx<Garden>) -> Result<Reply, UsageError> {
        cx.working("Looking at the sky.");
        let key = Secret::named("SKY_KEY");
        let sky = cx.fetch(Request::get("https://sky.example/rain").query("key", key)).await;
        if sky.text().is_ok_and(|sky| sky == "rain") {
            return Ok(Reply::text(format!("It rains on the {}.", self.plant)));
        }
        let known = cx.state.plants.iter().position(|(name, _)| *name == self.plant);
        let plant = known.unwrap_or(cx.state.plants.len());
        if known.is_none() {
            cx.state.plants.push((self.plant.clone(), Timestamp::default()));
        }
        let watered = Watered { plant: u8::try_from(plant).unwrap_or_default() };
        Ok(Reply::text(format!("The {} is thirsty.", self.plant)).button("Watered", watered))
    }
}

#[derive(Deserialize, Serialize)]
struct Watered {
    plant: u8,
}

impl Action for Watered {
    const NAME: &'static str = "watered";
    type State = (Garden, Can);

    async fn run(self, cx: &mut Cx<(Garden, Can)>) -> Result<Reply, UsageError> {
        let now = cx.now();
        let (garden, can) = &mut cx.state;
        let plant = garden.plants.get_mut(usize::from(self.plant));
        let (name, at) = plant.ok_or_else(|| UsageError::new("That is not your plant."))?;
        *at = now;
        can.used += 1;
        Ok(Reply::text(format!("The {name} is watered.")).edit())
    }
}

#[derive(Deserialize)]
struct Plants {}

impl Command for Plants {
    const SPEC: Spec = Spec::new("plants", "Lists your plants.");
    type State = (Garden, Can);

    async fn run(self, cx: &mut Cx<(Garden, Can)>) -> Result<Reply, UsageError> {
        let (garden, can) = &cx.state;
        let hours = |at: &Timestamp| cx.now().since(*at).as_secs() / 3600;
        let lines: Vec<String> =
            garden.plants.iter().map(|(name, at)| format!("{name}: {} h", hours(at))).collect();
        let choices = (0..).zip(&garden.plants).map(|(at, (name, _))| (name, Choose(at)));
        Ok(Reply::text(format!("{}\nused {} times", lines.join("\n"), can.used))
            .menu("Which plant?", choices)
            .reserved())
    }
}

#[derive(Deserialize, Serialize)]
struct Choose(u8);

impl Action for Choose {
    const NAME: &'static str = "choose";
    type State = Garden;

    async fn run(self, cx: &mut Cx<Garden>) -> Result<Reply, UsageError> {
        let plant = cx.state.plants.get(usize::from(self.0));
        Ok(Reply::text(plant.map_or("?", |(name, _)| name)))
    }
}

#[derive(Deserialize)]
struct Dice {}

impl Command for Dice {
    const SPEC: Spec = Spec::new("dice", "Throws ten dice.");
    type State = ();

    async fn run(self, cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        let dice: Vec<String> = (0..10).map(|_| cx.rng().u8(1..=6).to_string()).collect();
        Ok(Reply::text(dice.join(" ")))
    }
}

#[derive(Deserialize)]
struct Many {}

impl Command for Many {
    const SPEC: Spec = Spec::new("many", "Makes more buttons than there may be.");
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        let reply = Reply::text("many");
        Ok((0..21).fold(reply, |reply, nth| reply.button(nth.to_string(), Choose(nth))))
    }
}

struct Say;

impl Listener for Say {
    type State = Seen;

    async fn hear(text: String, cx: &mut Cx<Seen>) -> Result<Reply, UsageError> {
        let name = cx.user().name.as_deref().unwrap_or_default();
        let locale = cx.locale().unwrap_or_default();
        Ok(Reply::text(format!("{name} ({locale}, {}): {text}", cx.state.0)))
    }
}

struct Overhear;

impl Listener for Overhear {
    type State = ();

    async fn hear(text: String, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(if text.contains("tomato") { Reply::text("Tomatoes!") } else { Reply::nothing() })
    }
}

struct Welcome;

impl Greeter for Welcome {
    type State = ();

    async fn greet(joined: Joined, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        let names = joined.people.iter().filter_map(|user| user.name.clone());
        Ok(Reply::text(match joined.bot {
            true => "I am here.".to_owned(),
            false => format!("Welcome, {}!", names.collect::<Vec<_>>().join(", ")),
        }))
    }
}

#[test]
fn the_bot_has_no_faults() {
    assert_eq!(BOT.faults(), Vec::<String>::new());
}

#[test]
fn a_talk_reads_like_a_talk() {
    let talk = play(&BOT).fetches("sky.example", "sun").talk(
        "
            > /water tomato
            * Looking at the sky.
            < The tomato is thirsty. [Watered]
            > [Watered]
            ~ The tomato is watered.
            + 2h
            > /plants
            < tomato: 2 h
              used 1 times {Which plant? tomato}
            > [tomato]
            < tomato
            > two
              lines
            < Ann (en, 5): two
              lines
            ",
    );
    assert_eq!(talk.state::<Can>(), Can { used: 1 });
    assert_eq!(talk.fetched(), ["https://sky.example/rain?key=%7BSKY_KEY%7D"]);
}

#[test]
fn several_people_talk_in_several_places() {
    play(&BOT).fetches("sky.example", "sun").in_language("de").talk(
        "
            bot@garden> (joins)
            < I am here.
            bob@garden> (joins)
            < Welcome, Bob!
            bob@garden> nice weather
            bob@garden> no tomato today
            < Tomatoes!
            bob@garden> @bot hello
            < Bob (de, 5): hello
            bob> hello
            < Bob (de, 1): hello
            bob@garden> /water basil
            * Looking at the sky.
            < The basil is thirsty. [Watered]
            eve@garden> [Watered]
            < That is not your plant.
            bob@garden> [Watered]
            ~ The basil is watered.
            bob@garden> /plants
            < basil: 0 h
              used 1 times {Which plant? basil}
            eve@garden> [basil]
            < This button is for somebody else.
            bob@garden> [basil]
            < basil
            ",
    );
}

#[test]
fn what_is_fetched_and_remembered_is_set_by_hand() {
    let watered = Garden { plants: vec![("fern".to_owned(), Timestamp::from_secs(0))] };
    let talk = play(&BOT)
        .at(Timestamp::from_secs(3600))
        .with_state(&watered)
        .with_state_of("bob@garden", &Garden::default())
        .fetches("sky.example", "rain")
        .fetches_status("sky.example", 500)
        .fetch_fails("sky.example", FetchError::NoAnswer)
        .talk(
            "
            > /water fern
            * Looking at the sky.
            < It rains on the fern.
            > /water fern
            * Looking at the sky.
            < The fern is thirsty. [Watered]
            ",
        )
        .later(Duration::from_secs(3600))
        .talk(
            "
            > /water fern
            * Looking at the sky.
            < The fern is thirsty. [Watered]
            > /plants
            < fern: 2 h
              used 0 times {Which plant? fern}
            bob> /plants
            < used 0 times
            ",
        );
    assert_eq!(talk.state::<Garden>(), watered);
    assert_eq!(talk.state_of::<Garden>("bob"), Garden::default());
}

#[test]
fn an_answer_is_rendered_for_each_platform() {
    for &platform in Platform::ALL {
        let calls = play(&BOT)
            .on(platform)
            .fetches("sky.example", "sun")
            .talk("> /water fern\n* Looking at the sky.\n< The fern is thirsty. [Watered]")
            .rendered();
        assert_eq!(calls.len(), 1, "{platform:?}");
        let body = calls[0]["body"].to_string();
        assert!(body.contains("The fern is thirsty."), "{body}");
        assert!(body.contains("Watered"), "{body}");
    }
}

/// What a test says that leaves its script.
fn failure(script: &str) -> String {
    let talk = || play(&BOT).fetches("nowhere", "x").talk(script);
    let panic = catch_unwind(AssertUnwindSafe(talk)).err().expect("it fails");
    *panic.downcast::<String>().expect("a message")
}

#[test]
fn a_second_run_throws_the_same_dice_and_another_event_others() {
    // A script that expects no answer shows the one it got.
    let thrown = |script: &str| failure(script).lines().last().map(str::to_owned);
    assert_eq!(thrown("> /dice"), thrown("> /dice"));
    assert_ne!(thrown("> /dice"), thrown("> hi\n< Ann (en, 1): hi\n> /dice"));
}

#[test]
fn a_failure_shows_the_transcript_and_the_first_difference() {
    // (script, message)
    let cases = [
        (
            "> hi\n< Ann (en, 1): hi\n> you\n< Ann: you\n> more",
            "the talk leaves its script (-: script, +: bot)\n\n  > hi\n  < Ann (en, 1): hi\n  > you\n- < Ann: you\n+ < Ann (en, 2): you\n",
        ),
        ("> hi", "the talk leaves its script (-: script, +: bot)\n\n  > hi\n+ < Ann (en, 1): hi\n"),
        (
            "bob@x> hi\n< hello",
            "the talk leaves its script (-: script, +: bot)\n\n  bob@x> hi\n- < hello\n",
        ),
        ("hello", "no line of a script: hello"),
        ("< hello", "the script begins with what the bot says\n\n  < hello\n"),
        ("> [Watered]", "there is no [Watered] to press\n\n  > [Watered]\n"),
        (
            "> /water fern",
            "nothing is recorded for GET https://sky.example/rain?key=%7BSKY_KEY%7D: say what it `fetches`\n\n  > /water fern\n",
        ),
        (
            "> /many\n! a reply has more than 20 buttons, 25 choices or one menu\n> [1]",
            "there is no [1] to press\n\n  > /many\n  ! a reply has more than 20 buttons, 25 choices or one menu\n  > [1]\n",
        ),
    ];

    for (script, message) in cases {
        assert_eq!(failure(script), message, "{script}");
    }
}
