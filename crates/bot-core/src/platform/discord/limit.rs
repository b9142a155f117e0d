//! What Discord's answers say of its limits: <https://docs.discord.com/developers/topics/rate-limits#header-format>.

use std::time::Duration;

use serde_json::Value;

use super::outbound::is_webhook;
use crate::platform::{ApiAnswer, Call, Limit, seconds};

/// How long a ban is waited out that does not say how long it lasts: a minute.
///
/// What stands before Discord bans an address for a while that was refused 10,000 times within 10 minutes, and to be refused
/// by that counts as well:
/// <https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans>.
pub(super) const BAN: Duration = Duration::from_secs(60);

/// Whether it is Discord that refuses what is too much, and not what stands before it.
pub(super) fn is_discords(answer: &ApiAnswer, body: &Value) -> bool {
    body.is_object() || !answer.rate_limit.is_empty()
}

/// The limit that `call` has met, where it is wider than the conversation. All others are those of a channel or of an
/// interaction's webhook.
pub(super) fn met(call: &Call, answer: &ApiAnswer, body: &Value) -> Option<Limit> {
    let is_global = body.get("global") == Some(&Value::Bool(true))
        || field(answer, "global") == Some("true")
        || field(answer, "scope") == Some("global");
    // What comes without a token is counted by its address.
    let global = if is_webhook(call) { Limit::Address } else { Limit::Token };
    is_global.then_some(global)
}

/// How long the route takes no more, when it has taken the last it does.
pub(super) fn rest(answer: &ApiAnswer) -> Option<Duration> {
    let is_last = field(answer, "remaining") == Some("0");
    let after = || seconds(field(answer, "reset-after")?.parse().ok()?);
    is_last.then(after).flatten()
}

fn field<'a>(answer: &'a ApiAnswer, name: &str) -> Option<&'a str> {
    answer.rate_limit.get(name).map(|value| value.trim())
}
