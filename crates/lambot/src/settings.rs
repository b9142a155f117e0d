//! The variables of the local stack: the person's own where set, working ones where not.

use std::collections::BTreeMap;

use bot_core::Bot;
use bot_core::platform::{Platform, Setting};

/// Names and values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    values: BTreeMap<&'static str, String>,
}

impl Settings {
    /// The platforms' variables: what is `chosen`, or else what leads to the simulated ones at `simulated_url`.
    pub(crate) fn of_platforms(
        chosen: impl Fn(&str) -> Option<String>,
        simulated_url: &str,
    ) -> Self {
        let mut settings = Self::default();
        for setting in Platform::ALL.iter().flat_map(|platform| platform.settings()) {
            settings.set(
                setting.name,
                chosen(setting.name).unwrap_or_else(|| development(setting, simulated_url)),
            );
        }
        settings
    }

    /// What the functions take besides: the bot's secrets, where the person has its hosts stand in, and whether metrics
    /// are written.
    pub(crate) fn add_chosen(&mut self, bot: &'static Bot) {
        for name in bot.secrets().chain(["FETCH_URL", "METRICS_NAMESPACE"]) {
            if let Some(value) = chosen(name) {
                self.set(name, value);
            }
        }
    }

    pub(crate) fn set(&mut self, name: &'static str, value: String) {
        self.values.insert(name, value);
    }

    pub(crate) fn value(&self, name: &str) -> Option<String> {
        self.values.get(name).cloned()
    }
}

/// What the person has set.
pub(crate) fn chosen(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

fn development(setting: &Setting, simulated_url: &str) -> String {
    match setting.development.strip_prefix('/') {
        Some(path) => format!("{simulated_url}/{path}"),
        None => setting.development.to_owned(),
    }
}
