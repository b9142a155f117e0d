//! A model of the platforms: what they answer, and what people see of it.

use std::collections::{HashMap, HashSet};

use bot_core::Platform;
use bot_core::platform::{ApiAnswer, ApiRequest, Method};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::fault::Fault;
use crate::webhook::{GROUP, SUPERGROUP};

/// How long an interaction's token lives: 15 minutes.
const TOKEN_MS: u64 = 15 * 60_000;

/// How long a `response_url` lives, and how often it can be used: 30 minutes and 5 times.
const URL_MS: u64 = 30 * 60_000;
const URL_USES: u32 = 5;

/// How long Discord takes a nonce for the same message. It says "a few minutes".
pub(crate) const NONCE_MS: u64 = 3 * 60_000;

/// What a call has come to, for whoever looks at the chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Nothing, yet.
    Nothing,
    /// A message appears.
    New,
    /// A message appears that would not appear again within some minutes: it has a nonce.
    Named,
    /// A message becomes what it is already to be, or is known by its nonce.
    Same,
    /// Nothing this way: the interaction's token has expired.
    Expired,
    /// Nothing, for ever: there is nobody there.
    Gone,
    /// Nothing, for ever: it is refused.
    Rejected,
}

/// What came of a call.
pub(crate) struct Reception {
    pub(crate) answer: ApiAnswer,
    pub(crate) seen: Seen,
    /// What is in the buttons of the message.
    pub(crate) tokens: Vec<String>,
}

/// What the platforms remember.
#[derive(Default)]
pub(crate) struct Platforms {
    /// Discord's nonces, and until when they count.
    nonces: HashMap<String, u64>,
    /// How often a `response_url` was used.
    uses: HashMap<String, u32>,
    /// What was reacted to: a second time it is the same reaction.
    reactions: HashSet<Vec<u8>>,
    /// What was taken away.
    deleted: HashSet<String>,
    /// When the group of Telegram's becomes a supergroup.
    moved_at: Option<u64>,
}

impl Platforms {
    /// Platforms of which Telegram makes a supergroup of its group at this time, if at all.
    pub(crate) fn moving(moved_at: Option<u64>) -> Self {
        Self { moved_at, ..Self::default() }
    }

    /// Takes a call.
    pub(crate) fn take(
        &mut self,
        request: &ApiRequest,
        now: u64,
        fault: Option<Fault>,
    ) -> Reception {
        let url = request.url.expose_secret();
        let platform = if url.starts_with("https://discord.com/") {
            Platform::Discord
        } else if url.starts_with("https://api.telegram.org/") {
            Platform::Telegram
        } else {
            Platform::Slack
        };
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let kind = Kind::of(request.method, url, &body);
        if let Some((seen, answer)) = fault.and_then(|fault| refusal(platform, kind, fault)) {
            return Reception { answer, seen, tokens: Vec::new() };
        }
        let is_new = kind != Kind::Reaction || self.reactions.insert(request.body.clone());
        let (seen, answer) = match platform {
            Platform::Discord => self.discord(request.method, url, &body, now),
            Platform::Slack if !is_new => {
                (Seen::Same, json(200, json!({ "ok": false, "error": "already_reacted" })))
            }
            Platform::Slack => self.slack(url, &body, now),
            Platform::Telegram if self.has_moved(&body, now) => moved(kind),
            Platform::Telegram => {
                let is_same = !is_new || url.ends_with("/editMessageText");
                (if is_same { Seen::Same } else { Seen::New }, json(200, json!({ "ok": true })))
            }
        };
        if fault == Some(Fault::ServerErrorAfter) {
            return Reception { answer: json(502, Value::Null), seen, tokens: Vec::new() };
        }
        let is_message = matches!(seen, Seen::New | Seen::Named | Seen::Same);
        let tokens = if is_message { tokens(&body) } else { Vec::new() };
        Reception { answer, seen, tokens }
    }

