//! `/long`: a reply that no platform takes as one message.

use std::fmt::Write as _;

use bot_core::{Command, Cx, Reply, Spec, UsageError};
use serde::Deserialize;

/// Says more than a message holds.
#[derive(Deserialize)]
pub(crate) struct Long {}

/// How many lines: more than one message of any platform.
const LINES: usize = 200;

impl Command for Long {
    const SPEC: Spec = Spec::new("long", "Says more than one message holds.");
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        let mut text = "**A long list**\n\n".to_owned();
        for line in 1..=LINES {
            let _ = writeln!(text, "{line}. water the plant in _bed {line}_");
        }
        Ok(Reply::markdown(text))
    }
}

#[cfg(test)]
mod tests {
    use bot_core::{Platform, play};

    use super::*;
    use crate::BOT;

    #[test]
    fn comes_in_parts_that_count_on() {
        for &platform in Platform::ALL {
            let mut said = String::from("> /long\n< **A long list**\n");
            for line in 1..=LINES {
                let _ = writeln!(said, "  {line}. water the plant in _bed {line}_");
            }
            let calls = play(&BOT).on(platform).talk(&said).rendered();
            assert!(calls.len() > 1, "{platform:?}");
            let last = calls.last().expect("a call").to_string();
            assert!(last.contains(&format!("{LINES}. ")), "{platform:?}: {last}");
        }
    }
}
