//! A model of what a person sees in a chat: what the platforms document of their calls, and no more.

use std::collections::BTreeSet;

use bot_core::platform::{ApiAnswer, ApiRequest, Method};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

/// A conversation on any of the platforms.
pub(crate) struct Chat {
    /// Whether an interaction's token and a `response_url` have expired.
    has_expired: bool,
    /// Messages that were sent, in order.
    sent: Vec<Value>,
    /// The message that a command is answered in, or whose button was pressed, once it is edited.
    edited: Option<Value>,
    /// The reactions to what a person wrote.
    reactions: BTreeSet<String>,
    /// The nonces Discord remembers, which it does for some minutes.
    nonces: BTreeSet<String>,
}

impl Chat {
    pub(crate) const fn new(has_expired: bool) -> Self {
        Self {
            has_expired,
            sent: Vec::new(),
            edited: None,
            reactions: BTreeSet::new(),
            nonces: BTreeSet::new(),
        }
    }

    /// How many messages of the bot a person sees.
    pub(crate) fn seen(&self) -> usize {
        self.sent.len() + usize::from(self.edited.is_some()) + self.reactions.len()
    }

    pub(crate) fn wait(&mut self, minutes: u32) {
        if minutes > 10 {
            self.nonces.clear();
        }
    }

    pub(crate) fn take(&mut self, request: &ApiRequest) -> ApiAnswer {
        let url = request.url.expose_secret();
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let (status, answer) = if url.starts_with("https://discord.com/") {
            self.discord(request.method, url, body)
        } else if url.starts_with("https://hooks.slack.com/") {
            self.response_url(body)
        } else if url.ends_with("/reactions.add") {
            // Slack adds it once.
            let is_new = self.reactions.insert(body["name"].to_string());
            (200, json!({ "ok": is_new, "error": "already_reacted" }))
        } else if url.starts_with("https://slack.com/") {
            self.sent.push(body);
            (200, json!({ "ok": true }))
        } else {
            self.telegram(url, body)
        };
        ApiAnswer { status, body: Some(answer.to_string().into()), ..ApiAnswer::default() }
    }

    fn discord(&mut self, method: Method, url: &str, body: Value) -> (u16, Value) {
        if url.contains("/webhooks/") && self.has_expired {
            return (401, json!({ "code": 50_027 }));
        }
        if method == Method::Delete {
            return (204, Value::Null);
        }
        if method == Method::Patch {
            self.edited = Some(body);
            return (200, json!({}));
        }
        // A follow-up's nonce is ignored.
        let nonce = body["nonce"].as_str().filter(|_| url.contains("/channels/"));
        let is_new = match nonce {
            Some(nonce) if body["enforce_nonce"] == true => self.nonces.insert(nonce.to_owned()),
            _ => true,
        };
        if is_new {
            self.sent.push(body);
        }
        (200, json!({}))
    }

    fn response_url(&mut self, body: Value) -> (u16, Value) {
        if self.has_expired {
            return (404, json!("expired_url"));
        }
        if body["replace_original"] == true {
            self.edited = Some(body);
        } else {
            self.sent.push(body);
        }
        (200, json!("ok"))
    }

    fn telegram(&mut self, url: &str, body: Value) -> (u16, Value) {
        if url.ends_with("/setMessageReaction") {
            // Telegram sets it.
            self.reactions = BTreeSet::from([body["reaction"].to_string()]);
        } else if !url.ends_with("/editMessageText") {
            self.sent.push(body);
        } else if self.edited.as_ref() == Some(&body) {
            let description = "Bad Request: message is not modified";
            return (400, json!({ "ok": false, "description": description }));
        } else {
            self.edited = Some(body);
        }
        (200, json!({ "ok": true }))
    }
}
