//! What stands in for the internet in tests and on a developer's machine.

use hyper::Uri;
use hyper::http::uri::Scheme;

/// A server of this machine that answers for every host: `https://host/path` is asked for as `<stand-in>/host/path`, by
/// plain http.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StandIn(String);

impl StandIn {
    /// The one at `url`, if that is http on this machine: requests carry secrets, and must not leave it unencrypted.
    pub(crate) fn at(url: &str) -> Option<Self> {
        let parsed: Uri = url.parse().ok()?;
        let is_ours = matches!(parsed.host()?, "127.0.0.1" | "[::1]" | "localhost")
            && parsed.scheme() == Some(&Scheme::HTTP)
            && !url.contains(['@', '?', '#']);
        is_ours.then(|| Self(url.trim_end_matches('/').to_owned()))
    }

    /// Where it answers for `url`.
    pub(super) fn url(&self, url: &Uri) -> Option<Uri> {
        let host = url.host()?.to_ascii_lowercase();
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{}/{host}{}{query}", self.0, url.path()).parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stand_in_is_http_on_this_machine() {
        // (setting, taken?)
        let cases = [
            ("http://127.0.0.1:8080", true),
            ("http://127.0.0.1", true),
            ("http://localhost:8080/", true),
            ("http://[::1]:8080/hosts", true),
            ("https://127.0.0.1:8080", false),
            ("http://127.0.0.1.example.com", false),
            ("http://127.0.0.1@example.com", false),
            ("http://user@127.0.0.1", false),
            ("http://10.0.0.1", false),
            ("http://example.com", false),
            ("http://127.0.0.1?q", false),
            ("http://127.0.0.1#f", false),
            ("127.0.0.1:8080", false),
            ("/hosts", false),
            ("", false),
        ];

        for (url, taken) in cases {
            assert_eq!(StandIn::at(url).is_some(), taken, "{url:?}");
        }
    }

    #[test]
    fn it_is_asked_for_the_host_and_all_that_follows() {
        // (stand-in, URL, what is asked for)
        let cases = [
            ("http://localhost:8080", "https://a.test", "http://localhost:8080/a.test/"),
            ("http://localhost/x/", "https://A.test/p?q=1", "http://localhost/x/a.test/p?q=1"),
            ("http://[::1]:80", "https://a.test:443?q", "http://[::1]:80/a.test/?q"),
        ];

        for (stand_in, url, expected) in cases {
            let stand_in = StandIn::at(stand_in).expect("a stand-in");
            let url = stand_in.url(&url.parse().expect("a URL")).map(|url| url.to_string());
            assert_eq!(url.as_deref(), Some(expected));
        }
    }
}
