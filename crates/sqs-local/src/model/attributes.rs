//! A queue's settings: which exist, what they may be, and how SQS writes them.
//!
//! On the wire every attribute is a string, and an attribute that is left out keeps its value. Settings
//! that only the real service can honour (encryption, access policies) are kept and shown, so that
//! infrastructure code finds what it has set.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::message::MAX_MESSAGE_BYTES;
use super::redrive::{RedriveAllowPolicy, RedrivePolicy};
use crate::error::SqsError;

/// Attributes that are kept and shown, and change nothing here.
const KEPT: [&str; 4] =
    ["Policy", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled"];

/// Every attribute name SQS has.
const NAMES: [&str; 22] = [
    "All",
    "Policy",
    "VisibilityTimeout",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
    "DelaySeconds",
    "ReceiveMessageWaitTimeSeconds",
    "RedrivePolicy",
    "RedriveAllowPolicy",
    "FifoQueue",
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "FifoThroughputLimit",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "SqsManagedSseEnabled",
];

/// Whether a request may ask for an attribute of this name.
pub(crate) fn is_attribute_name(name: &str) -> bool {
    NAMES.contains(&name)
}

/// The settings of a queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct QueueAttributes {
    pub(crate) fifo: bool,
    pub(crate) visibility_timeout_seconds: u64,
    pub(crate) delay_seconds: u64,
    pub(crate) maximum_message_size: u64,
    pub(crate) retention_seconds: u64,
    pub(crate) wait_seconds: u64,
    pub(crate) content_based_deduplication: bool,
    /// Whether a deduplication id counts in its message group only.
    pub(crate) deduplicates_per_group: bool,
    pub(crate) limits_per_group: bool,
    pub(crate) redrive_policy: Option<RedrivePolicy>,
    pub(crate) redrive_allow_policy: Option<RedriveAllowPolicy>,
    kept: BTreeMap<String, String>,
}

impl QueueAttributes {
    /// SQS's defaults.
    pub(crate) fn new(fifo: bool) -> Self {
        Self {
            fifo,
            visibility_timeout_seconds: 30,
            delay_seconds: 0,
            maximum_message_size: MAX_MESSAGE_BYTES,
            retention_seconds: 4 * 24 * 60 * 60,
            wait_seconds: 0,
            content_based_deduplication: false,
            deduplicates_per_group: false,
            limits_per_group: false,
            redrive_policy: None,
            redrive_allow_policy: None,
            kept: BTreeMap::new(),
        }
    }

    /// These settings, changed where the attributes say so.
    pub(crate) fn with(mut self, attributes: &BTreeMap<String, String>) -> Result<Self, SqsError> {
        for (name, value) in attributes {
            self.set(name, value)?;
        }
        if self.limits_per_group && !self.deduplicates_per_group {
            return Err(SqsError::invalid_attribute(
                "FifoThroughputLimit. The perMessageGroupId value is allowed only when the value \
                 for DeduplicationScope is messageGroup",
            ));
        }
        Ok(self)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), SqsError> {
        let number = |range: std::ops::RangeInclusive<u64>| {
            let number = value.parse().ok().filter(|number| range.contains(number));
            number.ok_or_else(|| SqsError::invalid_attribute(name))
        };
        let one_of = |no: &str, yes: &str| match value {
            _ if value == no => Ok(false),
            _ if value == yes => Ok(true),
            _ => Err(SqsError::invalid_attribute(name)),
        };

        match name {
            "VisibilityTimeout" => self.visibility_timeout_seconds = number(0..=43_200)?,
            "DelaySeconds" => self.delay_seconds = number(0..=900)?,
            "MaximumMessageSize" => self.maximum_message_size = number(1_024..=MAX_MESSAGE_BYTES)?,
            "MessageRetentionPeriod" => self.retention_seconds = number(60..=1_209_600)?,
            "ReceiveMessageWaitTimeSeconds" => self.wait_seconds = number(0..=20)?,
            "RedrivePolicy" => self.redrive_policy = RedrivePolicy::parse(value)?,
            "RedriveAllowPolicy" => self.redrive_allow_policy = RedriveAllowPolicy::parse(value)?,
            // SQS knows this attribute on FIFO queues only, and never lets it change.
            "FifoQueue" if self.fifo && value == "true" => {}
            "FifoQueue" if self.fifo => return Err(SqsError::invalid_attribute(name)),
            "ContentBasedDeduplication" if self.fifo => {
                self.content_based_deduplication = one_of("false", "true")?;
            }
            "DeduplicationScope" if self.fifo => {
                self.deduplicates_per_group = one_of("queue", "messageGroup")?;
            }
            "FifoThroughputLimit" if self.fifo => {
                self.limits_per_group = one_of("perQueue", "perMessageGroupId")?;
            }
            _ if KEPT.contains(&name) && value.is_empty() => {
                self.kept.remove(name);
            }
            _ if KEPT.contains(&name) => {
                self.kept.insert(name.to_owned(), value.to_owned());
            }
            _ => return Err(SqsError::unknown_attribute(name)),
        }
        Ok(())
    }

