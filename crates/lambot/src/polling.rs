//! Telegram's messages without a public URL: updates are asked for, and given to the function behind the webhooks.
//!
//! An update counts as received only when that function has accepted it, as Telegram itself does with webhooks.
//! <https://core.telegram.org/bots/api#getupdates>

mod offset;
mod telegram;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use bot_core::platform::telegram::UPDATES;
use serde_json::{Map, Value, json};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tracing::warn;

use crate::settings::chosen;
use crate::stack::Stack;
use crate::stores::stopped;
use crate::telegram::Secret;
use crate::terminal::say;
use offset::Offset;
use telegram::{Telegram, Trouble, backoff};

const BOT_TOKEN: &str = "TELEGRAM_BOT_TOKEN";
const BOT_USERNAME: &str = "TELEGRAM_BOT_USERNAME";
const API_URL: &str = "TELEGRAM_API_URL";

/// How long Telegram holds a request for updates when there are none. Networks cut off what is silent for a minute.
const POLL: Duration = Duration::from_secs(25);

/// How many updates are asked for at once: so few that even the longest ones stay below what is read of an answer.
const MOST_UPDATES: u8 = 5;

/// How long the last call may take.
const CONFIRMING: Duration = Duration::from_secs(3);

/// Whoever asks for a bot's updates.
pub(crate) struct Poller {
    telegram: Telegram,
    /// The bot's user id.
    id: i64,
    /// The bot's username, without `@`.
    pub(crate) username: String,
    /// The host of the webhook that has to make way.
    webhook: Option<String>,
}

impl Poller {
    /// Asks who the bot is, and whether its updates may come to us.
    pub(crate) async fn prepare(delete_webhook: bool) -> anyhow::Result<Self> {
        chosen(BOT_TOKEN)
            .context("TELEGRAM_BOT_TOKEN is not set: @BotFather on Telegram gives out tokens")?;
        let telegram = Telegram::from_settings(&|name| {
            [BOT_TOKEN, API_URL].contains(&name).then(|| chosen(name)).flatten()
        })?;
        let me = telegram.insist("getMe", json!({}), Duration::ZERO).await?;
        let id = me.get("id").and_then(Value::as_i64).ok_or(Trouble::Unreadable)?;
        let username = me.get("username").and_then(Value::as_str).ok_or(Trouble::Unreadable)?;
        let webhook = telegram.insist("getWebhookInfo", json!({}), Duration::ZERO).await?;
        let webhook = webhook.get("url").and_then(Value::as_str).filter(|url| !url.is_empty());
        let webhook = webhook.map(|url| host(url).to_owned());
        if let Some(host) = webhook.as_ref().filter(|_| !delete_webhook) {
            bail!(
                "@{username} has a webhook at {host}, and Telegram gives messages to a webhook or to us: use another \
                 bot, or add --delete-webhook (then nothing reaches {host} until its webhook is set again)"
            );
        }
        Ok(Self { id, username: username.to_owned(), webhook, telegram })
    }

    /// Deletes the webhook that keeps updates from us. It may be a deployment's, so not before we serve ourselves.
    async fn make_way(&self) -> anyhow::Result<()> {
        let Some(host) = &self.webhook else { return Ok(()) };
        self.telegram.insist("deleteWebhook", json!({}), Duration::ZERO).await?;
        say(&format!("Deleted the webhook of @{} at {host}.", self.username));
        Ok(())
    }

