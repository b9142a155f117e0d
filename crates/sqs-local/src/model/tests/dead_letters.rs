//! Dead-letter queues, and the tasks that bring messages back.

use super::*;

const AFTER_TWO: (&str, &str) = (
    "RedrivePolicy",
    r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:d.fifo","maxReceiveCount":2}"#,
);
const AFTER_ONE: (&str, &str) = (
    "RedrivePolicy",
    r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:d.fifo","maxReceiveCount":1}"#,
);
const SOURCE_ARN: &str = "arn:aws:sqs:us-east-1:000000000000:d.fifo";

#[test]
fn what_is_received_too_often_goes_to_the_dead_letter_queue() {
    let stories: &[Story] = &[
        (
            "it goes when it would be received once more, and the next of its group comes at once",
            &[AFTER_TWO],
            &[
                Send("A", "bad"),
                Send("A", "next"),
                Receive(1, &["bad"]),
                Hide("bad", 0),
                Receive(1, &["bad"]),
                Hide("bad", 0),
                DeadLetters(&[]),
                Receive(1, &["next"]),
                DeadLetters(&["bad"]),
            ],
        ),
        (
            "a visibility timeout that ends is a receive that failed, too",
            &[AFTER_ONE],
            &[
                Send("A", "bad"),
                Receive(1, &["bad"]),
                Wait(30_000),
                Receive(1, &[]),
                DeadLetters(&["bad"]),
            ],
        ),
        (
            "a message that is deleted in time stays out of it",
            &[AFTER_ONE],
            &[
                Send("A", "good"),
                Receive(1, &["good"]),
                Delete("good"),
                Receive(1, &[]),
                DeadLetters(&[]),
            ],
        ),
    ];
    play(true, stories);
}

#[test]
fn a_dead_message_says_where_it_came_from() {
    let mut world = World::new(true, &[AFTER_ONE]);
    for step in [SendAs("A", "bad", "k"), Receive(1, &["bad"]), Wait(30_000), Receive(1, &[])] {
        world.perform(step, "bury").unwrap();
    }
    let dead = world.receive("d", &ReceiveRequest::default()).unwrap().remove(0);

    let arrived = world.now_ms.to_string();
    let id = dead.message_id.as_str();
    // (attribute, value)
    let cases = [
        ("MessageGroupId", "A"),
        ("MessageDeduplicationId", id),
        ("DeadLetterQueueSourceArn", "arn:aws:sqs:us-east-1:000000000000:q.fifo"),
        ("ApproximateReceiveCount", "2"),
        ("SentTimestamp", &arrived),
    ];
    for (name, expected) in cases {
        assert_eq!(dead.attributes[name], expected, "{name}");
    }
    assert_eq!(world.model.dead_letter_source_queues("d.fifo").unwrap(), ["q.fifo"]);
    assert!(world.model.dead_letter_source_queues("q.fifo").unwrap().is_empty());
}

#[test]
fn a_dead_letter_queue_counts_receives_of_its_own() {
    let mut world = with_dead_messages(&["bad"]);
    let fifo = attributes(&[("FifoQueue", "true")]);
    world.model.create_queue(world.now_ms, "last.fifo", &fifo).unwrap();
    let arn = world.model.arn("last.fifo");
    let policy = format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":1}}"#);
    let policy = attributes(&[("RedrivePolicy", &policy)]);
    world.model.set_queue_attributes(world.now_ms, "d.fifo", &policy).unwrap();
    for step in [DeadLetters(&["bad"]), Wait(30_000), DeadLetters(&[])] {
        world.perform(step, "dead letters").unwrap();
    }
    let last = world.model.receive(world.now_ms, "last.fifo", &Default::default()).unwrap();
    assert_eq!(last[0].body, "bad");
}

