//! Small notes beside the records: which processes have begun an event, and until when a platform's limit holds.

use std::time::Duration;

use anyhow::Context as _;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use bot_core::Timestamp;
use bot_core::platform::{Holds, HoldsKey, Limit};
use bot_core::worker::record::{KEPT, RecordKey};

use super::{Table, number, primary_key};

/// How long the note of limits outlives the last one noted. Nobody reads it then.
const OUTLIVED: Duration = Duration::from_secs(60 * 60);

/// How many limits are forgotten at once. An expression may be 4 KB long, which 500 names of them exceed; the next to be
/// noted takes more of them along.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-expression-parameters>
const MOST_FORGOTTEN: usize = 100;

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

    /// Until when a tenant's limits hold, as far as anybody has noted. It may be a moment out of date.
    ///
    /// # Errors
    ///
    /// DynamoDB could not be reached or is too busy.
    pub async fn holds(&self, key: &HoldsKey) -> anyhow::Result<Holds> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(primary_key(key.partition(), HOLDS)))
            .send()
            .await
            .context("DynamoDB GetItem of limits")?;
        let item = answer.item.unwrap_or_default();
        let hold = |attribute: &String| {
            let name = attribute.strip_prefix(UNTIL)?.to_owned();
            Some(number(&item, attribute).map(|until| (name, Timestamp::from_millis(until))))
        };
        item.keys().filter_map(hold).collect()
    }

    /// Notes that a limit holds until then; the last one to be told so knows best. The limits called `over` hold no more:
    /// some of them are forgotten, and whoever notes one of them meanwhile is refused once more.
    ///
    /// # Errors
    ///
    /// DynamoDB could not be reached or is too busy.
    pub async fn hold(
        &self,
        key: &HoldsKey,
        limit: &Limit,
        until: Timestamp,
        over: &[String],
    ) -> anyhow::Result<()> {
        let expires_at = until.plus(OUTLIVED).as_secs().to_string();
        let mut update = "SET #limit = :until, #expires_at = :expires_at".to_owned();
        let mut request = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(primary_key(key.partition(), HOLDS)))
            .expression_attribute_names("#limit", format!("{UNTIL}{}", limit.name()))
            .expression_attribute_names("#expires_at", "expires_at")
            .expression_attribute_values(":until", AttributeValue::N(until.as_millis().to_string()))
            .expression_attribute_values(":expires_at", AttributeValue::N(expires_at));
        for (nth, name) in over.iter().take(MOST_FORGOTTEN).enumerate() {
            update += if nth == 0 { " REMOVE " } else { ", " };
            update += &format!("#over{nth}");
            request =
                request.expression_attribute_names(format!("#over{nth}"), format!("{UNTIL}{name}"));
        }
        request.update_expression(update).send().await.context("DynamoDB UpdateItem of a limit")?;
        Ok(())
    }
}

/// The sort key of a tenant's limits.
const HOLDS: &str = "holds";

/// What the attribute of a limit begins with.
const UNTIL: &str = "until#";
