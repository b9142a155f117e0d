//! The simulation can fail: without any one of the safeguards it finds what that one is there for.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use simulation::{Safeguard, Simulation};

/// Within how many seeds it is found.
const SEEDS: u64 = 600;

/// How many seeds find nothing where nothing is missing.
const SOUND: u64 = 200;

fn simulation() -> Simulation {
    std::panic::set_hook(Box::new(|_| {}));
    Simulation::new().expect("settings")
}

/// What the seeds find first, each with its number.
fn violations(without: Option<Safeguard>, seeds: u64) -> impl Iterator<Item = (u64, String)> {
    let simulation = simulation();
    (0..seeds).filter_map(move |seed| {
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
            Safeguard::Starters => "was set aside, and it is no poison",
            Safeguard::Carrying => "is not the fold of its",
        };
        let mut others = Vec::new();
        let is_it = violations(Some(safeguard), SEEDS).any(|(seed, what)| {
            let is_it = what.contains(expected);
            others.push((seed, what));
            is_it
        });
        assert!(is_it, "{safeguard:?}: {others:?}");
    }
}

#[test]
fn with_all_of_them_nothing_is_found() {
    assert_eq!(violations(None, SOUND).next(), None);
}

#[test]
fn the_same_seed_is_the_same_run() {
    let simulation = simulation();
    let trace = || simulation.run(7, None, true).trace;
    let first = trace();
    assert!(first.len() > 200, "{}", first.len());
    assert_eq!(first, trace());
}
