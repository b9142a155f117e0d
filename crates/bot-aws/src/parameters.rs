//! Secrets from SSM's Parameter Store.

use std::collections::HashMap;

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde_json::json;
use tokio::time::timeout;

use crate::Service;

/// The most names that one call takes.
///
/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html>
const MOST_NAMES: usize = 10;

/// The parameters whose names begin alike.
pub struct ParameterStore {
    pub(crate) service: Service,
    pub(crate) prefix: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    parameters: Vec<Parameter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter {
    name: String,
    value: String,
}

impl ParameterStore {
    /// The values of those of `names` that are there, without the prefix.
    ///
    /// # Errors
    ///
    /// SSM could not be reached in time or refuses: what is there is not known.
    pub async fn read(&self, names: &[String]) -> anyhow::Result<HashMap<String, String>> {
        let reading = async {
            let mut values = HashMap::new();
            for names in names.chunks(MOST_NAMES) {
                let found = self.get(names).await?.parameters.into_iter();
                values.extend(found.filter_map(|parameter| {
                    let name = parameter.name.strip_prefix(&self.prefix)?.to_owned();
                    Some((name, parameter.value))
                }));
            }
            Ok(values)
        };
        let read = timeout(self.service.patience.altogether, reading).await;
        read.unwrap_or_else(|_| bail!("no answer in time")).context("SSM GetParameters")
    }

    async fn get(&self, names: &[String]) -> anyhow::Result<Found> {
        let names: Vec<String> =
            names.iter().map(|name| format!("{}{name}", self.prefix)).collect();
        let request = http::Request::post("/")
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", "AmazonSSM.GetParameters")
            .body(json!({ "Names": names, "WithDecryption": true }).to_string())
            .context("a request")?;
        let answer = self.service.ask(&request).await?;
        // The parser's message would quote its input.
        serde_json::from_slice(&answer).ok().context("the answer cannot be read")
    }
}
