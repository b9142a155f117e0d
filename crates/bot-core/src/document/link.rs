//! Links: which of them are links on every platform, and those that stand bare in a text.

use std::fmt::Write as _;

use super::{Span, Target};

/// The longest link: 1,000 characters, so that one with its marks fits into any message.
const LONGEST: usize = 1000;

/// `destination` as a link that every platform takes, if it leads to a page.
///
/// What could end a link in a platform's marks is percent-encoded.
pub(super) fn page(destination: &str) -> Option<String> {
    let (scheme, rest) = destination.trim().split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let is_page = matches!(scheme.as_str(), "http" | "https");
    let is_host = match rest.strip_prefix('[') {
        Some(rest) => rest.split_once(']').is_some_and(|(address, _)| is_ipv6(address)),
        None => rest.starts_with(char::is_alphanumeric),
    };
    if !is_page || !is_host {
        return None;
    }
    let mut url = format!("{scheme}://");
    for c in rest.chars() {
        if is_safe(c) {
            url.push(c);
        } else {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(url, "%{byte:02X}");
            }
        }
    }
    // Two of these end what is struck out.
    let url = url.replace("~~", "%7E%7E");
    (url.chars().count() <= LONGEST).then_some(url)
}

/// Whether `label` looks like an address other than `url`: it would hide where a link leads.
pub(super) fn masks(label: &str, url: &str) -> bool {
    label.split_whitespace().any(is_address) && !is_same(label.trim(), url)
}

/// Whether people take `word` for an address: it has a scheme, or one left out before a host, begins as hosts do, or is a
/// host with a path.
fn is_address(word: &str) -> bool {
    let word = word.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '/');
    let begins =
        |with: &str| word.get(..with.len()).is_some_and(|it| it.eq_ignore_ascii_case(with));
    let has_host = word.split_once('/').is_some_and(|(host, _)| is_host(host));
    word.contains("://") || (word.len() > 2 && begins("//")) || begins("www.") || has_host
}

/// Whether `host` is a name with a top-level domain, as `a.example` or `ann@a.example:80`.
fn is_host(host: &str) -> bool {
    let host = host.rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default();
    let is_label =
        |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    let top = host.rsplit_once('.').map_or("", |(_, top)| top);
    top.chars().count() > 1 && top.chars().all(char::is_alphabetic) && host.split('.').all(is_label)
}

/// Whether `label` is the address `url`, which may leave out its scheme.
fn is_same(label: &str, url: &str) -> bool {
    let rest = label.trim_start_matches('/');
    let is_it = |label: &str| page(label).is_some_and(|page| page == url);
    is_it(label) || is_it(&format!("https://{rest}")) || is_it(&format!("http://{rest}"))
}

/// Whether `address` may stand in brackets, as no name does.
fn is_ipv6(address: &str) -> bool {
    !address.is_empty() && address.chars().all(|c| c.is_ascii_hexdigit() || c == ':' || c == '.')
}

/// Whether `c` may stand in a link and means nothing in any platform's marks around it.
fn is_safe(c: char) -> bool {
    c.is_alphanumeric() || "-._~:/?#[]@!$&'+,;=%".contains(c)
}

/// The links that stand in `text`, from where to where: words that are links as they are.
pub(crate) fn bare(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find("http")) {
        let start = from + at;
        let tail = text.get(start..).unwrap_or_default();
        let end = tail.find(|c: char| c.is_whitespace() || c == '<').unwrap_or(tail.len());
        let link = tail.get(..end).unwrap_or_default();
        let link = link
            .trim_end_matches(['.', ',', ':', ';', '!', '?', '"', '\'', ')', ']', '*', '_', '~']);
        let is_word = text.get(..start).unwrap_or_default().ends_with(char::is_alphanumeric);
        // What is no link is not looked at from each of its places.
        from = start + end;
        if !is_word && page(link).as_deref() == Some(link) {
            found.push((start, start + link.len()));
        }
    }
    found
}

