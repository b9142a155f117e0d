//! Calls of Telegram's API, and what its answers mean to somebody who asks for updates.

use std::time::Duration;

use bot_aws::api::Api;
use bot_core::platform::{ApiAnswer, Call, Lookup, Method, Outbound, Platform};
use serde_json::Value;
use tokio::time::sleep;
use tracing::warn;

/// How long an answer may take besides the time Telegram was asked to wait.
const PATIENCE: Duration = Duration::from_secs(10);

/// Telegram's API with the bot's token.
pub(crate) struct Telegram {
    api: Api,
    outbound: Box<dyn Outbound>,
}

impl Telegram {
    pub(crate) fn from_settings(settings: &Lookup<'_>) -> anyhow::Result<Self> {
        Ok(Self { api: Api::new(), outbound: Platform::Telegram.outbound(settings)? })
    }

    /// Calls a method, whose answer may be `held` back for so long; its result.
    pub(crate) async fn call(
        &self,
        method: &str,
        body: Value,
        held: Duration,
    ) -> Result<Value, Trouble> {
        let call = Call { method: Method::Post, target: method.to_owned(), body };
        let request = self.outbound.request(&call).map_err(|_| Trouble::Unsendable)?;
        match self.api.send_within(request, held + PATIENCE).await {
            Ok(answer) => result(&answer),
            Err(_) => Err(Trouble::NoAnswer),
        }
    }

    /// Calls a method until there is a result.
    ///
    /// # Errors
    ///
    /// There will be none.
    pub(crate) async fn insist(
        &self,
        method: &str,
        body: Value,
        held: Duration,
    ) -> Result<Value, Trouble> {
        let mut failures = 0;
        loop {
            match self.call(method, body.clone(), held).await {
                Err(trouble) if trouble.is_temporary() => {
                    failures += 1;
                    let wait = trouble.wait(failures);
                    warn!("{method}: {trouble}, again in {wait:?}");
                    sleep(wait).await;
                }
                result => return result,
            }
        }
    }
}

/// Why there is no result. None of it quotes Telegram, whose words may hold people's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("Telegram does not accept TELEGRAM_BOT_TOKEN (status {0})")]
    Token(u16),
    #[error("another program asks for this bot's updates, or a webhook has been set meanwhile")]
    Conflict,
    #[error("Telegram asks for a pause")]
    Pace(Option<Duration>),
    #[error("Telegram answers with status {0}")]
    Status(u16),
    #[error("Telegram's answer cannot be read")]
    Unreadable,
    #[error("Telegram cannot be reached")]
    NoAnswer,
    #[error("the call cannot be made")]
    Unsendable,
}

impl Trouble {
    /// Whether the same call may succeed later.
    const fn is_temporary(&self) -> bool {
        !matches!(self, Self::Token(_) | Self::Unsendable)
    }

    /// How long to wait after so many failures in a row, this one included.
    fn wait(&self, failures: u32) -> Duration {
        match self {
            Self::Pace(Some(pause)) => *pause,
            _ => backoff(failures),
        }
    }
}

/// How long to wait after so many failures in a row: doubling from a second to a minute.
pub(crate) fn backoff(failures: u32) -> Duration {
    const LONGEST: Duration = Duration::from_secs(60);

    Duration::from_secs(1 << failures.saturating_sub(1).min(10)).min(LONGEST)
}

/// The result in an answer.
///
/// <https://core.telegram.org/bots/api#making-requests>, and for 401, 404 and 409 Telegram's own server,
/// <https://github.com/tdlib/telegram-bot-api>.
fn result(answer: &ApiAnswer) -> Result<Value, Trouble> {
    let body = answer.body.as_deref().and_then(|body| serde_json::from_slice(body).ok());
    let mut body: Value = body.unwrap_or_default();
    match answer.status {
        200 if body.get("ok").and_then(Value::as_bool) == Some(true) => {
            Ok(body.get_mut("result").map(Value::take).unwrap_or_default())
        }
        200 => Err(Trouble::Unreadable),
        401 | 404 => Err(Trouble::Token(answer.status)),
        409 => Err(Trouble::Conflict),
        429 => {
            let seconds = body.pointer("/parameters/retry_after").and_then(Value::as_u64);
            let header = || answer.retry_after.as_deref()?.trim().parse().ok();
            Err(Trouble::Pace(seconds.or_else(header).map(Duration::from_secs)))
        }
        status => Err(Trouble::Status(status)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_telegrams_answers() {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        // (status, retry-after, body, result)
        let cases = [
            (200, None, r#"{"ok":true,"result":[1]}"#, Ok(json!([1]))),
            (200, None, r#"{"ok":true}"#, Ok(Value::Null)),
            (200, None, r#"{"ok":false}"#, Err(Trouble::Unreadable)),
            (200, None, "<html>", Err(Trouble::Unreadable)),
            (401, None, r#"{"ok":false}"#, Err(Trouble::Token(401))),
            (404, None, r#"{"ok":false}"#, Err(Trouble::Token(404))),
            (409, None, r#"{"ok":false}"#, Err(Trouble::Conflict)),
            (
                429,
                Some("9"),
                r#"{"ok":false,"parameters":{"retry_after":7}}"#,
                Err(Trouble::Pace(seconds(7))),
            ),
            (429, Some("9"), "", Err(Trouble::Pace(seconds(9)))),
            (429, None, r#"{"parameters":{"retry_after":-1}}"#, Err(Trouble::Pace(None))),
            (502, None, "<html>", Err(Trouble::Status(502))),
            (400, None, r#"{"ok":false,"description":"zebra"}"#, Err(Trouble::Status(400))),
        ];

        for (status, retry_after, body, expected) in cases {
            let answer = ApiAnswer {
                status,
                retry_after: retry_after.map(str::to_owned),
                body: Some(body.into()),
                ..ApiAnswer::default()
            };
            assert_eq!(result(&answer), expected, "{status} {body}");
        }
    }

    #[test]
    fn waits_longer_from_failure_to_failure_or_as_long_as_it_is_asked() {
        let pause = Trouble::Pace(Some(Duration::from_secs(300)));
        // (trouble, failures, seconds)
        let cases = [
            (Trouble::NoAnswer, 1, 1),
            (Trouble::NoAnswer, 2, 2),
            (Trouble::Conflict, 6, 32),
            (Trouble::Status(500), 7, 60),
            (Trouble::Pace(None), u32::MAX, 60),
            (pause, 1, 300),
        ];

        for (trouble, failures, seconds) in cases {
            let wait = trouble.wait(failures);
            assert_eq!(wait, Duration::from_secs(seconds), "{trouble:?} {failures}");
        }
    }
}
