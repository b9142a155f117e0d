//! What is answered on the spot in a talk: forms that open and are sent, and suggestions.

use serde_json::{Value, json};

use super::people::{FILE, conversation, file, user};
use super::script::Speaker;
use super::stage::Stage;
use crate::args;
use crate::bot::Typing;
use crate::command::{ArgKind, Spec};
use crate::event::{Arguments, Event, EventKind, split_command};
use crate::platform::Platform;

impl Stage {
    /// Opens the form an event asks for, where the platform has forms.
    pub(super) fn open(&mut self, event: &Event) -> Option<String> {
        // What has a file is a message, and a message opens no form.
        let opens = self.platform != Platform::Telegram && event.files.is_empty();
        let spec = self.bot.form(event).filter(|_| opens)?;
        self.forms.insert(event.conversation.clone(), spec);
        let asked: Vec<&str> = spec.args().map(|arg| arg.about).collect();
        Some(format!("? {} {{{}}}", spec.form.unwrap_or(spec.name), asked.join(" | ")))
    }

    /// Sends the form that is open: what is wrong with it, or what the bot says to it.
    pub(super) fn send(
        &mut self,
        who: &Speaker,
        fields: &[(String, String)],
    ) -> Result<Vec<String>, String> {
        let here = conversation(who);
        let spec = self.forms.get(&here).copied().ok_or("there is no form to send")?;
        let fields = fields.iter().filter(|(_, value)| !value.is_empty());
        let fields: Result<_, String> = fields.map(|field| given(spec, field)).collect();
        let arguments = Arguments::Named(fields?);
        if self.platform == Platform::Slack {
            let faults = args::faults(spec, &arguments).into_iter();
            let faults: Vec<String> =
                faults.map(|(name, fault)| format!("? {name}: {fault}")).collect();
            if !faults.is_empty() {
                return Ok(faults);
            }
        }
        self.forms.remove(&here);
        self.events += 1;
        let event = self.event(who, EventKind::Command { name: spec.name.to_owned(), arguments });
        self.run(event, None)
    }

    /// What is suggested to somebody who has written this much of a command.
    pub(super) fn suggest(&self, text: &str) -> Result<Vec<String>, String> {
        if self.platform != Platform::Discord {
            return Err("Discord alone suggests what to write in a command".to_owned());
        }
        let line = split_command(text).ok_or("there is no command to write")?;
        let words: Vec<&str> = text.trim_start().split(' ').collect();
        let specs = self.bot.specs().filter(|spec| {
            let name = spec.name.split(' ').collect::<Vec<_>>();
            words.get(1..name.len()) == name.get(1..) && name.first() == Some(&&*line.name)
        });
        let spec = specs.max_by_key(|spec| spec.name.len()).ok_or("there is no such command")?;
        let words = words.get(spec.name.split(' ').count()..).unwrap_or_default();
        let arg = spec.args().nth(words.len().saturating_sub(1));
        let typing = Typing {
            command: spec.name.to_owned(),
            argument: arg.ok_or("there is no such argument")?.name.to_owned(),
            typed: words.last().copied().unwrap_or_default().to_owned(),
        };
        let suggestions = self.bot.suggestions(&typing);
        let shown = (!suggestions.is_empty()).then(|| format!("? {}", suggestions.join(" | ")));
        Ok(shown.into_iter().collect())
    }
}

/// One field of a form, as a platform brings it.
fn given(spec: &Spec, (name, value): &(String, String)) -> Result<(String, Value), String> {
    let arg = spec.args().find(|arg| arg.name == name);
    let arg = arg.ok_or_else(|| format!("the form does not ask for {name}"))?;
    let value = match (arg.kind, value.strip_prefix(['@', '#', FILE])) {
        (ArgKind::User, Some(name)) => json!(user(name)),
        (ArgKind::Channel, Some(name)) => json!({ "id": name, "name": name }),
        (ArgKind::File, Some(name)) => json!(file(name)),
        _ => Value::from(value.as_str()),
    };
    Ok((name.clone(), value))
}
