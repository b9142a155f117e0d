//! Where a request may go, and what goes with it.

use super::super::Secret;
use super::*;

static HOSTS: [Host; 3] = [
    Host::new("weather.test").secret("WEATHER_KEY"),
    Host::new("other.test").secret("OTHER_KEY"),
    Host::new("127.0.0.1"),
];

fn prepared(request: &Request) -> Result<Outgoing, FetchError> {
    let settings = |name: &str| Some(format!(" {name} of ours\n"));
    prepare(request, "the key", &HOSTS, &Secrets::from_settings(&HOSTS, &settings))
}

fn shown(outgoing: &Outgoing) -> Vec<String> {
    let header = |(name, value): &(HeaderName, HeaderValue)| {
        format!("{name}: {}", value.to_str().expect("text"))
    };
    outgoing.headers.iter().map(header).collect()
}

#[test]
fn only_declared_hosts_are_asked_and_only_by_https() {
    let url = Err(FetchError::Url);
    let host = Err(FetchError::Host);
    // (URL, host that is asked)
    let cases = [
        ("https://weather.test", Ok("weather.test")),
        ("https://weather.test/now?q=a%20b&at=@", Ok("weather.test")),
        ("https://weather.test:443/", Ok("weather.test")),
        ("HTTPS://Weather.TEST/", Ok("weather.test")),
        ("https://weather.test/\\evil.test", Ok("weather.test")),
        ("https://weather.test/@evil.test", Ok("weather.test")),
        ("http://weather.test/", url),
        ("ftp://weather.test/", url),
        ("https:weather.test/", url),
        ("https:/weather.test/", url),
        ("https:///weather.test/", url),
        ("//weather.test/", url),
        ("/now", url),
        ("weather.test", url),
        ("", url),
        ("https://", url),
        ("https://weather.test:", url),
        ("https://weather.test:80/", url),
        ("https://weather.test:8443/", url),
        ("https://weather.test:65979/", url),
        ("https://weather.test:443:443/", url),
        ("https://ann@weather.test/", url),
        ("https://ann:word@weather.test/", url),
        ("https://@weather.test/", url),
        ("https://weather.test@evil.test/", url),
        ("https://weather.test:443@evil.test/", url),
        ("https://evil.test#@weather.test/", url),
        ("https://weather.test/#top", url),
        ("https://evil.test\\@weather.test/", url),
        ("https://evil.test\\.weather.test/", url),
        ("https://weather.test\\.evil.test/", url),
        ("https://weather.test /", url),
        (" https://weather.test/", url),
        ("https://weather.test/a b", url),
        ("https://weather.test/\n", url),
        ("https://weather.test\r\nhost: evil.test/", url),
        ("https://weather.test/\0", url),
        ("https://weather.test\t/", url),
        ("https://weather%2etest/", url),
        ("https://%77eather.test/", url),
        ("https://wéather.test/", url),
        ("https://weather。test/", url),
        ("https://ｗeather.test/", url),
        ("https://xn--wather-dva.test/", host),
        ("https://weather.test./", host),
        ("https://sub.weather.test/", host),
        ("https://weather.test.evil.test/", host),
        ("https://evilweather.test/", host),
        ("https://evil.test/weather.test", host),
        ("https://evil.test?@weather.test/", host),
        ("https://test/", host),
        ("https://localhost/", host),
        // Declared, but no name.
        ("https://127.0.0.1/", host),
        ("https://2130706433/", host),
        ("https://0x7f.1/", host),
        ("https://[::1]/", host),
        ("https://[::ffff:127.0.0.1]/", host),
        ("https://[fe80::1%25eth0]/", host),
    ];

    for (text, expected) in cases {
        let found = allowed(text, &HOSTS).map(|(_, host)| host.name);
        assert_eq!(found, expected, "{text:?}");
    }
}

