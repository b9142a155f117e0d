//! What a queue refuses, under the two names each refusal has on the wire.
//!
//! SQS changed its protocol but not its error codes: newer SDKs read the shape's name in the body, and
//! code written against the older protocol still compares the code in the `x-amzn-query-error` header.
//! Both names of an error are therefore one row of one table.

use std::fmt;

/// What kind of refusal an [`SqsError`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorCode {
    /// Two entries of a batch have the same id.
    BatchEntryIdsNotDistinct,
    /// The messages of a batch are larger than one request may be.
    BatchRequestTooLong,
    /// A batch without entries.
    EmptyBatchRequest,
    /// The server could not keep what it was told. Trying again is safe.
    InternalFailure,
    /// The action is not one of SQS's, or not one of those served here.
    InvalidAction,
    /// The queue's URL does not name a queue.
    InvalidAddress,
    /// A queue attribute that does not exist, or cannot be set.
    InvalidAttributeName,
    /// A queue attribute with a value it cannot have.
    InvalidAttributeValue,
    /// The id of a batch entry has characters it must not have.
    InvalidBatchEntryId,
    /// The body of a message has characters it must not have.
    InvalidMessageContents,
    /// A parameter with a value it cannot have.
    InvalidParameterValue,
    /// The message is not in flight.
    MessageNotInflight,
    /// A parameter that must be given was not.
    MissingParameter,
    /// The last purge is less than a minute ago.
    PurgeQueueInProgress,
    /// There is no such queue.
    QueueDoesNotExist,
    /// A queue of this name exists, with other attributes.
    QueueNameExists,
    /// The receipt handle was not made by this queue.
    ReceiptHandleIsInvalid,
    /// The request is larger than any that could be valid.
    RequestEntityTooLarge,
    /// There is no such queue or message move task.
    ResourceNotFound,
    /// The request is not the JSON its action expects.
    Serialization,
    /// A batch with more than ten entries.
    TooManyEntriesInBatchRequest,
}

impl ErrorCode {
    /// The shape's name, and the code of the older protocol.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::BatchEntryIdsNotDistinct => {
                ("BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct")
            }
            Self::BatchRequestTooLong => {
                ("BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong")
            }
            Self::EmptyBatchRequest => {
                ("EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest")
            }
            Self::InternalFailure => ("InternalFailure", "InternalFailure"),
            Self::InvalidAction => ("InvalidAction", "InvalidAction"),
            Self::InvalidAddress => ("InvalidAddress", "InvalidAddress"),
            Self::InvalidAttributeName => ("InvalidAttributeName", "InvalidAttributeName"),
            Self::InvalidAttributeValue => ("InvalidAttributeValue", "InvalidAttributeValue"),
            Self::InvalidBatchEntryId => {
                ("InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId")
            }
            Self::InvalidMessageContents => ("InvalidMessageContents", "InvalidMessageContents"),
            Self::InvalidParameterValue => {
                ("InvalidParameterValueException", "InvalidParameterValue")
            }
            Self::MessageNotInflight => {
                ("MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight")
            }
            Self::MissingParameter => ("MissingParameterException", "MissingParameter"),
            Self::PurgeQueueInProgress => {
                ("PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress")
            }
            Self::QueueDoesNotExist => {
                ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue")
            }
            Self::QueueNameExists => ("QueueNameExists", "QueueAlreadyExists"),
            Self::ReceiptHandleIsInvalid => ("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid"),
            Self::RequestEntityTooLarge => ("RequestEntityTooLarge", "RequestEntityTooLarge"),
            Self::ResourceNotFound => ("ResourceNotFoundException", "ResourceNotFoundException"),
            Self::Serialization => ("SerializationException", "MalformedInput"),
            Self::TooManyEntriesInBatchRequest => (
                "TooManyEntriesInBatchRequest",
                "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            ),
        }
    }

    /// The shape's full name, as the answer's `__type`.
    pub fn shape(self) -> String {
        format!("com.amazonaws.sqs#{}", self.names().0)
    }

    /// The code of the older protocol, as SDKs show it.
    pub fn query_code(self) -> &'static str {
        self.names().1
    }

    /// Whether the sender has to change the request before trying again.
    pub fn is_sender_fault(self) -> bool {
        self != Self::InternalFailure
    }
}

/// Why a request was refused. Never quotes a message's body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SqsError {
    code: ErrorCode,
    message: String,
}

impl SqsError {
    /// A refusal with its explanation.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// What kind of refusal it is.
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    pub(crate) fn invalid_value(parameter: &str, reason: impl fmt::Display) -> Self {
        Self::new(
            ErrorCode::InvalidParameterValue,
            format!("The value for parameter {parameter} is invalid. Reason: {reason}"),
        )
    }

    pub(crate) fn invalid_attribute(attribute: &str) -> Self {
        Self::new(
            ErrorCode::InvalidAttributeValue,
            format!("Invalid value for the parameter {attribute}."),
        )
    }

    pub(crate) fn unknown_attribute(attribute: &str) -> Self {
        Self::new(ErrorCode::InvalidAttributeName, format!("Unknown Attribute {attribute}."))
    }

    pub(crate) fn missing(parameter: &str) -> Self {
        Self::new(
            ErrorCode::MissingParameter,
            format!("The request must contain the parameter {parameter}."),
        )
    }

    pub(crate) fn no_such_queue() -> Self {
        Self::new(ErrorCode::QueueDoesNotExist, "The specified queue does not exist.")
    }

    pub(crate) fn no_such_resource() -> Self {
        Self::new(
            ErrorCode::ResourceNotFound,
            "The resource that you specified for the SourceArn parameter doesn't exist.",
        )
    }
}

/// Checks that a number is one its parameter can have.
pub(crate) fn within(
    parameter: &str,
    value: i64,
    range: std::ops::RangeInclusive<i64>,
) -> Result<u64, SqsError> {
    u64::try_from(value).ok().filter(|_| range.contains(&value)).ok_or_else(|| {
        let (start, end) = range.into_inner();
        SqsError::invalid_value(parameter, format!("Must be between {start} and {end}."))
    })
}
