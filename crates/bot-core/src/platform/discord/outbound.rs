//! Says what the bot says to Discord, and reads Discord's answers.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::super::{
    ApiAnswer, ApiRequest, Call, EncodeError, Limit, Method, Outbound, Part, RequestError, Sent,
    Verdict, authorization, parts, seconds,
};
use super::components::components;
use super::interaction::EPHEMERAL;
use super::limit;
use super::markdown::{self, Markdown};
use super::{Address, BOT_TOKEN};
use crate::action::Key;
use crate::document::Block;
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
            let mut body = message(&part.blocks);
            if let Some(choices) = choices {
                body.insert("components".to_owned(), choices);
            }
            match &address.pressed {
                // The first message takes the place of the "thinking…" that a command leaves.
                None if nth == 0 && (event.ephemeral || !part.is_ephemeral) => {
                    patch(address.original(), body)
                }
                Some(_) if part.edits => {
                    // What an edit does not name stays as it was.
                    body.entry("components").or_insert_with(|| json!([]));
                    patch(address.original(), body)
                }
                pressed => {
                    let is_below_such =
                        pressed.as_ref().is_some_and(|pressed| pressed.is_ephemeral || part.aside);
                    if part.is_ephemeral || is_below_such {
                        body.insert("flags".to_owned(), json!(EPHEMERAL));
                    }
                    post(address.webhook(), body)
                }
            }
        };
        // A command has no message to react to.
        let parts = parts(replies, CONTENT_LIMIT, markdown::cost, false);
        // Without an answer "thinking…" would stand there for ever, and who sees it sees what takes its place.
        let stays = |part: &Part<'_>| event.ephemeral || !part.is_ephemeral;
        let takes_back = address.pressed.is_none() && !parts.first().is_some_and(stays);
        let taken_back = takes_back.then(|| Call {
            method: Method::Delete,
            target: address.original(),
            body: Value::Null,
        });
        let calls = parts.into_iter().enumerate().map(call);
        Ok(taken_back.into_iter().chain(calls).collect())
    }

    /// Discord shows by itself that a command is being worked on. A note in that place could overtake the answer and
    /// would take it away.
    fn working(&self, _event: &Event, _notice: &str) -> Option<Call> {
        None
    }

    fn key(&self) -> Key {
        Key::of(self.token.as_ref())
    }

    /// Interactions' webhooks are not under the limit of the bot's token:
    /// <https://docs.discord.com/developers/topics/rate-limits#global-rate-limit>.
    fn limits(&self, _event: &Event, call: &Call) -> Vec<Limit> {
        if is_webhook(call) { vec![Limit::Address] } else { vec![Limit::Address, Limit::Token] }
    }

    fn rest(&self, answer: &ApiAnswer) -> Option<Duration> {
        limit::rest(answer)
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
        // The body is more exact; Cloudflare's answers have none.
        let asked = || {
            let asked = body.get("retry_after").and_then(Value::as_f64).and_then(seconds);
            asked.or_else(|| answer.retry_after())
        };
        let is_awaited = code == 10_015 || call.target.ends_with("/messages/@original");
        match (answer.status, code) {
            (200..300, _) => Verdict::Delivered,
            (429, _) if !limit::is_discords(answer, &body) => {
                Verdict::Limited(Some(Limit::Address), asked().or(Some(limit::BAN)))
            }
            (429, _) => Verdict::Limited(limit::met(call, answer, &body), asked()),
            // Limits of a channel.
            (_, 20_016 | 20_022 | 20_028 | 40_062) => Verdict::Limited(None, asked()),
            // Discord itself has too much to do.
            (_, 130_000) => Verdict::Retry(asked()),
            _ if answer.is_temporary() => Verdict::Retry(None),
            (404, 10_008 | 10_015) if is_awaited && age < DEFERRAL_TIME => {
                Verdict::Retry(Some(Duration::from_secs(1)))
            }
            (401 | 404, 10_015 | 50_027) => self.late(sent, error),
            // A webhook's token is not ours: it has expired, however Discord says so.
            (401, _) if is_webhook(call) && is_discords => self.late(sent, error),
            (404, 10_008) if call.method == Method::Delete => Verdict::Delivered,
            (
                _,
                10_003 | 10_008 | 10_062 | 30_046 | 40_060 | 40_094 | 50_001 | 50_007 | 50_013
                | 50_027 | 50_083 | 50_278 | 160_005,
            ) => Verdict::Undeliverable(error()),
            // Without a code it was not Discord who answered, but something before it.
            (401, _) if is_webhook(call) => Verdict::Retry(None),
            (403 | 404, _) if !is_discords => Verdict::Retry(None),
            (401, _) | (_, 40_001 | 50_014) => Verdict::Unauthorized(Limit::Token, error()),
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
    fn late(&self, sent: &Sent<'_>, error: impl Fn() -> String) -> Verdict {
        self.own(sent).map_or_else(|| Verdict::Undeliverable(error()), Verdict::Instead)
    }

    fn own(&self, sent: &Sent<'_>) -> Option<Call> {
        let body = sent.call.body.as_object()?;
        let address: Address = sent.event.address.read()?;
        // An edit of what one person alone sees has no flag, and an event that an older deployment has queued none either.
        let is_below_such = address.pressed.is_some_and(|pressed| pressed.is_ephemeral);
        let is_private = sent.event.ephemeral || is_below_such || body.contains_key("flags");
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
pub(super) fn is_webhook(call: &Call) -> bool {
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

fn message(blocks: &[Block]) -> Map<String, Value> {
    let Markdown { content, people } = markdown::markdown(blocks);
    // Without this, a person's words could mention everybody through us.
    let mut mentions = json!({ "parse": [] });
    if let Some(mentions) = mentions.as_object_mut().filter(|_| !people.is_empty()) {
        mentions.insert("users".to_owned(), people.into_iter().collect());
    }
    Map::from_iter([
        ("content".to_owned(), content.into()),
        ("allowed_mentions".to_owned(), mentions),
    ])
}
