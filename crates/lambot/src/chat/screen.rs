//! What stands on the screen of a talk, and which buttons of it can be pressed.

use crate::simulated::{Act, Choice, Message};

/// The messages that have buttons. Numbers mean those that were shown last.
#[derive(Default)]
pub(crate) struct Screen {
    messages: Vec<Message>,
    /// Whether somebody waits for an answer and has been told so.
    is_working: bool,
}

/// A button that was pressed, by what brings it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pressed {
    /// The id of its message.
    pub(crate) message: String,
    pub(crate) token: String,
}

impl Screen {
    /// The lines that show what the bot does.
    pub(crate) fn show(&mut self, act: Act) -> Vec<String> {
        let (text, message) = match act {
            Act::Works if self.is_working => return Vec::new(),
            Act::Works => {
                self.is_working = true;
                return vec!["…".to_owned()];
            }
            Act::Says(message) => (message.text.clone(), message),
            Act::Edits(message) => (format!("~ {}", message.text), message),
        };
        let mut lines = vec![text];
        self.messages.retain(|earlier| earlier.id != message.id);
        if !message.choices.is_empty() {
            lines.push(buttons(&message.choices));
            self.messages.push(message);
        }
        lines
    }

    /// What somebody who types `line` does: presses a button, or else says it.
    pub(crate) fn answer(&mut self, line: &str) -> Option<Pressed> {
        self.is_working = false;
        // "+1" is something people say.
        let number: usize = line.trim().parse().ok().filter(|_| !line.contains('+'))?;
        let message = self.messages.last()?;
        let choice = message.choices.get(number.checked_sub(1)?)?;
        Some(Pressed { message: message.id.clone(), token: choice.token.clone() })
    }
}

/// `[1] Tomorrow  [2] Today`
fn buttons(choices: &[Choice]) -> String {
    let numbered = choices.iter().zip(1..);
    let buttons: Vec<String> =
        numbered.map(|(choice, number)| format!("[{number}] {}", choice.label)).collect();
    buttons.join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str, text: &str, labels: &[&str]) -> Message {
        let token = |label: &str| format!("{id}:{label}");
        let choices =
            labels.iter().map(|label| Choice { label: (*label).to_owned(), token: token(label) });
        Message { id: id.to_owned(), text: text.to_owned(), choices: choices.collect() }
    }

    fn pressed(screen: &mut Screen, line: &str) -> Option<String> {
        screen.answer(line).map(|pressed| {
            assert!(pressed.token.starts_with(&format!("{}:", pressed.message)));
            pressed.token
        })
    }

    #[test]
    fn a_number_presses_what_was_shown_last() {
        let mut screen = Screen::default();
        // (what the bot does, what is shown, what 1 and 2 press then)
        let steps = [
            (Act::Says(message("1", "hi", &[])), "hi", [None, None]),
            (
                Act::Says(message("2", "When?", &["Today", "Tomorrow"])),
                "When?\n[1] Today  [2] Tomorrow",
                [Some("2:Today"), Some("2:Tomorrow")],
            ),
            (Act::Says(message("3", "Who?", &["Ann"])), "Who?\n[1] Ann", [Some("3:Ann"), None]),
            (Act::Says(message("4", "ok", &[])), "ok", [Some("3:Ann"), None]),
            (
                Act::Edits(message("2", "When, then?", &["Now"])),
                "~ When, then?\n[1] Now",
                [Some("2:Now"), None],
            ),
            (Act::Edits(message("2", "Now.", &[])), "~ Now.", [Some("3:Ann"), None]),
            (Act::Edits(message("3", "Ann.", &[])), "~ Ann.", [None, None]),
        ];

        for (act, shown, presses) in steps {
            assert_eq!(screen.show(act).join("\n"), shown);
            let found = ["1", " 2 "].map(|line| pressed(&mut screen, line));
            assert_eq!(found, presses.map(|token| token.map(str::to_owned)), "{shown}");
        }
    }

    #[test]
    fn what_is_no_number_of_a_button_is_said() {
        let mut screen = Screen::default();
        screen.show(Act::Says(message("1", "When?", &["Today"])));
        for line in ["0", "2", "-1", "+1", "1.", "one", "[1]", "99999999999999999999", ""] {
            assert_eq!(screen.answer(line), None, "{line:?}");
        }
    }

    #[test]
    fn that_it_works_is_shown_once_for_each_line() {
        let mut screen = Screen::default();
        let shown = |screen: &mut Screen| screen.show(Act::Works).concat();
        assert_eq!(shown(&mut screen), "…");
        assert_eq!(shown(&mut screen), "");
        screen.answer("again");
        assert_eq!(shown(&mut screen), "…");
    }
}
