//! Small notes beside the records: which processes have begun an event, and until when a platform's limit holds.

use std::time::Duration;

use anyhow::Context as _;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use bot_core::Timestamp;
use bot_core::platform::Limit;
use bot_core::worker::record::{KEPT, RecordKey};

use super::{Table, number, primary_key};

/// How long a limit's note outlives the limit. Nobody reads it then.
const OUTLIVED: Duration = Duration::from_secs(60 * 60);

impl Table {
    /// Notes that a process has begun an event: how many have, and have not taken it back.
    ///
    /// They are kept by their names, so that one whose answer was lost is not taken for two when it begins again.
    ///
    /// # Errors
    ///
    /// DynamoDB could not be reached or is too busy.
    pub async fn start(
        &self,
        key: &RecordKey,
        process: &str,
        now: Timestamp,
    ) -> anyhow::Result<u32> {
        let expires_at = AttributeValue::N(now.plus(KEPT).as_secs().to_string());
        let answer = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(primary_key(&key.partition, &key.started)))
            .update_expression("ADD #processes :process SET #expires_at = :expires_at")
            .expression_attribute_names("#processes", "processes")
            .expression_attribute_names("#expires_at", "expires_at")
            .expression_attribute_values(":process", AttributeValue::Ss(vec![process.to_owned()]))
            .expression_attribute_values(":expires_at", expires_at)
            .return_values(ReturnValue::AllNew)
            .send()
            .await
            .context("DynamoDB UpdateItem of a beginning")?;
        let item = answer.attributes().context("DynamoDB UpdateItem returned no item")?;
        let processes = item.get("processes").and_then(|processes| processes.as_ss().ok());
        let processes = processes.context("a beginning without its processes")?.len();
        // An older deployment counts them without their names.
        let counted = number(item, "started").unwrap_or_default();
        Ok(u32::try_from(counted)?.saturating_add(u32::try_from(processes)?))
    }

    /// Takes back that a process has begun an event.
    ///
    /// # Errors
    ///
    /// DynamoDB could not be reached or is too busy.
    pub async fn take_back(&self, key: &RecordKey, process: &str) -> anyhow::Result<()> {
        self.client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(primary_key(&key.partition, &key.started)))
            .update_expression("DELETE #processes :process")
            .expression_attribute_names("#processes", "processes")
            .expression_attribute_values(":process", AttributeValue::Ss(vec![process.to_owned()]))
            .send()
            .await
            .context("DynamoDB UpdateItem of a beginning")?;
        Ok(())
    }

    /// Until when a limit holds, if anybody has noted it. It may be a moment out of date.
    ///
    /// # Errors
    ///
    /// DynamoDB could not be reached or is too busy.
    pub async fn held_until(&self, limit: &Limit) -> anyhow::Result<Option<Timestamp>> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(primary_key(&partition(limit), SORT)))
            .send()
            .await
            .context("DynamoDB GetItem of a limit")?;
        answer.item.map(|item| number(&item, "until").map(Timestamp::from_millis)).transpose()
    }

    /// Notes that a limit holds until then; the last one to be told so knows best.
    ///
    /// # Errors
    ///
    /// DynamoDB could not be reached or is too busy.
    pub async fn hold(&self, limit: &Limit, until: Timestamp) -> anyhow::Result<()> {
        let mut item = primary_key(&partition(limit), SORT);
        item.insert("until".to_owned(), AttributeValue::N(until.as_millis().to_string()));
        let expires_at = until.plus(OUTLIVED).as_secs().to_string();
        item.insert("expires_at".to_owned(), AttributeValue::N(expires_at));
        self.client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item))
            .send()
            .await
            .context("DynamoDB PutItem of a limit")?;
        Ok(())
    }
}

const SORT: &str = "hold";

fn partition(limit: &Limit) -> String {
    format!("limit#{}", limit.as_str())
}
