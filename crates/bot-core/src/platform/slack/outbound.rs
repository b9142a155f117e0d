//! Says what the bot says to Slack, and reads Slack's answers.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};

use super::super::{
    ApiAnswer, ApiRequest, Call, EncodeError, Method, Outbound, RequestError, Verdict,
    authorization, is_below, seconds,
};
use super::{Address, BOT_TOKEN, text};
use crate::action::Key;
use crate::event::Event;
use crate::reply::Reply;
use crate::split::split;

/// The longest `text` Slack recommends: 4,000 characters; it truncates at 40,000.
///
/// <https://docs.slack.dev/reference/methods/chat.postMessage>
const TEXT_LIMIT: usize = 4000;

/// How often a `response_url` may be used: 5 times within 30 minutes.
///
/// <https://docs.slack.dev/interactivity/handling-user-interaction>
const RESPONSE_URL_USES: usize = 5;

/// Slack's Web API.
pub(super) struct Slack {
    pub(super) token: Option<SecretString>,
    pub(super) api_url: String,
    pub(super) hooks_url: String,
}

impl Outbound for Slack {
    fn encode(&self, event: &Event, replies: &[Reply]) -> Result<Vec<Call>, EncodeError> {
        let address: Address = event.address.read().ok_or(EncodeError)?;
        let texts = replies
            .iter()
            .flat_map(|reply| split(reply.as_text(), TEXT_LIMIT, text::escaped_len))
            // Formatting is switched off, because a person's words may hold its marks and nothing escapes them.
            .map(text::escape);
        Ok(match address {
            Address::Thread { channel, ts } => texts
                .map(|text| {
                    let body = json!({ "channel": channel, "thread_ts": ts, "text": text, "mrkdwn": false });
                    post("chat.postMessage", body)
                })
                .collect(),
            Address::Command { channel, response_url } => texts
                .enumerate()
                .map(|(nth, text)| {
                    if nth < RESPONSE_URL_USES {
                        post(&response_url, json!({ "response_type": "ephemeral", "text": text, "mrkdwn": false }))
                    } else {
                        // What is said to one person stays between them.
                        let body = json!({ "channel": channel, "user": event.user.id, "text": text, "mrkdwn": false });
                        post("chat.postEphemeral", body)
                    }
                })
                .collect(),
        })
    }

    fn working(&self, _event: &Event, _notice: &str) -> Option<Call> {
        None
    }

    fn key(&self) -> Key {
        Key::of(self.token.as_ref())
    }

    fn request(&self, call: &Call) -> Result<ApiRequest, RequestError> {
        if is_api_method(&call.target) {
            let mut request = ApiRequest::json(call, format!("{}/{}", self.api_url, call.target));
            request.headers.push(authorization("Bearer", self.token.as_ref(), BOT_TOKEN)?);
            Ok(request)
        } else if is_below(&call.target, &self.hooks_url) {
            // Whoever has the URL may use it: the token stays here.
            Ok(ApiRequest::json(call, call.target.clone()))
        } else {
            Err(RequestError::ForeignUrl)
        }
    }

    fn classify(&self, call: &Call, answer: &ApiAnswer, _age: Duration) -> Verdict {
        match answer.status {
            429 => Verdict::Retry(answer.retry_after()),
            _ if answer.is_temporary() => Verdict::Retry(None),
            200..300 if is_api_method(&call.target) => classify_body(&answer.json(), answer),
            200..300 => Verdict::Delivered,
            // Expired or used up: <https://docs.slack.dev/interactivity/handling-user-interaction>.
            status if !is_api_method(&call.target) => {
                Verdict::Undeliverable(format!("response_url answered {status}"))
            }
            401 | 403 => Verdict::Unauthorized(format!("status {}", answer.status)),
            status => Verdict::Refused(format!("status {status}")),
        }
    }
}

fn post(method: &str, body: Value) -> Call {
    Call { method: Method::Post, target: method.to_owned(), body }
}

/// Web API methods have names like `chat.postMessage`; everything else is a URL.
fn is_api_method(target: &str) -> bool {
    !target.is_empty() && target.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')
}

/// Slack says what went wrong in a body with status 200.
///
/// The errors are those of <https://docs.slack.dev/reference/methods/chat.postMessage>.
fn classify_body(body: &Value, answer: &ApiAnswer) -> Verdict {
    if body.get("ok") == Some(&Value::Bool(true)) {
        return Verdict::Delivered;
    }
    let Some(error) = body.get("error").and_then(Value::as_str) else {
        // During outages a page comes instead of JSON.
        return Verdict::Retry(None);
    };
    match error {
        "ratelimited" | "rate_limited" => Verdict::Retry(
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
        | "app_access_restricted" => Verdict::Undeliverable(error.to_owned()),
        _ if error.starts_with("restricted_action") => Verdict::Undeliverable(error.to_owned()),
        _ if error.starts_with("slack_connect_") => Verdict::Undeliverable(error.to_owned()),
        "invalid_auth"
        | "not_authed"
        | "token_revoked"
        | "token_expired"
        | "account_inactive"
        | "missing_scope"
        | "not_allowed_token_type"
        | "org_login_required"
        | "no_permission"
        | "access_denied"
        | "two_factor_setup_required"
        | "team_not_found" => Verdict::Unauthorized(error.to_owned()),
        // Names of errors are Slack's own, but only names: a proxy's prose does not belong in a log.
        _ if error.len() <= 64 && error.chars().all(|c| c.is_ascii_lowercase() || c == '_') => {
            Verdict::Refused(error.to_owned())
        }
        _ => Verdict::Refused("an unnamed error".to_owned()),
    }
}
