//! Every request has a shape its platform takes.

use std::collections::BTreeSet;

use serde_json::json;

use crate::catalogue::made;

/// A request that a platform takes: the fields of its body that have to be there, and those that may.
type Shape = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

/// <https://docs.slack.dev/reference/methods>, <https://docs.slack.dev/interactivity/handling-user-interaction>,
/// <https://docs.discord.com/developers/resources/webhook>, <https://docs.discord.com/developers/interactions/application-commands>,
/// <https://core.telegram.org/bots/api>
const SHAPES: &[Shape] = &[
    (
        "POST",
        "https://slack.com/api/chat.postMessage",
        &["channel", "text"],
        &["blocks", "mrkdwn", "thread_ts"],
    ),
    (
        "POST",
        "https://slack.com/api/chat.postEphemeral",
        &["channel", "text", "user"],
        &["blocks", "mrkdwn", "thread_ts"],
    ),
    ("POST", "https://slack.com/api/reactions.add", &["channel", "name", "timestamp"], &[]),
    (
        "POST",
        "https://slack.com/api/assistant.threads.setStatus",
        &["channel_id", "status", "thread_ts"],
        &[],
    ),
    ("POST", "https://slack.com/api/apps.manifest.export", &["app_id"], &[]),
    ("POST", "https://slack.com/api/apps.manifest.update", &["app_id", "manifest"], &[]),
    (
        "POST",
        "https://hooks.slack.com/*/*/*/*",
        &["text"],
        &["blocks", "mrkdwn", "replace_original", "response_type", "thread_ts"],
    ),
    (
        "PATCH",
        "https://discord.com/api/v10/webhooks/*/*/messages/@original",
        &["allowed_mentions", "content"],
        &["components"],
    ),
    ("DELETE", "https://discord.com/api/v10/webhooks/*/*/messages/@original", &[], &[]),
    (
        "POST",
        "https://discord.com/api/v10/webhooks/*/*",
        &["allowed_mentions", "content"],
        &["components", "flags"],
    ),
    ("GET", "https://discord.com/api/v10/applications/@me", &[], &[]),
    ("PATCH", "https://discord.com/api/v10/applications/@me", &["interactions_endpoint_url"], &[]),
    ("GET", "https://discord.com/api/v10/applications/*/commands", &[], &[]),
    ("PUT", "https://discord.com/api/v10/applications/*/commands", &[], &[]),
    (
        "POST",
        "https://api.telegram.org/*/sendMessage",
        &["chat_id", "text"],
        &[
            "entities",
            "link_preview_options",
            "message_thread_id",
            "reply_markup",
            "reply_parameters",
        ],
    ),
    (
        "POST",
        "https://api.telegram.org/*/setMessageReaction",
        &["chat_id", "message_id", "reaction"],
        &[],
    ),
    (
        "POST",
        "https://api.telegram.org/*/editMessageText",
        &["chat_id", "message_id", "reply_markup", "text"],
        &["entities", "link_preview_options"],
    ),
    (
        "POST",
        "https://api.telegram.org/*/sendChatAction",
        &["action", "chat_id"],
        &["message_thread_id"],
    ),
    ("POST", "https://api.telegram.org/*/getWebhookInfo", &[], &[]),
    (
        "POST",
        "https://api.telegram.org/*/setWebhook",
        &["allowed_updates", "secret_token", "url"],
        &[],
    ),
    ("POST", "https://api.telegram.org/*/getMyCommands", &[], &[]),
    ("POST", "https://api.telegram.org/*/setMyCommands", &["commands"], &[]),
];

fn is_at(url: &str, pattern: &str) -> bool {
    let (mut parts, mut wanted) = (url.split('/'), pattern.split('/'));
    loop {
        match (parts.next(), wanted.next()) {
            (None, None) => return true,
            (Some(part), Some(wanted)) if wanted == part || (wanted == "*" && !part.is_empty()) => {
            }
            _ => return false,
        }
    }
}

#[test]
fn every_request_has_a_shape_its_platform_takes() {
    let made = made();
    let mut used = BTreeSet::new();
    for request in &made {
        let shape = SHAPES.iter().find(|(method, pattern, ..)| {
            *method == request.method && is_at(&request.url, pattern)
        });
        let (method, pattern, required, optional) = shape.expect(&request.url);
        used.insert((method, pattern));
        let body = request.body();
        let fields: BTreeSet<&str> =
            body.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        for field in *required {
            assert!(fields.contains(field), "{pattern} without {field}");
        }
        for field in &fields {
            assert!(required.contains(field) || optional.contains(field), "{pattern} with {field}");
        }
        let has_body = !request.body.is_empty();
        assert_eq!(has_body, !["GET", "DELETE"].contains(method), "{method} {pattern}");
        let nulls = body.as_object().into_iter().flatten().filter(|(_, value)| value.is_null());
        assert_eq!(nulls.count(), 0, "{pattern} with a null");
    }
    for (method, pattern, ..) in SHAPES {
        assert!(used.contains(&(method, pattern)), "nothing is sent to {method} {pattern}");
    }
    if let Some(file) = std::env::var_os("REQUESTS") {
        let lines = made.iter().map(|request| {
            json!({
                "platform": request.platform,
                "method": request.method,
                "url": request.url,
                "headers": request.headers,
                "body": request.body,
            })
            .to_string()
        });
        std::fs::write(file, lines.collect::<Vec<_>>().join("\n")).expect("writable");
    }
}
