//! What is found, and what to do about it.

use std::fmt;

use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    /// The bot works, but less well than it could, or not for long.
    Warning,
    /// Something that people expect of the bot does not work.
    Error,
}

/// A kind of finding. Its code stays the same, for whoever looks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) level: Level,
    pub(super) code: &'static str,
    /// What to run or to set, in a sentence.
    pub(super) remedy: &'static str,
}

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    level: Level,
    code: &'static str,
    problem: String,
    remedy: &'static str,
}

impl Kind {
    /// A finding of this kind. `problem` is a sentence without its full stop, and holds no secret.
    pub(super) fn because(&self, problem: impl Into<String>) -> Finding {
        let Self { level, code, remedy } = *self;
        Finding { level, code, problem: problem.into(), remedy }
    }
}

impl Finding {
    pub(super) const fn is_error(&self) -> bool {
        matches!(self.level, Level::Error)
    }

    #[cfg(test)]
    pub(super) const fn code(&self) -> &'static str {
        self.code
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { level, code, problem, remedy } = self;
        write!(f, "{level:<7}  {code}: {problem}. {remedy}")
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// Declares the kinds that a file can find. All of them stand in `KINDS`, which the documentation is held against.
macro_rules! kinds {
    ($($name:ident = $level:ident $code:literal $remedy:literal;)+) => {
        $(const $name: $crate::doctor::finding::Kind = $crate::doctor::finding::Kind {
            level: $crate::doctor::finding::Level::$level,
            code: $code,
            remedy: $remedy,
        };)+

        #[cfg(test)]
        pub(super) const KINDS: &[$crate::doctor::finding::Kind] = &[$($name),+];
    };
}

pub(super) use kinds;

/// The codes of findings, in their order.
#[cfg(test)]
pub(super) fn codes(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(Finding::code).collect()
}
