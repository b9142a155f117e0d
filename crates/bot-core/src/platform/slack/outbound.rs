//! Says what the bot says to Slack, and reads Slack's answers.

use std::{iter, slice};

use secrecy::SecretString;
use serde_json::{Value, json};

use super::super::part::Part;
use super::super::{
    ApiAnswer, ApiRequest, Call, EncodeError, Limit, Method, Outbound, RequestError, Sent, Verdict,
    authorization, is_below, parts, seconds,
};
use super::{Address, BOT_TOKEN, block, late, rich_text, text};
use crate::action::Key;
use crate::document;
use crate::event::Event;
use crate::reply::{Reaction, Reply};

/// The longest `text` Slack recommends: 4,000 characters; it truncates at 40,000.
///
/// <https://docs.slack.dev/reference/methods/chat.postMessage>
const TEXT_LIMIT: usize = 4000;

/// How many replies a `response_url` is used for: it takes 5 messages within 30 minutes, one of which may say that a
/// reply is being worked on.
///
/// <https://docs.slack.dev/interactivity/handling-user-interaction>
pub(super) const RESPONSE_URL_REPLIES: usize = 4;

pub(super) const POST_MESSAGE: &str = "chat.postMessage";
const REACT: &str = "reactions.add";
pub(super) const POST_EPHEMERAL: &str = "chat.postEphemeral";

/// Slack's Web API.
pub(super) struct Slack {
    pub(super) token: Option<SecretString>,
    pub(super) api_url: String,
    pub(super) hooks_url: String,
}

impl Outbound for Slack {
    fn encode(&self, event: &Event, replies: &[Reply]) -> Result<Vec<Call>, EncodeError> {
        let address: Address = event.address.read().ok_or(EncodeError)?;
        let key = self.key();
        let mut url_uses = RESPONSE_URL_REPLIES;
        let mut call = |part: Part<'_>| {
            let choices = part.choices.map_or_else(Vec::new, |reply| {
                block::choices(reply, |choice| key.token(event, choice, reply.is_reserved()))
            });
            let way = Way::of(&address, &event.user.id, &part, url_uses > 0);
            if !is_api_method(way.target) {
                url_uses = url_uses.saturating_sub(1);
            }
            way.call(&part, choices)
        };
        let mut calls = Vec::new();
        for reply in replies {
            let is_block = reply.has_choices() || !reply.is_plain();
            let may_be_block = is_block || may_be_ephemeral(&address, reply);
            let limit = if may_be_block { block::TEXT_LIMIT } else { TEXT_LIMIT };
            let reaction = address.message().zip(reply.as_reaction());
            let parts = parts(slice::from_ref(reply), limit, rich_text::cost, reaction.is_some());
            calls.extend(parts.into_iter().map(&mut call));
            // After the message: that goes out even where nobody may react.
            calls.extend(reaction.map(|((channel, ts), reaction)| react(channel, ts, reaction)));
        }
        Ok(calls)
    }

    fn working(&self, event: &Event, notice: &str) -> Option<Call> {
        let notice = text::escape(notice);
        match event.address.read()? {
            // It goes when the reply comes: <https://docs.slack.dev/reference/methods/assistant.threads.setStatus>.
            Address::Thread { channel, ts, .. } => {
                let status = json!({ "channel_id": channel, "thread_ts": ts, "status": notice });
                Some(post("assistant.threads.setStatus", status))
            }
            Address::Command { response_url, .. } => {
                let notice =
                    json!({ "response_type": "ephemeral", "text": notice, "mrkdwn": false });
                Some(post(&response_url, notice))
            }
            // There is no thread whose status it could be, and a message of its own would stay.
            Address::Channel { .. } | Address::Press { .. } => None,
        }
    }

    fn key(&self) -> Key {
        Key::of(self.token.as_ref())
    }

    /// Whoever has a `response_url` may use it: no limit is known of those together.
    fn limits(&self, _event: &Event, call: &Call) -> Vec<Limit> {
        if is_api_method(&call.target) { vec![Limit::Token, method(call)] } else { Vec::new() }
    }

    fn request(&self, call: &Call) -> Result<ApiRequest, RequestError> {
        let authorization = authorization("Bearer", self.token.as_ref(), BOT_TOKEN);
        if is_api_method(&call.target) {
            let mut request = ApiRequest::json(call, format!("{}/{}", self.api_url, call.target));
            request.headers.push(authorization?);
            Ok(request)
        } else if is_below(&call.target, &self.hooks_url) {
            // Whoever has the URL may use it: the token stays here. What stands in buttons is sealed with it, though.
            if block::has_choices(&call.body) {
                authorization?;
            }
            Ok(ApiRequest::json(call, call.target.clone()))
        } else {
            Err(RequestError::ForeignUrl)
        }
    }

    fn classify(&self, sent: &Sent<'_>, answer: &ApiAnswer) -> Verdict {
        let call = sent.call;
        match answer.status {
            429 => Verdict::Limited(limit(call), answer.retry_after()),
            _ if answer.is_temporary() => Verdict::Retry(None),
            200..300 if is_api_method(&call.target) => {
                match classify_body(call, &answer.json(), answer) {
                    // The message is gone, a reaction too many: nobody waits for a reaction.
                    Verdict::Refused(_) | Verdict::Undeliverable(_) if call.target == REACT => {
                        Verdict::Delivered
                    }
                    // An app that was installed without it can still say all else.
                    Verdict::Unauthorized(_, error)
                        if call.target == REACT && error == "missing_scope" =>
                    {
                        Verdict::Delivered
                    }
                    // The bot need not be where a command of its was given.
                    Verdict::Undeliverable(error) if is_elsewhere(&error) => {
                        late::rest(sent).map_or(Verdict::Undeliverable(error), Verdict::Instead)
                    }
                    verdict => verdict,
                }
            }
            200..300 => Verdict::Delivered,
            // Expired or used up.
            status if !is_api_method(&call.target) => {
                let own = late::own(sent).filter(|_| self.token.is_some());
                let gone = || Verdict::Undeliverable(format!("response_url answered {status}"));
                own.map_or_else(gone, Verdict::Instead)
            }
            401 | 403 => Verdict::Unauthorized(Limit::Token, format!("status {}", answer.status)),
            status => Verdict::Refused(format!("status {status}")),
        }
    }
}