    /// The variables of a stack that answers the bot's messages.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            (BOT_USERNAME, chosen(BOT_USERNAME).unwrap_or_else(|| self.username.clone())),
            // An empty one leads to Telegram.
            (API_URL, chosen(API_URL).unwrap_or_default()),
        ]
    }

    /// Asks for updates until `stop`. What is accepted is remembered in `folder`.
    pub(crate) async fn run(
        &self,
        stack: &Stack,
        folder: Option<&Path>,
        stop: watch::Receiver<bool>,
    ) -> anyhow::Result<()> {
        let mut offset = Offset::open(folder, self.id)?;
        let secret = Secret::of(&stack.settings)?;
        self.make_way().await?;
        let stopping = stopped(stop);
        tokio::pin!(stopping);
        'polling: loop {
            let updates = tokio::select! {
                () = &mut stopping => break,
                updates = self.telegram.insist("getUpdates", request(&offset, POLL), POLL) => updates?,
            };
            for update in updates.as_array().into_iter().flatten() {
                let mut failures = 0;
                while !self.accept(stack, &secret, update, &mut offset).await? {
                    failures += 1;
                    tokio::select! {
                        () = &mut stopping => break 'polling,
                        () = sleep(backoff(failures)) => {}
                    }
                }
            }
        }
        self.confirm(&offset).await;
        Ok(())
    }

    /// Gives an update to the function behind the webhooks, and moves on if that takes it.
    async fn accept(
        &self,
        stack: &Stack,
        secret: &Secret,
        update: &Value,
        offset: &mut Offset,
    ) -> anyhow::Result<bool> {
        let id = update.get("update_id").and_then(Value::as_i64).ok_or(Trouble::Unreadable)?;
        let answer = secret.deliver(&stack.ingest, update).await;
        if answer.status_code != 200 {
            warn!("update {id} is not accepted (status {}), again in a while", answer.status_code);
            return Ok(false);
        }
        offset.pass(id)?;
        if let Some((method, body)) = method_call(&answer.body) {
            // Telegram would tell nobody of a failure, either.
            if let Err(trouble) = self.telegram.call(&method, body, Duration::ZERO).await {
                warn!("{method}: {trouble}");
            }
        }
        Ok(true)
    }

    /// Tells Telegram what has been accepted, as the next request would.
    async fn confirm(&self, offset: &Offset) {
        if offset.next().is_none() {
            return;
        }
        let confirming =
            self.telegram.call("getUpdates", request(offset, Duration::ZERO), Duration::ZERO);
        if !matches!(timeout(CONFIRMING, confirming).await, Ok(Ok(_))) {
            warn!("the last updates are not confirmed: Telegram will give them out again");
        }
    }
}

fn request(offset: &Offset, held: Duration) -> Value {
    let mut request = json!({
        "timeout": held.as_secs(),
        "limit": MOST_UPDATES,
        "allowed_updates": UPDATES,
    });
    if let (Some(offset), Some(fields)) = (offset.next(), request.as_object_mut()) {
        fields.insert("offset".to_owned(), json!(offset));
    }
    request
}

/// The call that a webhook's answer asks for.
///
/// <https://core.telegram.org/bots/api#making-requests-when-getting-updates>
fn method_call(answer: &str) -> Option<(String, Value)> {
    let mut body: Map<String, Value> = serde_json::from_str(answer).ok()?;
    let method = body.remove("method")?.as_str()?.to_owned();
    Some((method, Value::Object(body)))
}

/// The host in a URL. The rest may be a secret.
fn host(url: &str) -> &str {
    let (_, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_no_more_of_a_url_than_its_host() {
        // (url, host)
        let cases = [
            ("https://bot.example/hook/secret", "bot.example"),
            ("https://bot.example:8443?secret", "bot.example:8443"),
            ("https://ann:secret@bot.example", "bot.example"),
            ("bot.example/secret", "bot.example"),
            ("", ""),
        ];

        for (url, expected) in cases {
            assert_eq!(host(url), expected, "{url}");
        }
    }

    #[test]
    fn a_webhooks_answer_may_be_a_call() {
        let call = (
            "answerCallbackQuery".to_owned(),
            json!({ "callback_query_id": "7", "text": "method" }),
        );
        // (answer, call)
        let cases = [
            (
                r#"{"method":"answerCallbackQuery","callback_query_id":"7","text":"method"}"#,
                Some(call),
            ),
            (r#"{"method":1}"#, None),
            (r#"{"error":"method"}"#, None),
            (r#"["method"]"#, None),
            ("", None),
        ];

        for (answer, expected) in cases {
            assert_eq!(method_call(answer), expected, "{answer}");
        }
    }
}
