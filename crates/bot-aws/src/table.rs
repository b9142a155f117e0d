//! The table: states, event records and marks.
//!
//! Every item is found by a partition key `pk` and a sort key `sk`. Reads are strongly consistent, because what they
//! miss would be decided twice.

use std::collections::HashMap;

use anyhow::{Context as _, bail};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, ConditionCheck, KeysAndAttributes, Put, ReturnValue,
    ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};
use bot_core::state::{StateChange, StateKey, Stored};
use bot_core::worker::Input;
use bot_core::worker::record::{Commit, Record, RecordKey};

mod note;

type Item = HashMap<String, AttributeValue>;

/// The table at a name.
#[derive(Clone, Debug)]
pub struct Table {
    client: Client,
    name: String,
}

impl Table {
    /// The table called `name`.
    #[must_use]
    pub const fn new(client: Client, name: String) -> Self {
        Self { client, name }
    }

    /// Reads states, in the order of their keys.
    ///
    /// # Errors
    ///
    /// DynamoDB could not be reached, or is too busy to answer whole.
    pub async fn load(&self, keys: &[StateKey]) -> anyhow::Result<Vec<Option<Stored>>> {
        let wanted = keys.iter().map(|key| primary_key(&key.partition, &key.sort)).collect();
        let wanted =
            KeysAndAttributes::builder().set_keys(Some(wanted)).consistent_read(true).build()?;
        let answer = self
            .client
            .batch_get_item()
            .request_items(&self.name, wanted)
            .send()
            .await
            .context("DynamoDB BatchGetItem")?;
        if answer.unprocessed_keys().is_some_and(|keys| !keys.is_empty()) {
            bail!("DynamoDB BatchGetItem answered in part");
        }
        let items = answer
            .responses()
            .and_then(|tables| tables.get(&self.name))
            .map_or(&[][..], Vec::as_slice);
        keys.iter()
            .map(|key| {
                let is_it = |item: &&Item| {
                    text(item, "pk") == Some(&key.partition) && text(item, "sk") == Some(&key.sort)
                };
                items.iter().find(is_it).map(stored).transpose()
            })
            .collect()
    }