/// <https://docs.slack.dev/reference/methods/reactions.add>
fn react(channel: &str, ts: &str, reaction: Reaction) -> Call {
    let body = json!({ "channel": channel, "timestamp": ts, "name": reaction.slack_name() });
    post(REACT, body)
}

/// How one message reaches its place.
struct Way<'a> {
    /// The API method or the URL.
    target: &'a str,
    /// What it is told besides the message; what is null is left out.
    place: Value,
    /// Whether the message takes the place of another.
    replaces: bool,
}

impl<'a> Way<'a> {
    fn of(address: &'a Address, user: &str, part: &Part<'_>, may_use_url: bool) -> Self {
        let mut replaces = false;
        let (target, place) = match address {
            Address::Thread { channel, ts, .. } if part.is_ephemeral && is_shared(channel) => {
                let thread = Some(ts).filter(|_| !part.unthreaded);
                let place = json!({ "channel": channel, "user": user, "thread_ts": thread });
                (POST_EPHEMERAL, place)
            }
            Address::Thread { channel, ts, .. } => {
                let thread = Some(ts).filter(|_| !part.unthreaded);
                (POST_MESSAGE, json!({ "channel": channel, "thread_ts": thread }))
            }
            Address::Channel { channel } if part.is_ephemeral && is_shared(channel) => {
                (POST_EPHEMERAL, json!({ "channel": channel, "user": user }))
            }
            Address::Channel { channel } => (POST_MESSAGE, json!({ "channel": channel })),
            Address::Command { response_url, .. } if may_use_url => {
                let seen_by = if part.aside { "ephemeral" } else { "in_channel" };
                (response_url.as_str(), json!({ "response_type": seen_by }))
            }
            // What is said to one person stays between them.
            Address::Command { channel, .. } if part.aside => {
                (POST_EPHEMERAL, json!({ "channel": channel, "user": user }))
            }
            Address::Command { channel, .. } => (POST_MESSAGE, json!({ "channel": channel })),
            Address::Press { response_url, .. } if part.edits => {
                replaces = true;
                (response_url.as_str(), json!({ "replace_original": true }))
            }
            Address::Press { thread, ephemeral, response_url, .. }
                if (*ephemeral || part.aside) && may_use_url =>
            {
                let place = json!({ "response_type": "ephemeral", "replace_original": false, "thread_ts": thread });
                (response_url.as_str(), place)
            }
            Address::Press { channel, thread, ephemeral, .. } if *ephemeral || part.aside => {
                let place = json!({ "channel": channel, "user": user, "thread_ts": thread });
                (POST_EPHEMERAL, place)
            }
            Address::Press { channel, thread, .. } => {
                let thread = thread.as_ref().filter(|_| !part.unthreaded);
                (POST_MESSAGE, json!({ "channel": channel, "thread_ts": thread }))
            }
        };
        Self { target, place, replaces }
    }

