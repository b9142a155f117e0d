//! The declaration of a command.

use super::Arg;
use crate::action::MOST_FORM_NAME;

/// A command's declaration: parsing, `/help` and usage errors come from it.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// The name, without the slash.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// The title of the form that asks for its arguments.
    pub form: Option<&'static str>,
    /// Whether its answers are for nobody but who gave it.
    pub ephemeral: bool,
    /// What it is called in the menu of a message, whose text it is given.
    pub on_message: Option<&'static str>,
    /// What it is called in the menu of a person, whom it is given.
    pub on_user: Option<&'static str>,
    /// What it is called among the shortcuts that are no message's.
    pub shortcut: Option<&'static str>,
    args: [Option<Arg>; Self::MOST_ARGS],
}

impl Spec {
    /// The most arguments a command may declare; Discord would take 25, people fewer.
    const MOST_ARGS: usize = 8;

    /// A command without arguments.
    ///
    /// # Panics
    ///
    /// When it is compiled: a name is 1 to 32 lower-case letters, digits or `_`, which every platform takes. A subcommand's
    /// is two or three of them, with a space between: `plant add`.
    #[must_use]
    pub const fn new(name: &'static str, about: &'static str) -> Self {
        assert!(
            is_command(name),
            "a command's name is 1 to 32 of a-z, 0-9 and '_', a subcommand's two or three"
        );
        Self {
            name,
            about,
            form: None,
            ephemeral: false,
            on_message: None,
            on_user: None,
            shortcut: None,
            args: [None; Self::MOST_ARGS],
        }
    }

    /// Given without arguments, it asks for them by a form of this title; so does the button of
    /// [`Reply::form`](crate::Reply::form).
    ///
    /// Slack and Discord open a form; elsewhere the person is told what to write.
    ///
    /// # Panics
    ///
    /// When it is compiled: a title is 1 to 24 characters, which is what Slack takes, and a form asks for 1 to 5 things, which
    /// is what Discord takes; declare the arguments first.
    ///
    /// <https://docs.slack.dev/reference/views/modal-views>,
    /// <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-modal>
    #[must_use]
    pub const fn form(mut self, title: &'static str) -> Self {
        assert!(is_title(title, 24), "a form's title is 1 to 24 characters");
        // What opens it has to fit into a button.
        assert!(self.name.len() <= MOST_FORM_NAME, "the name of a command with a form is too long");
        assert!(self.args[0].is_some(), "a form asks for something: declare the arguments first");
        assert!(self.args[5].is_none(), "a form asks for no more than 5 things");
        self.form = Some(title);
        self
    }

    /// All its answers are [`Reply::ephemeral`](crate::Reply::ephemeral), the "thinking…" that Discord shows before them included.
    #[must_use]
    pub const fn ephemeral(mut self) -> Self {
        self.ephemeral = true;
        self
    }

    /// It stands in the menu of every message, too: its first text is then the message's. On Slack and Discord.
    ///
    /// # Panics
    ///
    /// When it is compiled: a label is 1 to 24 characters, as Slack takes.
    ///
    /// <https://docs.slack.dev/reference/app-manifest>
    #[must_use]
    pub const fn on_message(mut self, label: &'static str) -> Self {
        assert!(is_title(label, 24), "a label is 1 to 24 characters");
        self.on_message = Some(label);
        self
    }

    /// It stands in the menu of every person, too: its first person is then that one. On Discord.
    ///
    /// # Panics
    ///
    /// When it is compiled: a label is 1 to 32 characters, as Discord takes.
    ///
    /// <https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-naming>
    #[must_use]
    pub const fn on_user(mut self, label: &'static str) -> Self {
        assert!(is_title(label, 32), "a label is 1 to 32 characters");
        self.on_user = Some(label);
        self
    }

    /// It is a shortcut, too, which is given from anywhere: on Slack.
    ///
    /// # Panics
    ///
    /// When it is compiled: a label is 1 to 24 characters, as Slack takes.
    ///
    /// <https://docs.slack.dev/reference/app-manifest>
    #[must_use]
    pub const fn shortcut(mut self, label: &'static str) -> Self {
        assert!(is_title(label, 24), "a label is 1 to 24 characters");
        self.shortcut = Some(label);
        self
    }

    /// Declares the next argument.
    ///
    /// # Panics
    ///
    /// When it is compiled: one too many, a name that no platform takes or that is there already, or a required one behind an
    /// optional one.
    #[must_use]
    #[expect(
        clippy::indexing_slicing,
        reason = "evaluated by the compiler, where a ninth argument is an error"
    )]
    pub const fn arg(mut self, arg: Arg) -> Self {
        assert!(is_name(arg.name), "an argument's name is 1 to 32 of a-z, 0-9 and '_'");
        let mut next = 0;
        while let Some(earlier) = self.args[next] {
            assert!(!is_same(earlier.name, arg.name), "two arguments have one name");
            assert!(
                earlier.required || !arg.required,
                "a required argument stands before optional ones"
            );
            next += 1;
        }
        self.args[next] = Some(arg);
        self
    }

    /// The arguments in order.
    pub fn args(&self) -> impl Iterator<Item = &Arg> {
        self.args.iter().flatten()
    }

    /// `/name <required> [optional] <one|of|these>`
    #[must_use]
    pub fn usage(&self) -> String {
        let mut usage = format!("/{}", self.name);
        for arg in self.args() {
            let (open, close) = if arg.required { ('<', '>') } else { ('[', ']') };
            usage.push(' ');
            usage.push(open);
            usage.push_str(&arg.placeholder());
            usage.push(close);
        }
        usage
    }

    /// The one whose name is `name` but for a slip: at most one letter in three is wrong, missing, too many or swapped with
    /// its neighbour.
    #[must_use]
    pub fn closest<'a>(specs: impl Iterator<Item = &'a Self>, name: &str) -> Option<&'a Self> {
        let chars = name.chars().count();
        let slips = |spec: &Self| strsim::osa_distance(spec.name, name);
        let is_close = |spec: &&Self| {
            let len = spec.name.len();
            let most = len.max(chars) / 3;
            // Comparing takes both lengths multiplied, and what people write may be long.
            len.abs_diff(chars) <= most && slips(spec) <= most
        };
        specs.filter(is_close).min_by_key(|spec| slips(spec))
    }
}

