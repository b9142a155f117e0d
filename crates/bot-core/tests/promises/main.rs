//! What is promised of each way a reply can take, played: the worker dies between a send and its mark.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod chat;
#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod support;
mod way;

use std::sync::Arc;

use bot_core::envelope::Envelope;
use bot_core::platform::{Holds, Method};
use bot_core::worker::record::{Record, Step};
use bot_core::worker::{Delivery, Done, Effect, Input, Outcome, Setup};
use bot_core::{Bot, Event, Reply, Timestamp};
use support::settings;

use crate::chat::Chat;
use crate::way::{Promise, WAYS, Way};

static BOT: Bot = Bot::new();

/// What is said, and when.
struct Case {
    event: Event,
    record: Record,
    now: Timestamp,
}

impl Case {
    fn of(way: &Way) -> Self {
        let event = (way.event)();
        let platform = event.platform.outbound(&settings).expect("settings");
        let text = Reply::text(vec!["word"; way.words].join(" "));
        let reply = (way.says)(text);
        let calls = platform.encode(&event, std::slice::from_ref(&reply)).expect("its address");
        let now = event.sent_at.unwrap_or_default().plus(way.age);
        let outbox = calls.into_iter().map(Step::Call).collect();
        Self { event, record: Record { decided_at: now, replies: vec![reply], outbox }, now }
    }

    /// Delivers what is not confirmed, and dies before the mark of the step `dies_at`: how it ended, if it did.
    fn deliver(&self, chat: &mut Chat, confirmed: usize, dies_at: Option<usize>) -> Option<Done> {
        let setup = Arc::new(Setup::from_settings(&BOT, &settings).expect("settings"));
        let body = Envelope::new(self.event.clone(), self.now).to_json();
        let (mut delivery, mut effect) = Delivery::begin(setup, &body, 1, "me".into(), self.now);
        loop {
            let input = match effect {
                Effect::Load(keys) => Input::Loaded(vec![None; keys.len()]),
                Effect::Commit(_) => Input::Exists(self.record.clone()),
                Effect::TakeOver { .. } => Input::TakenOver(Some(confirmed)),
                Effect::CheckHold(_) => Input::Held(Holds::default()),
                Effect::Send(request) => Input::Answered(chat.take(&request)),
                Effect::Mark { confirmed, .. } if dies_at == Some(confirmed - 1) => return None,
                Effect::Mark { .. } => Input::Marked,
                Effect::Done(done) => return Some(done),
                _ => panic!("something else"),
            };
            effect = delivery.next(input, self.now);
        }
    }

    /// How many messages and reactions there are: what is taken back is none.
    fn count(&self) -> usize {
        let is_seen = |step: &&Step| match step {
            Step::Call(call) => call.method != Method::Delete,
            Step::Bury { .. } => false,
        };
        self.record.outbox.iter().filter(is_seen).count()
    }

    /// How many messages a person sees more than there are, when a worker dies after the send of `step` and another
    /// goes on, `minutes` later.
    fn seen_twice(&self, way: &Way, step: usize, minutes: u32) -> usize {
        let mut chat = Chat::new(way.has_expired);
        assert_eq!(self.deliver(&mut chat, 0, Some(step)), None, "{}", way.path);
        chat.wait(minutes);
        let end = self.deliver(&mut chat, step, None);
        assert_eq!(end, Some(Done::Acknowledge(Outcome::Resumed)), "{}", way.path);
        assert!(chat.seen() >= self.count(), "{}: something is lost", way.path);
        chat.seen() - self.count()
    }
}

#[test]
fn every_way_keeps_its_promise_when_the_worker_dies_before_the_mark() {
    for way in WAYS {
        let case = Case::of(way);
        let is_on_its_way = |step: &Step| match step {
            Step::Call(call) => way.targets.contains(&&*call.target),
            Step::Bury { .. } => false,
        };
        let steps = case.record.outbox.iter().enumerate();
        let steps: Vec<usize> =
            steps.filter(|(_, step)| is_on_its_way(step)).map(|(nth, _)| nth).collect();
        assert!(!steps.is_empty(), "{}: nothing takes this way", way.path);

        let mut chat = Chat::new(way.has_expired);
        case.deliver(&mut chat, 0, None);
        assert_eq!(chat.seen(), case.count(), "{}: without a death", way.path);
        for step in steps {
            let seen = |minutes| case.seen_twice(way, step, minutes);
            let (at_once, later) = match way.promise {
                Promise::Same | Promise::SameReaction => (0, 0),
                Promise::OnceWithinMinutes => (0, 1),
                Promise::MayAppearTwice => (1, 1),
            };
            assert_eq!((seen(0), seen(30)), (at_once, later), "{}, step {step}", way.path);
        }
    }
}

#[test]
fn the_documentation_promises_exactly_that() {
    let documentation = include_str!("../../../../docs/promises.md");
    let (_, table) = documentation
        .split_once("| reply path | sent again |\n| --- | --- |\n")
        .expect("the table");
    let documented: Vec<&str> = table.lines().take_while(|line| line.starts_with('|')).collect();
    let promised: Vec<String> =
        WAYS.iter().map(|way| format!("| {} | {} |", way.path, way.promise.words())).collect();
    assert_eq!(documented, promised);
}
