//! What is more than a platform takes.

use std::collections::{BTreeMap, BTreeSet};

use crate::bot::Bot;
use crate::command::{ArgKind, Spec};

/// The longest command, with its slash: 32 characters, by Slack.
///
/// <https://docs.slack.dev/reference/app-manifest>, at `features.slash_commands`.
const MOST_SLASH: usize = 32;

/// The most commands: 50, by Slack. Discord would take 100.
///
/// <https://docs.slack.dev/reference/app-manifest>, at `features.slash_commands`;
/// <https://docs.discord.com/developers/interactions/application-commands#registering-a-command>
const MOST_COMMANDS: usize = 50;

/// The most commands below one: 25, by Discord.
///
/// <https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-structure>,
/// at `options`.
const MOST_BELOW: usize = 25;

/// The most commands in the menu of people: 15, by Discord. Of those in the menu of messages, which are as many there, Slack
/// takes fewer.
///
/// <https://docs.discord.com/developers/interactions/application-commands#registering-a-command>
const MOST_ON_USER: usize = 15;

impl Bot {
    pub(super) fn faults_of_limits(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let names: BTreeSet<&str> =
            self.specs().filter_map(|spec| spec.name.split(' ').next()).collect();
        let long = names.iter().filter(|name| name.len() >= MOST_SLASH);
        faults.extend(long.map(|name| {
            format!("/{name} is of more than the {MOST_SLASH} characters that Slack takes")
        }));
        if names.len() > MOST_COMMANDS {
            let count = names.len();
            faults.push(format!("there are {count} commands, and Slack takes {MOST_COMMANDS}"));
        }
        let crowded = self.below().into_iter().filter(|(_, below)| below.len() > MOST_BELOW);
        faults.extend(crowded.map(|(name, below)| {
            format!("/{name} has {} subcommands, and Discord takes {MOST_BELOW}", below.len())
        }));
        let people = self.specs().filter(|spec| spec.on_user.is_some()).count();
        if people > MOST_ON_USER {
            faults.push(format!("there are {people} commands in the menu of people, and Discord takes {MOST_ON_USER}"));
        }
        faults.extend(self.specs().filter_map(fault_of_files));
        faults
    }

    /// What stands below each name, word by word, as Discord nests it.
    fn below(&self) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
        let mut below: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for spec in self.specs() {
            let mut name = spec.name;
            while let Some((above, _)) = name.rsplit_once(' ') {
                below.entry(above).or_default().insert(name);
                name = above;
            }
        }
        below
    }
}