/// One name, or that of a subcommand: Discord nests two below a command.
///
/// <https://docs.discord.com/developers/interactions/application-commands#subcommands-and-subcommand-groups>
#[expect(clippy::indexing_slicing, reason = "the loop's condition is the bound")]
const fn is_command(name: &str) -> bool {
    let bytes = name.as_bytes();
    let (mut from, mut to, mut words) = (0, 0, 0);
    while to <= bytes.len() {
        if to == bytes.len() || bytes[to] == b' ' {
            let (head, _) = bytes.split_at(to);
            let (_, word) = head.split_at(from);
            if !are_name(word) {
                return false;
            }
            words += 1;
            from = to + 1;
        }
        to += 1;
    }
    words <= 3
}

const fn is_same(one: &str, other: &str) -> bool {
    let (mut one, mut other) = (one.as_bytes(), other.as_bytes());
    while let ([first, rest @ ..], [other_first, other_rest @ ..]) = (one, other) {
        if *first != *other_first {
            return false;
        }
        (one, other) = (rest, other_rest);
    }
    one.is_empty() && other.is_empty()
}

const fn is_title(title: &str, most: usize) -> bool {
    let chars = super::arg::chars(title);
    chars > 0 && chars <= most
}

const fn is_name(name: &str) -> bool {
    are_name(name.as_bytes())
}

const fn are_name(name: &[u8]) -> bool {
    let mut rest = name;
    let is_length = !rest.is_empty() && rest.len() <= 32;
    while let [byte, tail @ ..] = rest {
        if !matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_') {
            return false;
        }
        rest = tail;
    }
    is_length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_every_platform_takes() {
        // (name, taken?)
        let long = "a".repeat(33);
        let cases = [
            ("ping", true),
            ("test_2_b", true),
            ("test-2", false),
            (&long[1..], true),
            (&long, false),
            ("Ping", false),
            ("pi ng", false),
            ("/ping", false),
            ("é", false),
            ("", false),
        ];

        for (name, taken) in cases {
            assert_eq!(is_name(name), taken, "{name:?}");
        }
    }

    #[test]
    fn names_are_told_apart() {
        // (one, another, the same?)
        let cases = [
            ("a", "a", true),
            ("", "", true),
            ("a", "b", false),
            ("plant", "plan", false),
            ("plan", "plant", false),
        ];

        for (one, other, same) in cases {
            assert_eq!(is_same(one, other), same, "{one} {other}");
        }
    }

    #[test]
    #[should_panic(expected = "two arguments have one name")]
    fn two_arguments_of_one_name_do_not_compile() {
        let arg = |name| Arg::text(name, "");
        let _ = Spec::new("greet", "").arg(arg("a")).arg(arg("b")).arg(arg("a"));
    }

    #[test]
    fn a_subcommand_has_two_or_three_names() {
        // (name, taken?)
        let cases = [
            ("plant", true),
            ("plant add", true),
            ("plant row add", true),
            ("plant row add now", false),
            ("plant  add", false),
            ("plant ", false),
            (" plant", false),
            ("plant Add", false),
            ("", false),
        ];

        for (name, taken) in cases {
            assert_eq!(is_command(name), taken, "{name:?}");
        }
    }

    #[test]
    fn usage_shows_what_may_be_left_out_and_chosen() {
        const LONG: &[&str] = &["a choice of twenty-one", "another one of twenty"];
        // (declaration, usage)
        let cases = [
            (Spec::new("ping", ""), "/ping"),
            (
                Spec::new("water", "")
                    .arg(Arg::text("plant", ""))
                    .arg(Arg::integer("litres", "").optional()),
                "/water <plant> [litres]",
            ),
            (
                Spec::new("weather", "")
                    .arg(Arg::choice("day", "", &["today", "next week"]))
                    .arg(Arg::choice("unit", "", &["metric", "imperial"]).optional()),
                "/weather <today|\"next week\"> [metric|imperial]",
            ),
            (Spec::new("choose", "").arg(Arg::choice("one", "", LONG)), "/choose <one>"),
        ];

        for (spec, usage) in cases {
            assert_eq!(spec.usage(), usage);
        }
    }

    #[test]
    fn finds_the_name_a_slip_was_meant_for() {
        let specs = ["ping", "echo", "pings", "reminders", "do"].map(|name| Spec::new(name, ""));
        // (name, the one that is meant)
        let long = "ping".repeat(100_000);
        let cases = [
            ("ping", Some("ping")),
            ("pong", Some("ping")),
            ("pnig", Some("ping")),
            ("pin", Some("ping")),
            ("pingss", Some("pings")),
            ("remidners", Some("reminders")),
            ("remainer", Some("reminders")),
            ("mainder", None),
            ("eco", Some("echo")),
            ("go", None),
            ("dog", Some("do")),
            ("p", None),
            ("", None),
            ("écho", Some("echo")),
            ("🧀🧀🧀🧀", None),
            (&long, None),
        ];

        for (name, expected) in cases {
            let found = Spec::closest(specs.iter(), name).map(|spec| spec.name);
            assert_eq!(found, expected, "{name:.40}");
        }
    }
}
