//! Runs seeds on all processors, and says which faults occurred and what was not kept.

#![allow(clippy::print_stdout, reason = "this is what it is for")]

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use clap::Parser;
use simulation::{Coverage, Outcome, Simulation, Ways};

/// How often each fault has to occur at each step, and each way to be taken, before the promises count as tried.
const LEAST: u64 = 100;

/// How many violations are enough.
const MOST_VIOLATIONS: usize = 10;

/// Puts the whole pipeline through faults at every step, on a clock of its own.
#[derive(Parser)]
struct Options {
    /// How many seeds to run.
    #[arg(long, default_value_t = 100_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Run this seed alone.
    #[arg(long)]
    seed: Option<u64>,
    /// Write down what happens in it.
    #[arg(long, requires = "seed")]
    trace: bool,
}

/// What came of all seeds.
#[derive(Default)]
struct Total {
    coverage: Coverage,
    ways: Ways,
    events: usize,
    replies: u64,
    repeated: u64,
    violations: Vec<(u64, String)>,
}

impl Total {
    fn add(&mut self, seed: u64, outcome: Outcome) {
        self.coverage.add(&outcome.coverage);
        self.ways.add(&outcome.ways);
        self.events += outcome.events;
        self.replies += outcome.replies;
        self.repeated += outcome.repeated;
        self.violations.extend(outcome.violations.into_iter().next().map(|what| (seed, what)));
    }
}

fn main() -> ExitCode {
    let options = Options::parse();
    // Handlers are told to panic.
    std::panic::set_hook(Box::new(|_| {}));
    let simulation = match Simulation::new() {
        Ok(simulation) => simulation,
        Err(error) => {
            println!("{error}");
            return ExitCode::FAILURE;
        }
    };
    if let Some(seed) = options.seed {
        let outcome = simulation.run(seed, None, options.trace);
        for line in outcome.trace.iter().chain(&outcome.violations) {
            println!("{line}");
        }
        return if outcome.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let begun = Instant::now();
    let total = run(&simulation, options.from, options.from + options.seeds);
    let is_covered = table(&total.coverage) & ways(&total.ways);
    println!(
        "\n{} seeds in {:.0?}: {} events, {} faults, {} replies, of which {} were seen again",
        options.seeds,
        begun.elapsed(),
        total.events,
        total.coverage.total(),
        total.replies,
        total.repeated,
    );
    for (seed, what) in &total.violations {
        println!("seed {seed}: {what}");
        println!("  cargo run -p simulation --profile sim -- --seed {seed} --trace");
    }
    if !is_covered {
        println!(
            "not every fault has occurred {LEAST} times at every step, or not every way was taken as often"
        );
    }
    if is_covered && total.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs seeds on all processors until enough have failed.
fn run(simulation: &Simulation, from: u64, to: u64) -> Total {
    let next = AtomicU64::new(from);
    let total = Mutex::new(Total::default());
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= to {
                return;
            }
            let outcome = simulation.run(seed, None, false);
            let Ok(mut total) = total.lock() else { return };
            total.add(seed, outcome);
            if total.violations.len() >= MOST_VIOLATIONS {
                next.store(to, Ordering::Relaxed);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    total.into_inner().unwrap_or_default()
}

/// Prints how often each fault has occurred at each step: whether that was often enough.
fn table(coverage: &Coverage) -> bool {
    let mut is_covered = true;
    let mut last = None;
    for (step, fault, count) in coverage.pairs() {
        if last.replace(step) != Some(step) {
            print!("\n{:<10}", step.to_string());
        }
        let mark = if count < LEAST { "!" } else { "" };
        print!(" {fault:?} {count}{mark}");
        is_covered &= count >= LEAST;
    }
    println!();
    is_covered
}

/// Prints how often each way was taken: whether that was often enough.
fn ways(ways: &Ways) -> bool {
    let mut is_covered = true;
    print!("\n{:<10}", "Replies");
    for (path, count) in ways.counts() {
        let mark = if count < LEAST { "!" } else { "" };
        print!(" {path:?} {count}{mark}");
        is_covered &= count >= LEAST;
    }
    println!();
    is_covered
}
