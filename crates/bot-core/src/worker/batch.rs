//! How a batch of messages is worked through: conversations at once, each in order.
//!
//! [`Batch`] is a state machine, as a delivery is: it takes what came of one job and names the next ones. All that it has
//! named may be under way at once.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::Done;

/// A batch under way. Its records are named by their places in it.
pub struct Batch {
    lanes: Vec<Lane>,
    has_begun: bool,
    /// How many jobs are under way.
    busy: usize,
    finished: Vec<usize>,
    left: Vec<usize>,
    /// What goes on, alone, when what is finished is deleted.
    alone: Option<usize>,
}

/// One conversation.
struct Lane {
    /// What is being delivered.
    current: Option<usize>,
    /// Whether that waits until it is alone.
    is_parked: bool,
    waiting: VecDeque<usize>,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Job {
    /// Deliver this record, until that is over or has to be alone.
    Deliver(usize),
    /// Go on with the delivery that had to be alone: it is.
    Resume(usize),
    /// Keep these records out of sight for so long, from now. Where that fails, they are seen at another time.
    Hide(Vec<usize>, Duration),
    /// Delete these records, which are finished, without waiting for the end of the batch: it may not come. Where that
    /// fails, they are delivered again.
    Delete(Vec<usize>),
}

/// What came of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// The delivery of this record is over.
    Over(usize, Done),
    /// The delivery of this record has to be alone before it goes on.
    Parked(usize),
    /// What was to be kept out of sight is, or is not.
    Hidden,
    /// What was to be deleted is, or is not.
    Deleted,
}

impl Batch {
    /// Begins with records of these message groups, in the queue's order.
    ///
    /// They are kept out of sight for `hold` first. The queue's own timeout covers the slowest batch: should this process
    /// die, others need not wait for that.
    #[must_use]
    pub fn begin<'a>(
        groups: impl IntoIterator<Item = &'a str>,
        hold: Duration,
    ) -> (Self, Vec<Job>) {
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut lanes: Vec<Lane> = Vec::new();
        let mut records = Vec::new();
        for (record, group) in groups.into_iter().enumerate() {
            records.push(record);
            let place = *places.entry(group).or_insert(lanes.len());
            match lanes.get_mut(place) {
                Some(lane) => lane.waiting.push_back(record),
                None => lanes.push(Lane {
                    current: None,
                    is_parked: false,
                    waiting: VecDeque::from([record]),
                }),
            }
        }
        let batch = Self {
            lanes,
            has_begun: false,
            busy: 1,
            finished: Vec::new(),
            left: Vec::new(),
            alone: None,
        };
        (batch, vec![Job::Hide(records, hold)])
    }

    /// Takes what came of one job and names those that follow. When none follows and none is under way, the batch is over.
    pub fn next(&mut self, report: Report) -> Vec<Job> {
        self.busy = self.busy.saturating_sub(1);
        let mut jobs = match report {
            Report::Over(record, Done::Acknowledge(_)) => {
                self.finished.push(record);
                self.lane(record).and_then(Lane::next).into_iter().collect()
            }
            Report::Over(record, Done::GiveBack { after, .. }) => self.give_back(record, after),
            Report::Parked(record) => {
                if let Some(lane) = self.lane(record) {
                    lane.is_parked = true;
                }
                Vec::new()
            }
            Report::Hidden if !self.has_begun => {
                self.has_begun = true;
                self.lanes.iter_mut().filter_map(Lane::next).collect()
            }
            Report::Hidden => Vec::new(),
            Report::Deleted => self.alone.take().map(Job::Resume).into_iter().collect(),
        };
        if jobs.is_empty() && self.busy == 0 {
            jobs.extend(self.isolate());
        }
        self.busy += jobs.len();
        jobs
    }

    /// The records that stay on the queue; all others are to be deleted.
    #[must_use]
    pub fn left(&self) -> &[usize] {
        &self.left
    }

    /// Leaves a record on the queue, and the rest of its conversation, out of sight as long: SQS keeps a message group
    /// locked while any of its messages is, and would otherwise hand out later ones first.
    fn give_back(&mut self, record: usize, after: Duration) -> Vec<Job> {
        let rest = self.lane(record).map(|lane| std::mem::take(&mut lane.waiting));
        let records: Vec<usize> =
            std::iter::once(record).chain(rest.into_iter().flatten()).collect();
        self.left.extend(&records);
        vec![Job::Hide(records, after)]
    }

    /// Nothing else is under way: lets the first go on that has to be alone. What may have killed a process before is done
    /// last, one by one, and takes nothing with it.
    fn isolate(&mut self) -> Option<Job> {
        let lane = self.lanes.iter_mut().find(|lane| lane.is_parked)?;
        lane.is_parked = false;
        let record = lane.current?;
        if self.finished.is_empty() {
            return Some(Job::Resume(record));
        }
        self.alone = Some(record);
        Some(Job::Delete(std::mem::take(&mut self.finished)))
    }

    /// The lane in which this record is being delivered.
    fn lane(&mut self, record: usize) -> Option<&mut Lane> {
        self.lanes.iter_mut().find(|lane| lane.current == Some(record))
    }
}

