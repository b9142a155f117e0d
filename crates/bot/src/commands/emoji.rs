//! `/emoji tomato`: an argument that is suggested while it is written.

use bot_core::command::matching;
use bot_core::{Arg, Command, Cx, Reply, Spec, UsageError};
use serde::Deserialize;

use super::feedback::Feedback;

const EMOJIS: &[(&str, &str)] = &[
    ("apple", "🍎"),
    ("basil", "🌿"),
    ("carrot", "🥕"),
    ("cheese", "🧀"),
    ("potato", "🥔"),
    ("sunflower", "🌻"),
    ("tomato", "🍅"),
    ("tulip", "🌷"),
];

/// Says an emoji by its name.
#[derive(Deserialize)]
pub(crate) struct Emoji {
    name: String,
}

impl Command for Emoji {
    const SPEC: Spec = Spec::new("emoji", "Says an emoji by its name.")
        .arg(Arg::text("name", "Its name").suggest(names));
    type State = ();

    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        let name = self.name.to_lowercase();
        let found = EMOJIS.iter().find(|(known, _)| *known == name);
        Ok(match found {
            Some((_, emoji)) => Reply::text(*emoji),
            None => Reply::text("I don't know that one.").form::<Feedback>("Ask for it"),
        })
    }
}

fn names(typed: &str) -> Vec<String> {
    let names: Vec<&str> = EMOJIS.iter().map(|(name, _)| *name).collect();
    matching(&names, typed)
}

#[cfg(test)]
mod tests {
    use bot_core::{Platform, play};

    use crate::BOT;

    #[test]
    fn suggests_names_while_one_is_written() {
        play(&BOT).on(Platform::Discord).talk(
            "
            > /emoji to…
            ? tomato | potato
            > /emoji tomato
            < 🍅
            ",
        );
    }

    #[test]
    fn whoever_misses_one_can_say_so() {
        play(&BOT).on(Platform::Slack).talk(
            "
            > /emoji pear
            < I don't know that one. [Ask for it]
            > [Ask for it]
            ? Your opinion {How many stars, 1 to 5 | What to do better}
            > {stars: 3 | words: pears}
            < Thank you! 1 opinions, 3 stars so far.
            ",
        );
    }
}
