//! Many conversations of one person change one state at once.

use std::collections::BTreeSet;

use bot_aws::{Aws, Patience, Table};
use bot_core::envelope::Envelope;
use bot_core::state::{StateKey, Stored};
use bot_core::{Bot, Cx, Listener, Reply, Scope, State, UsageError};
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};

use crate::world::*;

static BOT: Bot = Bot::new().on_message::<Counts>();

#[derive(Default, Deserialize, Serialize)]
struct Count(u64);

impl State for Count {
    const NAME: &'static str = "count";
    const SCOPE: Scope = Scope::User;
}

struct Counts;

impl Listener for Counts {
    type State = Count;

    async fn hear(_text: String, cx: &mut Cx<Count>) -> Result<Reply, UsageError> {
        cx.state.0 += 1;
        Ok(Reply::text(cx.state.0.to_string()))
    }
}

const MESSAGES: u64 = 24;
const CONVERSATIONS: u64 = 12;

#[tokio::test]
async fn no_count_is_lost_and_every_one_is_said() {
    let sut = Sut::new(&BOT).await;
    let other = worker(&BOT, &sut.settings);
    let chat = |update: u64| i64::try_from(update % CONVERSATIONS).expect("a small number");
    let mut waiting: BTreeSet<u64> = (0..MESSAGES).collect();
    let mut rounds = 0;
    while !waiting.is_empty() {
        rounds += 1;
        assert!(rounds <= MESSAGES, "{waiting:?} are not done");
        // Four batches, each with whole conversations.
        let batches = (0..4).map(|nth| {
            let its_own = |update: &&u64| **update % CONVERSATIONS % 4 == nth;
            batch(waiting.iter().filter(its_own).map(|&update| message(update, chat(update), "+")))
        });
        let workers = [&sut.worker, &other].into_iter().cycle();
        let failed =
            join_all(batches.zip(workers).map(|(batch, worker)| handle(worker, batch, MINUTE)));
        let failed = failed.await.into_iter().flatten();
        waiting = failed.map(|id| id.parse().expect("an id")).collect();
    }

    let said = sut.platform.said();
    let count = |said: &String| -> u64 {
        said.rsplit(' ').next().and_then(|count| count.parse().ok()).expect("a count")
    };
    let mut counts: Vec<u64> = said.iter().map(count).collect();
    counts.sort_unstable();
    assert_eq!(counts, (1..=MESSAGES).collect::<Vec<_>>());
    for conversation in 0..CONVERSATIONS {
        let its_own = |said: &&String| said.contains(&format!(" {conversation}: "));
        let counts: Vec<u64> = said.iter().filter(its_own).map(count).collect();
        assert!(counts.len() == 2 && counts.is_sorted(), "{conversation}: {counts:?}");
    }
    assert_eq!(stored(&sut).await, MESSAGES);
}

async fn stored(sut: &Sut) -> u64 {
    let patience = Patience { attempts: 1, attempt: MINUTE, altogether: MINUTE };
    let aws = Aws::from_settings(&|name| sut.settings.get(name).cloned(), patience);
    let table = Table::new(aws.expect("settings").dynamodb(), "table".to_owned());
    let body = message(0, 0, "+").body.expect("a body");
    let event = Envelope::open(&body).expect("an envelope").event;
    let states = table.load(&[StateKey::of::<Count>(&event)]).await.expect("an answer");
    let json = states[0].as_ref().map(|stored| stored.json.clone()).expect("a state");
    Stored::decode::<Count>(&json).expect("a count").0
}