    /// Reads an event's record and its generation, if it has been decided.
    ///
    /// # Errors
    ///
    /// DynamoDB could not be reached or is too busy.
    pub async fn find(&self, key: &RecordKey) -> anyhow::Result<Option<(Record, u32)>> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(primary_key(&key.partition, &key.record)))
            .consistent_read(true)
            .send()
            .await
            .context("DynamoDB GetItem of a record")?;
        let Some(item) = answer.item else { return Ok(None) };
        Ok(Some((record(&item)?, u32::try_from(number(&item, "generation")?)?)))
    }

    /// Writes a turn's transaction: [`Input::Committed`], [`Input::Exists`] or [`Input::Conflict`].
    ///
    /// # Errors
    ///
    /// DynamoDB could not be reached, is too busy, or is writing one of the items just now.
    pub async fn commit(&self, commit: &Commit) -> anyhow::Result<Input> {
        let mut items = vec![self.put_record(commit)?];
        if !commit.record.outbox.is_empty() {
            items.push(self.put_mark(commit)?);
        }
        for change in &commit.states {
            items.push(self.put_state(change)?);
        }
        match self.client.transact_write_items().set_transact_items(Some(items)).send().await {
            Ok(_) => Ok(Input::Committed),
            Err(error) => match cancellation(&error) {
                Some(reasons) => judge(reasons),
                None => Err(error).context("DynamoDB TransactWriteItems"),
            },
        }
    }

    /// Makes `owner` the owner of a mark: how many steps it confirms, or `None` when there is no mark.
    ///
    /// # Errors
    ///
    /// DynamoDB could not be reached or is too busy.
    pub async fn take_over(&self, key: &RecordKey, owner: &str) -> anyhow::Result<Option<usize>> {
        let answer = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(primary_key(&key.partition, &key.mark)))
            .update_expression("SET #owner = :owner")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":owner", AttributeValue::S(owner.to_owned()))
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        match answer {
            Ok(answer) => {
                let item = answer.attributes().context("DynamoDB UpdateItem returned no item")?;
                Ok(Some(usize::try_from(number(item, "confirmed")?)?))
            }
            Err(error) if is_condition(&error) => Ok(None),
            Err(error) => Err(error).context("DynamoDB UpdateItem of a mark's owner"),
        }
    }

    /// Notes how many steps are confirmed, if the mark is still `owner`'s: whether it was.
    ///
    /// # Errors
    ///
    /// DynamoDB could not be reached or is too busy.
    pub async fn mark(
        &self,
        key: &RecordKey,
        owner: &str,
        confirmed: usize,
    ) -> anyhow::Result<bool> {
        let answer = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(primary_key(&key.partition, &key.mark)))
            .update_expression("SET #confirmed = :confirmed")
            .condition_expression("#owner = :owner")
            .expression_attribute_names("#confirmed", "confirmed")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":confirmed", AttributeValue::N(confirmed.to_string()))
            .expression_attribute_values(":owner", AttributeValue::S(owner.to_owned()))
            .send()
            .await;
        match answer {
            Ok(_) => Ok(true),
            Err(error) if is_condition(&error) => Ok(false),
            Err(error) => Err(error).context("DynamoDB UpdateItem of a mark"),
        }
    }

    fn put_record(&self, commit: &Commit) -> anyhow::Result<TransactWriteItem> {
        let mut item = primary_key(&commit.key.partition, &commit.key.record);
        let json = serde_json::to_string(&commit.record).context("a record")?;
        item.insert("record".to_owned(), AttributeValue::S(json));
        item.insert("poison".to_owned(), AttributeValue::Bool(commit.record.is_poison()));
        item.insert("generation".to_owned(), AttributeValue::N(commit.generation.to_string()));
        item.insert(
            "expires_at".to_owned(),
            AttributeValue::N(commit.expires_at.as_secs().to_string()),
        );
        let put = Put::builder()
            .table_name(&self.name)
            .set_item(Some(item))
            .condition_expression(
                "attribute_not_exists(pk) OR (#poison = :true AND #generation < :generation)",
            )
            .expression_attribute_names("#poison", "poison")
            .expression_attribute_names("#generation", "generation")
            .expression_attribute_values(":true", AttributeValue::Bool(true))
            .expression_attribute_values(
                ":generation",
                AttributeValue::N(commit.generation.to_string()),
            )
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn put_mark(&self, commit: &Commit) -> anyhow::Result<TransactWriteItem> {
        let mut item = primary_key(&commit.key.partition, &commit.key.mark);
        item.insert("owner".to_owned(), AttributeValue::S(commit.owner.clone()));
        item.insert("confirmed".to_owned(), AttributeValue::N("0".to_owned()));
        item.insert(
            "expires_at".to_owned(),
            AttributeValue::N(commit.expires_at.as_secs().to_string()),
        );
        let put = Put::builder().table_name(&self.name).set_item(Some(item)).build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Writes a state, or only checks that it has not changed.
    fn put_state(&self, change: &StateChange) -> anyhow::Result<TransactWriteItem> {
        let mut item = primary_key(&change.key.partition, &change.key.sort);
        let is_new = change.read == 0;
        let condition = if is_new { "attribute_not_exists(pk)" } else { "#version = :read" };
        let names =
            (!is_new).then(|| HashMap::from([("#version".to_owned(), "version".to_owned())]));
        let values = (!is_new).then(|| {
            HashMap::from([(":read".to_owned(), AttributeValue::N(change.read.to_string()))])
        });
        let Some(json) = &change.write else {
            let check = ConditionCheck::builder()
                .table_name(&self.name)
                .set_key(Some(item))
                .condition_expression(condition)
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values)
                .build()?;
            return Ok(TransactWriteItem::builder().condition_check(check).build());
        };
        item.insert("version".to_owned(), AttributeValue::N((change.read + 1).to_string()));
        item.insert("json".to_owned(), AttributeValue::S(json.clone()));
        let put = Put::builder()
            .table_name(&self.name)
            .set_item(Some(item))
            .condition_expression(condition)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

fn cancellation<R>(error: &SdkError<TransactWriteItemsError, R>) -> Option<&[CancellationReason]> {
    match error.as_service_error()? {
        TransactWriteItemsError::TransactionCanceledException(error) => {
            Some(error.cancellation_reasons())
        }
        _ => None,
    }
}

/// Says what a cancelled transaction means; the record's reason comes first and outranks the states'.
fn judge(reasons: &[CancellationReason]) -> anyhow::Result<Input> {
    const CONDITION: &str = "ConditionalCheckFailed";

    let code = |reason: &CancellationReason| reason.code().unwrap_or("None").to_owned();
    let (of_record, others) = reasons
        .split_first()
        .context("DynamoDB TransactWriteItems was cancelled without a reason")?;
    match code(of_record).as_str() {
        CONDITION => {
            let item = of_record.item().context("the existing record was not returned")?;
            Ok(Input::Exists(record(item)?))
        }
        "None"
            if others.iter().all(|reason| matches!(code(reason).as_str(), "None" | CONDITION)) =>
        {
            Ok(Input::Conflict)
        }
        _ => {
            let codes: Vec<String> = reasons.iter().map(code).collect();
            bail!("DynamoDB TransactWriteItems was cancelled: {}", codes.join(", "))
        }
    }
}

fn is_condition<R>(error: &SdkError<UpdateItemError, R>) -> bool {
    error.code() == Some("ConditionalCheckFailedException")
}

fn primary_key(partition: &str, sort: &str) -> Item {
    HashMap::from([
        ("pk".to_owned(), AttributeValue::S(partition.to_owned())),
        ("sk".to_owned(), AttributeValue::S(sort.to_owned())),
    ])
}

fn record(item: &Item) -> anyhow::Result<Record> {
    let json = text(item, "record").context("the existing record has no content")?;
    // The parser's message would quote what people said.
    serde_json::from_str(json).ok().context("the existing record cannot be read")
}

fn stored(item: &Item) -> anyhow::Result<Stored> {
    let json = text(item, "json").context("a state without content")?;
    Ok(Stored { version: number(item, "version")?, json: json.clone() })
}

fn text<'a>(item: &'a Item, name: &str) -> Option<&'a String> {
    item.get(name)?.as_s().ok()
}

fn number(item: &Item, name: &str) -> anyhow::Result<u64> {
    let number =
        item.get(name).and_then(|value| value.as_n().ok()).and_then(|number| number.parse().ok());
    number.with_context(|| format!("an item without the number {name}"))
}
