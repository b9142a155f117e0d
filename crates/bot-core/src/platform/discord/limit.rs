//! What Discord's answers say of its limits: <https://docs.discord.com/developers/topics/rate-limits>.

use std::time::Duration;

use serde_json::Value;

use super::outbound::is_webhook;
use crate::platform::{Call, Limit};

/// How long a ban is waited out that does not say how long it lasts: a minute.
///
/// What stands before Discord bans an address for a while that was refused 10,000 times within 10 minutes, and to be refused
/// by that counts as well:
/// <https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans>.
pub(super) const BAN: Duration = Duration::from_secs(60);

/// Whether it is Discord that refuses what is too much, and not what stands before it.
pub(super) fn is_discords(body: &Value) -> bool {
    body.is_object()
}

/// The limit that `call` has met, where it is wider than the conversation. All others are those of a channel or of an
/// interaction's webhook.
pub(super) fn met(call: &Call, body: &Value) -> Option<Limit> {
    let is_global = body.get("global") == Some(&Value::Bool(true));
    // What comes without a token is counted by its address.
    let global = if is_webhook(call) { Limit::Address } else { Limit::Token };
    is_global.then_some(global)
}
