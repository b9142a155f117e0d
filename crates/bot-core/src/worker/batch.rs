//! How a batch of messages is worked through.

use std::collections::HashMap;

/// Sorts records into lanes by their message group, keeping the queue's order in each.
///
/// Lanes may run at once; within one, a record is begun when the one before it is finished. When a record is given back,
/// so is the rest of its lane: SQS keeps a group locked as long as any of its messages is out of sight, and would
/// otherwise hand out later ones first.
#[must_use]
pub fn lanes<R>(records: impl IntoIterator<Item = R>, group: impl Fn(&R) -> String) -> Vec<Vec<R>> {
    let mut places = HashMap::new();
    let mut lanes: Vec<Vec<R>> = Vec::new();
    for record in records {
        let place = *places.entry(group(&record)).or_insert_with(|| {
            lanes.push(Vec::new());
            lanes.len() - 1
        });
        if let Some(lane) = lanes.get_mut(place) {
            lane.push(record);
        }
    }
    lanes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_keep_their_order_and_do_not_mix() {
        let records = ["a1", "b1", "a2", "c1", "b2", "a3"];
        let lanes = lanes(records, |record| record.chars().take(1).collect());
        assert_eq!(lanes, [vec!["a1", "a2", "a3"], vec!["b1", "b2"], vec!["c1"]]);
    }
}
