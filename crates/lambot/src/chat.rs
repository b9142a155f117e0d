//! `lambot chat`: talk to the bot in the terminal.
//!
//! Every line goes the whole way, as a private message on Telegram, or as the press of a button: through webhook-ingest,
//! the queue and queue-worker.

mod screen;

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use anyhow::ensure;
use bot_core::Bot;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;

use crate::simulated::Said;
use crate::stack::{Plan, Stack};
use crate::stores::loopback;
use crate::telegram::Secret;
use crate::terminal::{StopSignals, lines, prompt, say};
use screen::{Pressed, Screen};

/// How long an answer may take before the next line is asked for.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a message that has left the queue may take to be counted as done.
const PAUSE: Duration = Duration::from_millis(200);

/// Talks until the input ends or somebody asks to stop.
pub(crate) async fn run(bot: &'static Bot, folder: Option<PathBuf>) -> anyhow::Result<()> {
    let mut signals = StopSignals::catch()?;
    let plan = Plan { bot, address: loopback(), folder, is_talk: true, variables: Vec::new() };
    let (stack, mut said) = Stack::start(plan).await?;
    say("Say something, or /help. The end of input ends the talk.");
    let talking = tokio::select! {
        talked = talk(&stack, &mut said) => talked,
        () = signals.wait() => Ok(()),
    };
    if stack.queued().await != Some(0) {
        say("Stopping.");
    }
    // Whoever asks twice does not want to wait.
    tokio::select! {
        () = stack.stop() => {}
        () = signals.wait() => {}
    }
    talking
}

async fn talk(stack: &Stack, said: &mut UnboundedReceiver<Said>) -> anyhow::Result<()> {
    let secret = Secret::of(&stack.settings)?;
    let mut screen = Screen::default();
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
        let before = *stack.done.borrow();
        let update = match screen.answer(&line) {
            Some(pressed) => press(&pressed),
            None => message(&line),
        };
        let answer = secret.deliver(&stack.ingest, &update).await;
        ensure!(answer.status_code == 200, "webhook-ingest answered {}", answer.status_code);
        let mut show = |said: Said| screen.show(said.act).iter().for_each(|line| say(line));
        let settling = timeout(PATIENCE, settled(stack, before));
        tokio::pin!(settling);
        let outcome = loop {
            tokio::select! {
                // What was said before the end is shown before it.
                biased;
                Some(said) = said.recv() => show(said),
                outcome = &mut settling => break outcome,
            }
        };
        while let Ok(said) = said.try_recv() {
            show(said);
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
async fn settled(stack: &Stack, before: u64) -> Settled {
    let mut done = stack.done.clone();
    loop {
        let waiting = stack.queued().await;
        if timeout(PAUSE, done.wait_for(|done| *done > before)).await.is_ok() {
            return Settled::Answered;
        }
        if waiting == Some(0) {
            return Settled::Ignored;
        }
    }
}

/// One line, as Telegram sends it.
fn message(line: &str) -> Value {
    let now = now();
    json!({
        "update_id": unique(now),
        "message": {
            "message_id": 1,
            "date": now.as_secs(),
            "chat": { "id": 1, "type": "private" },
            "from": { "id": 1, "is_bot": false, "first_name": "You" },
            "text": line,
        },
    })
}

/// A press, as Telegram sends it.
fn press(pressed: &Pressed) -> Value {
    let now = now();
    json!({
        "update_id": unique(now),
        "callback_query": {
            "id": unique(now).to_string(),
            "from": { "id": 1, "is_bot": false, "first_name": "You" },
            "message": {
                "message_id": pressed.message.parse::<u64>().unwrap_or_default(),
                "date": now.as_secs(),
                "chat": { "id": 1, "type": "private" },
            },
            "chat_instance": "1",
            "data": pressed.token,
        },
    })
}

fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// Across restarts, because a folder of data remembers.
fn unique(now: Duration) -> u64 {
    u64::try_from(now.as_micros()).unwrap_or_default()
}
