//! A model that is written down and read again is the same model, and says when it has to be.

use super::*;

const REDRIVE: (&str, &str) = (
    "RedrivePolicy",
    r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:d.fifo","maxReceiveCount":2}"#,
);

const STEPS: [Step; 17] = [
    Send("A", "a1"),
    Send("A", "a1"),
    Receive(1, &["a1"]),
    Receive(1, &[]),
    Hide("a1", 0),
    Attempt("k", &["a1"]),
    Attempt("k", &["a1"]),
    Hide("a1", 0),
    Receive(1, &[]),
    DeadLetters(&["a1"]),
    Send("B", "b1"),
    Receive(1, &["b1"]),
    Delete("b1"),
    Delete("b1"),
    Counts("0", "0", "0"),
    Purge,
    Refuse(&Purge, ErrorCode::PurgeQueueInProgress),
];

#[test]
fn every_change_counts() {
    let mut world = World::new(true, &[REDRIVE]);
    for (number, step) in STEPS.into_iter().enumerate() {
        let before = (serde_json::to_string(&world.model).unwrap(), world.model.revision());
        world.perform(step, "step").unwrap();
        let changed = serde_json::to_string(&world.model).unwrap() != before.0;
        let counted = world.model.revision() != before.1;
        assert!(counted || !changed, "step {}, {step:?} changed without counting", number + 1);
    }
}

#[test]
fn nothing_counts_as_a_change_that_is_none() {
    let mut world = World::new(true, &[]);
    world.perform(Send("A", "a1"), "send").unwrap();
    world.perform(Receive(1, &["a1"]), "receive").unwrap();
    let revision = world.model.revision();
    let steps = [Send("A", "a1"), Receive(1, &[]), Counts("0", "1", "0"), DeadLetters(&[])];
    for step in steps {
        world.perform(step, "no change").unwrap();
        assert_eq!(world.model.revision(), revision, "{step:?}");
    }
}

#[test]
fn a_restored_model_goes_on_where_it_was() {
    let mut kept = World::new(true, &[REDRIVE]);
    let mut restored = World::new(true, &[REDRIVE]);
    for (number, step) in STEPS.into_iter().enumerate() {
        let written = serde_json::to_string(&restored.model).unwrap();
        restored.model = serde_json::from_str(&written).unwrap();
        let at = format!("step {}, {step:?}", number + 1);
        kept.perform(step, &at).unwrap();
        restored.perform(step, &at).unwrap();
        let models = [&kept.model, &restored.model].map(|m| serde_json::to_string(m).unwrap());
        assert_eq!(models[0], models[1], "{at}");
    }
}
