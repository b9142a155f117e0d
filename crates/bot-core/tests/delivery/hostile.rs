//! Handlers that do what nobody should do.

use std::panic::panic_any;
use std::sync::Arc;
use std::time::Duration;

use bot_core::fetch::{Answer, Fetched};
use bot_core::state::Stored;
use bot_core::worker::{Delivery, Effect, Input, Setup};
use bot_core::{
    Action, Bot, Cx, Host, Listener, Reply, Request, Scope, State, Timestamp, UsageError,
};
use serde::{Deserialize, Serialize};

use crate::world::{NOW, envelope, settings, told};

static BOT: Bot = Bot::new().on_message::<Hostile>().hosts(&[Host::new("sky.test")]);

#[derive(Default, Deserialize, Serialize)]
struct Pair(u64, u64);

impl State for Pair {
    const NAME: &'static str = "pair";
    const SCOPE: Scope = Scope::Conversation;
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "dropped");
    }
}

#[derive(Deserialize, Serialize)]
struct Forgotten;

impl Action for Forgotten {
    const NAME: &'static str = "forgotten";
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::nothing())
    }
}

struct Hostile;

impl Listener for Hostile {
    type State = Pair;

    async fn hear(text: String, cx: &mut Cx<Pair>) -> Result<Reply, UsageError> {
        let rain = || Request::post(format!("https://sky.test/{}", cx.now().as_secs()));
        match text.as_str() {
            "bomb" => panic_any(Bomb),
            "guard" => {
                let _bomb = Bomb;
                std::future::pending::<()>().await;
            }
            "abandoned" => {
                let _bomb = Bomb;
                cx.fetch(rain()).await;
            }
            "torn" => assert_eq!(cx.state.0, cx.state.1, "torn"),
            "greedy" => {
                for _ in 0..100_000 {
                    drop(cx.fetch(rain()).await);
                }
            }
            "timely" => {
                cx.fetch(rain()).await;
                cx.state.0 += 1;
            }
            "accounts" => {
                cx.fetch(rain().header("x-account", "a")).await;
                cx.fetch(rain().header("x-account", "b")).await;
            }
            _ => return Ok(Reply::text("?").button("Forgotten", Forgotten)),
        }
        Ok(Reply::text("done"))
    }
}

fn begin(text: &str) -> Delivery {
    let setup = Arc::new(Setup::from_settings(&BOT, &settings).expect("settings"));
    Delivery::begin(setup, &envelope(text).to_json(), 1, "me".into(), NOW).0
}

fn stored(version: u64, json: &str) -> Input {
    let json = format!(r#"{{"v":1,"value":{json}}}"#);
    Input::Loaded(vec![Some(Stored { version, json })])
}

fn fetched() -> Input {
    Input::Fetched(vec![Fetched::from(Ok(Answer { status: 200, body: Vec::new() }))])
}

/// The reason an event is set aside for.
fn reason(effect: &Effect) -> String {
    let Effect::Commit(commit) = effect else { return told(effect) };
    serde_json::to_string(&commit.record.outbox[0]).expect("plain data")
}

#[test]
fn what_panics_when_it_is_dropped_hurts_its_own_event_only() {
    // (text, reason)
    let cases = [
        ("bomb", r#"{"bury":{"reason":"the handler panicked"}}"#),
        ("guard", r#"{"bury":{"reason":"the handler awaited something that Cx does not offer"}}"#),
    ];
    for (text, expected) in cases {
        assert_eq!(reason(&begin(text).next(stored(1, "[0,0]"), NOW)), expected, "{text}");
    }
    let mut abandoned = begin("abandoned");
    assert_eq!(told(&abandoned.next(stored(1, "[0,0]"), NOW)), "find");
    assert_eq!(told(&abandoned.next(Input::NoTime, NOW)), "give back for 0 s: no time left");
}

#[test]
fn what_came_of_states_nobody_has_seen_together_counts_for_nothing() {
    let mut torn = begin("torn");
    let effect = torn.next(stored(7, "[1,2]"), NOW);
    let Effect::Commit(commit) = effect else { panic!("{}", told(&effect)) };
    assert!(commit.record.is_poison());
    let read: Vec<_> = commit.states.iter().map(|state| (state.read, &state.write)).collect();
    assert_eq!(read, [(7, &None)]);
    assert_eq!(told(&torn.next(Input::Conflict, NOW)), "load 1");
    let again = told(&torn.next(stored(8, "[2,2]"), NOW));
    assert_eq!(again, "commit decision with 1 steps and 0 states");
}

#[test]
fn a_turn_that_is_run_again_sees_the_same_time_and_asks_for_nothing_twice() {
    let mut timely = begin("timely");
    timely.next(stored(1, "[0,0]"), NOW);
    assert_eq!(told(&timely.next(Input::Found(None), NOW)), "fetch 1");
    assert!(told(&timely.next(fetched(), NOW)).starts_with("commit decision"));
    let later = Timestamp::plus(NOW, Duration::from_secs(3));
    assert_eq!(told(&timely.next(Input::Conflict, later)), "load 1");
    assert!(told(&timely.next(stored(2, "[5,5]"), later)).starts_with("commit decision"));
}

#[test]
fn requests_that_differ_in_a_header_have_keys_of_their_own() {
    let mut accounts = begin("accounts");
    accounts.next(stored(1, "[0,0]"), NOW);
    let mut key = |input| match accounts.next(input, NOW) {
        Effect::Fetch(fetch) => {
            let key =
                |(name, _): &&(http::HeaderName, http::HeaderValue)| name == "idempotency-key";
            fetch.requests[0].headers.iter().find(key).expect("a key").1.clone()
        }
        effect => panic!("{}", told(&effect)),
    };
    assert_ne!(key(Input::Found(None)), key(fetched()));
}

#[test]
fn who_does_not_stop_asking_is_told_so_every_time() {
    let mut greedy = begin("greedy");
    greedy.next(stored(1, "[0,0]"), NOW);
    greedy.next(Input::Found(None), NOW);
    let mut last = String::new();
    for _ in 0..8 {
        last = told(&greedy.next(fetched(), NOW));
    }
    assert_eq!(last, "commit decision with 1 steps and 0 states");
}

#[test]
fn a_button_that_nobody_could_press_is_a_bug() {
    let asked = reason(&begin("button").next(stored(1, "[0,0]"), NOW));
    let expected = r#"{"bury":{"reason":"the action forgotten is not among the bot's `actions`"}}"#;
    assert_eq!(asked, expected);
}
