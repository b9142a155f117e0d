//! A stand-in for SSM's Parameter Store, with the secrets of one stage.

use serde_json::{Value, json};

use super::api::{Api, Reply};

pub(crate) const PREFIX: &str = "/lambot/test/";

/// What is kept, and who has asked.
pub(crate) struct Parameters {
    pub(crate) api: Api,
}

impl Parameters {
    /// One that keeps these.
    pub(crate) fn keeping(secrets: &[(&str, &str)]) -> Self {
        let kept: Vec<(String, String)> = secrets
            .iter()
            .map(|(name, value)| (format!("{PREFIX}{name}"), (*value).to_owned()))
            .collect();
        Self {
            api: Api::scripted(move |_, call| {
                assert_eq!(call.header("x-amz-target"), Some("AmazonSSM.GetParameters"));
                let asked = call.body["Names"].as_array().unwrap();
                let is_asked = |name: &str| asked.iter().any(|asked| asked == name);
                let found = kept.iter().filter(|(name, _)| is_asked(name));
                let found: Vec<Value> =
                    found.map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
                let answer = json!({ "Parameters": found, "InvalidParameters": [] });
                Some(Reply::status(200, "", answer.to_string()))
            }),
        }
    }

    /// One that lets nobody in.
    pub(crate) fn closed() -> Self {
        let refusal = r#"{"__type":"AccessDeniedException","message":"zebra"}"#;
        Self { api: Api::scripted(move |_, _| Some(Reply::status(400, "", refusal))) }
    }

    /// What leads there.
    pub(crate) fn variables(&self) -> [(&'static str, String); 5] {
        [
            ("SECRETS_PREFIX", PREFIX.to_owned()),
            ("AWS_ENDPOINT_URL_SSM", self.api.url.clone()),
            ("AWS_REGION", "eu-central-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ]
    }

    /// The names that have been asked for, without what they begin with.
    pub(crate) fn asked(&self) -> Vec<String> {
        let names = |body: &Value| body["Names"].as_array().cloned().unwrap_or_default();
        let names: Vec<Value> =
            self.api.calls().iter().flat_map(|call| names(&call.body)).collect();
        let name = |name: &Value| name.as_str()?.strip_prefix(PREFIX).map(str::to_owned);
        names.iter().filter_map(name).collect()
    }
}
