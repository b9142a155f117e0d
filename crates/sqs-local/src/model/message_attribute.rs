//! Typed values that travel beside a message's body, and the digest senders check them by.
//!
//! Several AWS SDKs compute this MD5 themselves and discard an answer that disagrees, so it follows
//! SQS's published algorithm to the byte.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use crate::error::SqsError;

/// One attribute of a message, as it is on the wire.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MessageAttribute {
    /// `String`, `Number` or `Binary`, and perhaps a label after a dot.
    pub data_type: String,
    /// The value of a `String` or a `Number`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
    /// The value of a `Binary`, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binary_value: Option<String>,
}

impl MessageAttribute {
    /// The value's bytes and whether they are binary, or `None` when it has no valid value.
    fn value(&self) -> Option<(Vec<u8>, bool)> {
        let kind = self.data_type.split('.').next()?;
        match (kind, &self.string_value, &self.binary_value) {
            ("String", Some(text), None) => Some((text.clone().into_bytes(), false)),
            ("Number", Some(text), None) => {
                let number: f64 = text.trim().parse().ok()?;
                number.is_finite().then(|| (text.clone().into_bytes(), false))
            }
            ("Binary", None, Some(text)) => Some((STANDARD.decode(text).ok()?, true)),
            _ => None,
        }
    }

    pub(crate) fn size(&self, name: &str) -> u64 {
        let value = self.value().map_or(0, |(bytes, _)| bytes.len());
        (name.len() + self.data_type.len() + value) as u64
    }
}

/// Checks the attributes of a message.
pub(crate) fn check(attributes: &BTreeMap<String, MessageAttribute>) -> Result<(), SqsError> {
    if attributes.len() > 10 {
        let reason = "The number of message attributes exceeds the allowed maximum [10].";
        return Err(SqsError::invalid_value("MessageAttributes", reason));
    }
    for (name, attribute) in attributes {
        let invalid = |reason: &str| SqsError::invalid_value("MessageAttributes", reason);
        if !is_name(name) {
            return Err(invalid("The name of a message attribute is not one SQS allows."));
        }
        if attribute.data_type.len() > 256 {
            return Err(invalid("The type of a message attribute is too long."));
        }
        match attribute.value() {
            Some((bytes, _)) if !bytes.is_empty() => {}
            _ => {
                return Err(invalid(
                    "A message attribute must have a type of String, Number or Binary and a \
                     non-empty value of that type.",
                ));
            }
        }
    }
    Ok(())
}

fn is_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    (1..=256).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !name.contains("..")
        && !["aws.", "amazon."].iter().any(|reserved| lower.starts_with(reserved))
}

/// SQS's MD5 of attributes, in hexadecimal; `None` when there are none.
pub(crate) fn md5_of_attributes(attributes: &BTreeMap<String, MessageAttribute>) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let part = |md5: &mut Md5, bytes: &[u8]| {
        // A message is far smaller than 4 GiB.
        md5.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        md5.update(bytes);
    };
    let mut md5 = Md5::new();
    for (name, attribute) in attributes {
        let (bytes, is_binary) = attribute.value()?;
        part(&mut md5, name.as_bytes());
        part(&mut md5, attribute.data_type.as_bytes());
        md5.update([if is_binary { 2 } else { 1 }]);
        part(&mut md5, &bytes);
    }
    Some(hex(&md5.finalize()))
}

/// The MD5 of a message's body, in hexadecimal.
pub(crate) fn md5_of_body(body: &str) -> String {
    hex(&Md5::digest(body.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(data_type: &str, value: &str) -> MessageAttribute {
        let value = Some(value.to_owned());
        let (string_value, binary_value) =
            if data_type.starts_with("Binary") { (None, value) } else { (value, None) };
        MessageAttribute { data_type: data_type.to_owned(), string_value, binary_value }
    }

    #[test]
    fn digests_are_those_of_sqs() {
        let three = [
            ("ccc", attribute("String", "testjunk")),
            ("aaa", attribute("Binary", "AgME")),
            ("zzz", attribute("Binary.label", "AAEC")),
        ];
        // (attributes, MD5)
        let cases = [
            (&[][..], None),
            (
                &[("SOME_Valid.attribute-Name", attribute("Number", "1493147359900"))],
                Some("36655e7e9d7c0e8479fa3f3f42247ae7"),
            ),
            (
                &[("timestamp", attribute("Number.java.lang.Long", "1493147359900"))],
                Some("2e2e4876d8e0bd6b8c2c8f556831c349"),
            ),
            (&three[..], Some("ff6b2a8a8ed25f5159cc4e4f828290ed")),
        ];

        for (attributes, expected) in cases {
            let attributes = attributes
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect();
            assert_eq!(md5_of_attributes(&attributes).as_deref(), expected, "{attributes:?}");
        }
    }

    #[test]
    fn attributes_are_checked() {
        let long = "n".repeat(257);
        let without_value = MessageAttribute { data_type: "String".into(), ..Default::default() };
        // (name, attribute, whether SQS takes it)
        let cases = [
            ("name", attribute("String", "text"), true),
            ("name", attribute("String.label", "text"), true),
            ("name", attribute("Number", "-1.5e3"), true),
            ("name", attribute("Number", "one"), false),
            ("name", attribute("Number", "NaN"), false),
            ("name", attribute("Binary", "AAEC"), true),
            ("name", attribute("Binary", "not base64"), false),
            ("name", attribute("Text", "text"), false),
            ("name", attribute("", "text"), false),
            ("name", attribute("String", ""), false),
            ("name", without_value, false),
            ("a.b-c_D9", attribute("String", "text"), true),
            ("", attribute("String", "text"), false),
            (".name", attribute("String", "text"), false),
            ("na..me", attribute("String", "text"), false),
            ("na me", attribute("String", "text"), false),
            ("AWS.name", attribute("String", "text"), false),
            ("amazon.name", attribute("String", "text"), false),
            (long.as_str(), attribute("String", "text"), false),
        ];

        for (name, attribute, expected) in cases {
            let shown = format!("{name} {attribute:?}");
            let result = check(&[(name.to_owned(), attribute)].into());
            assert_eq!(result.is_ok(), expected, "{shown}");
        }
    }

    #[test]
    fn a_message_has_at_most_ten_attributes() {
        let attributes = |count: usize| {
            (0..count).map(|n| (format!("a{n}"), attribute("String", "text"))).collect()
        };
        assert!(check(&attributes(10)).is_ok());
        assert!(check(&attributes(11)).is_err());
    }
}
