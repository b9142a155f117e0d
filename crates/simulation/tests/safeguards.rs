//! The simulation can fail: without any one of the safeguards it finds what that one is there for.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use simulation::{Safeguard, Simulation};

/// Within how many seeds it is found.
const SEEDS: u64 = 200;

fn simulation() -> Simulation {
    std::panic::set_hook(Box::new(|_| {}));
    Simulation::new().expect("settings")
}

/// The first seed that finds something, and what.
fn first_violation(without: Option<Safeguard>) -> Option<(u64, String)> {
    let simulation = simulation();
    (0..SEEDS).find_map(|seed| {
        let violation = simulation.run(seed, without, false).violations.into_iter().next();
        violation.map(|what| (seed, what))
    })
}

#[test]
fn what_is_missing_is_found() {
    for safeguard in Safeguard::ALL {
        let expected = match safeguard {
            Safeguard::VersionCondition => "is not the fold of its events",
            Safeguard::RecordCondition => "was decided twice",
            Safeguard::Ownership => "when it is another's",
            Safeguard::Mark => "is done again after its mark",
            Safeguard::Rest => "was never decided",
            Safeguard::Order => "was decided out of order",
            Safeguard::Generation => "was put back, and nothing has come of it",
            Safeguard::SentFirst => "was set aside, and is nowhere",
            Safeguard::Carrying => "is not the fold of its",
        };
        let found = first_violation(Some(safeguard));
        let is_it = found.as_ref().is_some_and(|(_, what)| what.contains(expected));
        assert!(is_it, "{safeguard:?}: {found:?}");
    }
}

#[test]
fn with_all_of_them_nothing_is_found() {
    assert_eq!(first_violation(None), None);
}

#[test]
fn the_same_seed_is_the_same_run() {
    let simulation = simulation();
    let trace = || simulation.run(7, None, true).trace;
    let first = trace();
    assert!(first.len() > 200, "{}", first.len());
    assert_eq!(first, trace());
}
