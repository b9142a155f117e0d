//! The variables of a deployment's functions, as far as an operator has them: a deployment keeps its secrets elsewhere.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Context as _;
use bot_aws::{Aws, Patience};
use bot_core::Bot;
use bot_core::platform::Platform;

use crate::settings::chosen;

/// Below which name in Parameter Store secrets are read that are not set.
pub(crate) const SECRETS_PREFIX: &str = "SECRETS_PREFIX";

/// Somebody waits at a terminal.
pub(crate) const PATIENCE: Patience =
    Patience { attempts: 2, attempt: Duration::from_secs(5), altogether: Duration::from_secs(10) };

/// What the person has set, and the secrets that have been read, if any had to be.
#[derive(Default)]
pub(crate) struct Environment {
    read: Option<HashMap<String, String>>,
}

impl Environment {
    /// With those of `secrets` that are not set, from Parameter Store if `SECRETS_PREFIX` is.
    ///
    /// # Errors
    ///
    /// They cannot be read: whether they are there is not known.
    pub(crate) async fn with(secrets: impl Iterator<Item = &'static str>) -> anyhow::Result<Self> {
        let Some(prefix) = chosen(SECRETS_PREFIX) else { return Ok(Self::default()) };
        let missing: Vec<String> =
            secrets.filter(|name| chosen(name).is_none()).map(str::to_owned).collect();
        if missing.is_empty() {
            return Ok(Self::default());
        }
        let read = async {
            Aws::from_settings(&chosen, PATIENCE)?.parameter_store(prefix)?.read(&missing).await
        };
        let read = read.await.context("what is below SECRETS_PREFIX cannot be read")?;
        Ok(Self { read: Some(read) })
    }

    /// A variable.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        chosen(name).or_else(|| self.read.as_ref()?.get(name).cloned())
    }

    /// Whether secrets were looked for, and there is none.
    pub(crate) fn has_found_none(&self) -> bool {
        self.read.as_ref().is_some_and(HashMap::is_empty)
    }
}

/// The names of a platform's secrets.
pub(crate) fn secrets(platform: Platform) -> impl Iterator<Item = &'static str> {
    platform.settings().iter().filter(|setting| setting.secret).map(|setting| setting.name)
}

/// The names of every secret there is for `bot`.
pub(crate) fn all_secrets(bot: &'static Bot) -> impl Iterator<Item = &'static str> {
    Platform::ALL.iter().flat_map(|&platform| secrets(platform)).chain(bot.secrets())
}
