//! Until when platforms' limits hold, remembered for a second.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bot_aws::Table;
use bot_aws::process::now;
use bot_core::Timestamp;
use bot_core::platform::{Holds, HoldsKey, Limit};
use tokio::time::Instant;

/// How long what was read is believed: a limit found a second late costs one more refused call.
const FRESH: Duration = Duration::from_secs(1);

/// What is known of limits, and since when.
#[derive(Default)]
pub(crate) struct Known(Mutex<HashMap<HoldsKey, (Instant, Holds)>>);

impl Known {
    /// Until when a tenant's limits hold.
    pub(crate) async fn holds(&self, table: &Table, key: HoldsKey) -> anyhow::Result<Holds> {
        if let Some((read_at, holds)) = self.all().get(&key)
            && read_at.elapsed() < FRESH
        {
            return Ok(holds.clone());
        }
        let holds = table.holds(&key).await?;
        let mut all = self.all();
        all.retain(|_, (read_at, _)| read_at.elapsed() < FRESH);
        all.insert(key, (Instant::now(), holds.clone()));
        Ok(holds)
    }

    /// Notes for everybody that `limit` holds.
    pub(crate) async fn hold(
        &self,
        table: &Table,
        key: HoldsKey,
        limit: Limit,
        until: Timestamp,
    ) -> anyhow::Result<()> {
        let over = {
            let mut all = self.all();
            let (known_at, holds) =
                all.entry(key.clone()).or_insert_with(|| (Instant::now(), Holds::default()));
            *known_at = Instant::now();
            holds.note(&limit, until, now())
        };
        table.hold(&key, &limit, until, &over).await
    }

    fn all(&self) -> std::sync::MutexGuard<'_, HashMap<HoldsKey, (Instant, Holds)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