    /// The call that says `part` over `choices`.
    ///
    /// A person's words may hold marks of formatting and nothing escapes them. So formatting is switched off, and where
    /// it cannot be, the text is a block. Beside blocks, `text` is what a notification shows.
    fn call(self, part: &Part<'_>, choices: Vec<Value>) -> Call {
        let can_be_literal = self.target != POST_EPHEMERAL;
        let mut body = json!({ "text": text::escape(&document::text(&part.blocks)) });
        if let (Some(body), Value::Object(mut place)) = (body.as_object_mut(), self.place) {
            place.retain(|_, value| !value.is_null());
            body.append(&mut place);
            if can_be_literal {
                body.insert("mrkdwn".to_owned(), false.into());
            }
            if !part.is_plain || !choices.is_empty() || !can_be_literal {
                let blocks = iter::once(rich_text::block(&part.blocks)).chain(choices);
                body.insert("blocks".to_owned(), blocks.collect());
            } else if self.replaces {
                // Slack may keep the blocks of before unless it is given none.
                body.insert("blocks".to_owned(), json!([]));
            }
        }
        post(self.target, body)
    }
}

pub(super) fn post(method: &str, body: Value) -> Call {
    Call { method: Method::Post, target: method.to_owned(), body }
}

/// Web API methods have names like `chat.postMessage`; everything else is a URL.
fn is_api_method(target: &str) -> bool {
    !target.is_empty() && target.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')
}

/// Whether `chat.postEphemeral` may say it, also in place of a `response_url` that takes no more. That takes blocks only.
fn may_be_ephemeral(address: &Address, reply: &Reply) -> bool {
    match address {
        Address::Thread { channel, .. } | Address::Channel { channel } => {
            reply.is_ephemeral() && is_shared(channel)
        }
        Address::Command { .. } => reply.is_aside(),
        Address::Press { ephemeral, .. } => *ephemeral || reply.is_aside(),
    }
}

/// Whether others read what is said there: it is no direct message, whose ids begin with `D`, and no person's id.
const fn is_shared(channel: &str) -> bool {
    matches!(channel.as_bytes(), [b'C' | b'G', ..])
}

/// The limit of a method in a workspace.
fn method(call: &Call) -> Limit {
    Limit::Method(call.target.clone())
}

/// The limit that `call` has met, where it is wider than the conversation.
///
/// Methods are limited by workspace, but for `chat.postMessage`: that is a message a second in a channel. It has a limit of
/// the workspace as well, whose answer is the same, so each channel that meets that one waits by itself:
/// <https://docs.slack.dev/apis/web-api/rate-limits>.
fn limit(call: &Call) -> Option<Limit> {
    (is_api_method(&call.target) && call.target != POST_MESSAGE).then(|| method(call))
}

/// Whether an error says that the bot or the person is not in the channel.
fn is_elsewhere(error: &str) -> bool {
    matches!(error, "channel_not_found" | "not_in_channel" | "user_not_in_channel")
}

/// Slack says what went wrong in a body with status 200.
///
/// The errors are those of <https://docs.slack.dev/reference/methods/chat.postMessage>.
fn classify_body(call: &Call, body: &Value, answer: &ApiAnswer) -> Verdict {
    if body.get("ok") == Some(&Value::Bool(true)) {
        return Verdict::Delivered;
    }
    let Some(error) = body.get("error").and_then(Value::as_str) else {
        // During outages a page comes instead of JSON.
        return Verdict::Retry(None);
    };
    match error {
        "ratelimited" | "rate_limited" => Verdict::Limited(
            limit(call),
            answer
                .retry_after()
                .or_else(|| seconds(body.get("retry_after").and_then(Value::as_f64)?)),
        ),
        "service_unavailable"
        | "internal_error"
        | "fatal_error"
        | "request_timeout"
        | "team_added_to_org" => Verdict::Retry(None),
        "already_reacted" => Verdict::Delivered,
        "channel_not_found"
        | "not_in_channel"
        | "is_archived"
        | "message_not_found"
        | "thread_not_found"
        | "cannot_reply_to_message"
        | "messages_tab_disabled"
        | "user_not_in_channel"
        | "ekm_access_denied"
        | "message_limit_exceeded"
        | "app_access_restricted"
        // Of the conversation or what else is named, and not of the token.
        | "no_permission"
        | "access_denied" => Verdict::Undeliverable(error.to_owned()),
        _ if error.starts_with("restricted_action") => Verdict::Undeliverable(error.to_owned()),
        _ if error.starts_with("slack_connect_") => Verdict::Undeliverable(error.to_owned()),
        "invalid_auth"
        | "not_authed"
        | "token_revoked"
        | "token_expired"
        | "account_inactive"
        | "org_login_required"
        | "two_factor_setup_required"
        | "team_not_found" => Verdict::Unauthorized(Limit::Token, error.to_owned()),
        // The token can still do something else.
        "missing_scope" | "not_allowed_token_type" => {
            Verdict::Unauthorized(method(call), error.to_owned())
        }
        // Names of errors are Slack's own, but only names: a proxy's prose does not belong in a log.
        _ if error.len() <= 64 && error.chars().all(|c| c.is_ascii_lowercase() || c == '_') => {
            Verdict::Refused(error.to_owned())
        }
        _ => Verdict::Refused("an unnamed error".to_owned()),
    }
}