    fn discord(&mut self, method: Method, url: &str, body: &Value, now: u64) -> (Seen, ApiAnswer) {
        let born = url.split_once("/token-").and_then(|(_, rest)| rest.split('-').next());
        let born: Option<u64> = born.and_then(|born| born.parse().ok());
        if born.is_some_and(|born| now > born + TOKEN_MS) {
            return (expired(Kind::of(method, url, body)), json(404, json!({ "code": 10_015 })));
        }
        if method == Method::Delete && !self.deleted.insert(url.to_owned()) {
            return (Seen::Same, json(404, json!({ "code": 10_008 })));
        }
        if method != Method::Post {
            return (Seen::Same, json(200, json!({ "id": "1" })));
        }
        let is_named = body.get("enforce_nonce") == Some(&Value::Bool(true));
        let Some(nonce) = body.get("nonce").and_then(Value::as_str).filter(|_| is_named) else {
            return (Seen::New, json(200, json!({ "id": "1" })));
        };
        let until = self.nonces.entry(format!("{url}#{nonce}")).or_default();
        let seen = if *until > now { Seen::Same } else { Seen::Named };
        if seen == Seen::Named {
            *until = now + NONCE_MS;
        }
        (seen, json(200, json!({ "id": "1" })))
    }

    /// Whether something is for the group when that is a supergroup.
    fn has_moved(&self, body: &Value, now: u64) -> bool {
        let is_moved = self.moved_at.is_some_and(|at| now > at);
        is_moved && body.get("chat_id") == Some(&json!(GROUP))
    }

    fn slack(&mut self, url: &str, body: &Value, now: u64) -> (Seen, ApiAnswer) {
        let Some(hook) = url.strip_prefix("https://hooks.slack.com/") else {
            return (Seen::New, json(200, json!({ "ok": true })));
        };
        let born: u64 = hook.split('/').nth(2).and_then(|born| born.parse().ok()).unwrap_or(0);
        let uses = self.uses.entry(url.to_owned()).or_default();
        if now > born + URL_MS || *uses >= URL_USES {
            return (Seen::Expired, json(404, json!("used_url")));
        }
        *uses += 1;
        let is_edit = body.get("replace_original") == Some(&Value::Bool(true));
        (if is_edit { Seen::Same } else { Seen::New }, json(200, json!("ok")))
    }
}

fn json(status: u16, body: Value) -> ApiAnswer {
    let body = if body.is_null() { b"<html>".to_vec() } else { body.to_string().into_bytes() };
    ApiAnswer { status, body: Some(body), ..ApiAnswer::default() }
}

/// The answer to what is for a group that has become a supergroup: a message goes there, and a reaction has nothing there
/// to stand under.
///
/// <https://core.telegram.org/bots/api#responseparameters>
fn moved(kind: Kind) -> (Seen, ApiAnswer) {
    let body = json!({
        "ok": false,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": { "migrate_to_chat_id": SUPERGROUP },
    });
    (if kind == Kind::Reaction { Seen::Gone } else { Seen::Nothing }, json(400, body))
}

/// What a call is about, as far as refusals differ.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A message of the bot's own.
    Own,
    /// A message by what an event has brought: an interaction's token, a `response_url`.
    Lent,
    /// The same for one person alone, or what takes "thinking…" back.
    LentAside,
    /// A reaction.
    Reaction,
}

impl Kind {
    fn of(method: Method, url: &str, body: &Value) -> Self {
        if url.ends_with("/setMessageReaction") || url.ends_with("/reactions.add") {
            Self::Reaction
        } else if url.starts_with("https://hooks.slack.com/") {
            Self::Lent
        } else if !url.contains("/webhooks/") {
            Self::Own
        } else if method == Method::Delete || body.get("flags").is_some() {
            Self::LentAside
        } else {
            Self::Lent
        }
    }
}

/// What is seen of a message by an interaction's token that has expired. Another way is open to what all may see.
fn expired(kind: Kind) -> Seen {
    if kind == Kind::LentAside { Seen::Gone } else { Seen::Expired }
}

