//! Says what the bot says to Discord, and reads Discord's answers.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::super::{
    ApiAnswer, ApiRequest, Call, EncodeError, Limit, Method, Outbound, Part, Platform,
    RequestError, Sent, Verdict, authorization, parts, seconds,
};
use super::components::components;
use super::interaction::EPHEMERAL;
use super::{Address, BOT_TOKEN};
use crate::action::Key;
use crate::event::Event;
use crate::hash::hash;
use crate::reply::Reply;

/// The longest `content`: 2,000 code points.
///
/// <https://docs.discord.com/developers/resources/message#create-message>
const CONTENT_LIMIT: usize = 2000;

/// How long after an interaction its original reply and its webhook may not exist yet, because our call overtook our
/// deferral.
///
/// <https://github.com/discord/discord-api-docs/issues/7220>
const DEFERRAL_TIME: Duration = Duration::from_secs(15);

/// Discord asks for a user agent of this form and may block others.
///
/// <https://docs.discord.com/developers/reference#user-agent>
const USER_AGENT: &str =
    concat!("DiscordBot (https://crates.io/crates/lambot, ", env!("CARGO_PKG_VERSION"), ")");

/// Discord's API.
pub(super) struct Discord {
    pub(super) token: Option<SecretString>,
    pub(super) api_url: String,
}

impl Outbound for Discord {
    fn encode(&self, event: &Event, replies: &[Reply]) -> Result<Vec<Call>, EncodeError> {
        let address: Address = event.address.read().ok_or(EncodeError)?;
        let key = self.key();
        let call = |(nth, part): (usize, Part<'_>)| {
            let choices = part.choices.map(|reply| {
                components(reply, |choice| key.token(event, choice, reply.is_reserved()))
            });
            let mut body = message(part.text);
            if let Some(choices) = choices {
                body.insert("components".to_owned(), choices);
            }
            match &address.pressed {
                // The first message takes the place of the "thinking…" that a command leaves.
                None if nth == 0 => patch(address.original(), body),
                Some(_) if part.edits => {
                    // What an edit does not name stays as it was.
                    body.entry("components").or_insert_with(|| json!([]));
                    patch(address.original(), body)
                }
                pressed => {
                    if part.aside || pressed.as_ref().is_some_and(|pressed| pressed.is_ephemeral) {
                        body.insert("flags".to_owned(), json!(EPHEMERAL));
                    }
                    post(address.webhook(), body)
                }
            }
        };
        let parts = parts(replies, CONTENT_LIMIT, escaped_len);
        let mut calls: Vec<Call> = parts.into_iter().enumerate().map(call).collect();
        if calls.is_empty() && address.pressed.is_none() {
            // Otherwise "thinking…" would stand there for ever.
            let target = address.original();
            calls.push(Call { method: Method::Delete, target, body: Value::Null });
        }
        Ok(calls)
    }

    /// Discord shows by itself that a command is being worked on. A note in that place could overtake the answer and
    /// would take it away.
    fn working(&self, _event: &Event, _notice: &str) -> Option<Call> {
        None
    }

    fn key(&self) -> Key {
        Key::of(self.token.as_ref())
    }

    /// The limit of the bot's token: <https://docs.discord.com/developers/topics/rate-limits#global-rate-limit>. Interactions'
    /// webhooks are not under it.
    fn limit(&self, event: &Event, call: &Call) -> Option<Limit> {
        (!is_webhook(call)).then(|| Limit::new(Platform::Discord, &[&event.tenant]))
    }

    fn request(&self, call: &Call) -> Result<ApiRequest, RequestError> {
        if !call.target.starts_with('/') {
            return Err(RequestError::ForeignUrl);
        }
        let mut request = ApiRequest::json(call, format!("{}{}", self.api_url, call.target));
        request.headers.push(("user-agent", USER_AGENT.to_owned().into()));
        let authorization = authorization("Bot", self.token.as_ref(), BOT_TOKEN);
        // An interaction's webhook is addressed by its own token.
        if !is_webhook(call) {
            request.headers.push(authorization?);
        } else if has_components(call) {
            // They are sealed with it.
            authorization?;
        }
        Ok(request)
    }

    /// The codes are those of <https://docs.discord.com/developers/topics/opcodes-and-status-codes#json>.
    fn classify(&self, sent: &Sent<'_>, answer: &ApiAnswer) -> Verdict {
        let Sent { call, age, .. } = *sent;
        let body = answer.json();
        let is_discords = body.get("code").is_some();
        let code = body.get("code").and_then(Value::as_u64).unwrap_or_default();
        let error = || format!("status {}, code {code}", answer.status);
        let is_awaited = code == 10_015 || call.target.ends_with("/messages/@original");
        match (answer.status, code) {
            (200..300, _) => Verdict::Delivered,
            (429, _) => {
                // The body is more exact; Cloudflare's answers have none, and are about all we send.
                let asked = body.get("retry_after").and_then(Value::as_f64).and_then(seconds);
                let asked = asked.or_else(|| answer.retry_after());
                match body.get("global").and_then(Value::as_bool) {
                    Some(true) => Verdict::Limited(asked),
                    None if !body.is_object() => Verdict::Limited(asked),
                    _ => Verdict::Retry(asked),
                }
            }
            (_, 130_000) => Verdict::Retry(None),
            _ if answer.is_temporary() => Verdict::Retry(None),
            (404, 10_008 | 10_015) if is_awaited && age < DEFERRAL_TIME => {
                Verdict::Retry(Some(Duration::from_secs(1)))
            }
            (401 | 404, 10_015 | 50_027) => {
                self.late(sent).map_or_else(|| Verdict::Undeliverable(error()), Verdict::Instead)
            }
            (404, 10_008) if call.method == Method::Delete => Verdict::Delivered,
            (
                _,
                10_003 | 10_008 | 10_062 | 30_046 | 40_094 | 50_001 | 50_007 | 50_013 | 50_027
                | 50_083 | 50_278 | 160_005,
            ) => Verdict::Undeliverable(error()),
            (401, _) | (_, 40_001 | 50_014) => Verdict::Unauthorized(error()),
            // Without a code it was not Discord who answered, but something before it.
            (403 | 404, _) if !is_discords => Verdict::Retry(None),
            (403 | 404, _) => Verdict::Undeliverable(error()),
            _ => Verdict::Refused(error()),
        }
    }
}