/// `spans` with the links that stand bare in them as links.
pub(super) fn linked(spans: Vec<Span>) -> Vec<Span> {
    let mut linked = Vec::new();
    for span in spans {
        let links =
            if span.target.is_some() || span.style.code { Vec::new() } else { bare(&span.text) };
        let mut from = 0;
        let mut push = |from: usize, to: usize, is_link: bool| {
            let text = span.text.get(from..to).unwrap_or_default();
            let target =
                if is_link { Some(Target::Link(text.to_owned())) } else { span.target.clone() };
            if !text.is_empty() {
                linked.push(Span { text: text.to_owned(), style: span.style, target });
            }
        };
        for (start, end) in links {
            push(from, start, false);
            push(start, end, true);
            from = end;
        }
        push(from, span.text.len(), false);
    }
    linked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_a_page_and_cannot_be_broken_out_of() {
        // (destination, link)
        let cases = [
            ("https://a.example/b_c?d=e#f", Some("https://a.example/b_c?d=e#f")),
            ("HTTP://a.example", Some("http://a.example")),
            ("https://a.example/(x)*<y>|z\\", Some("https://a.example/%28x%29%2A%3Cy%3E%7Cz%5C")),
            ("https://a.example/a b\n", Some("https://a.example/a%20b")),
            ("https://münchen.example/ü", Some("https://münchen.example/ü")),
            ("https://a.example/\u{202e}", Some("https://a.example/%E2%80%AE")),
            ("https://[::1]/", Some("https://[::1]/")),
            ("https://[", None),
            ("https://[]", None),
            ("https://[ x", None),
            ("https://[x]", None),
            ("https://", None),
            ("https:///x", None),
            ("javascript://a.example", None),
            ("tg://user?id=1", None),
            ("mailto:a@b.example", None),
            ("/path", None),
            ("", None),
        ];

        for (destination, link) in cases {
            assert_eq!(page(destination).as_deref(), link, "{destination:?}");
        }
        assert_eq!(page(&format!("https://a.example/{}", "a".repeat(LONGEST))), None);
    }

    #[test]
    fn a_label_that_looks_like_another_address_masks_a_link() {
        // (label, does it?)
        let cases = [
            ("https://bank.example", true),
            ("HTTPS://BANK.EXAMPLE", true),
            ("see https://bank.example/(x)", true),
            ("https://a.example/b", true),
            ("tg://user", true),
            ("www.bank.example", true),
            ("(WWW.bank.example)", true),
            ("//bank.example", true),
            ("bank.example/login", true),
            ("log in at bank.example/login", true),
            ("ann@bank.example:80/login", true),
            ("münchen.example/", true),
            ("a.example", false),
            ("//a.example", false),
            ("notes/report.pdf", false),
            ("and/or", false),
            ("v1.2/3", false),
            ("..a/b", false),
            ("1 // 2", false),
            ("www", false),
            ("https://a.example", false),
            (" HTTPS://a.example ", false),
            ("report.pdf", false),
            ("a: b", false),
            ("", false),
        ];

        for (label, expected) in cases {
            assert_eq!(masks(label, "https://a.example"), expected, "{label:?}");
        }
    }

    #[test]
    fn bare_links_end_where_people_end_them() {
        // (text, links)
        let cases: [(&str, &[&str]); 12] = [
            (
                "see https://a.example/b_c, and http://b.example.",
                &["https://a.example/b_c", "http://b.example"],
            ),
            ("(https://a.example)", &["https://a.example"]),
            ("https://a.example<@1>", &["https://a.example"]),
            ("https://a.example/**b", &[]),
            ("https://a.example/b).", &["https://a.example/b"]),
            ("xhttps://a.example", &[]),
            ("https:// http", &[]),
            ("https://[ x", &[]),
            ("https://[::1]/a", &["https://[::1]/a"]),
            ("httphttps://a.example", &[]),
            ("é https://é.example", &["https://é.example"]),
            ("", &[]),
        ];

        for (text, links) in cases {
            let found: Vec<_> =
                bare(text).into_iter().map(|(start, end)| &text[start..end]).collect();
            assert_eq!(found, links, "{text:?}");
        }
    }
}
