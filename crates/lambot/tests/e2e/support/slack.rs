//! Slack's side of a conversation.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::api::Api;
use super::http::Request;
use super::now;

pub(crate) const SECRET: &str = "slack-test-secret";
pub(crate) const TOKEN: &str = "xoxb-test-token";
pub(crate) const PATH: &str = "/webhooks/slack";
pub(crate) const TIMESTAMP: &str = "x-slack-request-timestamp";
pub(crate) const SIGNATURE: &str = "x-slack-signature";

/// The bot's user in the recorded event.
pub(crate) const BOT: &str = "U0ADXR1N57A";

/// Where response URLs are.
pub(crate) fn hooks_url(api: &Api) -> String {
    format!("{}/slack/hooks", api.url)
}

/// A recorded event whose message `change` makes another one.
pub(crate) fn event(change: impl FnOnce(&mut Value)) -> Request {
    let recorded =
        include_str!("../../../../bot-core/fixtures/slack/event.message.im--recorded-2.json");
    let mut event: Value = serde_json::from_str(recorded).unwrap();
    change(&mut event["event"]);
    signed(event.to_string())
}

/// A message in a channel, or to the bot alone where the channel's name begins with a D.
pub(crate) fn message(channel: &str, ts: &str, text: &str) -> Request {
    event(|message| {
        let kind = if channel.starts_with('D') { "im" } else { "channel" };
        message["channel"] = json!(channel);
        message["channel_type"] = json!(kind);
        message["ts"] = json!(ts);
        message["event_ts"] = json!(ts);
        message["text"] = json!(text);
    })
}

/// What Slack sends beside the message when somebody mentions the bot.
pub(crate) fn app_mention(channel: &str, ts: &str, text: &str) -> Request {
    event(|message| {
        *message = json!({
            "type": "app_mention",
            "user": "U0ADXQT6CRW",
            "channel": channel,
            "ts": ts,
            "event_ts": ts,
            "text": text,
        });
    })
}

/// A recorded slash command, given with other words and another id.
pub(crate) fn command(api: &Api, trigger: &str, name: &str, text: &str) -> Request {
    let recorded = include_str!(
        "../../../../bot-core/fixtures/slack/slash_command--recorded-empty-text.form.txt"
    );
    let response_url = format!("{}/commands/T1/{trigger}/abc", hooks_url(api));
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (field, value) in form_urlencoded::parse(recorded.trim().as_bytes()) {
        let value = match &*field {
            "command" => name,
            "text" => text,
            "trigger_id" => trigger,
            "response_url" => &response_url,
            _ => &*value,
        };
        form.append_pair(&field, value);
    }
    signed(form.finish())
}

/// A webhook with this body, signed now.
pub(crate) fn signed(body: impl Into<Vec<u8>>) -> Request {
    signed_at(&now().as_secs().to_string(), body)
}

/// A webhook that says it was signed at `timestamp`, with a signature that is right for that.
pub(crate) fn signed_at(timestamp: &str, body: impl Into<Vec<u8>>) -> Request {
    let body = body.into();
    let signature = sign(SECRET, timestamp, &body);
    Request::post(PATH, body).header(TIMESTAMP, timestamp).header(SIGNATURE, &signature)
}

pub(crate) fn sign(secret: &str, timestamp: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(&[b"v0:", timestamp.as_bytes(), b":", body].concat());
    let digits = mac.finalize().into_bytes().into_iter().map(|byte| format!("{byte:02x}"));
    format!("v0={}", digits.collect::<String>())
}
