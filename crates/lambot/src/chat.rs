//! `lambot chat`: talk to the bot in the terminal.
//!
//! Every line goes the whole way, as a private message on Telegram: through webhook-ingest, the queue and queue-worker.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, ensure};
use serde_json::json;
use tokio::time::timeout;

use crate::gateway::{event, route};
use crate::stack::Stack;
use crate::stores::loopback;
use crate::terminal::{StopSignals, lines, prompt, say};

/// How long an answer may take before the next line is asked for.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a message that has left the queue may take to be counted as done.
const PAUSE: Duration = Duration::from_millis(200);

const PATH: &str = "/webhooks/telegram";

/// Talks until the input ends or somebody asks to stop.
pub(crate) async fn run(folder: Option<PathBuf>) -> anyhow::Result<()> {
    let mut signals = StopSignals::catch()?;
    let mut stack = Stack::start(loopback(), folder).await?;
    say("Say something, or /help. The end of input ends the talk.");
    let talking = tokio::select! {
        talked = talk(&mut stack) => talked,
        () = signals.wait() => Ok(()),
    };
    stack.stop().await;
    talking
}

async fn talk(stack: &mut Stack) -> anyhow::Result<()> {
    let mut lines = lines();
    loop {
        prompt("> ");
        let Some(line) = lines.recv().await else {
            say("");
            return Ok(());
        };
        if line.trim().is_empty() {
            continue;
        }
        let before = *stack.done.borrow_and_update();
        tell(stack, &line).await?;
        let outcome = timeout(PATIENCE, settled(stack, before)).await;
        while let Ok(said) = stack.said.try_recv() {
            say(&said.text);
        }
        match outcome {
            Ok(Settled::Answered) => {}
            Ok(Settled::Ignored) => say("(not for this bot)"),
            Err(_) => say("(no answer yet)"),
        }
    }
}

enum Settled {
    Answered,
    Ignored,
}

/// Waits until a message more than `before` is done, or nothing is left that could be.
async fn settled(stack: &mut Stack, before: u64) -> Settled {
    loop {
        let waiting = stack.queued().await;
        if timeout(PAUSE, stack.done.wait_for(|done| *done > before)).await.is_ok() {
            return Settled::Answered;
        }
        if waiting == Some(0) {
            return Settled::Ignored;
        }
    }
}

/// Sends one line as Telegram would.
async fn tell(stack: &Stack, line: &str) -> anyhow::Result<()> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let update = json!({
        // Unique across restarts, because a folder of data remembers.
        "update_id": u64::try_from(now.as_micros()).unwrap_or_default(),
        "message": {
            "message_id": 1,
            "date": now.as_secs(),
            "chat": { "id": 1, "type": "private" },
            "from": { "id": 1, "is_bot": false, "first_name": "You" },
            "text": line,
        },
    });
    let secrets = stack
        .settings
        .value("TELEGRAM_SECRET_TOKEN")
        .context("TELEGRAM_SECRET_TOKEN is not set")?;
    let secret = secrets.split(',').next().unwrap_or_default().trim().to_owned();
    let headers = BTreeMap::from([("x-telegram-bot-api-secret-token".to_owned(), secret)]);
    let event = event("POST", PATH, "", &headers, update.to_string().as_bytes());
    let answer = route(&stack.ingest, PATH, event).await;
    ensure!(answer.status_code == 200, "webhook-ingest answered {}", answer.status_code);
    Ok(())
}
