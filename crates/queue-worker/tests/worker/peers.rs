//! What another framework was measured to do wrong with batches, as a scenario of this function.

use bot::BOT;

use crate::world::*;

/// In Powertools 3.37, a failed group poisons other groups of its batch, or the next warm invocation.
#[tokio::test]
async fn a_failed_group_poisons_neither_other_groups_nor_the_next_warm_invocation() {
    let sut = Sut::new(&BOT).await;
    sut.platform.broken.lock().expect("unpoisoned").push(1);
    let messages = || [(1, 1, "a"), (2, 2, "b"), (3, 1, "c"), (4, 3, "d"), (5, 2, "e")];
    let first = batch(messages().map(|(update, chat, text)| message(update, chat, text)));
    assert_eq!(sut.handle(first, MINUTE).await, ["1", "3"]);

    let said = |chat: u8| {
        let start = format!("/bot1:token/sendMessage {chat}: ");
        let said = sut.platform.said();
        said.iter().filter_map(|said| said.strip_prefix(&start)).map(str::to_owned).collect()
    };
    let others: [Vec<String>; 3] = [said(1), said(2), said(3)];
    assert_eq!(others, [vec![], vec!["You said: b", "You said: e"], vec!["You said: d"]]);

    // The same worker, and the same conversation even, once its platform is well.
    sut.platform.broken.lock().expect("unpoisoned").clear();
    let second = batch([message(6, 4, "f"), message(7, 2, "g")]);
    assert_eq!(sut.handle(second, MINUTE).await, [""; 0]);
    let again = batch([message(1, 1, "a"), message(3, 1, "c"), message(8, 1, "h")]);
    assert_eq!(sut.handle(again, MINUTE).await, [""; 0]);
    let said: Vec<String> = said(1);
    assert_eq!(said, ["You said: a", "You said: c", "You said: h"]);
}
