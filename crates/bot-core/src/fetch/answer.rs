//! What came of a request.

use serde::de::DeserializeOwned;

/// What came of a request: an answer, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched(Result<Answer, FetchError>);

/// A host's answer, whatever its status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl From<Result<Answer, FetchError>> for Fetched {
    fn from(result: Result<Answer, FetchError>) -> Self {
        Self(result)
    }
}

impl Fetched {
    /// The answer, whatever its status.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub fn answer(self) -> Result<Answer, FetchError> {
        self.0
    }

    /// The body as JSON.
    ///
    /// # Errors
    ///
    /// There is no answer, its status is no success, or its body is no such value.
    pub fn json<T: DeserializeOwned>(self) -> Result<T, FetchError> {
        serde_json::from_slice(&self.bytes()?).map_err(|_| FetchError::Unreadable)
    }

    /// The body as text.
    ///
    /// # Errors
    ///
    /// There is no answer, its status is no success, or its body is not UTF-8.
    pub fn text(self) -> Result<String, FetchError> {
        String::from_utf8(self.bytes()?).map_err(|_| FetchError::Unreadable)
    }

    /// The body.
    ///
    /// # Errors
    ///
    /// There is no answer, or its status is no success.
    pub fn bytes(self) -> Result<Vec<u8>, FetchError> {
        match self.0? {
            Answer { status: 200..300, body } => Ok(body),
            Answer { status, .. } => Err(FetchError::Status(status)),
        }
    }
}

/// Why a request brought nothing. It carries nothing of the request or of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The URL is none, or not https, or names a user or a port.
    #[error("not an https URL")]
    Url,
    /// The bot has not declared this host.
    #[error("a host the bot has not declared")]
    Host,
    /// The host's name leads to an address that is not public.
    #[error("an address that is not public")]
    Address,
    /// A header field that no request can have.
    #[error("an impossible header field")]
    Header,
    /// A secret that the bot has not declared for this host, or that has no value.
    #[error("the secret {0} is not there for this host")]
    Secret(&'static str),
    /// More requests than a turn may make.
    #[error("too many requests in one turn")]
    TooMany,
    /// No answer: the host cannot be reached, or takes too long.
    #[error("no answer")]
    NoAnswer,
    /// An answer of more than 1 MiB.
    #[error("an answer of more than 1 MiB")]
    TooLarge,
    /// An answer whose status is no success.
    #[error("status {0}")]
    Status(u16),
    /// A body that is not what was expected.
    #[error("an unreadable answer")]
    Unreadable,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_of_any_kind_is_a_value() {
        let answer = |status, body: &str| Ok(Answer { status, body: body.into() });
        // (answer, as a number in JSON)
        let cases = [
            (answer(200, "7"), Ok(7)),
            (answer(299, " 7 "), Ok(7)),
            (answer(404, "7"), Err(FetchError::Status(404))),
            (answer(301, "7"), Err(FetchError::Status(301))),
            (answer(200, "seven"), Err(FetchError::Unreadable)),
            (answer(200, ""), Err(FetchError::Unreadable)),
            (Err(FetchError::NoAnswer), Err(FetchError::NoAnswer)),
        ];

        for (answer, expected) in cases {
            assert_eq!(Fetched::from(answer.clone()).json::<u8>(), expected, "{answer:?}");
        }
        let not_text = Fetched::from(Ok(Answer { status: 200, body: vec![0xff] }));
        assert_eq!(not_text.text(), Err(FetchError::Unreadable));
    }
}
