//! What one worker is refused by a limit, no other asks for.

use bot::BOT;
use queue_worker::sqs::SqsMessage;
use serde_json::{Value, json};

use crate::world::*;

/// What Ann says in a topic of a chat.
fn in_topic(update: u64, chat: i64, topic: i64) -> SqsMessage {
    let mut message = message(update, chat, "hello");
    let body = message.body.as_deref().unwrap_or_default();
    let mut body: Value = serde_json::from_str(body).expect("an envelope");
    body["event"]["conversation"] = format!("{chat}:{topic}").into();
    body["event"]["address"] = json!({ "chat_id": chat, "topic": topic });
    message.body = Some(body.to_string());
    message.attributes.insert("MessageGroupId".to_owned(), format!("{chat}:{topic}"));
    message
}

#[tokio::test]
async fn a_chat_that_limits_one_worker_is_left_alone_by_another_in_all_its_topics() {
    let sut = Sut::new(&BOT).await;
    sut.platform.limited.lock().expect("unpoisoned").push(-1001);
    let failed = sut.handle(batch([in_topic(1, -1001, 5)]), MINUTE).await;
    assert_eq!(failed, ["1"]);

    // It would take more by now, and nobody asks.
    sut.platform.limited.lock().expect("unpoisoned").clear();
    let another = worker(&BOT, &sut.settings);
    let messages = [in_topic(2, -1001, 6), in_topic(3, -1002, 6), in_topic(4, -1001, 6)];
    assert_eq!(handle(&another, batch(messages), MINUTE).await, ["2", "4"]);
    assert_eq!(sut.platform.said(), ["/bot1:token/sendMessage -1002: You said: hello"]);
}
