//! `/whoami`: an answer that nobody else sees, where a platform can do that.

use bot_core::{Command, Cx, Reply, Spec, UsageError};
use serde::Deserialize;

/// Says what the platform tells about a person.
#[derive(Deserialize)]
pub(crate) struct Whoami {}

impl Command for Whoami {
    const SPEC: Spec =
        Spec::new("whoami", "Says what I know of you; others do not see it.").ephemeral();
    type State = ();

    async fn run(self, cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        let name = cx.user().name.as_deref().unwrap_or("somebody without a name");
        let language = cx.locale().unwrap_or("one I do not know");
        Ok(Reply::text(format!("You are {name}, {}. Your language is {language}.", cx.user().id)))
    }
}

#[cfg(test)]
mod tests {
    use bot_core::{Platform, play};

    use crate::BOT;

    #[test]
    fn says_it_to_one_person() {
        for &platform in Platform::ALL {
            let talk = play(&BOT).on(platform).talk(
                "
                bob@garden> /whoami
                < You are Bob, bob. Your language is en.
                ",
            );
            let rendered = format!("{:?}", talk.rendered());
            assert_eq!(
                rendered.contains("chat.postEphemeral"),
                platform == Platform::Slack,
                "{rendered}"
            );
        }
    }
}
