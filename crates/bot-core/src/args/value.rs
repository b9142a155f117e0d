//! Reads one argument.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::command::{Arg, ArgKind, UsageError};
use crate::event::{Channel, File, Role, User};

/// The longest duration: ten years, which no person means to wait and no calculation with times overflows by.
const MOST_DAYS: u64 = 3650;

const DAY_SECS: u64 = 24 * 60 * 60;

/// The value as the argument's field takes it.
///
/// # Errors
///
/// What the argument should look like; what was given is not quoted.
pub(super) fn convert(arg: &Arg, value: Value) -> Result<Value, UsageError> {
    let converted = match (arg.kind, &value) {
        (ArgKind::Text, Value::String(text)) if !text.trim().is_empty() => Some(value),
        (ArgKind::Text, Value::Number(_) | Value::Bool(_)) => Some(Value::from(value.to_string())),
        (ArgKind::Integer, Value::Number(number)) => number.as_i64().map(Value::from),
        (ArgKind::Integer, Value::String(text)) => text.trim().parse::<i64>().ok().map(Value::from),
        (ArgKind::Number, Value::Number(number)) => number.as_f64().map(Value::from),
        (ArgKind::Number, Value::String(text)) => number(text.trim()).map(Value::from),
        (ArgKind::Duration, Value::String(text)) => match seconds(text) {
            Some(secs) if secs > MOST_DAYS * DAY_SECS => {
                let sentence = format!("\"{}\" can be no more than {MOST_DAYS}d.", arg.name);
                return Err(UsageError::new(sentence));
            }
            secs => secs.and_then(|secs| serde_json::to_value(Duration::from_secs(secs)).ok()),
        },
        (ArgKind::Flag, Value::Bool(_)) => Some(value),
        (ArgKind::Flag, Value::String(text)) => flag(text.trim()).map(Value::from),
        (ArgKind::User, _) => described::<User>(value),
        (ArgKind::Channel, _) => described::<Channel>(value),
        (ArgKind::Role, Value::String(name)) => role(name),
        (ArgKind::Role, _) => described::<Role>(value),
        (ArgKind::File, _) => described::<File>(value),
        (ArgKind::Choice(choices), Value::String(text)) => {
            let text = text.to_lowercase();
            let choice = choices.iter().find(|choice| choice.to_lowercase() == text);
            choice.map(|choice| Value::from(*choice))
        }
        _ => None,
    };
    converted.ok_or_else(|| UsageError::new(arg.wanted()))
}

/// A value of this kind, and of choices the `nth`, that only a field of the right type takes.
pub(super) fn example(kind: ArgKind, nth: usize) -> Value {
    match kind {
        ArgKind::Text => Value::from("text"),
        ArgKind::Integer => Value::from(i64::MIN),
        ArgKind::Number => Value::from(2.5),
        ArgKind::Duration => json!(Duration::from_secs(90)),
        ArgKind::User => json!(User { id: "1".to_owned(), name: Some("Ann".to_owned()) }),
        ArgKind::Channel => json!(Channel { id: "1".to_owned(), name: Some("general".to_owned()) }),
        ArgKind::Role => json!(Role { id: "1".to_owned(), name: Some("gardeners".to_owned()) }),
        ArgKind::File => json!(File { id: "1".to_owned(), ..File::default() }),
        ArgKind::Flag => Value::from(true),
        ArgKind::Choice(choices) => choices.iter().cycle().nth(nth).copied().into(),
    }
}

