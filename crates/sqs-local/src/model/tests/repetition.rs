//! What is sent or received a second time.

use super::*;
use ErrorCode::{InvalidParameterValue, PurgeQueueInProgress};

#[test]
fn duplicates_are_not_delivered() {
    let per_group: &[(&str, &str)] =
        &[("DeduplicationScope", "messageGroup"), ("FifoThroughputLimit", "perMessageGroupId")];
    let stories: &[Story] = &[
        (
            "an id counts in the whole queue",
            &[],
            &[SendAs("A", "x", "k"), SendAs("B", "y", "k"), Receive(10, &["x"])],
        ),
        (
            "or in its group only",
            per_group,
            &[
                SendAs("A", "x", "k"),
                SendAs("B", "y", "k"),
                SendAs("A", "z", "k"),
                Receive(10, &["x", "y"]),
            ],
        ),
        (
            "an id counts for five minutes, though its message be deleted",
            &[],
            &[
                SendAs("A", "x", "k"),
                Receive(1, &["x"]),
                Delete("x"),
                Wait(299_999),
                SendAs("A", "y", "k"),
                Receive(10, &[]),
                Wait(1),
                SendAs("A", "z", "k"),
                Receive(10, &["z"]),
            ],
        ),
        (
            "a duplicate does not begin five minutes of its own",
            &[],
            &[
                SendAs("A", "x", "k"),
                Wait(200_000),
                SendAs("A", "y", "k"),
                Wait(100_000),
                SendAs("A", "z", "k"),
                Receive(10, &["x", "z"]),
            ],
        ),
        (
            "a purge does not end deduplication, and comes once a minute",
            &[],
            &[
                SendAs("A", "x", "k"),
                Receive(1, &["x"]),
                Purge,
                Delete("x"),
                SendAs("A", "y", "k"),
                Counts("0", "0", "0"),
                Wait(59_999),
                Refuse(&Purge, PurgeQueueInProgress),
                Wait(1),
                Purge,
            ],
        ),
    ];
    play(true, stories);
}

#[test]
fn a_duplicate_is_answered_as_its_original() {
    let mut world = World::new(true, &[("ContentBasedDeduplication", "true")]);
    let mut send = |body: &str| {
        let message =
            NewMessage { message_group_id: Some("A".to_owned()), ..NewMessage::standard(body) };
        world.model.send(world.now_ms, "q.fifo", message).unwrap()
    };
    let (first, second, other) = (send("x"), send("x"), send("y"));
    assert_eq!(first, second);
    assert_ne!(first.message_id, other.message_id);
    let numbers = [first.sequence_number.unwrap(), other.sequence_number.unwrap()];
    assert!(
        numbers.iter().all(|number| number.len() == 20) && numbers[0] < numbers[1],
        "{numbers:?}"
    );
}

#[test]
fn a_receive_can_be_repeated() {
    let stories: &[Story] = &[
        (
            "the same attempt gets the same messages, hidden anew",
            &[],
            &[
                Send("A", "a1"),
                Attempt("k", &["a1"]),
                Send("A", "a2"),
                Wait(20_000),
                Attempt("k", &["a1"]),
                Wait(29_999),
                Receive(10, &[]),
                DeleteByFirst("a1"),
                Receive(10, &["a2"]),
            ],
        ),
        (
            "and so does a third one",
            &[],
            &[
                Send("A", "a1"),
                Attempt("k", &["a1"]),
                Wait(20_000),
                Attempt("k", &["a1"]),
                Wait(20_000),
                Attempt("k", &["a1"]),
            ],
        ),
        (
            "not when a message was deleted since",
            &[],
            &[
                Send("A", "a1"),
                Attempt("k", &["a1"]),
                Delete("a1"),
                Refuse(&Attempt("k", &[]), InvalidParameterValue),
            ],
        ),
        (
            "nor when its visibility was changed",
            &[],
            &[
                Send("A", "a1"),
                Attempt("k", &["a1"]),
                Hide("a1", 5),
                Refuse(&Attempt("k", &[]), InvalidParameterValue),
            ],
        ),
        (
            "an attempt whose messages are visible again is a new one",
            &[],
            &[
                Send("A", "a1"),
                Attempt("k", &["a1"]),
                Wait(30_000),
                Send("A", "a2"),
                Attempt("k", &["a1", "a2"]),
            ],
        ),
        (
            "an attempt is remembered for five minutes",
            &[],
            &[
                Send("A", "a1"),
                Send("B", "b1"),
                ReceiveHidden(600, &["a1", "b1"]),
                Send("C", "c1"),
                Attempt("k", &["c1"]),
                Hide("c1", 600),
                Wait(300_000),
                Attempt("k", &[]),
            ],
        ),
        (
            "an attempt that got nothing is not one",
            &[],
            &[Attempt("k", &[]), Send("A", "a1"), Attempt("k", &["a1"])],
        ),
    ];
    play(true, stories);
}

#[test]
fn receivers_are_told_about_messages() {
    let mut world = World::new(true, &[]);
    let start = world.now_ms;
    world.perform(SendAs("G", "x", "D"), "send").unwrap();
    world.now_ms += 1_000;
    let first = world.receive("q", &ReceiveRequest::default()).unwrap().remove(0);
    world.now_ms += 30_000;
    let second = world.receive("q", &ReceiveRequest::default()).unwrap().remove(0);

    // (attribute, at the first receive, at the second)
    let first_received = (start + 1_000).to_string();
    let cases = [
        ("MessageGroupId", "G", "G"),
        ("MessageDeduplicationId", "D", "D"),
        ("ApproximateReceiveCount", "1", "2"),
        ("SentTimestamp", &start.to_string(), &start.to_string()),
        ("ApproximateFirstReceiveTimestamp", &first_received, &first_received),
    ];
    for (name, at_first, at_second) in cases {
        assert_eq!(first.attributes[name], at_first, "{name}");
        assert_eq!(second.attributes[name], at_second, "{name}");
    }
    assert_eq!(first.message_id, second.message_id);
    assert_ne!(first.receipt_handle, second.receipt_handle);
}
