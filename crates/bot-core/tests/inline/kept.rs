//! What is remembered of a conversation that goes on under another id.

use std::sync::Arc;

use bot_core::bot::{command, observer};
use bot_core::event::{EventKind, Moved};
use bot_core::state::{StateKey, Stored};
use bot_core::turn::{Occasion, Step, Turn};
use bot_core::{
    Bot, Command, Cx, Event, Observer, Platform, Reply, Scope, Spec, State, Timestamp, UsageError,
};
use serde::{Deserialize, Serialize};

#[derive(Default, Deserialize, Serialize)]
struct Talk {
    events: u64,
}

impl State for Talk {
    const NAME: &'static str = "talk";
    const SCOPE: Scope = Scope::Conversation;
}

impl Observer for Talk {
    type State = Self;

    fn note(talk: &mut Self, _event: &Event) {
        talk.events += 1;
    }
}

#[derive(Default, Deserialize, Serialize)]
struct Person {}

impl State for Person {
    const NAME: &'static str = "person";
    const SCOPE: Scope = Scope::User;
}

#[derive(Deserialize)]
struct Meet {}

impl Command for Meet {
    const SPEC: Spec = Spec::new("meet", "Meets.");
    type State = (Person, Talk);

    async fn run(self, _cx: &mut Cx<(Person, Talk)>) -> Result<Reply, UsageError> {
        Ok(Reply::nothing())
    }
}

static BOT: Bot = Bot::new().commands(&[command::<Meet>()]).observers(&[observer::<Talk>()]);

static EMPTY: Bot = Bot::new();

#[test]
fn what_is_remembered_of_a_conversation_moves_along_with_it() {
    let moved = Moved { from: "-5".to_owned(), to: "-1005".to_owned() };
    let event = Event::example(Platform::Telegram, EventKind::Moved(moved));
    assert!(BOT.wants(&event) && !EMPTY.wants(&event));
    let place = |conversation: &str| {
        StateKey::of::<Talk>(&Event { conversation: conversation.to_owned(), ..event.clone() })
    };
    let keys = BOT.state_keys(&event, None);
    assert_eq!(keys, [place("-5"), place("-1005")]);

    let json = r#"{"v":1,"value":{"events":7}}"#;
    let stored = |key: &StateKey| {
        (*key == place("-5")).then(|| Stored { version: 7, json: json.to_owned() })
    };
    let states = keys.into_iter().map(|key| (key.clone(), stored(&key))).collect();
    let occasion = Occasion {
        event: Arc::new(event.clone()),
        press: None,
        states,
        known: Vec::new(),
        now: Timestamp::default(),
    };
    let Step::Done(Ok(decision)) = Turn::begin(&BOT, occasion) else { panic!("no decision") };
    assert!(decision.replies.is_empty());
    let found: Vec<_> = decision
        .states
        .iter()
        .map(|change| (change.key.clone(), change.read, change.write.as_deref()))
        .collect();
    // The old one is a condition: what its conversation does meanwhile is not lost.
    let mut expected = [(place("-5"), 7, None), (place("-1005"), 0, Some(json))];
    expected.sort();
    assert_eq!(found, expected);
}
