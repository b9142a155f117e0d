//! Order, locked groups and visibility in FIFO queues.

use super::*;
use ErrorCode::InvalidParameterValue;

#[test]
fn groups_keep_their_order() {
    let stories: &[Story] = &[
        (
            "one group comes in order, and in one batch",
            &[],
            &[Send("A", "a1"), Send("A", "a2"), Send("A", "a3"), Receive(10, &["a1", "a2", "a3"])],
        ),
        (
            "a group is locked while a message is in flight, others are not",
            &[],
            &[
                Send("A", "a1"),
                Send("A", "a2"),
                Send("B", "b1"),
                Send("B", "b2"),
                Receive(1, &["a1"]),
                Receive(10, &["b1", "b2"]),
                Receive(10, &[]),
                Delete("a1"),
                Receive(10, &["a2"]),
            ],
        ),
        (
            "a batch is filled from the oldest group first",
            &[],
            &[
                Send("A", "a1"),
                Send("B", "b1"),
                Send("A", "a2"),
                Send("B", "b2"),
                Send("A", "a3"),
                Receive(4, &["a1", "a2", "a3", "b1"]),
                Receive(10, &[]),
                Delete("b1"),
                Receive(10, &["b2"]),
            ],
        ),
        (
            "deleting some of a batch keeps the group locked until the rest is visible",
            &[("VisibilityTimeout", "1")],
            &[
                Send("A", "a1"),
                Send("A", "a2"),
                Send("A", "a3"),
                Send("A", "a4"),
                Receive(3, &["a1", "a2", "a3"]),
                Delete("a2"),
                Delete("a1"),
                Receive(10, &[]),
                Wait(1_000),
                Receive(10, &["a3", "a4"]),
            ],
        ),
        (
            "a later message in flight locks the group for an earlier one",
            &[],
            &[
                Send("A", "a1"),
                Send("A", "a2"),
                Receive(10, &["a1", "a2"]),
                Hide("a1", 0),
                Receive(10, &[]),
                Hide("a2", 0),
                Receive(10, &["a1", "a2"]),
            ],
        ),
        (
            "a queue's delay holds for every message, and for those already there when it changes",
            &[("DelaySeconds", "5")],
            &[
                Send("A", "a1"),
                Counts("0", "0", "1"),
                Wait(4_999),
                Receive(10, &[]),
                Wait(1),
                Receive(10, &["a1"]),
            ],
        ),
    ];
    play(true, stories);
}

#[test]
fn visibility_ends_and_can_be_changed() {
    let stories: &[Story] = &[
        (
            "a message comes back in its old place when its timeout ends",
            &[("VisibilityTimeout", "30")],
            &[
                Send("A", "a1"),
                Send("A", "a2"),
                Receive(1, &["a1"]),
                Wait(29_999),
                Receive(10, &[]),
                Wait(1),
                Receive(10, &["a1", "a2"]),
            ],
        ),
        (
            "zero frees the group at once",
            &[],
            &[
                Send("A", "a1"),
                Send("A", "a2"),
                Receive(1, &["a1"]),
                Hide("a1", 0),
                Receive(10, &["a1", "a2"]),
            ],
        ),
        (
            "a change counts from now",
            &[("VisibilityTimeout", "1")],
            &[
                Send("A", "a1"),
                Receive(1, &["a1"]),
                Wait(500),
                Hide("a1", 30),
                Wait(29_999),
                Receive(1, &[]),
                Wait(1),
                Receive(1, &["a1"]),
            ],
        ),
        (
            "a receive can bring its own timeout, of zero even",
            &[],
            &[
                Send("A", "a1"),
                ReceiveHidden(0, &["a1"]),
                ReceiveHidden(7, &["a1"]),
                Wait(7_000),
                Receive(1, &["a1"]),
            ],
        ),
        (
            "nothing stays hidden for more than twelve hours",
            &[],
            &[
                Send("A", "a1"),
                Receive(1, &["a1"]),
                Wait(1_000),
                Refuse(&Hide("a1", 43_201), InvalidParameterValue),
                Refuse(&Hide("a1", 43_200), InvalidParameterValue),
                Refuse(&Hide("a1", -1), InvalidParameterValue),
                Hide("a1", 43_199),
            ],
        ),
        (
            "a handle is stale when the timeout is over, and when the message was received again",
            &[("VisibilityTimeout", "1")],
            &[
                Send("A", "a1"),
                Receive(1, &["a1"]),
                Wait(1_000),
                Refuse(&Delete("a1"), InvalidParameterValue),
                Refuse(&Hide("a1", 5), InvalidParameterValue),
                Receive(1, &["a1"]),
                Refuse(&DeleteByFirst("a1"), InvalidParameterValue),
                Delete("a1"),
                Delete("a1"),
                Refuse(&Hide("a1", 5), InvalidParameterValue),
                Counts("0", "0", "0"),
            ],
        ),
    ];
    play(true, stories);
}
