//! `/table`: a table, and how to water.

use bot_core::{Command, Cx, Reply, Spec, UsageError, escape};
use serde::Deserialize;

/// Shows what formatted text looks like here.
#[derive(Deserialize)]
pub(crate) struct Table {}

impl Command for Table {
    const SPEC: Spec = Spec::new("table", "Shows a table and other formatted text.");
    type State = ();

    async fn run(self, cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        let name = cx.user().name.as_deref().unwrap_or("you");
        Ok(Reply::markdown(format!(
            "# Plants of {}\n\n| plant | days |\n| --- | ---: |\n| tomato | 2 |\n| basil | 1 |\n\n1. **Look** at the soil.\n2. _Water_ it.",
            escape(name),
        )))
    }
}

#[cfg(test)]
mod tests {
    use bot_core::{Platform, play};

    use crate::BOT;

    #[test]
    fn is_aligned_and_keeps_its_list() {
        let talk = play(&BOT).on(Platform::Telegram);
        let rendered = talk
            .talk(
                "
                > /table
                < # Plants of Ann
                  | plant | days |
                  | --- | ---: |
                  | tomato | 2 |
                  | basil | 1 |
                  1. **Look** at the soil.
                  2. _Water_ it.
                ",
            )
            .rendered();
        let text = rendered[0]["body"]["text"].as_str().expect("text");
        assert!(text.contains("tomato  2\nbasil   1\n\n1. Look at the soil."), "{text}");
    }
}
