//! What is wrong with the menus that commands stand in.

use crate::bot::Bot;
use crate::command::{ArgKind, Spec};

/// The most shortcuts, those of messages among them: 10, by Slack.
///
/// <https://docs.slack.dev/reference/app-manifest>, at `features.shortcuts`.
const MOST_SHORTCUTS: usize = 10;

type Label = fn(&Spec) -> Option<&'static str>;

/// The menus, and what a command is called in them.
const MENUS: [(&str, Label); 3] = [
    ("in the menu of messages", |spec| spec.on_message),
    ("in the menu of people", |spec| spec.on_user),
    ("among the shortcuts", |spec| spec.shortcut),
];

impl Bot {
    pub(super) fn faults_of_menus(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let shortcuts =
            self.specs().flat_map(|spec| spec.on_message.into_iter().chain(spec.shortcut)).count();
        if shortcuts > MOST_SHORTCUTS {
            faults.push(format!(
                "there are {shortcuts} shortcuts, those of messages among them, and Slack takes {MOST_SHORTCUTS}"
            ));
        }
        for (menu, label) in MENUS {
            let labels: Vec<&str> = self.specs().filter_map(label).collect();
            let twice = labels.iter().enumerate().filter(|(at, label)| {
                let earlier = labels.get(..*at).unwrap_or_default();
                earlier.contains(label)
            });
            faults
                .extend(twice.map(|(_, label)| format!("two commands are called {label} {menu}")));
        }
        faults.extend(self.specs().flat_map(|spec| self.faults_of_labels(spec)));
        faults.extend(self.specs().filter_map(fault_of_needs));
        faults
    }

    /// What is chosen comes back by its label, and a shortcut, on Slack, by its command's name: a label that is a name as well
    /// would mean the command of that name.
    fn faults_of_labels(&self, spec: &'static Spec) -> Vec<String> {
        let is_a_name = |label: &&str| {
            self.specs().any(|other| {
                let is_own_without_shortcut = other.name == spec.name && spec.shortcut.is_none();
                other.name == *label && !is_own_without_shortcut
            })
        };
        let labels = spec.on_message.into_iter().chain(spec.on_user);
        let fault =
            |label| format!("/{} has the label {label}, which is a command's name", spec.name);
        labels.filter(is_a_name).map(fault).collect()
    }
}