#[test]
fn a_secret_goes_to_its_own_host_and_nowhere_else() {
    let secret = |name| Secret::named(name);
    // (case, request, URL and header fields)
    let cases: [(&str, Request, Result<(&str, &str), FetchError>); 7] = [
        (
            "in a header",
            Request::get("https://weather.test/").bearer(secret("WEATHER_KEY")),
            Ok(("https://weather.test/", "authorization: Bearer WEATHER_KEY of ours")),
        ),
        (
            "in the query",
            Request::get("https://weather.test/?q=1").query("key", secret("WEATHER_KEY")),
            Ok(("https://weather.test/?q=1&key=WEATHER_KEY+of+ours", "")),
        ),
        (
            "another host's",
            Request::get("https://weather.test/").bearer(secret("OTHER_KEY")),
            Err(FetchError::Secret("OTHER_KEY")),
        ),
        (
            "nobody's",
            Request::get("https://weather.test/").query("key", secret("PATH")),
            Err(FetchError::Secret("PATH")),
        ),
        (
            "to a stranger",
            Request::get("https://evil.test/").bearer(secret("WEATHER_KEY")),
            Err(FetchError::Host),
        ),
        (
            "as part of the host",
            Request::get("https://weather.test").header("host", secret("WEATHER_KEY")),
            Err(FetchError::Header),
        ),
        (
            "none",
            Request::post("https://other.test/a").json(&7),
            Ok(("https://other.test/a", "content-type: application/json")),
        ),
    ];

    for (case, request, expected) in cases {
        let found = prepared(&request).map(|outgoing| {
            let headers = shown(&outgoing);
            assert_eq!(headers[0], "idempotency-key: the key", "{case}");
            assert_eq!(headers[1], format!("user-agent: {USER_AGENT}"), "{case}");
            (outgoing.url.to_string(), headers[2..].join(", "))
        });
        let expected = expected.map(|(url, headers)| (url.to_owned(), headers.to_owned()));
        assert_eq!(found, expected, "{case}");
    }
}

#[test]
fn a_secret_without_a_value_is_missing() {
    for value in [None, Some(""), Some(" \n")] {
        let secrets = Secrets::from_settings(&HOSTS, &|_: &str| value.map(str::to_owned));
        let request = Request::get("https://weather.test/").bearer(Secret::named("WEATHER_KEY"));
        let found = prepare(&request, "the key", &HOSTS, &secrets).err();
        assert_eq!(found, Some(FetchError::Secret("WEATHER_KEY")), "{value:?}");
    }
}

#[test]
fn what_frames_a_request_is_not_the_bots_to_say() {
    // (header field, value, taken?)
    let cases = [
        ("accept", "text/plain", true),
        ("X-Part", "1", true),
        ("Host", "evil.test", false),
        ("content-length", "0", false),
        ("Transfer-Encoding", "chunked", false),
        ("connection", "close", false),
        ("upgrade", "h2c", false),
        ("a b", "1", false),
        ("", "1", false),
        ("x-part", "1\r\nhost: evil.test", false),
    ];

    for (name, value, taken) in cases {
        let request = Request::get("https://weather.test/").header(name, value);
        assert_eq!(prepared(&request).is_ok(), taken, "{name}: {value}");
    }
}

