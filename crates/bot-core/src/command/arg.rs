//! What a command may be given.

/// One argument of a command.
#[derive(Clone, Copy, Debug)]
pub struct Arg {
    /// The name of the field that takes it.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// What it may be.
    pub kind: ArgKind,
    /// Whether the command needs it; the field of one that may be missing is an `Option`.
    pub required: bool,
    /// Whether it takes several lines, where a form asks for it.
    pub long: bool,
    /// What is offered while somebody writes it.
    pub suggest: Option<Suggest>,
}

/// What to offer to somebody who has written this much of an argument, the likeliest first.
///
/// It is asked while somebody waits at the keyboard, and it is given nothing else: no state, no time, nothing to fetch.
pub type Suggest = fn(typed: &str) -> Vec<String>;

/// Those of `words` that begin with what is `typed`, and then those that hold it, in upper or lower case.
///
/// ```
/// use bot_core::command::matching;
///
/// assert_eq!(matching(&["Tomato", "Potato", "Basil"], "to"), ["Tomato", "Potato"]);
/// ```
#[must_use]
pub fn matching(words: &[&str], typed: &str) -> Vec<String> {
    let typed = typed.trim().to_lowercase();
    let place = |word: &&str| word.to_lowercase().find(&typed).map(|at| at > 0);
    let mut found: Vec<(bool, &str)> =
        words.iter().filter_map(|word| Some((place(word)?, *word))).collect();
    found.sort_by_key(|(is_inside, _)| *is_inside);
    found.into_iter().map(|(_, word)| word.to_owned()).collect()
}

/// What an argument may be, and the type of the field that takes it.
///
/// Where commands are text, an argument is a word, or several in quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArgKind {
    /// Text: a word, or the rest of the line for a command's last argument. The field is a `String`.
    Text,
    /// A whole number. The field is an `i64`.
    Integer,
    /// A number, with a point or a comma. The field is an `f64`, and finite.
    Number,
    /// A time span like `90s`, `2h` or `1h30m`, of weeks, days, hours, minutes and seconds, up to 3650 days; as a command's
    /// last argument also `1d 2h`. The field is a [`Duration`](std::time::Duration).
    Duration,
    /// A person, by a mention. The field is a [`User`](crate::event::User).
    User,
    /// A channel, by a mention. The field is a [`Channel`](crate::event::Channel).
    Channel,
    /// A role. Where a platform has none, it is a name, and nobody has checked that there is such a role. The field is a
    /// [`Role`](crate::event::Role).
    Role,
    /// A file. Where commands are text, it takes no word: it is what came with the message, the first for the first such
    /// argument. The field is a [`File`](crate::event::File).
    File,
    /// Yes or no. The field is a `bool`.
    Flag,
    /// One of these, in upper or lower case. The field is a `String`, or an enum whose variants serde calls the same.
    Choice(&'static [&'static str]),
}

impl Arg {
    /// The most choices: 25, by Discord.
    ///
    /// <https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-option-structure>
    pub const MOST_CHOICES: usize = 25;

    /// The longest choice: 100 characters, by Discord.
    ///
    /// <https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-option-choice-structure>
    pub const MOST_CHOICE_CHARS: usize = 100;

    /// Text.
    #[must_use]
    pub const fn text(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, ArgKind::Text)
    }

    /// A whole number.
    #[must_use]
    pub const fn integer(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, ArgKind::Integer)
    }

    /// A number.
    #[must_use]
    pub const fn number(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, ArgKind::Number)
    }

    /// A time span.
    #[must_use]
    pub const fn duration(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, ArgKind::Duration)
    }

    /// A person.
    #[must_use]
    pub const fn user(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, ArgKind::User)
    }

    /// A channel.
    #[must_use]
    pub const fn channel(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, ArgKind::Channel)
    }

    /// A role.
    #[must_use]
    pub const fn role(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, ArgKind::Role)
    }

    /// A file.
    #[must_use]
    pub const fn file(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, ArgKind::File)
    }

    /// Yes or no.
    #[must_use]
    pub const fn flag(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, ArgKind::Flag)
    }

    /// One of `choices`. Whatever case a person writes it in, the field has it as it stands here.
    ///
    /// # Panics
    ///
    /// When it is compiled: a choice is 1 to 100 characters, there are 1 to 25, and no two differ only in case.
    #[must_use]
    pub const fn choice(
        name: &'static str,
        about: &'static str,
        choices: &'static [&'static str],
    ) -> Self {
        assert!(are_choices(choices), "1 to 25 choices of 1 to 100 characters, no two the same");
        Self::new(name, about, ArgKind::Choice(choices))
    }

    /// It may be missing.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.required = false;
        self
    }

    /// It takes several lines: a form shows a large field.
    #[must_use]
    pub const fn long(mut self) -> Self {
        self.long = true;
        self
    }

    /// What `suggest` says is offered while somebody writes it: on Discord among a command's arguments, on Slack in a form.
    /// Anything else may be written all the same.
    ///
    /// # Panics
    ///
    /// When it is compiled: it is text.
    #[must_use]
    pub const fn suggest(mut self, suggest: Suggest) -> Self {
        assert!(matches!(self.kind, ArgKind::Text), "what is written with suggestions is text");
        self.suggest = Some(suggest);
        self
    }

    /// What there is to choose from; nothing where anything else may be given, too.
    #[must_use]
    pub const fn choices(&self) -> &'static [&'static str] {
        match self.kind {
            ArgKind::Choice(choices) => choices,
            ArgKind::Flag => &["yes", "no"],
            _ => &[],
        }
    }

    /// What to give for it, where any text will not do: "a duration, like 90s, 2h or 1h30m".
    #[must_use]
    pub fn form(&self) -> Option<String> {
        self.kind.words().map(|(what, how)| format!("{what}{how}"))
    }

    /// What to say when it is missing or of another form; what was given is not quoted.
    pub(crate) fn wanted(&self) -> String {
        match self.kind.words() {
            Some((what, how)) => format!("I need {what} for \"{}\"{how}.", self.name),
            None => format!("I need \"{}\" ({}).", self.name, self.about),
        }
    }

    /// What stands for it in a usage line: the choices while they are short, else its name.
    pub(super) fn placeholder(&self) -> String {
        const MOST_CHARS: usize = 40;

        let choices: Vec<String> = self.choices().iter().map(|choice| as_word(choice)).collect();
        let choices = choices.join("|");
        if (1..=MOST_CHARS).contains(&choices.chars().count()) {
            choices
        } else {
            self.name.to_owned()
        }
    }

    const fn new(name: &'static str, about: &'static str, kind: ArgKind) -> Self {
        Self { name, about, kind, required: true, long: false, suggest: None }
    }
}

