//! Reads a command's arguments as its declaration says.

use serde_json::{Map, Value};

use crate::command::{Arg, ArgKind, Spec, UsageError};
use crate::event::{Arguments, Mention};

/// The arguments by name, every value of the declared kind.
///
/// # Errors
///
/// Which argument is missing or of the wrong kind; what the person wrote is not quoted.
pub(crate) fn read(
    spec: &Spec,
    arguments: &Arguments,
    _mentions: &[Mention],
) -> Result<Map<String, Value>, UsageError> {
    let given = match arguments {
        Arguments::Text(text) => split(spec, text)?,
        Arguments::Named(named) => {
            by_name(spec, named.iter().map(|(name, value)| (name.as_str(), value.clone())))
        }
    };
    let mut read = Map::new();
    for (arg, value) in spec.args().zip(given) {
        match value {
            Some(value) => {
                read.insert(arg.name.to_owned(), convert(arg, value)?);
            }
            None if arg.required => {
                return Err(UsageError::new(format!("I need {}.", sentence_part(arg))));
            }
            None => {}
        }
    }
    Ok(read)
}

/// One word an argument; the last one, if it is text, takes the rest of the line.
fn split(spec: &Spec, text: &str) -> Result<Vec<Option<Value>>, UsageError> {
    let mut rest = text.trim();
    let mut given = Vec::new();
    let mut args = spec.args().peekable();
    while let Some(arg) = args.next() {
        let takes_rest = args.peek().is_none() && arg.kind == ArgKind::Text;
        let (word, tail) = if takes_rest {
            (rest, "")
        } else {
            rest.split_once(char::is_whitespace).unwrap_or((rest, ""))
        };
        given.push((!word.is_empty()).then(|| Value::String(word.to_owned())));
        rest = tail.trim_start();
    }
    if rest.is_empty() { Ok(given) } else { Err(UsageError::new("That is more than I need.")) }
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

fn convert(arg: &Arg, value: Value) -> Result<Value, UsageError> {
    let converted = match (arg.kind, &value) {
        (ArgKind::Text, Value::String(text)) if !text.trim().is_empty() => Some(value),
        (ArgKind::Text, Value::Number(_) | Value::Bool(_)) => {
            Some(Value::String(value.to_string()))
        }
        (ArgKind::Integer, Value::Number(number)) => number.as_i64().map(Value::from),
        (ArgKind::Integer, Value::String(text)) => text.parse::<i64>().ok().map(Value::from),
        _ => None,
    };
    converted.ok_or_else(|| {
        UsageError::new(match arg.kind {
            ArgKind::Text => format!("I need {}.", sentence_part(arg)),
            ArgKind::Integer => format!("I need a whole number for \"{}\".", arg.name),
        })
    })
}

/// A value for each of these arguments.
pub(crate) fn examples<'a>(args: impl Iterator<Item = &'a Arg>) -> Map<String, Value> {
    let example = |arg: &Arg| match arg.kind {
        ArgKind::Text => Value::from("text"),
        ArgKind::Integer => Value::from(1),
    };
    args.map(|arg| (arg.name.to_owned(), example(arg))).collect()
}

fn sentence_part(arg: &Arg) -> String {
    format!("\"{}\" ({})", arg.name, arg.about)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NONE: Spec = Spec::new("ping", "");
    const TEXT: Spec = Spec::new("echo", "").arg(Arg::text("text", "what to say"));
    const MIXED: Spec = Spec::new("water", "")
        .arg(Arg::text("plant", "which plant"))
        .arg(Arg::integer("litres", "how much").optional());

    #[test]
    fn reads_text() {
        // (declaration, line, arguments or what is wrong)
        let cases: [(&Spec, &str, Result<Value, &str>); 12] = [
            (&NONE, "", Ok(json!({}))),
            (&NONE, "really", Err("That is more than I need.")),
            (&TEXT, "hello   there", Ok(json!({ "text": "hello   there" }))),
            (&TEXT, "  ", Err("I need \"text\" (what to say).")),
            (&MIXED, "tomato", Ok(json!({ "plant": "tomato" }))),
            (&MIXED, "tomato 2", Ok(json!({ "plant": "tomato", "litres": 2 }))),
            (&MIXED, "tomato   -2 ", Ok(json!({ "plant": "tomato", "litres": -2 }))),
            (&MIXED, "tomato two", Err("I need a whole number for \"litres\".")),
            (&MIXED, "tomato 2.5", Err("I need a whole number for \"litres\".")),
            (&MIXED, "tomato 99999999999999999999", Err("I need a whole number for \"litres\".")),
            (&MIXED, "tomato 2 3", Err("That is more than I need.")),
            (&MIXED, "", Err("I need \"plant\" (which plant).")),
        ];

        for (spec, line, expected) in cases {
            let read = read(spec, &Arguments::Text(line.into()), &[])
                .map(Value::Object)
                .map_err(|error| error.to_string());
            assert_eq!(read, expected.map_err(str::to_owned), "/{} {line:?}", spec.name);
        }
    }

    #[test]
    fn reads_named_values() {
        // (declaration, values, arguments or what is wrong)
        let cases: [(&Spec, Value, Result<Value, &str>); 9] = [
            (&TEXT, json!({ "text": "hello" }), Ok(json!({ "text": "hello" }))),
            (&TEXT, json!({ "text": 7 }), Ok(json!({ "text": "7" }))),
            (&TEXT, json!({}), Err("I need \"text\" (what to say).")),
            (&TEXT, json!({ "words": "hello" }), Ok(json!({ "text": "hello" }))),
            (&TEXT, json!({ "text": "hello", "words": "x" }), Ok(json!({ "text": "hello" }))),
            (&MIXED, json!({ "a": "x", "b": "y" }), Err("I need \"plant\" (which plant).")),
            (
                &MIXED,
                json!({ "litres": 2, "plant": "tomato" }),
                Ok(json!({ "plant": "tomato", "litres": 2 })),
            ),
            (
                &MIXED,
                json!({ "litres": 2.5, "plant": "t" }),
                Err("I need a whole number for \"litres\"."),
            ),
            (&MIXED, json!({ "litres": 2 }), Err("I need \"plant\" (which plant).")),
        ];

        for (spec, values, expected) in cases {
            let named = serde_json::from_value(values.clone()).expect("an object");
            let read = read(spec, &Arguments::Named(named), &[])
                .map(Value::Object)
                .map_err(|error| error.to_string());
            assert_eq!(read, expected.map_err(str::to_owned), "/{} {values}", spec.name);
        }
    }

    #[test]
    fn usage_shows_what_may_be_left_out() {
        assert_eq!(MIXED.usage(), "/water <plant> [litres]");
        assert_eq!(NONE.usage(), "/ping");
    }
}
