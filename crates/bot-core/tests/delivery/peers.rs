//! What another framework was measured to do wrong with its records, as a scenario of this protocol.

use bot_core::worker::Input;

use crate::world::*;

/// In Powertools 3.37, a worker that fails late deletes its successor's record.
///
/// Here nothing deletes a record. Whatever a late worker learns, all it still does is to give its message back.
#[test]
fn a_worker_that_fails_late_leaves_its_successors_record() {
    let failed = || Input::Failed("no answer".to_owned());
    // (case, what comes after the commit)
    let ends = [
        ("its send fails", vec![failed()]),
        ("its send is limited", vec![answer(429, "{}")]),
        ("its mark fails", vec![ok(), failed()]),
        ("its mark is its successor's", vec![ok(), Input::NotOurs]),
    ];

    let hello = envelope("hello").to_json();
    for (case, end) in ends {
        let begun = 2 + end.len();
        let inputs = [nothing_stored(), Input::Committed].into_iter().chain(end).collect();
        let asked = play(&hello, 1, NOW, inputs);
        assert!(asked[begun].starts_with("give back for "), "{case}: {asked:?}");
        let changes = |asked: &&String| !asked.starts_with("send ") && !asked.starts_with("mark ");
        let after_commit: Vec<&String> = asked[2..begun].iter().filter(changes).collect();
        assert_eq!(after_commit, [""; 0], "{case}");
    }

    // The successor has said everything, and the record is there to say so.
    let inputs = vec![nothing_stored(), Input::Exists(record("hello")), Input::TakenOver(Some(1))];
    let asked = play(&hello, 1, NOW, inputs);
    assert_eq!(asked[3..], ["acknowledge Duplicate"]);
}
