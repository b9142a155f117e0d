//! What is remembered of a conversation that goes on under another id.

use std::collections::BTreeMap;
use std::sync::Arc;

use bot_core::bot::{command, observer};
use bot_core::event::{Arguments, EventKind, Moved};
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
    let from = place("-5").partition;
    let copy = format!(r#"{{"v":1,"copied_from":"{from}","value":{{"events":7}}}}"#);
    let mut expected = [(place("-5"), 7, None), (place("-1005"), 0, Some(copy.as_str()))];
    expected.sort();
    assert_eq!(found, expected);
}

/// What is stored, as a table keeps it.
#[derive(Default)]
struct Table(BTreeMap<StateKey, Stored>);

impl Table {
    fn decide(&mut self, event: &Event) {
        let keys = BOT.state_keys(event, None).into_iter();
        let occasion = Occasion {
            event: Arc::new(event.clone()),
            press: None,
            states: keys.map(|key| (key.clone(), self.0.get(&key).cloned())).collect(),
            known: Vec::new(),
            now: Timestamp::default(),
        };
        let Step::Done(Ok(decision)) = Turn::begin(&BOT, occasion) else { panic!("no decision") };
        for change in decision.states {
            if let Some(json) = change.write {
                self.0.insert(change.key, Stored { version: change.read + 1, json });
            }
        }
    }

    /// How many events are counted in a conversation.
    fn events(&self, event: &Event) -> u64 {
        let stored = self.0.get(&StateKey::of::<Talk>(event));
        stored.map_or(0, |stored| Stored::decode::<Talk>(&stored.json).expect("a count").events)
    }
}

#[test]
fn what_is_done_in_either_chat_while_it_moves_is_not_overwritten() {
    let command =
        EventKind::Command { name: "meet".to_owned(), arguments: Arguments::Text(String::new()) };
    let meet = Event::example(Platform::Telegram, command);
    let [old, new] = ["-5", "-1005"]
        .map(|conversation| Event { conversation: conversation.to_owned(), ..meet.clone() });
    let moved = Moved { from: "-5".to_owned(), to: "-1005".to_owned() };
    let moved = Event { kind: EventKind::Moved(moved), ..meet };
    // (case, what is decided, what is counted in the old chat and in the new one)
    let cases: [(&str, &[&Event], (u64, u64)); 7] = [
        ("in order", &[&old, &moved, &moved, &new], (1, 2)),
        ("late in the old one", &[&old, &moved, &old, &moved], (2, 2)),
        ("late, and then on in the new one", &[&old, &moved, &old, &moved, &new], (2, 3)),
        ("first in the new one", &[&old, &old, &new, &moved, &moved], (2, 1)),
        ("in the new one, before the old one", &[&moved, &new, &old, &old, &moved], (2, 1)),
        ("in both since the copy", &[&old, &moved, &old, &old, &new, &moved], (3, 2)),
        ("told of once more, much later", &[&old, &moved, &new, &new, &moved], (1, 3)),
    ];

    for (case, events, expected) in cases {
        let mut table = Table::default();
        for event in events {
            table.decide(event);
        }
        assert_eq!((table.events(&old), table.events(&new)), expected, "{case}");
    }
}
