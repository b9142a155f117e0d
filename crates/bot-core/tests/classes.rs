//! Every documented error of the platforms' APIs, by what we make of it.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "each test file uses its part")]
mod support;

use std::time::Duration;

use bot_core::Event;
use bot_core::event::EventKind;
use bot_core::platform::{ApiAnswer, Call, Method, Platform, Sent, Verdict};
use serde_json::json;
use support::settings;

const SLACK: &str = "chat.postMessage";
const DISCORD: &str = "/channels/1/messages";
const ORIGINAL: &str = "/webhooks/9/tok/messages/@original";
const TELEGRAM: &str = "sendMessage";

fn answer(status: u16, retry_after: Option<&str>, body: &str) -> ApiAnswer {
    let retry_after = retry_after.map(str::to_owned);
    ApiAnswer { status, retry_after, body: Some(body.into()), ..ApiAnswer::default() }
}

/// What an answer means to an event of a minute ago.
fn verdict(platform: Platform, target: &str, answer: &ApiAnswer) -> Verdict {
    let event = Event::example(platform, EventKind::Message { text: "hi".into() });
    let call = Call { method: Method::Post, target: target.into(), body: json!({}) };
    let sent = Sent { event: &event, step: 0, call: &call, age: Duration::from_secs(60) };
    platform.outbound(&settings).expect("settings").classify(&sent, answer)
}

fn class(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Delivered => "success",
        Verdict::Retry(_) => "retry",
        Verdict::Limited(..) => "limited",
        Verdict::Instead(_) => "instead",
        Verdict::Undeliverable(_) => "drop",
        Verdict::Refused(_) => "our bug",
        Verdict::Unauthorized(..) => "token dead",
    }
}

/// <https://docs.slack.dev/reference/methods/chat.postMessage#errors>
#[test]
fn slacks_errors() {
    let classes: [(&str, &[&str]); 6] = [
        ("limited", &["ratelimited", "rate_limited"]),
        (
            "retry",
            &[
                "service_unavailable",
                "internal_error",
                "fatal_error",
                "request_timeout",
                "team_added_to_org",
            ],
        ),
        (
            "drop",
            &[
                "channel_not_found",
                "not_in_channel",
                "is_archived",
                "message_not_found",
                "thread_not_found",
                "cannot_reply_to_message",
                "restricted_action",
                "restricted_action_read_only_channel",
                "restricted_action_thread_only_channel",
                "messages_tab_disabled",
                "user_not_in_channel",
                "ekm_access_denied",
                "message_limit_exceeded",
                "app_access_restricted",
                "no_permission",
                "access_denied",
                "slack_connect_file_link_sharing_blocked",
            ],
        ),
        (
            "our bug",
            &[
                "no_text",
                "invalid_blocks",
                "invalid_blocks_format",
                "msg_blocks_too_long",
                "msg_too_long",
                "markdown_text_conflict",
                "too_many_attachments",
                "invalid_arguments",
                "invalid_json",
                "json_not_object",
                "invalid_charset",
                "metadata_too_large",
                "method_deprecated",
            ],
        ),
        (
            "token dead",
            &[
                "invalid_auth",
                "not_authed",
                "token_revoked",
                "token_expired",
                "account_inactive",
                "missing_scope",
                "not_allowed_token_type",
                "org_login_required",
                "two_factor_setup_required",
                "team_not_found",
            ],
        ),
        ("success", &["already_reacted"]),
    ];
    for (expected, errors) in classes {
        for error in errors {
            let body = json!({ "ok": false, "error": error }).to_string();
            let verdict = verdict(Platform::Slack, SLACK, &answer(200, None, &body));
            assert_eq!(class(&verdict), expected, "{error}");
        }
    }
}

