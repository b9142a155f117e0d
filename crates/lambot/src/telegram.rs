//! Updates handed over as Telegram's webhooks would.

use std::collections::BTreeMap;

use anyhow::Context as _;
use bot_core::http::gateway::GatewayResponse;
use serde_json::Value;
use webhook_ingest::Ingest;

use crate::gateway::{event, route};
use crate::settings::Settings;

const PATH: &str = "/webhooks/telegram";

/// What the updates are known by: one of the secret tokens.
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn of(settings: &Settings) -> anyhow::Result<Self> {
        let secrets =
            settings.value("TELEGRAM_SECRET_TOKEN").context("TELEGRAM_SECRET_TOKEN is not set")?;
        Ok(Self(secrets.split(',').next().unwrap_or_default().trim().to_owned()))
    }

    /// Gives one update to the function behind the webhooks.
    pub(crate) async fn deliver(&self, ingest: &Ingest, update: &Value) -> GatewayResponse {
        let headers =
            BTreeMap::from([("x-telegram-bot-api-secret-token".to_owned(), self.0.clone())]);
        let event = event("POST", PATH, "", &headers, update.to_string().as_bytes());
        route(ingest, PATH, event).await
    }
}
