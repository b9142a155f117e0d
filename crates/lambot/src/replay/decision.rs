//! Decisions as text, and how two of them differ.

use bot_core::Reply;
use bot_core::worker::record::{Record, Step};
use serde_json::Value;
use similar::TextDiff;

use crate::terminal::printable;

/// A decision, line by line: of each reply its words, and then whatever else is stored of it.
pub(super) fn lines(record: &Record) -> String {
    if let Some(Step::Bury { reason }) = record.outbox.first() {
        return format!("set aside: {}\n", printable(reason));
    }
    let replies: Vec<String> = record.replies.iter().map(reply).collect();
    replies.join("---\n")
}

fn reply(reply: &Reply) -> String {
    let stored = serde_json::to_value(reply).unwrap_or_default();
    let mut lines: Vec<String> = reply.as_text().lines().map(str::to_owned).collect();
    for (name, value) in
        stored.as_object().into_iter().flatten().filter(|(name, _)| *name != "text")
    {
        match value {
            Value::Array(items) => {
                lines.extend(items.iter().map(|item| format!("[{name}] {item}")));
            }
            value => lines.push(format!("[{name}] {value}")),
        }
    }
    lines.iter().map(|line| printable(line) + "\n").collect()
}

/// What is different, as a unified diff from the decision called `name`; `None` when nothing is.
pub(super) fn diff(name: &str, then: &str, now: &str) -> Option<String> {
    (then != now)
        .then(|| TextDiff::from_lines(then, now).unified_diff().header(name, "now").to_string())
}

#[cfg(test)]
mod tests {
    use bot_core::{Action, Cx, Timestamp, UsageError};
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Deserialize, Serialize)]
    struct Watered(u8);

    impl Action for Watered {
        const NAME: &'static str = "watered";
        type State = ();

        async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
            Ok(Reply::nothing())
        }
    }

    fn record(replies: Vec<Reply>) -> Record {
        Record { decided_at: Timestamp::default(), replies, outbox: Vec::new() }
    }

    fn dry(plant: u8) -> Reply {
        Reply::text("The tomato\nis thirsty.").button("Watered", Watered(plant)).reserved()
    }

    #[test]
    fn a_decision_is_written_down_whole() {
        let [seven, eight] = [7, 8].map(|plant| lines(&record(vec![dry(plant)])));
        assert!(seven.starts_with("The tomato\nis thirsty.\n[buttons] {"), "{seven}");
        assert!(seven.contains("\n[reserved] true\n") && seven.contains("Watered"), "{seven}");
        // The same words, another effect.
        assert_ne!(seven, eight);

        // (case, decision, lines)
        let cases = [
            ("silence", record(Vec::new()), ""),
            ("two", record(vec![Reply::text("a"), Reply::text("b")]), "a\n---\nb\n"),
            ("colours", record(vec![Reply::text("\u{1b}[31mred")]), "\\u{1b}[31mred\n"),
            (
                "none",
                Record::poison("the handler panicked".into(), Timestamp::default()),
                "set aside: the handler panicked\n",
            ),
        ];
        for (case, record, expected) in cases {
            assert_eq!(lines(&record), expected, "{case}");
        }
    }

    #[test]
    fn a_difference_is_a_unified_diff() {
        assert_eq!(diff("then", "same\n", "same\n"), None);
        // (then, now, lines after the names)
        let cases: [(&str, &str, &[&str]); 4] = [
            ("one\ntwo\n", "one\nthree\n", &["@@ -1,2 +1,2 @@", " one", "-two", "+three"]),
            ("", "one\n", &["@@ -0,0 +1 @@", "+one"]),
            ("one\n", "", &["@@ -1 +0,0 @@", "-one"]),
            ("one\ntwo\n", "two\n", &["@@ -1,2 +1 @@", "-one", " two"]),
        ];

        for (then, now, expected) in cases {
            let diff = diff("then", then, now).expect("a difference");
            let names = ["--- then", "+++ now"];
            let expected: Vec<&str> = names.iter().chain(expected).copied().collect();
            assert_eq!(diff.lines().collect::<Vec<_>>(), expected);
        }
    }
}
