//! What becomes of an event whose handler fetches.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bot_core::fetch::{Answer, FETCH_TIME, Host, Outgoing};
use bot_core::state::Stored;
use bot_core::turn::{Occasion, Step as TurnStep, Turn};
use bot_core::worker::record::{Record, Step};
use bot_core::worker::{Delivery, Effect, Input, Setup};
use bot_core::{Bot, Cx, Fetched, Listener, Reply, Request, Scope, State, Timestamp, UsageError};
use serde::{Deserialize, Serialize};

use crate::world::{self, *};

static BOT: Bot =
    Bot::new().on_message::<Asks>().hosts(&[Host::new("weather.test"), Host::new("other.test")]);

#[derive(Default, Deserialize, Serialize)]
struct Count(u64);

impl State for Count {
    const NAME: &'static str = "count";
    const SCOPE: Scope = Scope::Conversation;
}

/// Does what it is told, step by step: fetches URLs, several of them at once, says that it works, or waits for nothing.
struct Asks;

impl Listener for Asks {
    type State = Count;

    async fn hear(text: String, cx: &mut Cx<Count>) -> Result<Reply, UsageError> {
        cx.state.0 += 1;
        let count = cx.state.0.to_string();
        let mut answers = Vec::new();
        for step in text.split(" then ") {
            match step {
                "work" => cx.working("one moment"),
                "wait" => std::future::pending().await,
                urls => {
                    let urls = urls.split(" and ").map(|url| url.replace('N', &count));
                    answers.extend(all(urls.map(|url| cx.fetch(Request::get(url)))).await);
                }
            }
        }
        let said = |answer: Fetched| answer.text().unwrap_or_else(|error| format!("{error:?}"));
        Ok(Reply::text(answers.into_iter().map(said).collect::<Vec<_>>().join(" ")))
    }
}

/// Awaits all of them at once.
async fn all(fetches: impl Iterator<Item = impl Future<Output = Fetched> + Send>) -> Vec<Fetched> {
    let mut fetches: Vec<Pin<Box<_>>> = fetches.map(Box::pin).collect();
    let mut answers: Vec<Option<Fetched>> = vec![None; fetches.len()];
    let poll = std::future::poll_fn(|context| {
        for (fetch, answer) in fetches.iter_mut().zip(&mut answers) {
            if let (None, Poll::Ready(ready)) = (&answer, fetch.as_mut().poll(context)) {
                *answer = Some(ready);
            }
        }
        if answers.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    });
    pin!(poll).await;
    answers.into_iter().flatten().collect()
}

fn setup() -> Arc<Setup> {
    Arc::new(Setup::from_settings(&BOT, &settings).expect("settings"))
}

fn told(effect: &Effect) -> String {
    let url = |request: &Outgoing| format!(" {}", request.url);
    match effect {
        Effect::Fetch(fetch) => {
            format!("fetch{}", fetch.requests.iter().map(url).collect::<String>())
        }
        Effect::Commit(commit) => match (&*commit.record.replies, &*commit.record.outbox) {
            (_, [Step::Bury { reason }, ..]) => format!("set aside: {reason}"),
            (replies, _) => {
                let texts: Vec<&str> = replies.iter().map(Reply::as_text).collect();
                format!("say {}", texts.join("\n"))
            }
        },
        effect => world::told(effect),
    }
}

/// Feeds a delivery of `text`, which was not decided before, and writes down what it asks for.
fn play(text: &str, inputs: Vec<Input>) -> Vec<String> {
    let body = envelope(text).to_json();
    let (mut delivery, effect) = Delivery::begin(setup(), &body, 1, "me".into(), NOW);
    let mut asked = vec![told(&effect)];
    asked.extend(inputs.into_iter().map(|input| told(&next(&mut delivery, input, NOW))));
    asked
}

/// What a delivery asks for next, if its event was not decided before.
fn next(delivery: &mut Delivery, input: Input, now: Timestamp) -> Effect {
    match delivery.next(input, now) {
        Effect::Find(_) => delivery.next(Input::Found(None), now),
        effect => effect,
    }
}

fn fetched(texts: &[&str]) -> Input {
    let answer = |text: &&str| Ok(Answer { status: 200, body: text.as_bytes().to_vec() }).into();
    Input::Fetched(texts.iter().map(answer).collect())
}