impl Discord {
    /// What was to be said through an interaction whose token has expired, as a message of the bot's own.
    ///
    /// It names itself by a nonce, so that Discord makes one message of it however often it is sent within some minutes:
    /// <https://docs.discord.com/developers/resources/message#create-message>. What one person alone was to see is not
    /// said to everybody.
    fn late(&self, sent: &Sent<'_>) -> Option<Call> {
        let body = sent.call.body.as_object()?;
        let is_private =
            sent.event.ephemeral || body.contains_key("flags") || sent.event.kind.is_press();
        if self.token.is_none() || !is_webhook(sent.call) || is_private {
            return None;
        }
        let nonce = hash(&[sent.event.key.as_str(), &sent.step.to_string()]);
        let mut body = body.clone();
        body.insert("nonce".to_owned(), json!(nonce.get(..NONCE_CHARS)?));
        body.insert("enforce_nonce".to_owned(), json!(true));
        Some(post(format!("/channels/{}/messages", sent.event.conversation), body))
    }
}

/// The longest nonce: 25 characters.
///
/// <https://docs.discord.com/developers/resources/message#create-message>
const NONCE_CHARS: usize = 25;

/// Whether a call goes to an interaction's webhook, which its own token addresses.
fn is_webhook(call: &Call) -> bool {
    call.target.starts_with("/webhooks/")
}

/// Whether a call's message has buttons or a menu.
fn has_components(call: &Call) -> bool {
    let components = call.body.get("components").and_then(Value::as_array);
    components.is_some_and(|components| !components.is_empty())
}

impl Address {
    /// Where messages besides the original go.
    fn webhook(&self) -> String {
        format!("/webhooks/{}/{}", self.application_id, self.token)
    }

    /// The message that answers a command, or the one whose button was pressed.
    fn original(&self) -> String {
        format!("{}/messages/@original", self.webhook())
    }
}

fn patch(target: String, body: Map<String, Value>) -> Call {
    Call { method: Method::Patch, target, body: body.into() }
}

fn post(target: String, body: Map<String, Value>) -> Call {
    Call { method: Method::Post, target, body: body.into() }
}

fn message(text: &str) -> Map<String, Value> {
    Map::from_iter([
        ("content".to_owned(), escape(text).into()),
        // Without this, a person's words could mention everybody through us.
        ("allowed_mentions".to_owned(), json!({ "parse": [] })),
    ])
}

/// Plain text as Discord shows it: nothing in it is Markdown.
///
/// Links are left alone, because a backslash would become part of them.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let body = line.trim_start();
        let indent = line.len() - body.len();
        escaped.push_str(line.get(..indent).unwrap_or_default());
        if body.starts_with(['>', '#', '-']) {
            escaped.push('\\');
        }
        for word in body.split_inclusive(char::is_whitespace) {
            let is_link = word.starts_with("https://") || word.starts_with("http://");
            for c in word.chars() {
                if !is_link && is_mark(c) {
                    escaped.push('\\');
                }
                escaped.push(c);
            }
        }
    }
    escaped
}

/// Whether Discord gives this character a meaning anywhere in a line.
const fn is_mark(c: char) -> bool {
    matches!(c, '\\' | '*' | '_' | '~' | '`' | '|' | '[' | '<')
}

/// The most characters [`escape`] makes of one.
const fn escaped_len(c: char) -> usize {
    if is_mark(c) || matches!(c, '>' | '#' | '-') { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_person_wrote_becomes_markdown() {
        // (plain, as sent)
        let cases = [
            ("You said: hello", "You said: hello"),
            ("*a* _b_ ~c~ `d` ||e||", r"\*a\* \_b\_ \~c\~ \`d\` \|\|e\|\|"),
            ("[a](https://b)", r"\[a](https://b)"),
            ("<@1> <#2> <t:3>", r"\<@1> \<#2> \<t:3>"),
            ("> a\n# b\n- c - d", "\\> a\n\\# b\n\\- c - d"),
            ("  - a", r"  \- a"),
            ("see https://a.example/b_c_d now_", r"see https://a.example/b_c_d now\_"),
            (r"\", r"\\"),
            ("", ""),
        ];

        for (plain, sent) in cases {
            assert_eq!(escape(plain), sent, "{plain:?}");
            assert!(sent.chars().count() <= plain.chars().map(escaped_len).sum(), "{plain:?}");
        }
    }
}