/// <https://docs.discord.com/developers/topics/opcodes-and-status-codes#json>
#[test]
fn discords_errors() {
    let classes: [(&str, &[(u16, u32)]); 5] = [
        (
            "limited",
            &[(429, 0), (429, 20_016), (400, 20_016), (403, 20_022), (400, 20_028), (403, 40_062)],
        ),
        ("retry", &[(503, 130_000), (400, 130_000)]),
        (
            "drop",
            &[
                (404, 10_062),
                (400, 40_060),
                (404, 10_003),
                (404, 10_008),
                (403, 50_007),
                (403, 50_278),
                (403, 50_001),
                (403, 50_013),
                (400, 160_005),
                (400, 50_083),
                (400, 30_046),
                (400, 40_094),
            ],
        ),
        ("our bug", &[(400, 50_035), (400, 50_006), (400, 50_109), (400, 0)]),
        ("token dead", &[(401, 0), (401, 40_001), (403, 40_001), (401, 50_014)]),
    ];
    for (expected, errors) in classes {
        for &(status, code) in errors {
            let body = json!({ "code": code, "message": "why" }).to_string();
            let verdict = verdict(Platform::Discord, DISCORD, &answer(status, None, &body));
            assert_eq!(class(&verdict), expected, "{status} {code}");
        }
    }
}

/// An interaction's webhook is addressed by a token of Discord's: that it has expired says nothing of ours.
#[test]
fn an_expired_interaction_is_no_dead_token() {
    // (status, body, class)
    let cases = [
        (401, r#"{"code":50027}"#, "instead"),
        (404, r#"{"code":10015}"#, "instead"),
        (401, r#"{"code":0}"#, "instead"),
        (401, "<html>", "retry"),
    ];
    for (status, body, expected) in cases {
        let found = verdict(Platform::Discord, ORIGINAL, &answer(status, None, body));
        assert_eq!(class(&found), expected, "{status} {body}");
    }
}

/// Telegram's words are those of its server: <https://github.com/tdlib/telegram-bot-api>.
#[test]
fn telegrams_errors() {
    let classes: [(&str, u16, &[&str]); 8] = [
        (
            "drop",
            403,
            &[
                "Forbidden: bot was blocked by the user",
                "Forbidden: user is deactivated",
                "Forbidden: bot was kicked from the supergroup chat",
                "Forbidden: bot is not a member of the channel chat",
                "Forbidden: bot can't initiate conversation with a user",
                "Forbidden: bot can't send messages to bots",
            ],
        ),
        (
            "drop",
            400,
            &[
                "Bad Request: chat not found",
                "Bad Request: PEER_ID_INVALID",
                "Bad Request: have no rights to send a message",
                "Bad Request: not enough rights to send text messages to the chat",
                "Bad Request: not enough rights to send photos to the chat",
                "Bad Request: need administrator rights in the channel chat",
                "Bad Request: CHAT_WRITE_FORBIDDEN",
                "Bad Request: CHAT_RESTRICTED",
                "Bad Request: TOPIC_CLOSED",
                "Bad Request: TOPIC_DELETED",
                "Bad Request: message thread not found",
            ],
        ),
        (
            "our bug",
            400,
            &[
                "Bad Request: message is too long",
                "Bad Request: message text is empty",
                "Bad Request: can't parse entities: Unsupported start tag",
                "Bad Request: BUTTON_DATA_INVALID",
                "Bad Request: chat_id is empty",
            ],
        ),
        (
            "success",
            400,
            &[
                "Bad Request: message is not modified: specified new message content and reply markup are exactly the same",
                "Bad Request: query is too old and response timeout expired or query ID is invalid",
                "Bad Request: message to delete not found",
            ],
        ),
        ("token dead", 401, &["Unauthorized"]),
        ("token dead", 404, &["Not Found"]),
        ("retry", 500, &["Internal Server Error: restart"]),
        ("retry", 502, &["Bad Gateway"]),
    ];
    for (expected, status, descriptions) in classes {
        for description in descriptions {
            let body = json!({ "ok": false, "error_code": status, "description": description });
            let answer = answer(status, None, &body.to_string());
            let verdict = verdict(Platform::Telegram, TELEGRAM, &answer);
            assert_eq!(class(&verdict), expected, "{description}");
        }
    }
}
