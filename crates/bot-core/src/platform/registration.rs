//! What a platform keeps of a bot, how it differs from what the bot declares, and the calls that mend it.
//!
//! A platform answers with more than it was given and in an order of its own. So both sides are brought into one normal
//! form first: registering a second time must find nothing to do.

use std::fmt;

use serde_json::Value;

use super::{ApiAnswer, ApiRequest, Call, Outbound, RequestError};
use crate::command::Spec;

/// All that one platform should know of a bot.
pub struct Registration {
    /// One after the other, in the order they are registered in.
    pub items: Vec<Item>,
    outbound: Box<dyn Outbound>,
}

/// One thing that a platform keeps: the commands, the webhook, the manifest.
pub struct Item {
    /// What people call it.
    pub name: &'static str,
    read: Call,
    compare: Box<Compare>,
}

/// What a platform's result says is registered, beside what should be; `None` when it cannot be read.
type Compare = dyn Fn(&Value) -> Option<Comparison> + Send + Sync;

/// What is registered beside what should be, in the same form. It does not print itself: the call may hold a secret.
pub struct Comparison {
    /// What is registered.
    pub registered: Value,
    /// What should be.
    pub wanted: Value,
    write: Call,
}

/// Why a platform has not done what it was asked to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationError {
    /// It says no, in its own words, which come from no person.
    #[error("refused with status {status}: {reason}")]
    Refused {
        /// The status of its answer.
        status: u16,
        /// What it says.
        reason: String,
    },
    /// It says something else than documented.
    #[error("the answer cannot be read")]
    Unreadable,
}

impl Registration {
    pub(crate) fn new(outbound: Box<dyn Outbound>, items: Vec<Item>) -> Self {
        Self { items, outbound }
    }

    /// The request that asks what is registered.
    ///
    /// # Errors
    ///
    /// The token is not set.
    pub fn read(&self, item: &Item) -> Result<ApiRequest, RequestError> {
        self.outbound.request(&item.read)
    }

    /// The request that registers what should be.
    ///
    /// # Errors
    ///
    /// The token is not set.
    pub fn write(&self, comparison: &Comparison) -> Result<ApiRequest, RequestError> {
        self.outbound.request(&comparison.write)
    }
}

impl Item {
    pub(crate) fn new(
        name: &'static str,
        read: Call,
        compare: impl Fn(&Value) -> Option<Comparison> + Send + Sync + 'static,
    ) -> Self {
        Self { name, read, compare: Box::new(compare) }
    }

    /// Holds what should be registered against the answer to [`Registration::read`].
    ///
    /// # Errors
    ///
    /// The answer says nothing of it.
    pub fn compare(&self, answer: &ApiAnswer) -> Result<Comparison, RegistrationError> {
        (self.compare)(&result(answer)?).ok_or(RegistrationError::Unreadable)
    }
}

impl Comparison {
    pub(crate) const fn new(registered: Value, wanted: Value, write: Call) -> Self {
        Self { registered, wanted, write }
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.registered == self.wanted
    }
}

impl fmt::Debug for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Comparison").field("is_same", &self.is_same()).finish_non_exhaustive()
    }
}

/// The JSON of an answer that is a success.
///
/// Slack and Telegram say `"ok": false` where they do not take a call, Slack with status 200. Reasons stand in `error`
/// (Slack), `description` (Telegram) or `message` (Discord); which field is wrong in `errors` (Slack, Discord).
///
/// # Errors
///
/// It is none.
pub fn result(answer: &ApiAnswer) -> Result<Value, RegistrationError> {
    let body = answer.json();
    let is_ok = (200..300).contains(&answer.status);
    if is_ok && body.get("ok") != Some(&Value::Bool(false)) {
        return if body.is_null() { Err(RegistrationError::Unreadable) } else { Ok(body) };
    }
    let reason =
        ["error", "description", "message"].iter().find_map(|name| body.get(name)?.as_str());
    let mut reason = reason.unwrap_or("no reason given").to_owned();
    if let Some(errors) = body.get("errors") {
        reason.push_str(&format!(" {errors}"));
    }
    Err(RegistrationError::Refused { status: answer.status, reason })
}

