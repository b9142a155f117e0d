//! What the bot says.

use serde::{Deserialize, Serialize};

/// One answer of the bot; a platform that limits messages' lengths sends it as several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    text: String,
}

impl Reply {
    /// An answer in plain text: it appears as it stands, whatever marks a platform would read in it.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }

    /// The answer as plain text.
    #[must_use]
    pub fn as_text(&self) -> &str {
        &self.text
    }
}
