//! Where metrics go: to standard output, which Lambda takes to the log.

use std::io::Write as _;

use bot_core::metric::{Metric, line};
use bot_core::platform::Lookup;

use crate::process::now;

/// Writes metrics where there is a namespace for them, and none where there is not.
pub struct Metrics {
    namespace: Option<String>,
}

impl Metrics {
    /// For the namespace in `METRICS_NAMESPACE`.
    #[must_use]
    pub fn from_settings(settings: &Lookup<'_>) -> Self {
        Self { namespace: settings("METRICS_NAMESPACE").filter(|name| !name.is_empty()) }
    }

    /// Writes what was measured on a platform, as a line of its own.
    pub fn emit(&self, platform: &str, metrics: &[Metric]) {
        if let Some(namespace) = self.namespace.as_deref().filter(|_| !metrics.is_empty()) {
            let line = format!("{}\n", line(namespace, platform, metrics, now()));
            // Nobody is left to tell that there is no output.
            let _ = std::io::stdout().lock().write_all(line.as_bytes());
        }
    }
}
