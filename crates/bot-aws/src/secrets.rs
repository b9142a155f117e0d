//! What a function makes of its settings, when secrets among them are kept elsewhere and change.
//!
//! A secret that is replaced is in use after five minutes, without a deployment. One that is missing leaves its platform
//! switched off. When Parameter Store cannot be read, what was read before goes on being used: an outage there must not
//! become one here.
//!
//! SSM refuses a whole call for one name that the role may not read. So the bot's own secrets are read apart from the
//! platforms': without them some fetches fail, and without those nothing works.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bot_core::Timestamp;
use bot_core::platform::{Lookup, Platform, Reader, SettingError};
use tokio::sync::Mutex;
use tracing::{error, warn};

use crate::{Aws, ParameterStore};

/// How long secrets are used without looking whether they have changed.
const FRESH: Duration = Duration::from_secs(300);

/// How long until the next try, when they could not be read again.
const RETRY: Duration = Duration::from_secs(30);

/// A `T`, made of settings and of the secrets that are not among them.
pub struct Configured<T>(State<T>);

type Make<T> = Box<dyn Fn(&Lookup<'_>) -> Result<T, SettingError> + Send + Sync>;

enum State<T> {
    Fixed(Arc<T>),
    Read(Box<Source<T>>),
}

struct Source<T> {
    store: ParameterStore,
    /// The settings, which do not change.
    settings: HashMap<String, String>,
    /// The platforms' secrets that are not among them.
    secrets: Vec<String>,
    /// The bot's own that are not.
    others: Vec<String>,
    make: Make<T>,
    known: Mutex<Option<Known<T>>>,
}

struct Known<T> {
    value: Arc<T>,
    /// The bot's own secrets in it.
    others: HashMap<String, String>,
    until: Timestamp,
}

impl<T> Configured<T> {
    /// What `make` makes of the settings of `reader` and of `others`, which are the names of the bot's own secrets.
    ///
    /// With `SECRETS_PREFIX`, the secrets that are not set are read below it.
    ///
    /// # Errors
    ///
    /// A setting that cannot be right: fail at start-up, the error names it.
    pub fn from_settings(
        settings: &Lookup<'_>,
        aws: &Aws,
        reader: Reader,
        others: impl Iterator<Item = &'static str>,
        make: impl Fn(&Lookup<'_>) -> Result<T, SettingError> + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        let value = make(settings)?;
        let set = |name: &str| settings(name).filter(|value| !value.trim().is_empty());
        let Some(prefix) = set("SECRETS_PREFIX") else {
            return Ok(Self(State::Fixed(value.into())));
        };
        let read = Platform::ALL
            .iter()
            .flat_map(|platform| platform.settings())
            .filter(|setting| setting.reader == reader || setting.reader == Reader::Both);
        let mut settings = HashMap::new();
        let mut unset = |name: &str| match set(name) {
            Some(value) => {
                settings.insert(name.to_owned(), value);
                None
            }
            None => Some(name.to_owned()),
        };
        let mut secrets = Vec::new();
        for setting in read {
            secrets.extend(unset(setting.name).filter(|_| setting.secret));
        }
        let others = others.filter_map(unset).collect();
        let store = aws.parameter_store(prefix)?;
        let (make, known) = (Box::new(make), Mutex::default());
        Ok(Self(State::Read(Box::new(Source { store, settings, secrets, others, make, known }))))
    }

    /// The value, with secrets that were read less than five minutes before `now` if they could be.
    ///
    /// # Errors
    ///
    /// The secrets have never been read and cannot be now, or one of them cannot be right.
    pub async fn at(&self, now: Timestamp) -> anyhow::Result<Arc<T>> {
        let source = match &self.0 {
            State::Fixed(value) => return Ok(Arc::clone(value)),
            State::Read(source) => source,
        };
        let mut known = source.known.lock().await;
        if let Some(known) = &*known
            && now < known.until
        {
            return Ok(Arc::clone(&known.value));
        }
        let next = match (source.read(known.as_ref(), now).await, known.take()) {
            (Ok(next), _) => next,
            (Err(error), Some(before)) => {
                warn!("secrets could not be read again, those read before are used: {error:#}");
                Known { until: now.plus(RETRY), ..before }
            }
            (Err(error), None) => return Err(error),
        };
        Ok(Arc::clone(&known.insert(next).value))
    }
}

impl<T> Source<T> {
    async fn read(&self, before: Option<&Known<T>>, now: Timestamp) -> anyhow::Result<Known<T>> {
        let mut read = self.store.read(&self.secrets).await?;
        let (others, fresh) = match self.store.read(&self.others).await {
            Ok(others) => (others, FRESH),
            Err(error) => {
                let names = self.others.join(", ");
                error!("requests with a secret may fail, {names} could not be read: {error:#}");
                (before.map(|known| known.others.clone()).unwrap_or_default(), RETRY)
            }
        };
        read.extend(others.clone());
        let lookup = |name: &str| self.settings.get(name).or_else(|| read.get(name)).cloned();
        let value = (self.make)(&lookup).context("a secret")?;
        Ok(Known { value: value.into(), others, until: now.plus(fresh) })
    }
}