/// Yes or no, as people write it.
fn flag(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "yes" | "y" | "true" | "on" | "1" => Some(true),
        "no" | "n" | "false" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// A finite number, with a point or a comma before its fraction.
fn number(text: &str) -> Option<f64> {
    let with_point = match text.split_once(',') {
        // Whether 1,000 is one or a thousand depends on where one comes from.
        Some((_, digits)) if digits.len() == 3 => return None,
        Some((whole, fraction)) => &format!("{whole}.{fraction}"),
        None => text,
    };
    with_point.parse().ok().filter(|number: &f64| number.is_finite())
}

/// The seconds in `1h30m` or `1d 2h`; more than there can be are as many as there can be.
pub(crate) fn seconds(text: &str) -> Option<u64> {
    let mut total: Option<u64> = None;
    let mut count: Option<u64> = None;
    for c in text.chars() {
        if let Some(digit) = c.to_digit(10) {
            let tens = count.unwrap_or_default().saturating_mul(10);
            count = Some(tens.saturating_add(digit.into()));
        } else if count.is_some() || !c.is_whitespace() {
            let secs = count.take()?.saturating_mul(unit_secs(c)?);
            total = Some(total.unwrap_or_default().saturating_add(secs));
        }
    }
    total.filter(|_| count.is_none())
}

const fn unit_secs(unit: char) -> Option<u64> {
    match unit.to_ascii_lowercase() {
        's' => Some(1),
        'm' => Some(60),
        'h' => Some(60 * 60),
        'd' => Some(DAY_SECS),
        'w' => Some(7 * DAY_SECS),
        _ => None,
    }
}

/// A role as people write it where a platform has none.
fn role(name: &str) -> Option<Value> {
    let name = name.trim().trim_start_matches('@');
    (!name.is_empty()).then(|| json!(Role { id: name.to_owned(), name: Some(name.to_owned()) }))
}

/// Somebody or something as a platform describes it, or its id alone.
fn described<T: DeserializeOwned + Serialize>(value: Value) -> Option<Value> {
    let value = if value.is_string() { json!({ "id": value }) } else { value };
    let is_known = value.get("id")?.as_str().is_some_and(|id| !id.trim().is_empty());
    let described: T = serde_json::from_value(value).ok().filter(|_| is_known)?;
    serde_json::to_value(described).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers() {
        // (text, number)
        let long = "9".repeat(400);
        let cases = [
            ("2.5", Some(2.5)),
            ("2,5", Some(2.5)),
            ("-2,50", Some(-2.5)),
            ("+3", Some(3.0)),
            (".5", Some(0.5)),
            ("1e3", Some(1000.0)),
            ("1.000", Some(1.0)),
            ("1,000", None),
            ("1,000,000", None),
            ("1.000,5", None),
            ("1,5,5", None),
            ("2.5.5", None),
            ("1e999", None),
            ("-1e999", None),
            (&long, None),
            ("NaN", None),
            ("inf", None),
            ("-Infinity", None),
            ("0x10", None),
            ("2 5", None),
            ("٣", None),
            ("5\u{200f}", None),
            ("🧀", None),
            (",", None),
            ("", None),
        ];

        for (text, expected) in cases {
            assert_eq!(number(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_blank_beside_a_value_is_no_part_of_it() {
        // (argument, what is given, value)
        let cases = [
            (Arg::integer("n", ""), " 5 ", json!(5)),
            (Arg::number("n", ""), " 2,5\u{a0}", json!(2.5)),
            (Arg::flag("n", ""), "yes ", json!(true)),
        ];

        for (arg, given, expected) in cases {
            assert_eq!(convert(&arg, Value::from(given)), Ok(expected), "{given:?}");
        }
    }

    #[test]
    fn reads_yes_and_no() {
        // (text, yes?)
        let cases = [
            ("yes", Some(true)),
            ("NO", Some(false)),
            ("on", Some(true)),
            ("0", Some(false)),
            ("maybe", None),
            ("", None),
        ];

        for (text, expected) in cases {
            assert_eq!(flag(text), expected, "{text:?}");
        }
    }

    #[test]
    fn reads_durations() {
        // (text, seconds)
        let long = "9".repeat(100_000);
        let (long_hours, many) = (format!("{long}h"), "9w".repeat(10_000));
        let cases = [
            ("90s", Some(90)),
            ("2h", Some(7200)),
            ("1h30m", Some(5400)),
            ("1H30M", Some(5400)),
            ("1d 2h", Some(93_600)),
            ("2h  1d", Some(93_600)),
            ("1h1h", Some(7200)),
            ("1w", Some(604_800)),
            ("0s", Some(0)),
            ("007m", Some(420)),
            (&long_hours, Some(u64::MAX)),
            (&many, Some(90_000 * 604_800)),
            ("99999999999999999999s", Some(u64::MAX)),
            ("18446744073709551615s1s", Some(u64::MAX)),
            (&long, None),
            ("90", None),
            ("1h30", None),
            ("1 h", None),
            ("1 1h", None),
            ("h", None),
            ("1hh", None),
            ("45min", None),
            ("1.5h", None),
            ("-1h", None),
            ("1y", None),
            ("1🧀", None),
            ("٣h", None),
            ("\u{200f}1h", None),
            (" ", None),
            ("", None),
        ];

        for (text, expected) in cases {
            assert_eq!(seconds(text), expected, "{text:.40}");
        }
    }

    #[test]
    fn an_example_fits_the_right_field_and_no_other() {
        fn fits<T: DeserializeOwned>(kind: ArgKind) -> bool {
            serde_json::from_value::<T>(example(kind, 0)).is_ok()
        }
        let choice = ArgKind::Choice(&["metric"]);
        // (kind, its field fits, another does)
        let cases = [
            (ArgKind::Text, fits::<String>(ArgKind::Text), fits::<char>(ArgKind::Text)),
            (ArgKind::Integer, fits::<i64>(ArgKind::Integer), fits::<i32>(ArgKind::Integer)),
            (ArgKind::Integer, fits::<i64>(ArgKind::Integer), fits::<u64>(ArgKind::Integer)),
            (ArgKind::Number, fits::<f64>(ArgKind::Number), fits::<i64>(ArgKind::Number)),
            (
                ArgKind::Duration,
                fits::<Duration>(ArgKind::Duration),
                fits::<u64>(ArgKind::Duration),
            ),
            (ArgKind::User, fits::<User>(ArgKind::User), fits::<String>(ArgKind::User)),
            (ArgKind::Channel, fits::<Channel>(ArgKind::Channel), fits::<String>(ArgKind::Channel)),
            (ArgKind::Role, fits::<Role>(ArgKind::Role), fits::<String>(ArgKind::Role)),
            (ArgKind::File, fits::<File>(ArgKind::File), fits::<String>(ArgKind::File)),
            (ArgKind::Flag, fits::<bool>(ArgKind::Flag), fits::<String>(ArgKind::Flag)),
            (choice, fits::<String>(choice), fits::<bool>(choice)),
        ];

        for (kind, right, other) in cases {
            assert_eq!((right, other), (true, false), "{kind:?}");
        }
    }
}