fn counted(count: u64) -> Input {
    let json = format!(r#"{{"v":1,"value":{count}}}"#);
    Input::Loaded(vec![Some(Stored { version: count, json })])
}

#[test]
fn what_a_handler_asks_for_is_fetched_before_its_decision_is_committed() {
    // (what it is told, what it is answered, what is asked after the states)
    let cases: [(&str, &[&[&str]], &[&str]); 4] = [
        ("https://weather.test/", &[&["dry"]], &["fetch https://weather.test/", "say dry"]),
        (
            "https://weather.test/ then https://other.test/",
            &[&["dry"], &["wet"]],
            &["fetch https://weather.test/", "fetch https://other.test/", "say dry wet"],
        ),
        (
            "https://weather.test/ and https://other.test/",
            &[&["dry", "wet"]],
            &["fetch https://weather.test/ https://other.test/", "say dry wet"],
        ),
        // What may not be asked keeps its place among the others.
        (
            "https://evil.test/ and https://other.test/",
            &[&["wet"]],
            &["fetch https://other.test/", "say Host wet"],
        ),
    ];

    for (text, answers, expected) in cases {
        let answers = answers.iter().map(|answers| fetched(answers));
        let asked = play(text, std::iter::once(nothing_stored()).chain(answers).collect());
        assert_eq!(asked[1..], *expected, "{text}");
    }
}

#[test]
fn what_may_not_be_asked_is_answered_without_asking() {
    // (URL, answer)
    let cases = [
        ("https://evil.test/", "Host"),
        ("https://weather.test.evil.test/", "Host"),
        ("https://sub.weather.test/", "Host"),
        ("https://127.0.0.1/", "Host"),
        ("https://[::1]/", "Host"),
        ("http://weather.test/", "Url"),
        ("https://weather.test:8443/", "Url"),
        ("https://ann@weather.test/", "Url"),
        ("https://weather.test@evil.test/", "Url"),
        ("https://weather.test/#top", "Url"),
        ("//weather.test/", "Url"),
        ("weather.test", "Url"),
    ];

    for (url, expected) in cases {
        let asked = play(url, vec![nothing_stored()]);
        assert_eq!(asked[1..], [format!("say {expected}")], "{url}");
    }
}

#[test]
fn a_ninth_request_is_too_many() {
    let nine: Vec<String> = (1..=9).map(|nth| format!("https://weather.test/{nth}")).collect();
    let answers = ["a", "b", "c", "d", "e", "f", "g", "h"];

    let one_by_one = answers.iter().map(|answer| fetched(&[answer]));
    let inputs = std::iter::once(nothing_stored()).chain(one_by_one).collect();
    let asked = play(&nine.join(" then "), inputs);
    assert_eq!(asked[9..], ["say a b c d e f g h TooMany"]);

    let asked = play(&nine.join(" and "), vec![nothing_stored(), fetched(&answers)]);
    assert_eq!(asked[1], format!("fetch {}", nine[..8].join(" ")));
    assert_eq!(asked[2..], ["say a b c d e f g h TooMany"]);
}

#[test]
fn a_turn_that_is_run_again_fetches_only_what_is_new() {
    let inputs = || vec![nothing_stored(), fetched(&["dry"]), Input::Conflict, counted(1)];
    let asked = play("https://weather.test/", inputs());
    assert_eq!(asked[2..], ["say dry", "load 1", "say dry"]);

    let text = "https://weather.test/ and https://weather.test/N";
    let inputs = vec![
        nothing_stored(),
        fetched(&["dry", "first"]),
        Input::Conflict,
        counted(1),
        fetched(&["second"]),
    ];
    let asked = play(text, inputs);
    assert_eq!(
        asked[1..],
        [
            "fetch https://weather.test/ https://weather.test/1",
            "say dry first",
            "load 1",
            "fetch https://weather.test/2",
            "say dry second",
        ]
    );
}

#[test]
fn what_was_decided_is_not_fetched_for_again() {
    let said = || record("dry");
    let poison = || Record::poison("why".to_owned(), NOW);
    // (case, generation of the message, what is found, what is asked then)
    let fetch = "fetch https://weather.test/";
    let cases = [
        ("new", 0, None, fetch),
        ("decided", 0, Some((said(), 0)), "take over as me"),
        ("decided and redriven", 1, Some((said(), 0)), "take over as me"),
        ("set aside", 0, Some((poison(), 0)), "take over as me"),
        ("set aside and redriven", 1, Some((poison(), 0)), fetch),
    ];

    for (case, generation, found, expected) in cases {
        let mut envelope = envelope("https://weather.test/");
        envelope.generation = generation;
        let (mut delivery, _) = Delivery::begin(setup(), &envelope.to_json(), 1, "me".into(), NOW);
        assert_eq!(told(&delivery.next(nothing_stored(), NOW)), "find", "{case}");
        assert_eq!(told(&delivery.next(Input::Found(found), NOW)), expected, "{case}");
    }

    // It is looked for once.
    let text = "https://weather.test/ then https://other.test/";
    let body = envelope(text).to_json();
    let (mut delivery, _) = Delivery::begin(setup(), &body, 1, "me".into(), NOW);
    delivery.next(nothing_stored(), NOW);
    delivery.next(Input::Found(None), NOW);
    assert_eq!(told(&delivery.next(fetched(&["dry"]), NOW)), "fetch https://other.test/");
}

#[test]
fn a_request_has_its_own_key_and_the_same_one_again() {
    let keys = |body: &str| -> Vec<String> {
        let (mut delivery, _) = Delivery::begin(setup(), body, 1, "me".into(), NOW);
        let Effect::Fetch(fetch) = next(&mut delivery, nothing_stored(), NOW) else {
            panic!("no fetch")
        };
        let key = |request: &Outgoing| {
            let is_key = |(name, _): &&(_, _)| name == "idempotency-key";
            let (_, value) = request.headers.iter().find(is_key).expect("a key");
            value.to_str().expect("text").to_owned()
        };
        fetch.requests.iter().map(key).collect()
    };
    let twice = envelope("https://weather.test/ and https://weather.test/");
    let first = keys(&twice.to_json());
    assert_ne!(first[0], first[1]);
    assert_eq!(keys(&twice.to_json()), first);

    let mut other = twice;
    other.event.key = bot_core::event::EventKey::new(other.event.platform, &["8"]);
    assert!(keys(&other.to_json()).iter().all(|key| !first.contains(key)));
}

#[test]
fn all_requests_of_a_turn_share_its_time() {
    let text = "https://weather.test/1 then https://weather.test/2 then https://weather.test/3";
    let body = envelope(text).to_json();
    let (mut delivery, _) = Delivery::begin(setup(), &body, 1, "me".into(), NOW);
    let mut next = |input, after| next(&mut delivery, input, NOW.plus(Duration::from_secs(after)));
    let within = |effect: Effect| match effect {
        Effect::Fetch(fetch) => fetch.within,
        effect => panic!("{}", told(&effect)),
    };

    assert_eq!(within(next(nothing_stored(), 0)), FETCH_TIME);
    assert_eq!(within(next(fetched(&["dry"]), 5)), FETCH_TIME - Duration::from_secs(5));
    assert_eq!(told(&next(fetched(&["wet"]), 9)), "say dry wet NoAnswer");
}

#[test]
fn what_is_awaited_besides_is_set_aside_after_a_fetch_as_before() {
    let reason = "set aside: the handler awaited something that Cx does not offer";
    let asked = play("wait", vec![nothing_stored()]);
    assert_eq!(asked[1..], [reason]);
    let asked = play("https://weather.test/ then wait", vec![nothing_stored(), fetched(&["dry"])]);
    assert_eq!(asked[2..], [reason]);
}

#[test]
fn a_state_of_a_newer_deployment_is_left_to_it() {
    let newer = || {
        let json = r#"{"v":9,"value":{}}"#.to_owned();
        Input::Loaded(vec![Some(Stored { version: 3, json })])
    };
    let reason = "give back for 300 s: the stored state count is newer than this bot";
    let asked = play("https://weather.test/", vec![newer()]);
    assert_eq!(asked[1..], [reason]);
    let inputs = vec![nothing_stored(), fetched(&["dry"]), Input::Conflict, newer()];
    let asked = play("https://weather.test/", inputs);
    assert_eq!(asked[4..], [reason]);
}

#[test]
fn work_is_shown_once_and_only_with_a_fetch() {
    // (what it is told, what is shown with each fetch)
    let cases: [(&str, &[Option<&str>]); 4] = [
        ("https://weather.test/", &[None]),
        ("work then https://weather.test/", &[Some("one moment")]),
        ("work then https://weather.test/ then https://other.test/", &[Some("one moment"), None]),
        ("work", &[]),
    ];

    for (text, expected) in cases {
        let occasion = Occasion {
            event: Arc::new(envelope(text).event),
            press: None,
            states: Vec::new(),
            known: Vec::new(),
            now: Timestamp::default(),
        };
        let mut shown = Vec::new();
        let mut step = Turn::begin(&BOT, occasion);
        while let TurnStep::Fetch(turn, wanted) = step {
            shown.push(wanted.notice);
            step = turn.resume([Fetched::from(Ok(Answer::default()))]);
        }
        let shown: Vec<Option<&str>> = shown.iter().map(Option::as_deref).collect();
        assert_eq!(shown, expected, "{text}");
    }
}
