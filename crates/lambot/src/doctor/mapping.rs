//! How Lambda takes messages out of the queue and gives them to queue-worker.

use serde::Deserialize;

use super::finding::{Finding, kinds};

kinds! {
    UNANSWERED = Warning "mapping-unanswered" "Check the region, the endpoint, and that the credentials allow lambda:ListEventSourceMappings.";
    MISSING = Error "mapping-missing" "Deploy again, and set QUEUE_URL to the output of the deployment: nothing takes events out of this queue.";
    OFF = Error "mapping-off" "Switch it on by `aws lambda update-event-source-mapping --enabled --uuid ID`, or deploy again: nothing takes events out of the queue.";
    FAILURES = Error "mapping-failures" "Set FunctionResponseTypes to ReportBatchItemFailures, as `scripts/deploy STAGE` does: Lambda deletes what the worker gives back.";
}

/// The states in which messages are taken, or are about to be.
///
/// <https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html>
const ON: [&str; 4] = ["Creating", "Enabling", "Enabled", "Updating"];

/// Lambda's answer to `ListEventSourceMappings`.
///
/// <https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html>
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Mappings {
    event_source_mappings: Vec<Mapping>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Mapping {
    #[serde(rename = "UUID", default)]
    id: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    function_response_types: Option<Vec<String>>,
}

/// That Lambda says nothing of them.
pub(super) fn unanswered(why: &str) -> Finding {
    UNANSWERED.because(format!("Lambda says nothing of what takes events out of the queue: {why}"))
}

/// What is wrong with those of the queue.
pub(super) fn findings(mappings: &Mappings) -> Vec<Finding> {
    let mappings = &mappings.event_source_mappings;
    if mappings.is_empty() {
        return vec![MISSING.because("no function has the queue of QUEUE_URL as its event source")];
    }
    mappings.iter().flat_map(of_one).collect()
}

fn of_one(mapping: &Mapping) -> Vec<Finding> {
    let Mapping { id, state, function_response_types } = mapping;
    let mut findings = Vec::new();
    if !ON.contains(&state.as_str()) {
        findings.push(OFF.because(format!("the event source mapping {id} is in state {state:?}")));
    }
    let types = function_response_types.iter().flatten();
    if !types.into_iter().any(|kind| kind == "ReportBatchItemFailures") {
        findings.push(FAILURES.because(format!(
            "by the event source mapping {id} a batch fails or succeeds as a whole"
        )));
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::finding::codes;
    use super::*;

    fn found(mappings: &Value) -> Vec<&'static str> {
        let answer = json!({ "EventSourceMappings": mappings });
        codes(&findings(&serde_json::from_value(answer).expect("an answer")))
    }

    fn mapping(state: &str, types: &Value) -> Value {
        json!({ "UUID": "1-2", "BatchSize": 10, "State": state, "FunctionResponseTypes": types })
    }

    #[test]
    fn each_mapping_of_the_queue_takes_messages_and_hears_which_failed() {
        let reports = json!(["ReportBatchItemFailures"]);
        // (mappings, findings)
        let cases: [(Value, &[&str]); 9] = [
            (json!([]), &["mapping-missing"]),
            (json!([mapping("Enabled", &reports)]), &[]),
            (json!([mapping("Updating", &reports)]), &[]),
            (json!([mapping("Disabled", &reports)]), &["mapping-off"]),
            (json!([mapping("Disabling", &reports)]), &["mapping-off"]),
            (json!([mapping("Enabled", &json!([]))]), &["mapping-failures"]),
            (json!([mapping("Enabled", &Value::Null)]), &["mapping-failures"]),
            (json!([{}]), &["mapping-off", "mapping-failures"]),
            (
                json!([mapping("Enabled", &reports), mapping("Deleting", &reports)]),
                &["mapping-off"],
            ),
        ];
        for (mappings, expected) in cases {
            assert_eq!(found(&mappings), expected, "{mappings}");
        }
    }
}