    /// One attribute as SQS writes it.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        match name {
            "VisibilityTimeout" => Some(self.visibility_timeout_seconds.to_string()),
            "DelaySeconds" => Some(self.delay_seconds.to_string()),
            "MaximumMessageSize" => Some(self.maximum_message_size.to_string()),
            "MessageRetentionPeriod" => Some(self.retention_seconds.to_string()),
            "ReceiveMessageWaitTimeSeconds" => Some(self.wait_seconds.to_string()),
            "RedrivePolicy" => self.redrive_policy.as_ref().map(RedrivePolicy::to_json),
            "RedriveAllowPolicy" => {
                self.redrive_allow_policy.as_ref().map(RedriveAllowPolicy::to_json)
            }
            "FifoQueue" => self.fifo.then(|| "true".to_owned()),
            "ContentBasedDeduplication" => {
                self.fifo.then(|| self.content_based_deduplication.to_string())
            }
            "DeduplicationScope" => self.fifo.then(|| {
                if self.deduplicates_per_group { "messageGroup" } else { "queue" }.to_owned()
            }),
            "FifoThroughputLimit" => self.fifo.then(|| {
                if self.limits_per_group { "perMessageGroupId" } else { "perQueue" }.to_owned()
            }),
            _ => self.kept.get(name).cloned(),
        }
    }

    /// All attributes that have a value.
    pub(crate) fn all(&self) -> BTreeMap<&'static str, String> {
        NAMES.into_iter().filter_map(|name| Some((name, self.get(name)?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn attributes_are_checked_and_shown() {
        use ErrorCode::{InvalidAttributeName as Name, InvalidAttributeValue as Value};
        let policy = r#"{"deadLetterTargetArn":"arn:aws:sqs:r:1:d","maxReceiveCount":"3"}"#;
        let shown = r#"{"deadLetterTargetArn":"arn:aws:sqs:r:1:d","maxReceiveCount":3}"#;
        // (FIFO, attribute, value, as shown afterwards)
        let cases = [
            (true, "VisibilityTimeout", "0", Ok(Some("0"))),
            (true, "VisibilityTimeout", "43201", Err(Value)),
            (true, "VisibilityTimeout", "-1", Err(Value)),
            (true, "VisibilityTimeout", "soon", Err(Value)),
            (true, "DelaySeconds", "901", Err(Value)),
            (true, "MaximumMessageSize", "1048576", Ok(Some("1048576"))),
            (true, "MaximumMessageSize", "1048577", Err(Value)),
            (true, "MessageRetentionPeriod", "59", Err(Value)),
            (true, "ReceiveMessageWaitTimeSeconds", "21", Err(Value)),
            (true, "FifoQueue", "false", Err(Value)),
            (false, "FifoQueue", "false", Err(Name)),
            (false, "ContentBasedDeduplication", "true", Err(Name)),
            (true, "ContentBasedDeduplication", "yes", Err(Value)),
            (true, "DeduplicationScope", "messageGroup", Ok(Some("messageGroup"))),
            (true, "FifoThroughputLimit", "perMessageGroupId", Err(Value)),
            (true, "RedrivePolicy", policy, Ok(Some(shown))),
            (true, "RedrivePolicy", "", Ok(None)),
            (true, "RedrivePolicy", "{}", Err(Value)),
            (true, "KmsMasterKeyId", "alias/key", Ok(Some("alias/key"))),
            (true, "Colour", "blue", Err(Name)),
            (true, "QueueArn", "arn", Err(Name)),
        ];

        for (fifo, name, value, expected) in cases {
            let attributes = [(name.to_owned(), value.to_owned())].into();
            let result = QueueAttributes::new(fifo).with(&attributes);
            let shown = result.map(|all| all.get(name)).map_err(|error| error.code());
            assert_eq!(shown, expected.map(|shown| shown.map(str::to_owned)), "{name}={value}");
        }
    }
}
