//! `lambot dlq`: look into the dead-letter queue, and have what is in it decided again.

mod letters;
mod redrive;
mod show;

use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};
use bot_core::Bot;
use bot_core::ingest::Platforms;
use clap::{ArgGroup, Subcommand};

use crate::Data;
use crate::deployment::Deployment;
use crate::terminal::{complain, say};
use letters::Letters;
use redrive::{Chosen, Redrive};

pub(crate) use letters::Found;

#[derive(Subcommand)]
pub(crate) enum Dlq {
    /// List what is in it, without a word that people wrote.
    List(Data),
    /// Show one message of it.
    Show {
        /// Its id, as `list` shows it.
        id: String,
        /// With what people wrote, and what platforms gave us to answer with: whole, as `lambot replay` reads it.
        #[arg(long)]
        text: bool,
        #[command(flatten)]
        data: Data,
    },
    /// Put events back into the queue, to be decided again or to have a refused reply sent again.
    #[command(group(ArgGroup::new("which").required(true).args(["all", "conversation", "ids"])))]
    Redrive {
        /// Everything that is there now.
        #[arg(long)]
        all: bool,
        /// Those of one conversation, by its hash as `list` and the logs show it.
        #[arg(long, value_name = "HASH")]
        conversation: Option<String>,
        /// Those with these ids, as `list` shows them.
        #[arg(value_name = "ID")]
        ids: Vec<String>,
        #[command(flatten)]
        data: Data,
    },
}

impl Dlq {
    const fn data(&self) -> &Data {
        match self {
            Self::List(data) | Self::Show { data, .. } | Self::Redrive { data, .. } => data,
        }
    }
}

/// Does what was asked, and gives back what was only looked at.
pub(crate) async fn run(bot: &'static Bot, dlq: Dlq) -> anyhow::Result<()> {
    let mut deployment = open(bot, dlq.data().folder.clone()).await?;
    let done = act(bot, &mut deployment, dlq).await;
    deployment.close().await;
    done
}

async fn open(bot: &'static Bot, folder: Option<PathBuf>) -> anyhow::Result<Deployment> {
    Deployment::open(bot, folder).await.context("the data cannot be looked into")
}

async fn act(bot: &'static Bot, deployment: &mut Deployment, dlq: Dlq) -> anyhow::Result<()> {
    let queues = deployment.queues()?;
    if matches!(dlq, Dlq::Redrive { .. }) {
        // Those of a webhook that could not be read.
        deployment.read_secrets(bot).await?;
    }
    let mut letters = Letters::of(&queues);
    let done = match dlq {
        Dlq::List(_) => list(&mut letters).await,
        Dlq::Show { id, text, .. } => {
            show_one(&mut letters, &id, text).await.map(|shown| say(&shown))
        }
        Dlq::Redrive { conversation, ids, .. } => {
            let platforms = Platforms::from_settings(&|name| deployment.value(name))?;
            let chosen = match conversation {
                Some(hash) => Chosen::Conversation(hash),
                None if ids.is_empty() => Chosen::All,
                None => Chosen::Ids(ids.into_iter().collect()),
            };
            let redrive = Redrive::new(bot, &platforms, &queues.queue, chosen);
            redrive.run(&mut letters).await
        }
    };
    // What has been found out is worth more than when others see the rest.
    if let Err(error) = letters.release().await {
        complain(&format!("the messages stay out of others' sight for half a minute: {error:#}"));
    }
    done
}

async fn list(letters: &mut Letters<'_>) -> anyhow::Result<()> {
    let mut listed = 0_usize;
    loop {
        let page = letters.next().await?;
        if page.is_empty() {
            break;
        }
        if listed == 0 {
            say(show::HEADING);
        }
        listed += page.len();
        page.iter().for_each(|found| say(&show::line(found)));
    }
    let unseen = letters.unseen().await?;
    if unseen > 0 {
        complain(&show::unseen(unseen));
    } else if listed == 0 {
        complain("The dead-letter queue is empty.");
    }
    Ok(())
}

async fn show_one(letters: &mut Letters<'_>, id: &str, text: bool) -> anyhow::Result<String> {
    let found = find(letters, id).await?;
    let shown = if text { show::whole(&found) } else { show::without_text(&found) };
    serde_json::to_string_pretty(&shown).context("a dead letter")
}

async fn find(letters: &mut Letters<'_>, id: &str) -> anyhow::Result<Found> {
    loop {
        let page = letters.next().await?;
        if page.is_empty() {
            let unseen = letters.unseen().await?;
            ensure!(
                unseen == 0,
                "there is no {id} among what can be seen. {}",
                show::unseen(unseen)
            );
            bail!("there is no {id} in the dead-letter queue");
        }
        if let Some(found) = page.into_iter().find(|found| found.id == id) {
            return Ok(found);
        }
    }
}

/// The dead letter with this id, which stays where it is.
pub(crate) async fn look_up(deployment: &Deployment, id: &str) -> anyhow::Result<Found> {
    let queues = deployment.queues()?;
    let mut letters = Letters::of(&queues);
    let found = find(&mut letters, id).await;
    letters.release().await?;
    found
}
