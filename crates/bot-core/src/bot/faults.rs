//! What is wrong with a bot that the compiler does not see.

use super::Bot;
use crate::action;
use crate::args;
use crate::memory::Part;

/// The longest description of a command or an argument: 100 characters, by Discord.
///
/// <https://docs.discord.com/developers/interactions/application-commands>
const MOST_ABOUT: usize = 100;

impl Bot {
    /// What is wrong with it that the compiler does not see; a bot's tests ask for it.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let mut faults = self.faults_of_commands();
        faults.extend(self.faults_of_actions());
        faults.extend(self.faults_of_states());
        let hosts = self.hosts.iter().filter(|host| !host.is_name());
        faults.extend(hosts.map(|host| format!("{} is no name of a host", host.name)));
        faults
    }

    fn faults_of_commands(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (at, command) in self.commands.iter().enumerate() {
            let name = command.spec.name;
            if self.commands.iter().take(at).any(|earlier| earlier.spec.name == name) {
                faults.push(format!("/{name} is there twice"));
            }
            let mut abouts = command.spec.args().map(|arg| arg.about).chain([command.spec.about]);
            if !abouts.all(|about| (1..=MOST_ABOUT).contains(&about.chars().count())) {
                faults.push(format!(
                    "/{name} is described in none or more than {MOST_ABOUT} characters"
                ));
            }
            let all = args::examples(command.spec.args());
            let required = args::examples(command.spec.args().filter(|arg| arg.required));
            if !all.into_iter().chain(required).all(command.reads) {
                faults.push(format!("the fields of /{name} do not fit its declared arguments"));
            }
        }
        faults
    }

    /// Actions are told apart by a number made of their names.
    fn faults_of_actions(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (at, action) in self.actions.iter().enumerate() {
            let is_same =
                |earlier: &&super::ActionEntry| action::id(earlier.name) == action::id(action.name);
            match self.actions.iter().take(at).find(is_same).map(|earlier| earlier.name) {
                Some(name) if name == action.name => {
                    faults.push(format!("the action {name} is there twice"));
                }
                Some(name) => faults.push(format!(
                    "the actions {name} and {} look alike in a button: rename one",
                    action.name
                )),
                None => {}
            }
        }
        faults
    }

    /// Two types under one name would read each other's values.
    fn faults_of_states(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut parts: Vec<Part> = Vec::new();
        for memory in self.memories() {
            for (at, part) in memory.iter().enumerate() {
                if memory.iter().take(at).any(|earlier| earlier.id == part.id) {
                    faults.push(format!("a handler remembers the state {} twice", part.name));
                }
                let is_rival = |other: &Part| {
                    (other.name, other.scope) == (part.name, part.scope) && other.id != part.id
                };
                if parts.iter().any(is_rival) {
                    faults.push(format!("two states are called {}", part.name));
                }
            }
            parts.extend(memory);
        }
        faults.sort();
        faults.dedup();
        faults
    }

    fn memories(&self) -> impl Iterator<Item = Vec<Part>> {
        let commands = self.commands.iter().map(|command| command.memory);
        let actions = self.actions.iter().map(|action| action.memory);
        let observers = self.observers.iter().map(|observer| observer.memory);
        let listeners = self.message.iter().chain(&self.overheard).map(|listener| listener.memory);
        let greeters = self.join.iter().map(|join| join.memory);
        let all = commands.chain(actions).chain(observers).chain(listeners).chain(greeters);
        all.map(|memory| memory())
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::bot::{action, command, observer};
    use crate::command::{Arg, Command, Observer, Spec, UsageError};
    use crate::cx::Cx;
    use crate::event::Event;
    use crate::fetch::Host;
    use crate::reply::Reply;
    use crate::state::{Scope, State};
    use crate::{Action, Memory};

    #[derive(Default, Deserialize, Serialize)]
    struct Garden {}

    impl State for Garden {
        const NAME: &'static str = "garden";
        const SCOPE: Scope = Scope::User;
    }

    /// Called the same, but nobody's rival: it belongs to others.
    #[derive(Default, Deserialize, Serialize)]
    struct Park {}

    impl State for Park {
        const NAME: &'static str = "garden";
        const SCOPE: Scope = Scope::Tenant;
    }

    #[derive(Default, Deserialize, Serialize)]
    struct Rival {}

    impl State for Rival {
        const NAME: &'static str = "garden";
        const SCOPE: Scope = Scope::User;
    }

    struct Noting<M>(M);

    impl<M: Memory> Observer for Noting<M> {
        type State = M;

        fn note(_memory: &mut M, _event: &Event) {}
    }

    #[derive(Deserialize, Serialize)]
    struct Pressed<const NTH: u8> {}

    impl<const NTH: u8> Action for Pressed<NTH> {
        // The last two have the same number in a button.
        const NAME: &'static str = match NTH {
            0 => "pressed",
            1 => "a324",
            _ => "a349",
        };
        type State = ();

        async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
            Ok(Reply::nothing())
        }
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Unit {
        Metric,
    }

    /// Its field knows the first choice only.
    #[derive(Deserialize)]
    struct Weather {
        unit: Option<Unit>,
    }

    impl Command for Weather {
        const SPEC: Spec = Spec::new("weather", "For a test.")
            .arg(Arg::choice("unit", "Which unit", &["metric", "imperial"]).optional());
        type State = ();

        async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
            Ok(Reply::text(if let Some(Unit::Metric) = self.unit { "metric" } else { "" }))
        }
    }

    /// Its field has to be there, though its argument has not.
    #[derive(Deserialize)]
    struct Greet {
        name: String,
    }

    impl Command for Greet {
        const SPEC: Spec =
            Spec::new("greet", "For a test.").arg(Arg::text("name", "Whom to greet").optional());
        type State = ();

        async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
            Ok(Reply::text(self.name))
        }
    }

    #[test]
    fn what_the_compiler_does_not_see_is_found() {
        static BOT: Bot = Bot::new()
            .observers(&[
                observer::<Noting<(Garden, Park)>>(),
                observer::<Noting<(Park, Park)>>(),
                observer::<Noting<Rival>>(),
            ])
            .actions(&[
                action::<Pressed<0>>(),
                action::<Pressed<1>>(),
                action::<Pressed<2>>(),
                action::<Pressed<0>>(),
            ])
            .hosts(&[Host::new("sky.example"), Host::new("10.0.0.1"), Host::new("Sky.example")]);

        let expected = [
            "the actions a324 and a349 look alike in a button: rename one",
            "the action pressed is there twice",
            "a handler remembers the state garden twice",
            "two states are called garden",
            "10.0.0.1 is no name of a host",
            "Sky.example is no name of a host",
        ];
        assert_eq!(BOT.faults(), expected);
    }

    #[test]
    fn a_field_that_does_not_take_what_is_declared_is_a_fault() {
        const BOT: Bot = Bot::new().commands(&[command::<Weather>(), command::<Greet>()]);
        let fault = |name| format!("the fields of /{name} do not fit its declared arguments");
        assert_eq!(BOT.faults(), [fault("weather"), fault("greet")]);
    }
}
