//! Reads a command's arguments as its declaration says.
//!
//! Platforms hand them over as text or as values by name; what a command is given is the same.

pub(crate) mod field;
mod line;
mod named;
#[cfg(test)]
mod tests;
mod value;

pub(crate) use named::named;
pub(crate) use value::seconds;

use serde_json::{Map, Value};

use crate::command::{Arg, ArgKind, Spec, UsageError};
use crate::event::{Arguments, ChannelMention, Event, File, Mention, Target};

/// What comes along with a command's line.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Along<'a> {
    /// The people it names.
    pub(crate) mentions: &'a [Mention],
    /// The channels it names.
    pub(crate) channels: &'a [ChannelMention],
    /// The files that were sent with it.
    pub(crate) files: &'a [File],
}

impl<'a> From<&'a Event> for Along<'a> {
    fn from(event: &'a Event) -> Self {
        Self { mentions: &event.mentions, channels: &event.channels, files: &event.files }
    }
}

/// The arguments by name, every value of the declared kind.
///
/// # Errors
///
/// Which argument is missing or of the wrong kind; what the person wrote is not quoted.
pub(crate) fn read(
    spec: &Spec,
    arguments: &Arguments,
    along: Along<'_>,
) -> Result<Map<String, Value>, UsageError> {
    let given = match arguments {
        Arguments::Text(text) => line::split(spec, text, along)?,
        Arguments::Named(named) => {
            by_name(spec, named.iter().map(|(name, value)| (name.as_str(), value.clone())))
        }
        Arguments::Target(target) => of_target(spec, target),
    };
    let mut read = Map::new();
    for (arg, value) in spec.args().zip(given) {
        match value {
            Some(value) => {
                read.insert(arg.name.to_owned(), value::convert(arg, value)?);
            }
            None if arg.required => return Err(UsageError::new(arg.wanted())),
            None => {}
        }
    }
    Ok(read)
}

/// Whether nothing was given at all.
pub(crate) fn is_bare(arguments: &Arguments) -> bool {
    match arguments {
        Arguments::Text(text) => text.trim().is_empty(),
        Arguments::Named(named) => named.is_empty(),
        Arguments::Target(_) => false,
    }
}

/// What a command with a form says where there are no forms: what it asks for. A form that comes back empty was filled in so.
pub(crate) fn asked(spec: &Spec, arguments: &Arguments, along: Along<'_>) -> Option<UsageError> {
    let is_asked = matches!(arguments, Arguments::Text(_)) && is_bare(arguments);
    let is_given = !along.files.is_empty() && spec.args().any(|arg| arg.kind == ArgKind::File);
    let title = spec.form.filter(|_| is_asked && !is_given)?;
    let lines = spec.args().map(|arg| {
        let optional = if arg.required { "" } else { " (optional)" };
        format!("\n{}: {}{optional}", arg.name, arg.about)
    });
    Some(UsageError::new(format!("{title}{}", lines.collect::<String>())))
}

/// What is wrong in a form: the arguments' names, each with a sentence.
pub(crate) fn faults(spec: &Spec, arguments: &Arguments) -> Vec<(&'static str, String)> {
    let Arguments::Named(named) = arguments else { return Vec::new() };
    let fault = |arg: &Arg, value: Option<Value>| match value {
        Some(value) => value::convert(arg, value).err().map(|error| error.to_string()),
        None => arg.required.then(|| arg.wanted()),
    };
    let given = by_name(spec, named.iter().map(|(name, value)| (name.as_str(), value.clone())));
    let given = spec.args().zip(given);
    given.filter_map(|(arg, value)| Some((arg.name, fault(arg, value)?))).collect()
}

/// What a command was chosen for is its first argument that takes such a thing.
fn of_target(spec: &Spec, target: &Target) -> Vec<Option<Value>> {
    let (kind, value) = match target {
        Target::User(user) => (ArgKind::User, serde_json::to_value(user).ok()),
        Target::Message { text, .. } => (ArgKind::Text, Some(Value::from(text.as_str()))),
    };
    let mut value = value;
    spec.args().map(|arg| if arg.kind == kind { value.take() } else { None }).collect()
}

/// The value each argument is given.
///
/// Clients keep a command's declaration for up to an hour, so a value may come under the name its argument had in an older
/// bot: where one name is unknown and one argument is missing, they are the same.
fn by_name<'a>(spec: &Spec, named: impl Iterator<Item = (&'a str, Value)>) -> Vec<Option<Value>> {
    let mut given: Vec<Option<Value>> = spec.args().map(|_| None).collect();
    let mut strangers = Vec::new();
    for (name, value) in named {
        match spec.args().zip(&mut given).find(|(arg, _)| arg.name == name) {
            Some((_, place)) => *place = Some(value),
            None => strangers.push(value),
        }
    }
    let missing: Vec<&mut Option<Value>> =
        given.iter_mut().filter(|place| place.is_none()).collect();
    if let ([_], Ok([place])) = (strangers.as_slice(), <[_; 1]>::try_from(missing)) {
        *place = strangers.pop();
    }
    given
}

/// Values for these arguments, as often as it takes to have each choice of each in them once.
pub(crate) fn examples<'a>(args: impl Iterator<Item = &'a Arg>) -> Vec<Map<String, Value>> {
    let args: Vec<&Arg> = args.collect();
    let most = args.iter().map(|arg| arg.choices().len()).max();
    let example = |nth| {
        let values = args.iter().map(|arg| (arg.name.to_owned(), value::example(arg.kind, nth)));
        values.collect()
    };
    (0..most.unwrap_or_default().max(1)).map(example).collect()
}