#[test]
fn redrive_policies_are_checked() {
    use ErrorCode::InvalidParameterValue;
    let policy = |queue: &str| {
        format!(r#"{{"deadLetterTargetArn":"arn:aws:sqs:x:1:{queue}","maxReceiveCount":2}}"#)
    };
    // (FIFO, the dead-letter queue, why it is refused)
    let cases = [
        (true, "d.fifo", None),
        (true, "nope.fifo", Some(InvalidParameterValue)),
        (true, "standard", Some(InvalidParameterValue)),
        (false, "standard", None),
        (false, "d.fifo", Some(InvalidParameterValue)),
        (false, "closed", Some(InvalidParameterValue)),
        (false, "q", Some(InvalidParameterValue)),
    ];
    for (fifo, dead_letters, expected) in cases {
        let mut world = World::new(true, &[]);
        let model = &mut world.model;
        model.create_queue(0, "standard", &attributes(&[])).unwrap();
        let closed = ("RedriveAllowPolicy", r#"{"redrivePermission":"denyAll"}"#);
        model.create_queue(0, "closed", &attributes(&[closed])).unwrap();
        model.create_queue(0, "q", &attributes(&[])).unwrap();
        let name = if fifo { "q.fifo" } else { "q" };
        let wanted = attributes(&[("RedrivePolicy", &policy(dead_letters))]);
        let result = model.set_queue_attributes(0, name, &wanted);
        assert_eq!(result.err().map(|e| e.code()), expected, "{name} to {dead_letters}");
    }
}

/// A world with these many dead messages, of a group each.
fn with_dead_messages(bodies: &'static [&'static str]) -> World {
    let mut world = World::new(true, &[AFTER_ONE]);
    for body in bodies {
        world.perform(Send(body, body), "send").unwrap();
    }
    for step in [ReceiveHidden(0, bodies), Receive(1, &[])] {
        world.perform(step, "bury").unwrap();
    }
    world
}

#[test]
fn dead_messages_are_moved_back() {
    let mut world = with_dead_messages(&["a", "b", "c"]);
    world.model.start_message_move_task(world.now_ms, SOURCE_ARN, None, None).unwrap();

    let tasks = world.model.message_move_tasks(world.now_ms, SOURCE_ARN).unwrap();
    assert_eq!(tasks[0].status, MoveTaskStatus::Completed);
    assert_eq!(tasks[0].approximate_number_of_messages_moved, 3);
    let again = ReceiveRequest { max_messages: Some(10), ..Default::default() };
    let received = world.receive("q", &again).unwrap();
    let counts: Vec<(&str, &str)> = received
        .iter()
        .map(|m| (m.body.as_str(), m.attributes["ApproximateReceiveCount"].as_str()))
        .collect();
    assert_eq!(counts, [("a", "1"), ("b", "1"), ("c", "1")]);
    assert!(!received[0].attributes.contains_key("DeadLetterQueueSourceArn"));
}

#[test]
fn a_move_task_keeps_its_pace_and_can_be_cancelled() {
    let mut world = with_dead_messages(&["a", "b", "c"]);
    let start = world.now_ms;
    let handle = world.model.start_message_move_task(start, SOURCE_ARN, None, Some(1)).unwrap();
    let refusal = world.model.start_message_move_task(start, SOURCE_ARN, None, None).unwrap_err();
    assert_eq!(refusal.code(), ErrorCode::InvalidParameterValue, "one task at a time");
    assert_eq!(world.model.wakes_at_ms(start, "q.fifo"), Some(start + 1_000));

    for step in [Receive(10, &["a"]), Wait(1_000), Receive(10, &["b"])] {
        world.perform(step, "pace").unwrap();
    }
    assert_eq!(world.model.cancel_message_move_task(world.now_ms, &handle).unwrap(), 2);
    for step in [Wait(10_000), Receive(10, &[]), DeadLetters(&["c"])] {
        world.perform(step, "cancelled").unwrap();
    }
    let refusal = world.model.cancel_message_move_task(world.now_ms, &handle).unwrap_err();
    assert_eq!(refusal.code(), ErrorCode::InvalidParameterValue, "it is not running");
}

#[test]
fn move_tasks_are_checked() {
    use ErrorCode::{InvalidParameterValue, ResourceNotFound};
    let arn = |queue: &str| format!("arn:aws:sqs:us-east-1:000000000000:{queue}");
    // (source, destination, pace, why it is refused)
    let cases = [
        (arn("q.fifo"), None, None, Some(InvalidParameterValue)),
        (arn("nope.fifo"), None, None, Some(ResourceNotFound)),
        ("d.fifo".to_owned(), None, None, Some(ResourceNotFound)),
        (arn("d.fifo"), Some(arn("nope.fifo")), None, Some(ResourceNotFound)),
        (arn("d.fifo"), Some(arn("d.fifo")), None, Some(InvalidParameterValue)),
        (arn("d.fifo"), None, Some(501), Some(InvalidParameterValue)),
        (arn("d.fifo"), None, Some(500), None),
        (arn("d.fifo"), Some(arn("q.fifo")), None, None),
    ];
    for (source, destination, pace, expected) in cases {
        let mut world = World::new(true, &[AFTER_ONE]);
        let to = destination.as_deref();
        let result = world.model.start_message_move_task(0, &source, to, pace);
        assert_eq!(result.err().map(|e| e.code()), expected, "{source} {to:?} {pace:?}");
    }
}

#[test]
fn a_message_without_a_source_fails_its_task() {
    let mut world = World::new(true, &[AFTER_ONE]);
    world.model.send(world.now_ms, "d.fifo", NewMessage::fifo("x", "A", "x")).unwrap();
    world.model.start_message_move_task(world.now_ms, SOURCE_ARN, None, None).unwrap();
    let task = world.model.message_move_tasks(world.now_ms, SOURCE_ARN).unwrap().remove(0);
    assert_eq!(task.status, MoveTaskStatus::Failed);
    assert_eq!(task.failure_reason.as_deref(), Some("CouldNotDetermineMessageSource"));
    world.perform(DeadLetters(&["x"]), "it is still there").unwrap();
}
