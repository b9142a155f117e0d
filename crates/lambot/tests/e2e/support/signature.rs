//! Signatures of AWS's requests, checked as AWS checks them.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use super::api::Call;

/// Whether `call`, whose body is JSON without a space or nothing, is signed with this secret key.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
#[track_caller]
pub(crate) fn is_signed(call: &Call, secret: &str) -> bool {
    let authorization = call.header("authorization").unwrap();
    let part = |name: &str| {
        let (_, rest) = authorization.split_once(name).unwrap();
        rest.split(',').next().unwrap()
    };
    let (_, scope) = part("Credential=").split_once('/').unwrap();
    let names = part("SignedHeaders=");
    let headers: String =
        names.split(';').map(|name| format!("{name}:{}\n", call.header(name).unwrap())).collect();
    let (path, query) = call.path.split_once('?').unwrap_or((&call.path, ""));
    let body = if call.body.is_null() { String::new() } else { call.body.to_string() };
    let canonical =
        format!("{}\n{path}\n{query}\n{headers}\n{names}\n{}", call.method, hash(&body));
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{}\n{scope}\n{}",
        call.header("x-amz-date").unwrap(),
        hash(&canonical)
    );
    let first = format!("AWS4{secret}").into_bytes();
    let key = scope.split('/').fold(first, |key, word| keyed(&key, word));
    part("Signature=") == hex(&keyed(&key, &to_sign))
}

fn keyed(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hash(text: &str) -> String {
    hex(&Sha256::digest(text))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
