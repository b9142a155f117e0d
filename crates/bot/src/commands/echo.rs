//! `/echo hello`: the bot says it again.

use bot_core::{Arg, Command, Cx, Reply, Spec, UsageError};
use serde::Deserialize;

/// Says it again.
#[derive(Deserialize)]
pub(crate) struct Echo {
    text: String,
}

impl Command for Echo {
    const SPEC: Spec = Spec::new("echo", "Says it again.").arg(Arg::text("text", "What to say"));
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(Reply::text(format!("You said: {}", self.text)))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::run;

    #[test]
    fn says_it_again() {
        assert_eq!(run("echo", "hello  there"), "You said: hello  there");
        assert_eq!(run("echo", ""), "I need \"text\" (What to say).\nUsage: /echo <text>");
    }
}
