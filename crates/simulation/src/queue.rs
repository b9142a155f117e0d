//! The queues, as they are deployed.

use sqs_local::Model;

/// The conversations' queue.
pub(crate) const QUEUE: &str = "lambot.fifo";

/// The dead-letter queue.
pub(crate) const DEAD: &str = "lambot-dlq.fifo";

/// The attributes both are deployed with.
const BOTH: [(&str, &str); 4] = [
    ("FifoQueue", "true"),
    ("DeduplicationScope", "messageGroup"),
    ("FifoThroughputLimit", "perMessageGroupId"),
    ("MessageRetentionPeriod", "1209600"),
];

/// How long a received batch is out of sight unless its worker says otherwise.
const VISIBILITY_TIMEOUT: &str = "180";

/// How often a message is received before the queue gives it up.
const MOST_RECEIVES: u64 = 1000;

/// How long an invocation may take, in milliseconds.
pub(crate) const TIMEOUT_MS: u64 = 30_000;

/// How many messages an invocation gets.
pub(crate) const BATCH_SIZE: i64 = 10;

/// Empty queues.
pub(crate) fn new(seed: u64) -> Model {
    let mut model = Model::new("eu-central-1", seed);
    let own = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let redrive = format!(
        r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":{MOST_RECEIVES}}}"#,
        model.arn(DEAD)
    );
    let queue =
        [&BOTH[..], &[("VisibilityTimeout", VISIBILITY_TIMEOUT), ("RedrivePolicy", &redrive)]]
            .concat();
    let made = model.create_queue(0, DEAD, &own(&BOTH));
    let made = made.and_then(|()| model.create_queue(0, QUEUE, &own(&queue)));
    debug_assert!(made.is_ok(), "{made:?}");
    model
}

/// Whether nothing is left in the conversations' queue.
pub(crate) fn is_empty(model: &mut Model, now: u64) -> bool {
    let Ok(attributes) = model.queue_attributes(now, QUEUE) else { return false };
    ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        .iter()
        .all(|name| attributes.get(name).is_some_and(|count| count == "0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queues_are_those_that_are_deployed() {
        let storage = include_str!("../../../infra/storage.yml");
        let (_, rest) = storage.split_once("\n  Queue:\n").expect("the queue");
        let (queue, rest) = rest.split_once("\n  DeadLetterQueue:\n").expect("the other");
        let (dead_letters, _) = rest.split_once("\n  Table:\n").expect("the table");
        for (name, value) in BOTH {
            for queue in [queue, dead_letters] {
                assert!(queue.contains(&format!("\n      {name}: {value}\n")), "{name}");
            }
        }
        for line in [
            format!("VisibilityTimeout: {VISIBILITY_TIMEOUT}\n"),
            format!("maxReceiveCount: {MOST_RECEIVES}\n"),
        ] {
            assert!(queue.contains(&line), "{line}");
        }
        let functions = include_str!("../../../infra/serverless.yml");
        let (_, worker) = functions.split_once("\n  queue-worker:\n").expect("the worker");
        for line in
            [format!("timeout: {}\n", TIMEOUT_MS / 1000), format!("batchSize: {BATCH_SIZE}\n")]
        {
            assert!(worker.contains(&line), "{line}");
        }
    }
}
