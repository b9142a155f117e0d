//! `/number 1 NAME`: which of the conversation's and of the person's messages is this?
//!
//! Every message gets two numbers that no other gets. One that is decided twice has two of either; one that is lost, or
//! has overtaken another, is seen in the numbers of the rest.

use bot_core::{Arg, Command, Cx, Reply, Scope, Spec, State, UsageError};
use serde::{Deserialize, Serialize};

/// Numbers a message, in as many lines as it says: a reply that is too long for its platform is several messages.
#[derive(Deserialize)]
pub(crate) struct Number {
    lines: i64,
    name: String,
}

/// How many messages one conversation has had.
#[derive(Default, Deserialize, Serialize)]
pub(crate) struct Here {
    count: u64,
}

impl State for Here {
    const NAME: &'static str = "here";
    const SCOPE: Scope = Scope::Conversation;
}

/// How many messages one person has sent, in several conversations at once.
#[derive(Default, Deserialize, Serialize)]
pub(crate) struct Theirs {
    count: u64,
}

impl State for Theirs {
    const NAME: &'static str = "theirs";
    const SCOPE: Scope = Scope::User;
}

impl Command for Number {
    const SPEC: Spec = Spec::new("number", "Numbers this message.")
        .arg(Arg::integer("lines", "How many lines to answer"))
        .arg(Arg::text("name", "Its name"));
    type State = (Here, Theirs);

    async fn run(self, cx: &mut Cx<(Here, Theirs)>) -> Result<Reply, UsageError> {
        let (here, theirs) = &mut cx.state;
        here.count += 1;
        theirs.count += 1;
        let line = |nth| format!("{} {} {} {nth}", here.count, theirs.count, self.name);
        Ok(Reply::text((0..self.lines).map(line).collect::<Vec<_>>().join("\n")))
    }
}
