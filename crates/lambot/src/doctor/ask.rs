//! What platforms say of the bot.

use std::time::Duration;

use aws_sdk_sqs::primitives::{DateTime, DateTimeFormat};
use bot_aws::api::Api;
use bot_aws::process::now;
use bot_core::Timestamp;
use bot_core::platform::{ApiAnswer, ApiRequest, Call, Outbound, Platform};
use serde_json::{Value, json};

use super::clock::Reading;
use super::finding::Finding;
use super::platform::{Answer, Patient, Said, checks, difference, no_registration, of_answers};

/// Somebody waits at a terminal.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks one platform everything, and reads its clock beside. Without a token, or with one that cannot be sent, there is
/// nothing to ask: that is found among the variables.
pub(super) async fn of_platform(
    platform: Platform,
    patient: &Patient<'_>,
    readings: &mut Vec<Reading>,
) -> Vec<Finding> {
    let checks = checks(platform);
    if (patient.settings)(checks.token).is_none() {
        return Vec::new();
    }
    let Ok(outbound) = platform.outbound(patient.settings) else { return Vec::new() };
    let api = Api::new();
    let mut answers = Vec::new();
    for (method, target) in checks.calls {
        let call = Call { method: *method, target: (*target).to_owned(), body: json!({}) };
        answers.push(answer(&api, outbound.as_ref(), &call, readings).await);
    }
    // What has failed once is not asked for more.
    let is_well = answers.iter().flatten().all(|answer| answer.status == 200)
        && answers.iter().all(Option::is_some);
    let mut findings = of_answers(platform, patient, answers);
    if is_well {
        findings.extend(of_registration(platform, patient, &api).await);
    }
    findings
}

async fn answer(
    api: &Api,
    outbound: &dyn Outbound,
    call: &Call,
    readings: &mut Vec<Reading>,
) -> Option<Answer> {
    let request = outbound.request(call).ok()?;
    let (headers, answer) = api.ask(request, PATIENCE).await.ok()?;
    let header = |name: &str| headers.get(name)?.to_str().ok();
    if let Some(there) = header("date").and_then(instant) {
        readings.push(Reading { there, here: now() });
    }
    let scopes = header("x-oauth-scopes").map(str::to_owned);
    Some(Answer { status: answer.status, said: Said { body: json(&answer), scopes } })
}

async fn of_registration(platform: Platform, patient: &Patient<'_>, api: &Api) -> Vec<Finding> {
    let Some(registration) = (checks(platform).registration)(patient) else { return Vec::new() };
    let mut findings = Vec::new();
    for item in &registration.items {
        let asked = async |request: ApiRequest| api.send_within(request, PATIENCE).await.ok();
        let Ok(request) = registration.read(item) else { continue };
        let answer = asked(request).await;
        match answer.and_then(|answer| item.compare(&answer).ok()) {
            Some(comparison) => findings.extend(difference(platform, item.name, &comparison)),
            None => findings.push(no_registration(platform, item.name)),
        }
    }
    findings
}

fn json(answer: &ApiAnswer) -> Value {
    let body = answer.body.as_deref();
    body.and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default()
}

/// A `Date` field: <https://www.rfc-editor.org/rfc/rfc9110#field.date>.
fn instant(date: &str) -> Option<Timestamp> {
    let date = DateTime::from_str(date, DateTimeFormat::HttpDate).ok()?;
    u64::try_from(date.secs()).ok().map(Timestamp::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_date_of_an_answer() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(instant(date), Some(Timestamp::from_secs(784_111_777)));
        for date in ["", "yesterday", "Sun, 06 Nov 1900 08:49:37 GMT"] {
            assert_eq!(instant(date), None, "{date}");
        }
    }
}
