//! The settings of the queue and of its dead-letter queue.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;

use super::finding::{Finding, kinds};

kinds! {
    UNANSWERED = Error "queue-unanswered" "Check the variable, the region, the endpoint, the credentials, and that they allow sqs:GetQueueAttributes.";
    NOT_FIFO = Error "queue-not-fifo" "Deploy again, and set the variable to the output of the deployment: events of one conversation would change places.";
    NOT_PER_GROUP = Warning "queue-not-per-group" "Set FifoThroughputLimit to perMessageGroupId and DeduplicationScope to messageGroup, as `scripts/deploy STAGE` does.";
    VISIBILITY = Error "queue-visibility" "Set VisibilityTimeout to six times the worker's timeout or more, as `scripts/deploy STAGE` does.";
    NO_REDRIVE = Error "queue-redrive" "Set a RedrivePolicy whose target is the queue of DLQ_URL, as `scripts/deploy STAGE` does.";
    RECEIVES = Warning "queue-receive-count" "Set maxReceiveCount of the RedrivePolicy to 1000, as `scripts/deploy STAGE` does: an outage of a platform takes many receives.";
    RETENTION = Warning "queue-retention" "Set MessageRetentionPeriod to 1209600, which is 14 days, as `scripts/deploy STAGE` does.";
    LETTERS = Warning "dead-letters" "See what they are by `lambot dlq list`, mend it, and have them decided by `lambot dlq redrive`.";
}

/// As `docs/dead-letters.md` promises; the longest there is.
///
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>
const RETENTION_SECS: u64 = 14 * 24 * 60 * 60;

/// After so many receives SQS gives up on a message. A lower count would condemn what only waits for a platform.
const MOST_RECEIVES: u64 = 1000;

/// What AWS asks for between a function's timeout and its queue's.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>
const TIMEOUTS: u64 = 6;

/// By the names of SQS's `GetQueueAttributes`.
pub(super) type Attributes = HashMap<String, String>;

/// That one of the queues, by its variable, says nothing of itself.
pub(super) fn unanswered(variable: &str, why: &str) -> Finding {
    UNANSWERED.because(format!("SQS says nothing of the queue of {variable}: {why}"))
}

/// `timeout` is the worker's; what cannot be known of a queue, because it has not answered, is not found.
pub(super) fn findings(
    queue: Option<&Attributes>,
    dead_letters: Option<&Attributes>,
    timeout: Duration,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (variable, queue) in [("QUEUE_URL", queue), ("DLQ_URL", dead_letters)] {
        findings.extend(queue.into_iter().flat_map(|queue| of_both(variable, queue)));
    }
    if let Some(queue) = queue {
        let visibility = number(queue, "VisibilityTimeout");
        if visibility < TIMEOUTS * timeout.as_secs() {
            let timeout = timeout.as_secs();
            findings.push(VISIBILITY.because(format!(
                "messages of QUEUE_URL come back after {visibility} s, and the worker may take {timeout} s"
            )));
        }
        findings.extend(redrive(queue, dead_letters));
    }
    let letters = dead_letters.map_or(0, letters);
    if letters > 0 {
        findings.push(LETTERS.because(format!("the dead-letter queue holds about {letters}")));
    }
    findings
}

fn of_both(variable: &str, queue: &Attributes) -> Vec<Finding> {
    let is = |name: &str, value: &str| queue.get(name).is_some_and(|found| found == value);
    let mut findings = Vec::new();
    if !is("FifoQueue", "true") {
        findings.push(NOT_FIFO.because(format!("the queue of {variable} is no FIFO queue")));
    } else if !(is("FifoThroughputLimit", "perMessageGroupId")
        && is("DeduplicationScope", "messageGroup"))
    {
        findings.push(
            NOT_PER_GROUP
                .because(format!("conversations slow each other in the queue of {variable}")),
        );
    }
    let retention = number(queue, "MessageRetentionPeriod");
    if retention < RETENTION_SECS {
        findings.push(RETENTION.because(format!(
            "the queue of {variable} forgets messages after {} days",
            retention / (24 * 60 * 60)
        )));
    }
    findings
}

