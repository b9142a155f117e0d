//! The environment variables platforms are configured by.

use secrecy::SecretString;

/// One environment variable of a platform.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// What it is for, in a line.
    pub about: &'static str,
    /// Which function reads it.
    pub reader: Reader,
    /// Whether its value must not be seen.
    pub secret: bool,
    /// The value of the local stack; for a URL, the path below the simulated platforms.
    pub development: &'static str,
}

/// Which function reads a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// webhook-ingest
    Ingest,
    /// queue-worker
    Worker,
    /// Both.
    Both,
}

/// Where the values of settings come from: a variable's name to its value.
pub type Lookup<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// A setting that cannot be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} {problem}")]
pub struct SettingError {
    /// The variable.
    pub name: &'static str,
    /// What is wrong with it; does not quote it.
    pub problem: &'static str,
}

/// A variable's value; an empty one counts as unset, because a deployment cannot leave a variable out.
pub(crate) fn setting(settings: &Lookup<'_>, name: &str) -> Option<String> {
    settings(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// The values of a variable that takes several, separated by commas, while a secret is being rotated.
pub(crate) fn secrets(settings: &Lookup<'_>, name: &str) -> Vec<SecretString> {
    let values = setting(settings, name).unwrap_or_default();
    values
        .split(',')
        .map(str::trim)
        .filter(|secret| !secret.is_empty())
        .map(SecretString::from)
        .collect()
}

/// A token. One that could not stand in a request is refused here: there it would look like an event's own fault.
pub(crate) fn token(
    settings: &Lookup<'_>,
    name: &'static str,
) -> Result<Option<SecretString>, SettingError> {
    match setting(settings, name) {
        Some(token) if !is_plain(&token) => {
            Err(SettingError { name, problem: "holds a space or another character no token has" })
        }
        token => Ok(token.map(SecretString::from)),
    }
}

fn is_plain(value: &str) -> bool {
    value.chars().all(|c| c.is_ascii_graphic())
}

/// A base URL without its trailing slash.
pub(crate) fn base_url(
    settings: &Lookup<'_>,
    name: &'static str,
    default: &'static str,
) -> Result<String, SettingError> {
    let url = setting(settings, name).unwrap_or_else(|| default.to_owned());
    let is_http = url.starts_with("https://") || url.starts_with("http://");
    if !(is_http && is_plain(&url)) {
        return Err(SettingError { name, problem: "is not an http or https URL" });
    }
    Ok(url.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_setting_is_an_unset_one() {
        let lookup = |name: &str| match name {
            "EMPTY" => Some(" ".to_owned()),
            "TWO" => Some("a, b,".to_owned()),
            "URL" => Some("https://a b/".to_owned()),
            _ => None,
        };
        assert_eq!(setting(&lookup, "EMPTY"), None);
        assert_eq!(secrets(&lookup, "EMPTY").len(), 0);
        assert_eq!(secrets(&lookup, "TWO").len(), 2);
        assert_eq!(base_url(&lookup, "TWO", "").map_err(|error| error.name), Err("TWO"));
        assert_eq!(base_url(&lookup, "URL", "").map_err(|error| error.name), Err("URL"));
        assert_eq!(token(&lookup, "TWO").map(|_| ()).map_err(|error| error.name), Err("TWO"));
        assert!(token(&lookup, "EMPTY").is_ok_and(|token| token.is_none()));
        assert_eq!(base_url(&lookup, "UNSET", "https://x/").as_deref(), Ok("https://x"));
    }
}