/// On Telegram each file is a message of its own.
///
/// <https://core.telegram.org/bots/api#sendmediagroup>
fn fault_of_files(spec: &Spec) -> Option<String> {
    let needed = spec.args().filter(|arg| arg.required && arg.kind == ArgKind::File).count();
    let name = spec.name;
    (needed > 1)
        .then(|| format!("/{name} needs {needed} files, and a message of Telegram's has one"))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::bot::{CommandEntry, command};
    use crate::event::{File, User};
    use crate::{Arg, Command, Cx, Reply, UsageError};

    /// The `NTH` of many commands, alone or below another, and in the menu of people.
    #[derive(Deserialize)]
    struct Many<const KIND: usize, const NTH: usize> {
        #[expect(dead_code, reason = "it is only declared")]
        who: Option<User>,
    }

    /// Two letters for each number below 26 * 26.
    const fn name<const LEN: usize>(mut bytes: [u8; LEN], nth: usize) -> [u8; LEN] {
        let letters = b"abcdefghijklmnopqrstuvwxyz";
        bytes[LEN - 2] = letters[nth / 26];
        bytes[LEN - 1] = letters[nth % 26];
        bytes
    }

    const fn text(bytes: &[u8]) -> &str {
        match str::from_utf8(bytes) {
            Ok(text) => text,
            Err(_) => panic!("letters"),
        }
    }

    impl<const KIND: usize, const NTH: usize> Many<KIND, NTH> {
        const ALONE: &'static [u8] = &name(*b"c__", NTH);
        const BELOW: &'static [u8] = &name(*b"bed __", NTH);
        const DEEP: &'static [u8] = &name(*b"bed row __", NTH);
    }

    impl<const KIND: usize, const NTH: usize> Command for Many<KIND, NTH> {
        const SPEC: Spec = {
            let name = text(match KIND {
                1 => Self::BELOW,
                2 => Self::DEEP,
                _ => Self::ALONE,
            });
            let spec = Spec::new(name, "For a test.").arg(Arg::user("who", "Whom").optional());
            if KIND == 3 { spec.on_user(name) } else { spec }
        };
        type State = ();

        async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
            Ok(Reply::nothing())
        }
    }

    macro_rules! many {
        ($kind:literal: $($tens:literal)*) => {
            &[$(
                command::<Many<$kind, { $tens * 5 }>>(),
                command::<Many<$kind, { $tens * 5 + 1 }>>(),
                command::<Many<$kind, { $tens * 5 + 2 }>>(),
                command::<Many<$kind, { $tens * 5 + 3 }>>(),
                command::<Many<$kind, { $tens * 5 + 4 }>>(),
            )*]
        };
    }

    #[test]
    fn what_is_more_than_a_platform_takes_is_a_fault() {
        const COMMANDS: &[CommandEntry] = many!(0: 0 1 2 3 4 5 6 7 8 9 10);
        const BELOW: &[CommandEntry] = many!(1: 0 1 2 3 4 5);
        const DEEP: &[CommandEntry] = many!(2: 0 1 2 3 4 5);
        const PEOPLE: &[CommandEntry] = many!(3: 0 1 2 3);
        // (commands, how many are taken, what is wrong with one more)
        let cases = [
            (COMMANDS, 50, "there are 51 commands, and Slack takes 50"),
            (BELOW, 25, "/bed has 26 subcommands, and Discord takes 25"),
            (DEEP, 25, "/bed row has 26 subcommands, and Discord takes 25"),
            (PEOPLE, 15, "there are 16 commands in the menu of people, and Discord takes 15"),
        ];

        for (commands, most, expected) in cases {
            let faults = |count: usize| Bot::new().commands(&commands[..count]).faults();
            assert_eq!(faults(most), Vec::<String>::new(), "{expected}");
            assert_eq!(faults(most + 1), [expected]);
        }
        let above: Vec<&str> = Bot::new().commands(&DEEP[..1]).below().into_keys().collect();
        assert_eq!(above, ["bed", "bed row"]);
    }

    /// A long name, and two files.
    #[derive(Deserialize)]
    struct Large<const NTH: u8> {
        #[expect(dead_code, reason = "it is only declared")]
        one: File,
        #[expect(dead_code, reason = "it is only declared")]
        other: Option<File>,
    }

    impl<const NTH: u8> Command for Large<NTH> {
        const SPEC: Spec = match NTH {
            0 => Spec::new("a_name_of_thirty_two_characters_", "For a test."),
            1 => Spec::new("a_name_of_thirty_one_characters", "For a test."),
            2 => Spec::new("a a_name_of_thirty_two_characters_", "For a test."),
            _ => Spec::new("b", "For a test."),
        }
        .arg(Arg::file("one", "Which"))
        .arg(if NTH == 3 {
            Arg::file("other", "Which")
        } else {
            Arg::file("other", "Which").optional()
        });
        type State = ();

        async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
            Ok(Reply::nothing())
        }
    }

    #[test]
    fn a_command_that_a_platform_does_not_take_is_a_fault() {
        static BOT: Bot = Bot::new().commands(&[
            command::<Large<0>>(),
            command::<Large<1>>(),
            command::<Large<2>>(),
            command::<Large<3>>(),
        ]);
        let expected = [
            "/a_name_of_thirty_two_characters_ is of more than the 32 characters that Slack takes",
            "/b needs 2 files, and a message of Telegram's has one",
        ];
        assert_eq!(BOT.faults_of_limits(), expected);
    }
}
