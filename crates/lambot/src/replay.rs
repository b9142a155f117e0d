//! `lambot replay`: what the bot decides about an event today, against what it decided then.
//!
//! The turn is the worker's own, up to the commit; nothing is written and nothing is said. It is given the states as they
//! are now, and the time at which the event was decided, so the bot's code and its states are what can differ.

mod answers;
mod decision;

use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use bot_aws::Table;
use bot_core::dead_letter::DeadLetter;
use bot_core::envelope::Envelope;
use bot_core::ingest::Platforms;
use bot_core::worker::record::{Record, RecordKey};
use bot_core::worker::{Delivery, Done, Effect, Input, Setup};
use bot_core::{Bot, Timestamp};
use clap::Args;

use crate::Data;
use crate::deployment::Deployment;
use crate::dlq::look_up;
use crate::terminal::{instant, say};
use answers::Answers;
use decision::{diff, lines};

/// As of diff(1): trouble is no difference.
const TROUBLE: u8 = 2;

#[derive(Args)]
pub(crate) struct Replay {
    /// A file with an envelope or a dead letter (`-` for standard input), or the id of one in the dead-letter queue.
    #[arg(value_name = "FILE|ID")]
    what: String,
    /// Run without states, and compare with nothing.
    #[arg(long)]
    fresh: bool,
    /// Fetch what the bot asks for. Otherwise it gets no answers.
    #[arg(long, conflicts_with = "recorded")]
    fetch: bool,
    /// A file with answers to what the bot asks for: `[{"url": "https://…", "status": 200, "body": …}]`.
    #[arg(long, value_name = "FILE")]
    recorded: Option<std::path::PathBuf>,
    #[command(flatten)]
    data: Data,
}

/// Replays, and says by its exit code how it went: 0 for the same, 1 for a difference, 2 for trouble.
///
/// # Errors
///
/// It could not be decided; [`trouble`] is the code.
pub(crate) async fn run(bot: &'static Bot, replay: Replay) -> anyhow::Result<ExitCode> {
    let mut deployment = Deployment::open(bot, replay.data.folder.clone()).await?;
    let same = compare(bot, &mut deployment, &replay).await;
    deployment.close().await;
    Ok(if same? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub(crate) fn trouble() -> ExitCode {
    ExitCode::from(TROUBLE)
}

async fn compare(
    bot: &'static Bot,
    deployment: &mut Deployment,
    replay: &Replay,
) -> anyhow::Result<bool> {
    // A button is sealed with one, and what is fetched may need one.
    deployment.read_secrets(bot).await?;
    let deployment = &*deployment;
    let settings = |name: &str| deployment.value(name);
    let letter = read(deployment, &replay.what).await?;
    let platforms = Platforms::from_settings(&settings)?;
    let mut envelope = letter
        .redriven(bot, &platforms, letter.died_at)?
        .context("there is nothing in it to decide")?;
    // The whole event, if only one of its replies was set aside.
    envelope.again = None;

    let table = if replay.fresh { None } else { Some(deployment.table()?) };
    let then = match &table {
        Some(table) => table.find(&RecordKey::of(&envelope)).await?.map(|(record, _)| record),
        None => None,
    };
    let now = then.as_ref().map_or(envelope.received_at, |record| record.decided_at);
    let mut answers = Answers::of(&settings, replay.fetch, replay.recorded.as_deref())?;
    let setup = Arc::new(Setup::from_settings(bot, &settings)?);
    let record = decide(setup, &envelope, now, table.as_ref(), &mut answers).await?;

    let name = match &then {
        Some(record) => format!("decided at {}", instant(record.decided_at)),
        None => "not decided".to_owned(),
    };
    let then = then.as_ref().map(lines).unwrap_or_default();
    match diff(&name, &then, &lines(&record)) {
        Some(diff) => {
            say(diff.trim_end());
            Ok(false)
        }
        None => {
            say("The bot decides the same.");
            Ok(true)
        }
    }
}

async fn read(deployment: &Deployment, what: &str) -> anyhow::Result<DeadLetter> {
    let text = if what == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("standard input")?;
        text
    } else if Path::new(what).is_file() {
        std::fs::read_to_string(what).with_context(|| what.to_owned())?
    } else {
        return Ok(look_up(deployment, what).await?.letter);
    };
    Ok(DeadLetter::read(text.trim(), Timestamp::default()))
}

/// What the worker would commit.
async fn decide(
    setup: Arc<Setup>,
    envelope: &Envelope,
    now: Timestamp,
    table: Option<&Table>,
    answers: &mut Answers,
) -> anyhow::Result<Record> {
    let body = envelope.to_json();
    let (mut delivery, mut effect) = Delivery::begin(setup, &body, 1, "replay".to_owned(), now);
    loop {
        let input = match effect {
            Effect::Load(keys) => Input::Loaded(match table {
                Some(table) if !keys.is_empty() => table.load(&keys).await?,
                _ => vec![None; keys.len()],
            }),
            Effect::Find(_) => Input::Found(None),
            Effect::Fetch(fetch) => Input::Fetched(answers.to(*fetch).await),
            Effect::Commit(commit) => return Ok(commit.record),
            Effect::Bury(letter) => bail!("{}", letter.reason),
            Effect::Done(Done::GiveBack { reason, .. }) => bail!("{reason}"),
            _ => bail!("the worker would do something before it decides"),
        };
        effect = delivery.next(input, now);
    }
}
