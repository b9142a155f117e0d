//! A command's line as a platform hands it over that has people fill in the arguments by name.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Along;
use super::line::split;
use super::value::convert;
use crate::command::{ArgKind, Spec, UsageError};

/// The values by name. Text and durations are sent as they stand, all else is checked where it is filled in.
///
/// # Errors
///
/// Why nobody can fill the arguments in like this.
pub(crate) fn named(
    spec: &Spec,
    line: &str,
    along: Along<'_>,
) -> Result<BTreeMap<String, Value>, UsageError> {
    let mut named = BTreeMap::new();
    for (arg, value) in spec.args().zip(split(spec, line, along)?) {
        let value = match (arg.kind, value) {
            (_, None) if arg.required => return Err(UsageError::new(arg.wanted())),
            (_, None) => continue,
            (ArgKind::Text | ArgKind::Duration, Some(value)) => value,
            (_, Some(value)) => convert(arg, value)?,
        };
        named.insert(arg.name.to_owned(), value);
    }
    Ok(named)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::command::Arg;
    use crate::event::{Mention, User};

    const WATER: Spec = Spec::new("water", "")
        .arg(Arg::text("plant", "which"))
        .arg(Arg::integer("litres", ""))
        .arg(Arg::user("who", "").optional())
        .arg(Arg::duration("in", "").optional());

    #[test]
    fn a_line_is_filled_in_by_name() {
        let bob = User { id: "bob".to_owned(), name: None };
        let mentions = [Mention { text: "@bob".to_owned(), user: bob }];
        let along = Along { mentions: &mentions, ..Along::default() };
        let who = json!({ "id": "bob" });
        // (line, values by name, or why it cannot be filled in)
        let cases = [
            ("fern 2", Ok(json!({ "plant": "fern", "litres": 2 }))),
            ("fern 2 @bob", Ok(json!({ "plant": "fern", "litres": 2, "who": who }))),
            (
                "fern 2 @bob soon",
                Ok(json!({ "plant": "fern", "litres": 2, "who": who, "in": "soon" })),
            ),
            ("fern", Err("I need a whole number for \"litres\", like 3.")),
            ("fern two", Err("I need a whole number for \"litres\", like 3.")),
            ("fern 2 Bob", Err("I need a person for \"who\": mention them with @.")),
            ("", Err("I need \"plant\" (which).")),
        ];

        for (line, expected) in cases {
            let found = named(&WATER, line, along).map(|named| json!(named));
            let found = found.map_err(|error| error.to_string());
            assert_eq!(found, expected.map_err(str::to_owned), "{line}");
        }
    }
}
