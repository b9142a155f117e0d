//! `/feedback`: a form, which also comes by a shortcut and by the button of another answer.

use bot_core::{Arg, Command, Cx, Reply, Scope, Spec, State, UsageError};
use serde::{Deserialize, Serialize};

/// Takes an opinion.
#[derive(Deserialize)]
pub(crate) struct Feedback {
    stars: i64,
    #[expect(dead_code, reason = "a real bot would show it to somebody")]
    words: Option<String>,
}

/// What people think of the bot.
#[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Opinions {
    count: i64,
    stars: i64,
}

impl State for Opinions {
    const NAME: &'static str = "opinions";
    const SCOPE: Scope = Scope::Tenant;
}

impl Command for Feedback {
    const SPEC: Spec = Spec::new("feedback", "Takes your opinion of me.")
        .arg(Arg::integer("stars", "How many stars, 1 to 5"))
        .arg(Arg::text("words", "What to do better").long().optional())
        .form("Your opinion")
        .shortcut("Give feedback")
        .ephemeral();
    type State = Opinions;

    async fn run(self, cx: &mut Cx<Opinions>) -> Result<Reply, UsageError> {
        if !(1..=5).contains(&self.stars) {
            return Err(UsageError::new("There are 1 to 5 stars."));
        }
        cx.state.count += 1;
        cx.state.stars += self.stars;
        let Opinions { count, stars } = cx.state;
        Ok(Reply::text(format!("Thank you! {count} opinions, {stars} stars so far.")))
    }
}

#[cfg(test)]
mod tests {
    use bot_core::{Platform, play};

    use super::*;
    use crate::BOT;

    #[test]
    fn a_form_asks_for_an_opinion() {
        let talk = play(&BOT).on(Platform::Discord).talk(
            "
            > /feedback
            ? Your opinion {How many stars, 1 to 5 | What to do better}
            > {stars: 4 | words: Sing.}
            < Thank you! 1 opinions, 4 stars so far.
            ",
        );
        assert_eq!(talk.state::<Opinions>(), Opinions { count: 1, stars: 4 });
    }

    #[test]
    fn slack_tells_in_the_form_what_is_wrong_with_it() {
        play(&BOT).on(Platform::Slack).talk(
            "
            > (Give feedback)
            ? Your opinion {How many stars, 1 to 5 | What to do better}
            > {stars: many}
            ? stars: I need a whole number for \"stars\", like 3.
            > {stars: 6}
            < There are 1 to 5 stars.
              Usage: /feedback <stars> [words]
            ",
        );
    }

    #[test]
    fn where_there_are_no_forms_people_are_told_what_to_write() {
        play(&BOT).talk(
            "
            > /feedback
            < Your opinion
              stars: How many stars, 1 to 5
              words: What to do better (optional)
              Usage: /feedback <stars> [words]
            > /feedback 5 nothing
            < Thank you! 1 opinions, 5 stars so far.
            ",
        );
    }
}
