//! `/wave @bob`: a command that stands in the menu of a person, too.

use bot_core::event::User;
use bot_core::{Arg, Command, Cx, Reply, Spec, UsageError};
use serde::Deserialize;

/// Waves at somebody.
#[derive(Deserialize)]
pub(crate) struct Wave {
    who: User,
}

impl Command for Wave {
    const SPEC: Spec =
        Spec::new("wave", "Waves at somebody.").arg(Arg::user("who", "At whom")).on_user("Wave at");
    type State = ();

    async fn run(self, cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        let name = |user: &User| user.name.clone().unwrap_or_else(|| "Somebody".to_owned());
        Ok(Reply::text(format!("{} waves at {}.", name(cx.user()), name(&self.who))))
    }
}

#[cfg(test)]
mod tests {
    use bot_core::{Platform, play};

    use crate::BOT;

    #[test]
    fn waves_at_a_person() {
        play(&BOT).on(Platform::Discord).talk(
            "
            > (Wave at: @bob)
            < Ann waves at Bob.
            > /wave @bob
            < Ann waves at Bob.
            ",
        );
    }
}