/// A command as it is typed where commands have no subcommands.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Typed {
    /// Its name: the first word.
    pub(crate) name: &'static str,
    /// What it does, with all its subcommands.
    pub(crate) about: String,
    /// What may stand behind the name: `add <plant> | water <plant>`.
    pub(crate) usage: String,
}

/// The commands as they are typed, each first word once and in its place.
pub(crate) fn typed(specs: impl Iterator<Item = &'static Spec>) -> Vec<Typed> {
    let mut commands: Vec<Typed> = Vec::new();
    for spec in specs {
        let name = spec.name.split(' ').next().unwrap_or_default();
        let usage = spec.usage();
        let usage = usage.get(1 + name.len()..).unwrap_or_default().trim();
        if let Some(known) = commands.iter_mut().find(|command| command.name == name) {
            known.about = join(&known.about, " ", spec.about);
            known.usage = join(&known.usage, " | ", usage);
        } else {
            let about = spec.about.to_owned();
            commands.push(Typed { name, about, usage: usage.to_owned() });
        }
    }
    for command in &mut commands {
        // No platform takes an empty one.
        if command.about.is_empty() {
            command.name.clone_into(&mut command.about);
        }
    }
    commands
}

fn join(first: &str, between: &str, second: &str) -> String {
    let parts = [first, second].into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(between)
}

/// `text` as far as `most` characters go.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::command::Arg;

    #[test]
    fn an_answer_is_a_success_or_says_why_not() {
        let refused = |status, reason: &str| {
            Err(RegistrationError::Refused { status, reason: reason.to_owned() })
        };
        // (status, body, result)
        let cases = [
            (200, r#"{"ok":true}"#, Ok(json!({ "ok": true }))),
            (200, "[]", Ok(json!([]))),
            (200, "<html>", Err(RegistrationError::Unreadable)),
            (200, r#"{"ok":false,"error":"invalid_auth"}"#, refused(200, "invalid_auth")),
            (
                200,
                r#"{"ok":false,"error":"invalid_manifest","errors":[{"pointer":"/a"}]}"#,
                refused(200, r#"invalid_manifest [{"pointer":"/a"}]"#),
            ),
            (400, r#"{"ok":false,"description":"Bad Request"}"#, refused(400, "Bad Request")),
            (403, r#"{"message":"Missing Access","code":50001}"#, refused(403, "Missing Access")),
            (502, "<html>", refused(502, "no reason given")),
        ];

        for (status, body, expected) in cases {
            let answer = ApiAnswer { status, body: Some(body.into()), ..ApiAnswer::default() };
            assert_eq!(result(&answer), expected, "{status} {body}");
        }
    }

    #[test]
    fn subcommands_are_typed_behind_one_name() {
        const fn named(name: &'static str, mut spec: Spec) -> Spec {
            spec.name = name;
            spec
        }
        static SPECS: [Spec; 4] = [
            named("plant add", Spec::new("x", "Adds one.").arg(Arg::text("name", ""))),
            Spec::new("ping", ""),
            named("plant row cut", Spec::new("x", "Cuts a row.")),
            Spec::new("plants", "Lists them.").arg(Arg::text("bed", "").optional()),
        ];

        let found = typed(SPECS.iter());
        let found: Vec<_> = found.iter().map(|c| (c.name, &*c.about, &*c.usage)).collect();
        let expected = [
            ("plant", "Adds one. Cuts a row.", "add <name> | row cut"),
            ("ping", "ping", ""),
            ("plants", "Lists them.", "[bed]"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_too_long_ends_with_an_ellipsis() {
        // (text, shortened to 4 characters)
        let cases = [("", ""), ("four", "four"), ("fives", "fiv…"), ("ééééé", "ééé…")];
        for (text, expected) in cases {
            assert_eq!(shortened(text, 4), expected);
        }
    }
}
