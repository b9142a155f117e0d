//! Hashes and hex digits.

use sha2::{Digest as _, Sha256};

/// SHA-256 in hex over length-prefixed parts, so that ("ab", "c") and ("a", "bc") differ.
///
/// SQS takes ids of at most 128 characters from a small alphabet; platforms promise neither.
pub(crate) fn hash(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hex(&hasher.finalize())
}

/// A number that is any other for any other text.
pub(crate) fn seed(text: &str) -> u64 {
    let digest: [u8; 32] = Sha256::digest(text).into();
    let [a, b, c, d, e, f, g, h, ..] = digest;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;

    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Hex digits, in either case, as many as fill the array.
pub(crate) fn decode_hex<const N: usize>(hex: &str) -> Option<[u8; N]> {
    let digits = hex.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()));
    let digits: Vec<u8> = digits.collect::<Option<_>>()?;
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = high << 4 | low;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart() {
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
        assert_ne!(hash(&["a"]), hash(&["a", ""]));
        // SHA-256 of eight zero bytes: one part, of no length.
        assert_eq!(hash(&[""]), "af5570f5a1810b7af78caf4bc70a660f0df51e42baf91d4de5b2328de0e83dfc");
    }

    #[test]
    fn hex_fills_its_array_or_is_none() {
        // (digits, bytes)
        let cases = [
            ("00ff", Some([0, 255])),
            ("00Ff", Some([0, 255])),
            ("00f", None),
            ("00fff", None),
            ("00fg", None),
            ("+0ff", None),
            ("é0f", None),
            ("", None),
        ];

        for (digits, bytes) in cases {
            assert_eq!(decode_hex::<2>(digits), bytes, "{digits:?}");
        }
    }
}