#[test]
fn a_redirect_leads_to_declared_hosts_and_without_secrets_to_another() {
    let request = Request::get("https://weather.test/v1/now").bearer(Secret::named("WEATHER_KEY"));
    let outgoing = prepared(&request).expect("a request");
    let secret = true;
    // (status, location, where it leads and whether the secret goes with it)
    let cases: [(u16, Option<&str>, Option<Result<(&str, bool), FetchError>>); 25] = [
        (301, Some("/then"), Some(Ok(("https://weather.test/then", secret)))),
        (302, Some("https://weather.test/?q"), Some(Ok(("https://weather.test/?q", secret)))),
        (303, Some("https://other.test/"), Some(Ok(("https://other.test/", !secret)))),
        (307, Some("HTTPS://OTHER.test/"), Some(Ok(("https://OTHER.test/", !secret)))),
        (308, Some("/@evil.test"), Some(Ok(("https://weather.test/@evil.test", secret)))),
        (302, Some("https://evil.test/"), Some(Err(FetchError::Host))),
        (302, Some("https://127.0.0.1/"), Some(Err(FetchError::Host))),
        (302, Some("https://weather.test@evil.test/"), Some(Err(FetchError::Url))),
        (302, Some("http://weather.test/"), Some(Err(FetchError::Url))),
        (302, Some("https://weather.test:8443/"), Some(Err(FetchError::Url))),
        (302, Some("//other.test/#top"), Some(Ok(("https://other.test/", !secret)))),
        (302, Some("//evil.test/"), Some(Err(FetchError::Host))),
        (302, Some("///evil.test/"), Some(Err(FetchError::Url))),
        (302, Some("then"), Some(Ok(("https://weather.test/v1/then", secret)))),
        (
            302,
            Some("then?at=https://evil.test"),
            Some(Ok(("https://weather.test/v1/then?at=https://evil.test", secret))),
        ),
        (302, Some("?at=noon"), Some(Ok(("https://weather.test/v1/now?at=noon", secret)))),
        (302, Some("#top"), Some(Ok(("https://weather.test/v1/now", secret)))),
        (302, Some("javascript:alert(1)"), Some(Err(FetchError::Url))),
        (302, Some("@evil.test/"), Some(Ok(("https://weather.test/v1/@evil.test/", secret)))),
        (302, Some(r"\\evil.test"), Some(Ok((r"https://weather.test/v1/\\evil.test", secret)))),
        (302, None, None),
        (200, Some("/then"), None),
        (300, Some("/then"), None),
        (304, Some("/then"), None),
        (404, Some("/then"), None),
    ];

    for (status, location, expected) in cases {
        let found = outgoing.redirected(status, location).map(|next| {
            next.map(|next| {
                let has_secret = shown(&next).concat().contains("of ours");
                (next.url.to_string(), has_secret)
            })
        });
        let expected =
            expected.map(|next| next.map(|(url, has_secret)| (url.to_owned(), has_secret)));
        assert_eq!(found, expected, "{status} {location:?}");
    }
}

#[test]
fn a_secret_that_was_dropped_does_not_come_back() {
    let request = Request::get("https://weather.test/now").bearer(Secret::named("WEATHER_KEY"));
    let away = prepared(&request).expect("a request").redirected(302, Some("https://other.test"));
    let away = away.expect("a redirect").expect("allowed");
    let back = away.redirected(302, Some("https://weather.test/now"));
    let back = shown(&back.expect("a redirect").expect("allowed")).concat();
    assert!(!back.contains("of ours") && back.contains("the key"), "{back}");
}

#[test]
fn only_a_get_is_led_on() {
    use Method::{Delete, Get, Patch, Post, Put};
    for method in [Delete, Get, Patch, Post, Put] {
        let outgoing = prepared(&Request::new(method, "https://weather.test/"));
        let next = outgoing.expect("a request").redirected(307, Some("/then"));
        assert_eq!(next.is_some(), method == Get, "{method:?}");
    }
}

#[test]
fn a_bot_may_call_itself_otherwise() {
    let request =
        Request::get("https://weather.test/").header("User-Agent", "garden (ann@garden.test)");
    let headers = shown(&prepared(&request).expect("a request"));
    let agents: Vec<_> = headers.iter().filter(|header| header.starts_with("user-agent")).collect();
    assert_eq!(agents, ["user-agent: garden (ann@garden.test)"]);
}

#[test]
fn what_is_personal_stays_with_its_host_however_it_was_written() {
    let request = Request::get("https://weather.test/").header("Authorization", "Basic YQ==");
    let away = prepared(&request).expect("a request").redirected(302, Some("https://other.test/"));
    let headers = shown(&away.expect("a redirect").expect("allowed"));
    assert!(!headers.concat().contains("Basic"), "{headers:?}");
}