impl Lane {
    /// Goes on to its next record: it is begun when the one before it is finished.
    fn next(&mut self) -> Option<Job> {
        self.current = self.waiting.pop_front();
        self.current.map(Job::Deliver)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::Outcome;

    const HOLD: Duration = Duration::from_secs(35);
    const LATER: Duration = Duration::from_secs(4);

    fn acknowledged(record: usize) -> Report {
        Report::Over(record, Done::Acknowledge(Outcome::Delivered))
    }

    fn given_back(record: usize) -> Report {
        Report::Over(record, Done::GiveBack { after: LATER, reason: String::new() })
    }

    #[test]
    fn a_batch_is_worked_through() {
        use Job::{Delete, Deliver, Hide, Resume};
        use Report::{Deleted, Hidden, Parked};

        type Steps = Vec<(Report, Vec<Job>)>;
        // (case, the records' groups, (report, the jobs that follow), what is left)
        let cases: [(&str, &str, Steps, &[usize]); 7] = [
            (
                "groups keep their order and do not wait for each other",
                "aba",
                vec![
                    (Hidden, vec![Deliver(0), Deliver(1)]),
                    (acknowledged(1), vec![]),
                    (acknowledged(0), vec![Deliver(2)]),
                    (acknowledged(2), vec![]),
                ],
                &[],
            ),
            (
                "what is given back takes the rest of its group along, and no other",
                "abaa",
                vec![
                    (Hidden, vec![Deliver(0), Deliver(1)]),
                    (given_back(0), vec![Hide(vec![0, 2, 3], LATER)]),
                    (acknowledged(1), vec![]),
                    (Hidden, vec![]),
                ],
                &[0, 2, 3],
            ),
            (
                "what was finished before stays finished",
                "aa",
                vec![
                    (Hidden, vec![Deliver(0)]),
                    (acknowledged(0), vec![Deliver(1)]),
                    (given_back(1), vec![Hide(vec![1], LATER)]),
                    (Hidden, vec![]),
                ],
                &[1],
            ),
            (
                "what has to be alone is, after the others, which are deleted",
                "abcb",
                vec![
                    (Hidden, vec![Deliver(0), Deliver(1), Deliver(2)]),
                    (Parked(0), vec![]),
                    (given_back(2), vec![Hide(vec![2], LATER)]),
                    (acknowledged(1), vec![Deliver(3)]),
                    (acknowledged(3), vec![]),
                    (Hidden, vec![Delete(vec![1, 3])]),
                    (Deleted, vec![Resume(0)]),
                    (acknowledged(0), vec![]),
                ],
                &[2],
            ),
            (
                "several are alone one after the other, each with what follows it",
                "abab",
                vec![
                    (Hidden, vec![Deliver(0), Deliver(1)]),
                    (Parked(1), vec![]),
                    (Parked(0), vec![Resume(0)]),
                    (acknowledged(0), vec![Deliver(2)]),
                    (Parked(2), vec![Delete(vec![0])]),
                    (Deleted, vec![Resume(2)]),
                    (acknowledged(2), vec![Delete(vec![2])]),
                    (Deleted, vec![Resume(1)]),
                    (given_back(1), vec![Hide(vec![1, 3], LATER)]),
                    (Hidden, vec![]),
                ],
                &[1, 3],
            ),
            (
                "what was alone and is given back lets the next one be",
                "ab",
                vec![
                    (Hidden, vec![Deliver(0), Deliver(1)]),
                    (Parked(0), vec![]),
                    (Parked(1), vec![Resume(0)]),
                    (given_back(0), vec![Hide(vec![0], LATER)]),
                    (Hidden, vec![Resume(1)]),
                    (acknowledged(1), vec![]),
                ],
                &[0],
            ),
            ("nothing is nothing", "", vec![(Hidden, vec![])], &[]),
        ];

        for (case, groups, steps, left) in cases {
            let names = groups.chars().map(String::from).collect::<Vec<_>>();
            let (mut batch, jobs) = Batch::begin(names.iter().map(String::as_str), HOLD);
            assert_eq!(jobs, [Hide((0..names.len()).collect(), HOLD)], "{case}");
            for (nth, (report, expected)) in steps.into_iter().enumerate() {
                assert_eq!(batch.next(report), expected, "{case}: step {nth}");
            }
            assert_eq!(batch.left(), left, "{case}");
            assert_eq!(batch.busy, 0, "{case}");
        }
    }
}
