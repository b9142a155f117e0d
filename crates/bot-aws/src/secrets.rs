//! What a function makes of its settings, when secrets among them are kept elsewhere and change.
//!
//! A secret that is replaced is in use after five minutes, without a deployment. One that is missing leaves its platform
//! switched off. When Parameter Store cannot be read, what was read before goes on being used: an outage there must not
//! become one here.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bot_core::Timestamp;
use bot_core::platform::{Lookup, Platform, Reader, SettingError};
use tokio::sync::Mutex;
use tracing::warn;

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
    /// The secrets that are not among them.
    secrets: Vec<String>,
    make: Make<T>,
    known: Mutex<Option<Known<T>>>,
}

struct Known<T> {
    value: Arc<T>,
    until: Timestamp,
}

impl<T> Configured<T> {
    /// What `make` makes of the settings of `reader` and of `others`, which are names of secrets.
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
        let named = read.map(|setting| (setting.name, setting.secret));
        let mut settings = HashMap::new();
        let mut secrets = Vec::new();
        for (name, is_secret) in named.chain(others.map(|name| (name, true))) {
            match set(name) {
                Some(value) => drop(settings.insert(name.to_owned(), value)),
                None if is_secret => secrets.push(name.to_owned()),
                None => {}
            }
        }
        let store = aws.parameter_store(prefix)?;
        let (make, known) = (Box::new(make), Mutex::default());
        Ok(Self(State::Read(Box::new(Source { store, settings, secrets, make, known }))))
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
        let made = source.store.read(&source.secrets).await.and_then(|read| {
            let lookup = |name: &str| source.settings.get(name).or_else(|| read.get(name)).cloned();
            (source.make)(&lookup).context("a secret")
        });
        let next = match (made, known.take()) {
            (Ok(value), _) => Known { value: value.into(), until: now.plus(FRESH) },
            (Err(error), Some(before)) => {
                warn!("secrets could not be read again, those read before are used: {error:#}");
                Known { until: now.plus(RETRY), ..before }
            }
            (Err(error), None) => return Err(error),
        };
        Ok(Arc::clone(&known.insert(next).value))
    }
}
