//! Until when platforms' limits hold, remembered for a second.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bot_aws::Table;
use bot_core::Timestamp;
use bot_core::platform::Limit;
use tokio::time::Instant;

/// How long what was read is believed: a limit found a second late costs one more refused call.
const FRESH: Duration = Duration::from_secs(1);

/// What is known of limits.
#[derive(Default)]
pub(crate) struct Holds(Mutex<HashMap<Limit, (Instant, Option<Timestamp>)>>);

impl Holds {
    /// Until when `limit` holds, if it does.
    pub(crate) async fn until(
        &self,
        table: &Table,
        limit: Limit,
    ) -> anyhow::Result<Option<Timestamp>> {
        let known = self.known().get(&limit).copied();
        if let Some((_, until)) = known.filter(|(read_at, _)| read_at.elapsed() < FRESH) {
            return Ok(until);
        }
        let until = table.held_until(&limit).await?;
        let mut known = self.known();
        known.retain(|_, (read_at, _)| read_at.elapsed() < FRESH);
        known.insert(limit, (Instant::now(), until));
        Ok(until)
    }

    /// Notes for everybody that `limit` holds.
    pub(crate) async fn hold(
        &self,
        table: &Table,
        limit: Limit,
        until: Timestamp,
    ) -> anyhow::Result<()> {
        self.known().insert(limit.clone(), (Instant::now(), Some(until)));
        table.hold(&limit, until).await
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<Limit, (Instant, Option<Timestamp>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
