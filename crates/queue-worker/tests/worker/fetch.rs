//! What a bot fetches, through a stand-in for the internet.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use bot_core::fetch::Host;
use bot_core::{Bot, Cx, Listener, Reply, Request, Scope, Secret, State, UsageError};
use futures_util::stream;
use queue_worker::Worker;
use queue_worker::sqs::SqsEvent;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use crate::world::*;

static BOT: Bot = Bot::new()
    .on_message::<Asks>()
    .hosts(&[Host::new("weather.test").secret("WEATHER_KEY"), Host::new("other.test")]);

#[derive(Default, Deserialize, Serialize)]
struct Count(u64);

impl State for Count {
    const NAME: &'static str = "count";
    const SCOPE: Scope = Scope::User;
}

/// Fetches what it is told, with its secret, and counts.
struct Asks;

impl Listener for Asks {
    type State = Count;

    async fn hear(text: String, cx: &mut Cx<Count>) -> Result<Reply, UsageError> {
        cx.state.0 += 1;
        let Some(path) = text.strip_prefix("weather ") else {
            return Ok(Reply::text(cx.state.0.to_string()));
        };
        cx.working("one moment");
        let url = format!("https://weather.test/{path}");
        let request = Request::get(url).bearer(Secret::named("WEATHER_KEY"));
        let answer = cx.fetch(request).await.text().unwrap_or_else(|error| format!("{error:?}"));
        Ok(Reply::text(format!("{answer} {}", cx.state.0)))
    }
}

/// The internet, and what was asked of it: paths, secrets, idempotency keys.
#[derive(Clone, Default)]
struct Internet {
    asked: Arc<Mutex<Vec<[String; 3]>>>,
    /// What is handled while the first request is being answered.
    meanwhile: Arc<Mutex<Option<(Worker, SqsEvent)>>>,
}

impl Internet {
    async fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let router = axum::Router::new().fallback(answer).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    fn asked(&self) -> Vec<[String; 3]> {
        self.asked.lock().expect("unpoisoned").clone()
    }

    fn keys(&self) -> Vec<String> {
        self.asked().into_iter().map(|[_, _, key]| key).collect()
    }
}

