//! `lambot chat`: talk to the bot in the terminal.
//!
//! Every line goes the whole way, as a private message on Telegram: through webhook-ingest, the queue and queue-worker.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, ensure};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader, stdin};
use tokio::time::timeout;

use crate::gateway::{event, route};
use crate::stack::Stack;
use crate::stores::loopback;
use crate::terminal::{asked_to_stop, prompt, say};

/// How long an answer may take before the next line is asked for.
const PATIENCE: Duration = Duration::from_secs(30);

const PATH: &str = "/webhooks/telegram";

/// Talks until the input ends or somebody asks to stop.
pub(crate) async fn run(folder: Option<PathBuf>) -> anyhow::Result<()> {
    let mut stack = Stack::start(loopback(), folder).await?;
    say("Say something, or /help. The end of input ends the talk.");
    let talking = tokio::select! {
        talked = talk(&mut stack) => talked,
        stopping = asked_to_stop() => stopping.map_err(Into::into),
    };
    stack.stop().await;
    talking
}

async fn talk(stack: &mut Stack) -> anyhow::Result<()> {
    let mut lines = BufReader::new(stdin()).lines();
    let mut told = 0;
    loop {
        prompt("> ");
        let Some(line) = lines.next_line().await? else {
            say("");
            return Ok(());
        };
        if line.trim().is_empty() {
            continue;
        }
        tell(stack, &line).await?;
        told += 1;
        let answered = timeout(PATIENCE, stack.done.wait_for(|done| *done >= told)).await;
        while let Ok(said) = stack.said.try_recv() {
            say(&said.text);
        }
        if answered.is_err() {
            say("(no answer yet)");
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
