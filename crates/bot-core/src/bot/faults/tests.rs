//! Bots with every fault there is, and those without.

use serde::{Deserialize, Serialize};

use super::*;
use crate::bot::{action, command, observer};
use crate::command::{Arg, Command, Observer, Spec, UsageError};
use crate::cx::Cx;
use crate::event::Event;
use crate::fetch::Host;
use crate::reply::Reply;
use crate::state::{Scope, State};
use crate::{Action, Memory};

#[derive(Default, Deserialize, Serialize)]
struct Garden {}

impl State for Garden {
    const NAME: &'static str = "garden";
    const SCOPE: Scope = Scope::User;
}

/// Called the same, but nobody's rival: it belongs to others.
#[derive(Default, Deserialize, Serialize)]
struct Park {}

impl State for Park {
    const NAME: &'static str = "garden";
    const SCOPE: Scope = Scope::Tenant;
}

#[derive(Default, Deserialize, Serialize)]
struct Rival {}

impl State for Rival {
    const NAME: &'static str = "garden";
    const SCOPE: Scope = Scope::User;
}

struct Noting<M>(M);

impl<M: Memory> Observer for Noting<M> {
    type State = M;

    fn note(_memory: &mut M, _event: &Event) {}
}

#[derive(Deserialize, Serialize)]
struct Pressed<const NTH: u8> {}

impl<const NTH: u8> Action for Pressed<NTH> {
    // The last two have the same number in a button.
    const NAME: &'static str = match NTH {
        0 => "pressed",
        1 => "a324",
        _ => "a349",
    };
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::nothing())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Metric,
}

/// Its field knows the first choice only.
#[derive(Deserialize)]
struct Weather {
    unit: Option<Unit>,
}

impl Command for Weather {
    const SPEC: Spec = Spec::new("weather", "For a test.")
        .arg(Arg::choice("unit", "Which unit", &["metric", "imperial"]).optional());
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::text(if let Some(Unit::Metric) = self.unit { "metric" } else { "" }))
    }
}

/// Its field has to be there, though its argument has not.
#[derive(Deserialize)]
struct Greet {
    name: String,
}

impl Command for Greet {
    const SPEC: Spec =
        Spec::new("greet", "For a test.").arg(Arg::text("name", "Whom to greet").optional());
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::text(self.name))
    }
}

macro_rules! waters {
    ($($name:ident { $($(#[$field:meta])? $of:ident: $kind:ty),* })*) => {$(
        #[derive(Deserialize)]
        #[expect(dead_code, reason = "it is the fields that are looked at")]
        struct $name {
            $($(#[$field])? $of: $kind,)*
        }

        impl Command for $name {
            const SPEC: Spec = Spec::new("water", "For a test.")
                .arg(Arg::text("plant", "Which plant"))
                .arg(Arg::integer("litres", "How much").optional());
            type State = ();

            async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
                Ok(Reply::nothing())
            }
        }
    )*};
}

waters! {
    Right { plant: String, litres: Option<i64> }
    Slip { plant: String, liters: Option<i64> }
    Fewer { plant: String }
    More { plant: String, litres: Option<i64>, #[serde(default)] often: bool }
    Short { plant: String, litres: Option<u8> }
    Renamed { #[serde(rename = "plant")] what: String, #[serde(alias = "litres")] much: Option<i64> }
    Rest { litres: Option<i64>, #[serde(flatten)] rest: serde_json::Map<String, Value> }
}

#[test]
fn a_field_that_is_no_argument_is_a_fault_and_the_other_way_round() {
    let litres = "the argument litres of /water is no field";
    // (case, command, faults)
    let cases: [(&str, CommandEntry, &[&str]); 7] = [
        ("as declared", command::<Right>(), &[]),
        ("a slip", command::<Slip>(), &[litres, "the field liters of /water is no argument"]),
        ("one too few", command::<Fewer>(), &[litres]),
        ("one too many", command::<More>(), &["the field often of /water is no argument"]),
        (
            "another type",
            command::<Short>(),
            &["the fields of /water do not fit its declared arguments"],
        ),
        ("names of serde's", command::<Renamed>(), &[]),
        ("what is not told", command::<Rest>(), &[]),
    ];

    for (case, command, faults) in cases {
        let bot = Bot::new().commands(Box::leak(Box::new([command])));
        assert_eq!(bot.faults(), faults, "{case}");
    }
}

#[test]
fn what_the_compiler_does_not_see_is_found() {
    static BOT: Bot = Bot::new()
        .observers(&[
            observer::<Noting<(Garden, Park)>>(),
            observer::<Noting<(Park, Park)>>(),
            observer::<Noting<Rival>>(),
        ])
        .actions(&[
            action::<Pressed<0>>(),
            action::<Pressed<1>>(),
            action::<Pressed<2>>(),
            action::<Pressed<0>>(),
        ])
        .hosts(&[
            Host::new("sky.example"),
            Host::new("10.0.0.1"),
            Host::new("Sky.example"),
            Host::new("sky.example").secret("SKY_KEY"),
        ]);

    let expected = [
        "the actions a324 and a349 look alike in a button: rename one",
        "the action pressed is there twice",
        "a handler remembers the state garden twice",
        "two states are called garden",
        "10.0.0.1 is no name of a host",
        "Sky.example is no name of a host",
        "the host sky.example is there twice",
    ];
    assert_eq!(BOT.faults(), expected);
}

#[test]
fn a_field_that_does_not_take_what_is_declared_is_a_fault() {
    const BOT: Bot = Bot::new().commands(&[command::<Weather>(), command::<Greet>()]);
    let fault = |name| format!("the fields of /{name} do not fit its declared arguments");
    assert_eq!(BOT.faults(), [fault("weather"), fault("greet")]);
}

/// A command by itself and below another, in menus that it does not fit, and with a label that is too long.
#[derive(Deserialize)]
struct Told<const NTH: u8> {}

impl<const NTH: u8> Command for Told<NTH> {
    const SPEC: Spec = match NTH {
        0 => Spec::new("bed", "For a test.").on_message("Sow it"),
        1 => Spec::new("bed row", "For a test.").on_user("Sow it"),
        _ => Spec::new("tell", "For a test.")
            .arg(Arg::text("it", "What there is to be said about all this and more").optional())
            .form("Tell me"),
    };
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::nothing())
    }
}

#[test]
fn a_command_that_a_platform_cannot_offer_is_a_fault() {
    static BOT: Bot =
        Bot::new().commands(&[command::<Told<0>>(), command::<Told<1>>(), command::<Told<2>>()]);

    let expected = [
        "/bed has subcommands, so Discord cannot offer it by itself",
        "/bed stands in a menu and has no argument for what is chosen",
        "/bed row stands in a menu and has no argument for what is chosen",
        "the form of /tell has a label of more than 45 characters",
        "the argument it of /tell is no field",
    ];
    assert_eq!(BOT.faults(), expected);
}