async fn answer(Shared(internet): Shared<Internet>, uri: Uri, headers: HeaderMap) -> Response {
    let header = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or("none").to_owned()
    };
    let path = uri.path().to_owned();
    let asked = [path.clone(), header("authorization"), header("idempotency-key")];
    internet.asked.lock().expect("unpoisoned").push(asked);
    let meanwhile = internet.meanwhile.lock().expect("unpoisoned").take();
    if let Some((worker, event)) = meanwhile {
        assert!(handle(&worker, event, MINUTE).await.is_empty());
    }
    match path.as_str() {
        "/weather.test/now" => "dry".into_response(),
        "/weather.test/down" => (StatusCode::INTERNAL_SERVER_ERROR, "<html>").into_response(),
        "/weather.test/long" => "x".repeat(2 << 20).into_response(),
        "/weather.test/broken" => {
            let chunks = [Ok("dr"), Err(std::io::Error::other("gone"))];
            Body::from_stream(stream::iter(chunks)).into_response()
        }
        "/weather.test/moved" => Redirect::temporary("/now").into_response(),
        "/weather.test/elsewhere" => Redirect::to("https://other.test/now").into_response(),
        "/weather.test/astray" => Redirect::to("https://evil.test/now").into_response(),
        "/weather.test/plain" => Redirect::to("http://weather.test/now").into_response(),
        "/weather.test/circle" => Redirect::to("/circle").into_response(),
        "/other.test/now" => "elsewhere".into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn sut() -> (Sut, Internet) {
    let internet = Internet::default();
    let settings =
        [("FETCH_URL", internet.serve().await), ("WEATHER_KEY", "key of weather".to_owned())];
    (Sut::with(&BOT, settings).await, internet)
}

#[tokio::test]
async fn an_answer_and_a_failure_are_values() {
    // (path, what is said)
    let cases = [
        ("now", "dry 1"),
        ("down", "Status(500) 2"),
        ("nowhere", "Status(404) 3"),
        ("long", "TooLarge 4"),
        ("broken", "NoAnswer 5"),
        ("moved", "dry 6"),
        ("elsewhere", "elsewhere 7"),
        ("astray", "Host 8"),
        ("plain", "Url 9"),
        ("circle", "Status(303) 10"),
    ];

    let (sut, internet) = sut().await;
    for (update, (path, expected)) in (1..).zip(&cases) {
        let told = message(update, 11, &format!("weather {path}"));
        assert!(sut.handle(batch([told]), MINUTE).await.is_empty(), "{path}");
        let said = sut.platform.said().pop().unwrap_or_default();
        assert_eq!(said, format!("/bot1:token/sendMessage 11: {expected}"), "{path}");
    }

    let shown = sut.platform.shown.lock().expect("unpoisoned").clone();
    assert_eq!(shown, vec![r#"/bot1:token/sendChatAction 11: "typing""#; cases.len()]);
    let asked = internet.asked();
    let circles = asked.iter().filter(|[path, ..]| path == "/weather.test/circle").count();
    assert_eq!(circles, 4);
    for [path, secret, key] in asked {
        let expected = if path == "/other.test/now" { "none" } else { "Bearer key of weather" };
        assert_eq!(secret, expected, "{path}");
        assert_ne!(key, "none", "{path}");
    }
}

#[tokio::test]
async fn deliveries_of_one_event_ask_with_one_key_and_another_event_with_another() {
    let (sut, internet) = sut().await;
    let told = |update| batch([message(update, 11, "weather now")]);
    // The event is delivered a second time while the first delivery is fetching.
    let again = (worker(&BOT, &sut.settings), told(1));
    *internet.meanwhile.lock().expect("unpoisoned") = Some(again);
    assert!(sut.handle(told(1), MINUTE).await.is_empty());
    assert!(sut.handle(told(2), MINUTE).await.is_empty());

    let [first, again, other] = internet.keys().try_into().expect("three requests");
    assert_eq!(first, again);
    assert_ne!(first, other);
    let sent = |count| format!("/bot1:token/sendMessage 11: dry {count}");
    assert_eq!(sut.platform.said(), [sent(1), sent(2)]);
}

#[tokio::test]
async fn what_was_decided_is_not_asked_for_again() {
    let (sut, internet) = sut().await;
    let told = || batch([message(1, 11, "weather now")]);
    sut.platform.broken.lock().expect("unpoisoned").push(11);
    assert_eq!(sut.handle(told(), MINUTE).await, ["1"]);
    sut.platform.broken.lock().expect("unpoisoned").clear();
    assert!(sut.handle(told(), MINUTE).await.is_empty());

    assert_eq!(internet.asked().len(), 1);
    assert_eq!(sut.platform.said(), ["/bot1:token/sendMessage 11: dry 1"]);
}

#[tokio::test]
async fn a_turn_that_is_run_again_does_not_ask_again() {
    let (sut, internet) = sut().await;
    // Ann counts elsewhere while her forecast is fetched.
    let elsewhere = (worker(&BOT, &sut.settings), batch([message(2, 22, "count")]));
    *internet.meanwhile.lock().expect("unpoisoned") = Some(elsewhere);
    assert!(sut.handle(batch([message(1, 11, "weather now")]), MINUTE).await.is_empty());

    assert_eq!(internet.asked().len(), 1);
    assert_eq!(
        sut.platform.said(),
        ["/bot1:token/sendMessage 22: 1", "/bot1:token/sendMessage 11: dry 2"]
    );
}

#[tokio::test]
async fn a_fetch_is_begun_only_with_time_for_its_answer() {
    let (sut, internet) = sut().await;
    // Enough for a turn that fetches nothing.
    let little = Duration::from_secs(22);
    let told = batch([message(1, 11, "weather now"), message(2, 22, "count")]);
    assert_eq!(sut.handle(told, little).await, ["1"]);
    assert!(internet.asked().is_empty());
    assert_eq!(sut.platform.said(), ["/bot1:token/sendMessage 22: 1"]);
}
