//! `/help`: what the bot can do; `/help echo`: what one command is given.

use bot_core::{Arg, Command, Cx, Reply, Spec, UsageError};
use serde::Deserialize;

/// Lists the commands, or explains one, from their declarations.
#[derive(Deserialize)]
pub(crate) struct Help {
    command: Option<String>,
}

impl Command for Help {
    const SPEC: Spec = Spec::new("help", "Lists what I can do.")
        .arg(Arg::text("command", "Which command to explain").optional());
    type State = ();

    async fn run(self, cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        let lines: Vec<String> = match self.command {
            None => cx.commands().map(|spec| format!("{}: {}", spec.usage(), spec.about)).collect(),
            Some(name) => explain(named(&name, || cx.commands())?),
        };
        Ok(Reply::text(lines.join("\n")))
    }
}

/// The command people call `name`, with or without its slash.
fn named<I: Iterator<Item = &'static Spec>>(
    name: &str,
    commands: impl Fn() -> I,
) -> Result<&'static Spec, UsageError> {
    let name = name.strip_prefix('/').unwrap_or(name).to_lowercase();
    commands().find(|spec| spec.name == name).ok_or_else(|| {
        UsageError::new(match Spec::closest(commands(), &name) {
            Some(spec) => format!("I have no such command. Did you mean {}?", spec.name),
            None => "I have no such command. /help lists those I have.".to_owned(),
        })
    })
}

fn explain(spec: &Spec) -> Vec<String> {
    let heading = [spec.usage(), spec.about.to_owned()];
    heading.into_iter().chain(spec.args().map(explain_arg)).collect()
}

/// `unit: Which unit (metric or imperial; optional)`
fn explain_arg(arg: &Arg) -> String {
    let optional = (!arg.required).then(|| "optional".to_owned());
    let notes: Vec<String> = arg.form().into_iter().chain(optional).collect();
    let line = format!("{}: {}", arg.name, arg.about);
    if notes.is_empty() { line } else { format!("{line} ({})", notes.join("; ")) }
}

#[cfg(test)]
mod tests {
    use bot_core::play;

    use super::*;
    use crate::BOT;

    #[test]
    fn lists_every_command_with_its_usage() {
        let lines: Vec<String> =
            BOT.specs().map(|spec| format!("{}: {}", spec.usage(), spec.about)).collect();
        assert!(lines.contains(&"/echo <text>: Says it again.".to_owned()), "{lines:?}");
        // Telegram opens every chat with `/start`.
        for command in ["/help", "/start", "/start from-a-link"] {
            play(&BOT).talk(&format!("> {command}\n< {}", lines.join("\n  ")));
        }
    }

    #[test]
    fn explains_a_command() {
        play(&BOT).talk(
            "
            > /help echo
            < /echo <text>
              Says it again.
              text: What to say
            > /help /Ping
            < /ping
              Answers, so that you know I am here.
            > /help ehco
            < I have no such command. Did you mean echo?
              Usage: /help [command]
            > /help echo ping
            < I have no such command. /help lists those I have.
              Usage: /help [command]
            > /help /
            < I have no such command. /help lists those I have.
              Usage: /help [command]
            ",
        );
    }

    #[test]
    fn explains_what_an_argument_may_be() {
        let spec = Spec::new("weather", "Tells the weather.")
            .arg(Arg::text("place", "Where"))
            .arg(Arg::duration("in", "How far ahead"))
            .arg(Arg::user("for", "For whom").optional())
            .arg(Arg::choice("unit", "Which unit", &["metric", "imperial"]).optional())
            .arg(Arg::text("note", "What else").optional());
        let explained = "\
            /weather <place> <in> [for] [metric|imperial] [note]\n\
            Tells the weather.\n\
            place: Where\n\
            in: How far ahead (a duration, like 90s, 2h or 1h30m)\n\
            for: For whom (a person: mention them with @; optional)\n\
            unit: Which unit (metric or imperial; optional)\n\
            note: What else (optional)";
        assert_eq!(explain(&spec).join("\n"), explained);
    }

    #[test]
    fn a_command_that_is_none_leads_here() {
        play(&BOT).talk(
            "
            > /nope
            < I don't know this command. /help lists what I can do.
            > /ehco x
            < I don't know this command. Did you mean /echo? /help lists what I can do.
            ",
        );
    }
}