fn redrive(queue: &Attributes, dead_letters: Option<&Attributes>) -> Option<Finding> {
    let policy = queue.get("RedrivePolicy").and_then(|policy| serde_json::from_str(policy).ok());
    let policy: Value = policy.unwrap_or_default();
    let Some(target) = policy.get("deadLetterTargetArn").and_then(Value::as_str) else {
        return Some(NO_REDRIVE.because("the queue of QUEUE_URL has no dead-letter queue"));
    };
    let arn = dead_letters.and_then(|queue| queue.get("QueueArn"));
    if arn.is_some_and(|arn| arn != target) {
        let problem = "the dead-letter queue of QUEUE_URL is not that of DLQ_URL";
        return Some(NO_REDRIVE.because(problem));
    }
    // SQS takes the number as a string, too, and gives it back as it was taken.
    let most = policy.get("maxReceiveCount");
    let most = most.and_then(|most| most.as_u64().or_else(|| most.as_str()?.parse().ok()));
    let most = most.unwrap_or_default();
    (most < MOST_RECEIVES)
        .then(|| RECEIVES.because(format!("SQS gives up on a message after {most} receives")))
}

/// All of them, those included that somebody looks at just now.
fn letters(queue: &Attributes) -> u64 {
    let counts = [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    ];
    counts.iter().map(|name| number(queue, name)).sum()
}

fn number(queue: &Attributes, name: &str) -> u64 {
    queue.get(name).and_then(|value| value.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::finding::codes;
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(30);

    fn healthy(name: &str) -> Attributes {
        let policy = r#"{"deadLetterTargetArn":"arn:dead","maxReceiveCount":"1000"}"#;
        let attributes = [
            ("QueueArn", name),
            ("FifoQueue", "true"),
            ("FifoThroughputLimit", "perMessageGroupId"),
            ("DeduplicationScope", "messageGroup"),
            ("MessageRetentionPeriod", "1209600"),
            ("VisibilityTimeout", "180"),
            ("RedrivePolicy", policy),
            ("ApproximateNumberOfMessages", "0"),
        ];
        attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    /// Findings when one attribute is another one, or missing where it is empty.
    fn with(queue_name: &str, attribute: &str, value: &str) -> Vec<&'static str> {
        let change = |name: &str| {
            let mut queue = healthy(name);
            if name == queue_name {
                queue.remove(attribute);
                if !value.is_empty() {
                    queue.insert(attribute.to_owned(), value.to_owned());
                }
            }
            queue
        };
        let (queue, dead) = (change("arn:queue"), change("arn:dead"));
        codes(&findings(Some(&queue), Some(&dead), TIMEOUT))
    }

    #[test]
    fn each_setting_is_checked() {
        let (queue, dead) = ("arn:queue", "arn:dead");
        // (queue, attribute, value, findings)
        let cases: [(&str, &str, &str, &[&str]); 19] = [
            (queue, "QueueArn", "arn:queue", &[]),
            (queue, "ApproximateNumberOfMessages", "7", &[]),
            (queue, "VisibilityTimeout", "181", &[]),
            (queue, "VisibilityTimeout", "179", &["queue-visibility"]),
            (dead, "VisibilityTimeout", "30", &[]),
            (queue, "FifoQueue", "", &["queue-not-fifo"]),
            (dead, "FifoQueue", "", &["queue-not-fifo"]),
            (queue, "FifoThroughputLimit", "perQueue", &["queue-not-per-group"]),
            (queue, "DeduplicationScope", "queue", &["queue-not-per-group"]),
            (dead, "DeduplicationScope", "queue", &["queue-not-per-group"]),
            (queue, "MessageRetentionPeriod", "345600", &["queue-retention"]),
            (dead, "MessageRetentionPeriod", "345600", &["queue-retention"]),
            (queue, "RedrivePolicy", "", &["queue-redrive"]),
            (
                queue,
                "RedrivePolicy",
                r#"{"deadLetterTargetArn":"arn:other","maxReceiveCount":1000}"#,
                &["queue-redrive"],
            ),
            (
                queue,
                "RedrivePolicy",
                r#"{"deadLetterTargetArn":"arn:dead","maxReceiveCount":1000}"#,
                &[],
            ),
            (
                queue,
                "RedrivePolicy",
                r#"{"deadLetterTargetArn":"arn:dead","maxReceiveCount":999}"#,
                &["queue-receive-count"],
            ),
            (dead, "RedrivePolicy", "", &[]),
            (dead, "ApproximateNumberOfMessages", "1", &["dead-letters"]),
            (dead, "ApproximateNumberOfMessagesNotVisible", "1", &["dead-letters"]),
        ];
        for (queue, attribute, value, expected) in cases {
            assert_eq!(with(queue, attribute, value), expected, "{queue} {attribute} {value}");
        }
    }

    #[test]
    fn what_does_not_answer_is_not_judged() {
        let queue = healthy("arn:queue");
        assert_eq!(findings(None, None, TIMEOUT), []);
        assert_eq!(findings(Some(&queue), None, TIMEOUT), []);
    }
}