/// What is chosen is one argument, and the menu asks for no other.
fn fault_of_needs(spec: &Spec) -> Option<String> {
    let of_message = spec.on_message.map(|_| ArgKind::Text);
    let kinds = of_message.into_iter().chain(spec.on_user.map(|_| ArgKind::User));
    let mut missing = kinds.filter_map(|kind| {
        let given = spec.args().position(|arg| arg.kind == kind)?;
        let mut others = spec.args().enumerate().filter(|(at, arg)| arg.required && *at != given);
        others.next().map(|(_, arg)| arg.name)
    });
    let name = missing.next()?;
    Some(format!("/{} stands in a menu and needs {name} besides what is chosen", spec.name))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::bot::{CommandEntry, command};
    use crate::event::User;
    use crate::{Arg, Command, Cx, Reply, UsageError};

    /// A command in the menu of messages and among the shortcuts.
    #[derive(Deserialize)]
    struct Chosen<const NTH: usize> {
        #[expect(dead_code, reason = "it is only declared")]
        it: String,
    }

    impl<const NTH: usize> Command for Chosen<NTH> {
        const SPEC: Spec = {
            let names = ["a", "b", "c", "d", "e", "f"];
            let labels = ["A", "B", "C", "D", "E", "F"];
            Spec::new(names[NTH], "For a test.")
                .arg(Arg::text("it", "What"))
                .on_message(labels[NTH])
                .shortcut(labels[NTH])
        };
        type State = ();

        async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
            Ok(Reply::nothing())
        }
    }

    #[test]
    fn slack_takes_ten_shortcuts() {
        const FIVE: [CommandEntry; 5] = [
            command::<Chosen<0>>(),
            command::<Chosen<1>>(),
            command::<Chosen<2>>(),
            command::<Chosen<3>>(),
            command::<Chosen<4>>(),
        ];
        const ONE_MORE: [CommandEntry; 6] =
            [FIVE[0], FIVE[1], FIVE[2], FIVE[3], FIVE[4], command::<Chosen<5>>()];
        assert_eq!(Bot::new().commands(&FIVE).faults(), Vec::<String>::new());
        let expected = "there are 12 shortcuts, those of messages among them, and Slack takes 10";
        assert_eq!(Bot::new().commands(&ONE_MORE).faults(), [expected]);
    }

    /// A command that is in menus by labels that others have, too.
    #[derive(Deserialize)]
    struct Labelled<const NTH: u8> {
        #[expect(dead_code, reason = "it is only declared")]
        it: Option<String>,
        #[expect(dead_code, reason = "it is only declared")]
        who: Option<User>,
    }

    impl<const NTH: u8> Command for Labelled<NTH> {
        const SPEC: Spec = match NTH {
            0 => taking("sow").on_message("Do it").on_user("Do it").shortcut("Do it"),
            1 => taking("reap").on_message("Do it").on_user("Greet").shortcut("Reap it"),
            2 => taking("dig").on_user("Greet").shortcut("Reap it"),
            3 => taking("mow").on_message("sow").on_user("dig"),
            4 => taking("rake").on_message("rake").shortcut("Rake it"),
            _ => taking("hoe").on_message("hoe").on_user("hoe"),
        };
        type State = ();

        async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
            Ok(Reply::nothing())
        }
    }

    const fn taking(name: &'static str) -> Spec {
        Spec::new(name, "For a test.")
            .arg(Arg::text("it", "What").optional())
            .arg(Arg::user("who", "Whom").optional())
    }

    #[test]
    fn a_label_that_means_two_commands_is_a_fault() {
        static BOT: Bot = Bot::new().commands(&[
            command::<Labelled<0>>(),
            command::<Labelled<1>>(),
            command::<Labelled<2>>(),
            command::<Labelled<3>>(),
            command::<Labelled<4>>(),
            command::<Labelled<5>>(),
        ]);

        let expected = [
            "two commands are called Do it in the menu of messages",
            "two commands are called Greet in the menu of people",
            "two commands are called Reap it among the shortcuts",
            "/mow has the label sow, which is a command's name",
            "/mow has the label dig, which is a command's name",
            "/rake has the label rake, which is a command's name",
        ];
        assert_eq!(BOT.faults(), expected);
    }

    /// A command that needs more than a menu gives.
    #[derive(Deserialize)]
    struct Needy<const NTH: u8> {
        #[expect(dead_code, reason = "it is only declared")]
        it: String,
        #[expect(dead_code, reason = "it is only declared")]
        who: Option<User>,
    }

    impl<const NTH: u8> Command for Needy<NTH> {
        const SPEC: Spec = {
            let who = Arg::user("who", "Whom");
            let it = Arg::text("it", "What");
            match NTH {
                0 => Spec::new("a", "For a test.").arg(it).arg(who).on_message("A"),
                1 => Spec::new("b", "For a test.").arg(it).arg(who.optional()).on_message("B"),
                2 => Spec::new("c", "For a test.").arg(it).arg(who.optional()).on_user("C"),
                _ => Spec::new("d", "For a test.").arg(who).arg(it.optional()).on_user("D"),
            }
        };
        type State = ();

        async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
            Ok(Reply::nothing())
        }
    }

    #[test]
    fn a_menu_that_cannot_give_all_that_is_needed_is_a_fault() {
        static BOT: Bot = Bot::new().commands(&[
            command::<Needy<0>>(),
            command::<Needy<1>>(),
            command::<Needy<2>>(),
            command::<Needy<3>>(),
        ]);
        let expected = [
            "/a stands in a menu and needs who besides what is chosen",
            "/c stands in a menu and needs it besides what is chosen",
        ];
        assert_eq!(BOT.faults_of_menus(), expected);
    }
}
