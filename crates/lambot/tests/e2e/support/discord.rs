//! Discord's side of a conversation.

use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};

use super::http::Request;
use super::now;

pub(crate) const TOKEN: &str = "discord-test-token";
pub(crate) const PATH: &str = "/webhooks/discord";
pub(crate) const TIMESTAMP: &str = "x-signature-timestamp";
pub(crate) const SIGNATURE: &str = "x-signature-ed25519";

/// The application of the recorded interaction, and the interaction's token.
pub(crate) const APPLICATION: &str = "1457469483726668048";
pub(crate) const INTERACTION_TOKEN: &str = "aW50ZXJhY3Rpb246dGVzdC10b2tlbi032";

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

pub(crate) fn public_key() -> String {
    hex(key().verifying_key().as_bytes())
}

/// A slash command in a direct message.
pub(crate) fn command(id: u64, name: &str, options: &Value) -> Request {
    let recorded = include_str!(
        "../../../../bot-core/fixtures/discord/app_command.chat_input--constructed-bot-dm.json"
    );
    let mut interaction: Value = serde_json::from_str(recorded).unwrap();
    interaction["id"] = json!(id.to_string());
    interaction["data"]["name"] = json!(name);
    interaction["data"]["options"] = options.clone();
    signed(interaction.to_string())
}

/// The id of an interaction that happens now: ids count milliseconds from the first second of 2015.
///
/// <https://docs.discord.com/developers/reference#snowflakes>
pub(crate) fn id_of_now() -> u64 {
    (u64::try_from(now().as_millis()).unwrap() - 1_420_070_400_000) << 22
}

/// The command `/echo`.
pub(crate) fn echo(id: u64, text: &str) -> Request {
    command(id, "echo", &json!([{ "name": "text", "type": 3, "value": text }]))
}

/// A webhook with this body, signed now.
pub(crate) fn signed(body: impl Into<Vec<u8>>) -> Request {
    signed_at(&now().as_secs().to_string(), body)
}

/// A webhook that says it was signed at `timestamp`, with a signature that is right for that.
pub(crate) fn signed_at(timestamp: &str, body: impl Into<Vec<u8>>) -> Request {
    let body = body.into();
    let signature = sign(&key(), timestamp, &body);
    Request::post(PATH, body).header(TIMESTAMP, timestamp).header(SIGNATURE, &signature)
}

pub(crate) fn sign(key: &SigningKey, timestamp: &str, body: &[u8]) -> String {
    hex(&key.sign(&[timestamp.as_bytes(), body].concat()).to_bytes())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