impl ArgKind {
    /// What it is, and how to write it; nothing for text.
    fn words(self) -> Option<(String, &'static str)> {
        let (what, how) = match self {
            Self::Text => return None,
            Self::Integer => ("a whole number", ", like 3"),
            Self::Number => ("a number", ", like 2.5"),
            Self::Duration => ("a duration", ", like 90s, 2h or 1h30m"),
            Self::User => ("a person", ": mention them with @"),
            Self::Channel => ("a channel", ": mention it with #, on Telegram with @"),
            Self::Role => ("a role", ", by its name"),
            Self::File => ("a file", ": send it along"),
            Self::Flag => ("yes or no", ""),
            Self::Choice(choices) => return Some((either(choices), "")),
        };
        Some((what.to_owned(), how))
    }
}

/// "a, b or c".
fn either(choices: &[&str]) -> String {
    let words: Vec<String> = choices.iter().map(|choice| as_word(choice)).collect();
    match words.as_slice() {
        [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        words => words.concat(),
    }
}

/// As it has to be written where an argument is a word.
fn as_word(choice: &str) -> String {
    if choice.contains(char::is_whitespace) { format!("\"{choice}\"") } else { choice.to_owned() }
}

const fn are_choices(choices: &[&str]) -> bool {
    let mut rest = choices;
    while let [choice, tail @ ..] = rest {
        let chars = chars(choice);
        if chars == 0 || chars > Arg::MOST_CHOICE_CHARS || is_among(choice, tail) {
            return false;
        }
        rest = tail;
    }
    !choices.is_empty() && choices.len() <= Arg::MOST_CHOICES
}

const fn is_among(choice: &str, mut others: &[&str]) -> bool {
    while let [other, tail @ ..] = others {
        if choice.eq_ignore_ascii_case(other) {
            return true;
        }
        others = tail;
    }
    false
}

/// The number of characters: of bytes that do not continue one.
pub(super) const fn chars(text: &str) -> usize {
    let mut rest = text.as_bytes();
    let mut count = 0;
    while let [byte, tail @ ..] = rest {
        if *byte & 0b1100_0000 != 0b1000_0000 {
            count += 1;
        }
        rest = tail;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_those_discord_takes_and_people_can_tell_apart() {
        let (longest, too_long) = ("é".repeat(100), "é".repeat(101));
        let names: Vec<String> = (0..26).map(|nth| nth.to_string()).collect();
        let many: Vec<&str> = names.iter().map(String::as_str).collect();
        // (choices, taken?)
        let cases: [(&[&str], bool); 9] = [
            (&["metric", "imperial"], true),
            (&["only"], true),
            (&[], false),
            (&["a", ""], false),
            (&[&longest], true),
            (&[&too_long], false),
            (&["metric", "b", "Metric"], false),
            (&many[..25], true),
            (&many, false),
        ];

        for (choices, taken) in cases {
            assert_eq!(are_choices(choices), taken, "{choices:?}");
        }
    }

    #[test]
    fn says_what_it_needs() {
        // (argument, sentence)
        let cases = [
            (Arg::text("plant", "Which plant"), "I need \"plant\" (Which plant)."),
            (Arg::integer("litres", ""), "I need a whole number for \"litres\", like 3."),
            (Arg::number("ph", ""), "I need a number for \"ph\", like 2.5."),
            (Arg::duration("in", ""), "I need a duration for \"in\", like 90s, 2h or 1h30m."),
            (Arg::user("who", ""), "I need a person for \"who\": mention them with @."),
            (
                Arg::channel("where", ""),
                "I need a channel for \"where\": mention it with #, on Telegram with @.",
            ),
            (Arg::role("team", ""), "I need a role for \"team\", by its name."),
            (Arg::file("photo", ""), "I need a file for \"photo\": send it along."),
            (Arg::flag("loud", ""), "I need yes or no for \"loud\"."),
            (Arg::choice("a", "", &["one"]), "I need one for \"a\"."),
            (Arg::choice("a", "", &["one", "two"]), "I need one or two for \"a\"."),
            (
                Arg::choice("a", "", &["one", "two", "three and four"]),
                "I need one, two or \"three and four\" for \"a\".",
            ),
        ];

        for (arg, sentence) in cases {
            assert_eq!(arg.wanted(), sentence);
        }
    }
}
