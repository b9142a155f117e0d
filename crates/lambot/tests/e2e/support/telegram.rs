//! Telegram's side of a conversation.

use serde_json::{Value, json};

use super::http::Request;

pub(crate) const SECRET: &str = "telegram-test-secret";
pub(crate) const TOKEN: &str = "4242:telegram-test-token";
pub(crate) const USERNAME: &str = "my_bot";
pub(crate) const PATH: &str = "/webhooks/telegram";
pub(crate) const SECRET_TOKEN: &str = "x-telegram-bot-api-secret-token";

/// The path of the only API method a reply needs.
pub(crate) const SEND_MESSAGE: &str = "/telegram/bot4242:telegram-test-token/sendMessage";

/// The private chat of the recorded message.
pub(crate) const CHAT: i64 = 218_485_655;

/// A message to the bot alone.
pub(crate) fn private(update_id: u64, text: &str) -> Request {
    private_in(CHAT, update_id, text)
}

/// A message to the bot alone, in another chat.
pub(crate) fn private_in(chat: i64, update_id: u64, text: &str) -> Request {
    let recorded = include_str!(
        "../../../../bot-core/fixtures/telegram/message.text--teloxide-message-1.json"
    );
    let mut update: Value = serde_json::from_str(recorded).unwrap();
    update["update_id"] = json!(update_id);
    update["message"]["chat"]["id"] = json!(chat);
    update["message"]["text"] = json!(text);
    authentic(update.to_string())
}

/// A message in a topic of a forum: chat -1001234567890, topic 55, message 8.
pub(crate) fn in_topic(update_id: u64, text: &str) -> Request {
    let recorded = include_str!(
        "../../../../bot-core/fixtures/telegram/message.command--constructed-group-bot-suffix.json"
    );
    let mut update: Value = serde_json::from_str(recorded).unwrap();
    update["update_id"] = json!(update_id);
    update["message"]["text"] = json!(text);
    authentic(update.to_string())
}

/// A webhook with this body and the right secret.
pub(crate) fn authentic(body: impl Into<Vec<u8>>) -> Request {
    Request::post(PATH, body).header(SECRET_TOKEN, SECRET)
}
