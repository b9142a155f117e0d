//! Which command is given, and what it is given.

use super::{Bot, CommandEntry};
use crate::command::{Spec, UsageError};
use crate::event::{Arguments, Target};

impl Bot {
    /// The command people give by `name`, and its arguments.
    pub(super) fn given(
        &self,
        name: &str,
        arguments: &Arguments,
    ) -> Option<(&'static CommandEntry, Arguments)> {
        if let Arguments::Text(text) = arguments
            && let Some((command, rest)) = self.subcommand(name, text)
        {
            return Some((command, Arguments::Text(rest.to_owned())));
        }
        let chosen = |command: &&CommandEntry| label(&command.spec, arguments) == Some(name);
        let command = self.named(name).or_else(|| self.commands.iter().find(chosen));
        // Telegram opens every chat with /start, and a link with a word behind it. A bot need not declare it.
        let stands_in = || self.named("help").filter(|_| name == "start");
        let stands_in = || Some((stands_in()?, Arguments::Text(String::new())));
        command.map(|command| (command, arguments.clone())).or_else(stands_in)
    }

    /// The command whose name goes on in the first words of `text`, and the rest of it.
    fn subcommand<'a>(
        &self,
        name: &str,
        text: &'a str,
    ) -> Option<(&'static CommandEntry, &'a str)> {
        let (first, rest) = word(text);
        let (second, rest_of_rest) = word(rest);
        let longest = self.named(&format!("{name} {first} {second}").to_lowercase());
        longest
            .map(|command| (command, rest_of_rest))
            .or_else(|| Some((self.named(&format!("{name} {first}").to_lowercase())?, rest)))
    }

    fn named(&self, name: &str) -> Option<&'static CommandEntry> {
        self.commands.iter().find(|command| command.spec.name == name)
    }

    /// What to say to a command of another name.
    pub(super) fn unknown(&self, name: &str) -> UsageError {
        let is_below =
            |spec: &&Spec| spec.name.strip_prefix(name).is_some_and(|rest| rest.starts_with(' '));
        let below: Vec<String> =
            self.specs().filter(is_below).map(|spec| format!("/{}", spec.name)).collect();
        if !below.is_empty() {
            return UsageError::new(format!("Of this command there is {}.", below.join(", ")));
        }
        let mut sentences = "I don't know this command.".to_owned();
        if let Some(spec) = Spec::closest(self.specs(), name) {
            sentences.push_str(&format!(" Did you mean /{}?", spec.name));
        }
        if self.named("help").is_some() {
            sentences.push_str(" /help lists what I can do.");
        }
        UsageError::new(sentences)
    }
}

/// What the command is called in the menu it was chosen from.
fn label(spec: &Spec, arguments: &Arguments) -> Option<&'static str> {
    match arguments {
        Arguments::Target(Target::User(_)) => spec.on_user,
        Arguments::Target(Target::Message { .. }) => spec.on_message,
        Arguments::Text(_) | Arguments::Named(_) => None,
    }
}

/// The first word, and what is behind it.
fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_once(char::is_whitespace).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::bot::command;
    use crate::event::User;
    use crate::{Arg, Command, Cx, Reply};

    macro_rules! commands {
        ($($type:ident => $spec:expr),+ $(,)?) => {
            $(
                #[derive(Deserialize)]
                struct $type {}

                impl Command for $type {
                    const SPEC: Spec = $spec;
                    type State = ();

                    async fn run(self, _cx: &mut Cx<()>) -> Result<Reply, UsageError> {
                        Ok(Reply::nothing())
                    }
                }
            )+

            static BOT: Bot = Bot::new().commands(&[$(command::<$type>()),+]);
        };
    }

    commands! {
        Help => Spec::new("help", "Helps."),
        Plant => Spec::new("plant", "Shows a plant.").arg(Arg::text("name", "Which")),
        PlantAdd => Spec::new("plant add", "Adds one.").arg(Arg::text("name", "Which")),
        BedRowAdd => Spec::new("bed row add", "Adds a row."),
        BedRow => Spec::new("bed row", "Shows a row."),
        Translate => Spec::new("translate", "Translates.")
            .arg(Arg::text("text", "What"))
            .on_message("Say in English"),
        HighFive => Spec::new("high_five", "Greets.").arg(Arg::user("who", "Whom")).on_user("High five"),
    }

    #[test]
    fn finds_the_command_that_is_meant() {
        let text = |text: &str| Arguments::Text(text.to_owned());
        let named = || Arguments::Named([("name".to_owned(), json!("fern"))].into());
        let ann = || Arguments::Target(Target::User(User { id: "1".into(), name: None }));
        let message =
            || Arguments::Target(Target::Message { text: "Hallo".to_owned(), author: None });
        // (name, arguments, command and its arguments)
        let cases = [
            ("plant", text("fern"), Some(("plant", text("fern")))),
            ("plant", text("add"), Some(("plant add", text("")))),
            ("plant", text(" ADD  big fern"), Some(("plant add", text(" big fern")))),
            ("plant", text("added fern"), Some(("plant", text("added fern")))),
            ("plant add", named(), Some(("plant add", named()))),
            ("bed", text("row add x"), Some(("bed row add", text("x")))),
            ("bed", text("row 1"), Some(("bed row", text("1")))),
            ("bed", text("one"), None),
            ("Say in English", message(), Some(("translate", message()))),
            ("translate", message(), Some(("translate", message()))),
            ("Say in English", ann(), None),
            ("Say in English", text(""), None),
            ("High five", ann(), Some(("high_five", ann()))),
            ("start", text("from-a-link"), Some(("help", text("")))),
            ("", text(""), None),
        ];

        for (name, arguments, expected) in cases {
            let found = BOT.given(name, &arguments);
            let found = found.map(|(command, arguments)| (command.spec.name, arguments));
            assert_eq!(found, expected, "/{name} {arguments:?}");
        }
    }

    #[test]
    fn what_is_no_command_leads_to_those_there_are() {
        // (name, answer)
        let cases = [
            ("bed", "Of this command there is /bed row add, /bed row."),
            (
                "plants",
                "I don't know this command. Did you mean /plant? /help lists what I can do.",
            ),
            ("x", "I don't know this command. /help lists what I can do."),
        ];

        for (name, expected) in cases {
            assert_eq!(BOT.unknown(name).to_string(), expected, "{name}");
        }
    }
}
