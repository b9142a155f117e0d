//! Every signature vector is decided as it says.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bot_core::http::{Headers, Request};
use bot_core::platform::{Platform, Verified};
use bot_core::time::Timestamp;
use serde::Deserialize;

#[derive(Clone, Deserialize)]
struct Vector {
    platform: String,
    name: String,
    body_base64: String,
    headers: BTreeMap<String, String>,
    config: BTreeMap<String, String>,
    now_unix: Option<u64>,
    expect: String,
}

fn platform(slug: &str) -> Platform {
    *Platform::ALL.iter().find(|platform| platform.slug() == slug).expect("one of ours")
}

/// The variable a vector's secret belongs into.
fn variable(vector: &Vector) -> (&'static str, &str) {
    let (name, key) = match vector.platform.as_str() {
        "slack" => ("SLACK_SIGNING_SECRET", "signing_secret"),
        "discord" => ("DISCORD_PUBLIC_KEY", "public_key"),
        _ => ("TELEGRAM_SECRET_TOKEN", "secret_token"),
    };
    (name, &vector.config[key])
}

fn is_accepted(vector: &Vector, secret: &str) -> bool {
    let (name, _) = variable(vector);
    let lookup = |asked: &str| (asked == name).then(|| secret.to_owned());
    let inbound =
        platform(&vector.platform).inbound(&lookup).expect("valid settings").expect("switched on");
    let request = Request {
        method: "POST".into(),
        body: STANDARD.decode(&vector.body_base64).expect("base64"),
        headers: vector.headers.iter().collect::<Headers>(),
        ..Request::default()
    };
    Verified::check(&*inbound, &request, Timestamp::from_secs(vector.now_unix.unwrap_or_default()))
        .is_ok()
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("../fixtures/signature_vectors.json")).expect("vectors")
}

#[test]
fn every_vector_is_decided_as_it_says() {
    let mut counts = BTreeMap::new();
    for vector in vectors() {
        let accepted = is_accepted(&vector, variable(&vector).1);
        assert_eq!(accepted, vector.expect == "accept", "{} {}", vector.platform, vector.name);
        *counts.entry(vector.platform).or_insert(0) += 1;
    }
    assert_eq!(
        counts,
        BTreeMap::from([("discord".into(), 22), ("slack".into(), 18), ("telegram".into(), 6)])
    );
}

#[test]
fn two_secrets_are_active_while_one_is_rotated() {
    for vector in vectors().iter().filter(|vector| vector.expect == "accept") {
        let secret = variable(vector).1;
        let other = match vector.platform.as_str() {
            "discord" => "983868c5a2702ab51586859f4b68584a260f1dc52af202186255930576ff695a",
            _ => "another-secret",
        };
        let case = format!("{} {}", vector.platform, vector.name);
        assert!(is_accepted(vector, &format!("{other},{secret}")), "new first: {case}");
        assert!(is_accepted(vector, &format!("{secret}, {other}")), "old first: {case}");
        assert!(!is_accepted(vector, other), "the other alone: {case}");
    }
}

#[test]
fn a_platform_without_a_secret_is_switched_off() {
    for &platform in Platform::ALL {
        for lookup in
            [|_: &str| None, |_: &str| Some(String::new()), |_: &str| Some(" , ".to_owned())]
        {
            assert!(
                platform.inbound(&lookup).expect("valid settings").is_none(),
                "{}",
                platform.slug()
            );
        }
    }
}

#[test]
fn hostile_headers_are_refused_and_nothing_panics() {
    // (platform, headers): none of these is authentic.
    let long = "f".repeat(100_000);
    let values = [
        "",
        " ",
        "abc",
        "-1",
        "99999999999999999999999",
        "1e9",
        "+1531420618",
        "v0=",
        "é",
        "v0=zz",
        &long,
    ];
    for vector in
        vectors().iter().filter(|vector| vector.expect == "accept" && !vector.headers.is_empty())
    {
        for name in vector.headers.keys() {
            for value in values {
                let mut headers = vector.headers.clone();
                headers.insert(name.clone(), value.to_owned());
                let forged = Vector { headers, ..vector.clone() };
                assert!(
                    !is_accepted(&forged, variable(vector).1),
                    "{} {name}: {value:.20}",
                    vector.platform
                );
            }
            let mut twice = vector.headers.clone();
            twice.insert(name.to_uppercase(), twice[name].clone());
            if twice.len() > vector.headers.len() {
                let forged = Vector { headers: twice, ..vector.clone() };
                assert!(
                    !is_accepted(&forged, variable(vector).1),
                    "{} {name} twice",
                    vector.platform
                );
            }
        }
    }
}
