//! Performs the effects of the worker's protocol.

use bot_aws::api::{Api, SendError};
use bot_aws::process::now;
use bot_aws::{Queue, Table};
use bot_core::fetch::Fetched;
use bot_core::worker::{Done, Effect, Fetch, Input};
use futures_util::future::join;
use tokio::time::timeout;

use crate::fetch::Fetcher;
use crate::holds::Known;

/// What effects need.
pub(crate) struct Effects {
    pub(crate) table: Table,
    pub(crate) queue: Queue,
    pub(crate) api: Api,
    pub(crate) fetcher: Fetcher,
    pub(crate) known: Known,
    /// What no other process is called.
    pub(crate) process: String,
}

impl Effects {
    /// Performs one effect.
    ///
    /// # Errors
    ///
    /// The delivery is over: there is nothing left to perform.
    pub(crate) async fn perform(&self, effect: Effect) -> Result<Input, Done> {
        let input = match effect {
            Effect::Load(keys) if keys.is_empty() => Ok(Input::Loaded(Vec::new())),
            Effect::Load(keys) => self.table.load(&keys).await.map(Input::Loaded),
            Effect::Find(key) => self.table.find(&key).await.map(Input::Found),
            // Whoever runs the batch knows when nothing else is under way.
            Effect::Isolate => Ok(Input::Isolated),
            Effect::Start(key) => {
                self.table.start(&key, &self.process, now()).await.map(Input::Started)
            }
            Effect::TakeBack(key) => {
                self.table.take_back(&key, &self.process).await.map(|()| Input::Noted)
            }
            Effect::CheckHold(key) => self.known.holds(&self.table, key).await.map(Input::Held),
            Effect::Hold { key, limit, until } => {
                self.known.hold(&self.table, key, limit, until).await.map(|()| Input::Noted)
            }
            Effect::Fetch(fetch) => Ok(Input::Fetched(self.fetch(*fetch).await)),
            Effect::Commit(commit) => self.table.commit(&commit).await,
            Effect::TakeOver { key, owner } => {
                self.table.take_over(&key, &owner).await.map(Input::TakenOver)
            }
            Effect::Send(request) => match self.api.send(*request).await {
                Ok(answer) => Ok(Input::Answered(answer)),
                Err(SendError::Unsendable) => Ok(Input::Unsendable),
                Err(SendError::NoAnswer(error)) => Err(error),
            },
            Effect::Mark { key, owner, confirmed } => {
                let is_ours = self.table.mark(&key, &owner, confirmed).await;
                is_ours.map(|is_ours| if is_ours { Input::Marked } else { Input::NotOurs })
            }
            Effect::Bury(letter) => self.queue.bury(&letter).await.map(|()| Input::Buried),
            Effect::Done(done) => return Err(done),
        };
        Ok(input.unwrap_or_else(|error| Input::Failed(format!("{error:#}"))))
    }

    /// Fetches, and shows meanwhile that it does.
    ///
    /// A notice that were still on its way when the reply is sent could arrive after it, and even replace it. So it is
    /// waited for, as long as a fetch would be.
    async fn fetch(&self, fetch: Fetch) -> Vec<Fetched> {
        let Fetch { requests, notice, within } = fetch;
        let show = async {
            if let Some(notice) = notice {
                // Nothing was promised.
                let _ = timeout(within, self.api.send(notice)).await;
            }
        };
        join(self.fetcher.fetch(requests, within), show).await.0
    }
}
