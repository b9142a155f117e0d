//! Standard queues, and what both kinds have in common.

use super::*;
use ErrorCode::{
    InvalidAttributeValue, InvalidParameterValue, MessageNotInflight, QueueDoesNotExist,
    QueueNameExists,
};

#[test]
fn messages_come_and_go() {
    let stories: &[Story] = &[
        (
            "one message in flight holds up no other",
            &[],
            &[
                Send("", "a"),
                Send("", "b"),
                Receive(1, &["a"]),
                Receive(10, &["b"]),
                Counts("0", "2", "0"),
            ],
        ),
        (
            "a message's own delay comes before the queue's",
            &[("DelaySeconds", "10")],
            &[
                SendLater("soon", 1),
                SendLater("now", 0),
                Send("", "later"),
                Receive(10, &["now"]),
                Counts("0", "1", "2"),
                Wait(1_000),
                Receive(10, &["soon"]),
                Wait(9_000),
                Receive(10, &["later"]),
            ],
        ),
        (
            "the newest handle deletes, even late; an older one does nothing",
            &[("VisibilityTimeout", "1")],
            &[
                Send("", "a"),
                Receive(1, &["a"]),
                Wait(1_000),
                Refuse(&Hide("a", 5), MessageNotInflight),
                Receive(1, &["a"]),
                DeleteByFirst("a"),
                Counts("0", "1", "0"),
                Wait(1_000),
                Delete("a"),
                Counts("0", "0", "0"),
            ],
        ),
        (
            "a message is forgotten when its retention period is over, in flight or not",
            &[("MessageRetentionPeriod", "60")],
            &[
                Send("", "a"),
                Wait(1),
                Send("", "b"),
                Wait(59_998),
                Receive(1, &["a"]),
                Wait(1),
                Counts("1", "0", "0"),
                Wait(1),
                Counts("0", "0", "0"),
            ],
        ),
        (
            "receives have no attempts here",
            &[],
            &[
                Refuse(&Attempt("k", &[]), InvalidParameterValue),
                Refuse(&Receive(11, &[]), InvalidParameterValue),
                Refuse(&Receive(0, &[]), InvalidParameterValue),
            ],
        ),
    ];
    play(false, stories);
}

#[test]
fn handles_of_other_queues_are_refused() {
    let mut world = World::new(true, &[]);
    world.perform(Send("A", "a1"), "send").unwrap();
    let handle = world.receive("q", &ReceiveRequest::default()).unwrap()[0].receipt_handle.clone();
    // (queue, handle)
    let cases =
        [("d.fifo", handle.as_str()), ("q.fifo", "garbage"), ("q.fifo", "c3FzLWxvY2FsL3EvMQ==")];
    for (queue, handle) in cases {
        let refusal = world.model.delete(world.now_ms, queue, handle).unwrap_err();
        assert_eq!(refusal.code(), ErrorCode::ReceiptHandleIsInvalid, "{queue} {handle}");
    }
}

#[test]
fn queues_are_created_once() {
    let fifo = ("FifoQueue", "true");
    let long = "n".repeat(81);
    // (name, attributes, why it is refused), one after the other
    let cases = [
        ("a.fifo", &[fifo, ("VisibilityTimeout", "5")][..], None),
        ("a.fifo", &[fifo, ("VisibilityTimeout", "5")], None),
        ("a.fifo", &[fifo], None),
        ("a.fifo", &[fifo, ("VisibilityTimeout", "6")], Some(QueueNameExists)),
        ("a.fifo", &[fifo, ("DelaySeconds", "0")], None),
        ("b.fifo", &[], Some(InvalidParameterValue)),
        ("b", &[fifo], Some(InvalidParameterValue)),
        (".fifo", &[fifo], Some(InvalidParameterValue)),
        ("", &[], Some(InvalidParameterValue)),
        (&long, &[], Some(InvalidParameterValue)),
        ("c", &[("VisibilityTimeout", "x")], Some(InvalidAttributeValue)),
    ];
    let mut model = Model::new("us-east-1", 0);
    for (name, of_queue, expected) in cases {
        let result = model.create_queue(0, name, &attributes(of_queue));
        assert_eq!(result.err().map(|error| error.code()), expected, "{name} {of_queue:?}");
    }
    assert_eq!(model.queue_names().collect::<Vec<_>>(), ["a.fifo"]);
}

#[test]
fn a_deleted_queue_is_gone_with_its_messages() {
    let mut world = World::new(true, &[]);
    world.perform(Send("A", "a1"), "send").unwrap();
    world.model.delete_queue("q.fifo").unwrap();
    let refusal = world.perform(Receive(1, &[]), "receive").unwrap_err();
    assert_eq!(refusal.code(), QueueDoesNotExist);
    world
        .model
        .create_queue(world.now_ms, "q.fifo", &attributes(&[("FifoQueue", "true")]))
        .unwrap();
    world.perform(Receive(1, &[]), "a new queue is empty").unwrap();
}

#[test]
fn attributes_can_be_changed() {
    let mut world = World::new(true, &[("DelaySeconds", "60")]);
    world.perform(Send("A", "a1"), "send").unwrap();
    let later = world.now_ms + 5_000;
    world
        .model
        .set_queue_attributes(later, "q.fifo", &attributes(&[("DelaySeconds", "0")]))
        .unwrap();
    world.perform(Receive(1, &["a1"]), "a FIFO queue's delay ends with the setting").unwrap();

    let shown = world.model.queue_attributes(later, "q.fifo").unwrap();
    let seconds = |ms: u64| (ms / 1_000).to_string();
    // (attribute, value)
    let cases = [
        ("DelaySeconds", "0"),
        ("FifoQueue", "true"),
        ("VisibilityTimeout", "30"),
        ("MessageRetentionPeriod", "345600"),
        ("MaximumMessageSize", "1048576"),
        ("QueueArn", "arn:aws:sqs:us-east-1:000000000000:q.fifo"),
        ("CreatedTimestamp", &seconds(world.now_ms)),
        ("LastModifiedTimestamp", &seconds(later)),
    ];
    for (name, expected) in cases {
        assert_eq!(shown[name], expected, "{name}");
    }
}

#[test]
fn the_next_wake_up_is_known() {
    let mut world = World::new(true, &[("VisibilityTimeout", "10")]);
    let start = world.now_ms;
    // (step, when something may become receivable by itself, in milliseconds from the start)
    let cases = [
        (Send("A", "a1"), None),
        (Receive(1, &["a1"]), Some(10_000)),
        (Wait(2_000), Some(10_000)),
        (Send("B", "b1"), Some(10_000)),
        (Receive(1, &["b1"]), Some(10_000)),
        (Delete("a1"), Some(12_000)),
        (Wait(10_000), None),
    ];
    for (step, expected) in cases {
        world.perform(step, "wake-up").unwrap();
        let wakes_at_ms = world.model.wakes_at_ms(world.now_ms, "q.fifo");
        assert_eq!(wakes_at_ms, expected.map(|ms| start + ms), "{step:?}");
    }
}