/// The answer to a call that is not taken, or as if it were not.
fn refusal(platform: Platform, kind: Kind, fault: Fault) -> Option<(Seen, ApiAnswer)> {
    use Platform::{Discord, Slack, Telegram};

    let is_lent = matches!(kind, Kind::Lent | Kind::LentAside);
    // Nobody waits for a reaction.
    let rejected = if kind == Kind::Reaction { Seen::Gone } else { Seen::Rejected };
    let slack = |error: &str| json(200, json!({ "ok": false, "error": error }));
    let telegram = |status: u16, description: &str| {
        json(status, json!({ "ok": false, "description": description }))
    };
    let later = |answer: ApiAnswer, header: &str| ApiAnswer {
        status: 429,
        retry_after: Some(header.to_owned()),
        ..answer
    };
    Some(match (fault, platform) {
        (Fault::Limited, Telegram) => {
            (Seen::Nothing, json(429, json!({ "ok": false, "parameters": { "retry_after": 3 } })))
        }
        (Fault::Limited, Discord) => {
            (Seen::Nothing, json(429, json!({ "retry_after": 2.5, "global": false })))
        }
        (Fault::Limited | Fault::LimitedWide, Slack) => {
            (Seen::Nothing, later(slack("ratelimited"), "7"))
        }
        (Fault::LimitedWide, Discord) => (Seen::Nothing, later(json(429, Value::Null), "20")),
        (Fault::LimitedWide, Telegram) => {
            (Seen::Nothing, json(429, json!({ "ok": false, "parameters": { "retry_after": 40 } })))
        }
        (Fault::ServerError, _) => (Seen::Nothing, json(503, Value::Null)),
        (Fault::Unauthorized, Telegram) => (Seen::Nothing, telegram(401, "Unauthorized")),
        // The token of an interaction is none of the bot's: it has expired.
        (Fault::Unauthorized, Discord) if is_lent => {
            (expired(kind), json(401, json!({ "code": 50_027 })))
        }
        (Fault::Unauthorized, Discord) => {
            (Seen::Nothing, json(401, json!({ "code": 0, "message": "401: Unauthorized" })))
        }
        (Fault::Unauthorized, Slack) if is_lent => (Seen::Nothing, json(500, Value::Null)),
        (Fault::Unauthorized, Slack) => (Seen::Nothing, slack("token_revoked")),
        (Fault::Gone, Telegram) => {
            (Seen::Gone, telegram(403, "Forbidden: bot was blocked by the user"))
        }
        (Fault::Gone, Discord) => (Seen::Gone, json(403, json!({ "code": 50_001 }))),
        (Fault::Gone, Slack) if is_lent => (Seen::Expired, json(404, json!("expired_url"))),
        (Fault::Gone, Slack) => (Seen::Gone, slack("is_archived")),
        (Fault::Rejected, Telegram) => {
            (rejected, telegram(400, "Bad Request: message is too long"))
        }
        (Fault::Rejected, Discord) => (Seen::Rejected, json(400, json!({ "code": 50_035 }))),
        (Fault::Rejected, Slack) if is_lent => (Seen::Expired, json(404, json!("no_service"))),
        (Fault::Rejected, Slack) => (rejected, slack("msg_too_long")),
        _ => return None,
    })
}

/// What is in the buttons under a message.
fn tokens(body: &Value) -> Vec<String> {
    let mut tokens = Vec::new();
    for part in ["reply_markup", "components", "blocks"] {
        if let Some(part) = body.get(part) {
            collect(part, &mut tokens);
        }
    }
    tokens
}

fn collect(value: &Value, tokens: &mut Vec<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| collect(value, tokens)),
        Value::Object(fields) => {
            for name in ["callback_data", "custom_id", "value"] {
                tokens.extend(fields.get(name).and_then(Value::as_str).map(str::to_owned));
            }
            fields.values().for_each(|value| collect(value, tokens));
        }
        _ => {}
    }
}
