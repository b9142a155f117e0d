//! The settings of the table.

use super::finding::{Finding, kinds};

kinds! {
    UNANSWERED = Error "table-unanswered" "Check the variable, the region, the endpoint, the credentials, and that they allow dynamodb:DescribeTable, DescribeTimeToLive and DescribeContinuousBackups.";
    NOT_READY = Error "table-not-ready" "Wait until it is ACTIVE; if it does not become so, deploy again.";
    KEY = Error "table-key" "Set TABLE_NAME to the output of the deployment: this table is another program's, and a table's key cannot be changed.";
    BILLING = Warning "table-billing" "Set BillingMode to PAY_PER_REQUEST, as `scripts/deploy STAGE` does: a burst of messages would be throttled.";
    EXPIRY = Warning "table-expiry" "Switch time to live on for the attribute expires_at, as `scripts/deploy STAGE` does: nothing is ever deleted.";
    RECOVERY = Warning "table-recovery" "Switch point-in-time recovery on, as `scripts/deploy STAGE` does: what is deleted by mistake is gone.";
}

/// As DynamoDB describes it.
#[derive(Clone, Debug)]
pub(super) struct Described {
    pub(super) status: String,
    /// Name, role and type of each attribute of the key.
    pub(super) key: Vec<(String, String, String)>,
    pub(super) is_on_demand: bool,
    /// The attribute that says when an item expires, if time to live is on.
    pub(super) expiry: Option<String>,
    /// Whether the table can be set back; not known where DynamoDB is a local one without backups.
    pub(super) is_recoverable: Option<bool>,
}

/// That it says nothing of itself.
pub(super) fn unanswered(why: &str) -> Finding {
    UNANSWERED.because(format!("DynamoDB says nothing of the table of TABLE_NAME: {why}"))
}

pub(super) fn findings(table: &Described) -> Vec<Finding> {
    let mut findings = Vec::new();
    let key = [("pk", "HASH", "S"), ("sk", "RANGE", "S")];
    let is = |(name, role, kind): &(String, String, String)| {
        key.contains(&(name.as_str(), role.as_str(), kind.as_str()))
    };
    if table.status != "ACTIVE" {
        findings.push(NOT_READY.because("the table is not ACTIVE"));
    }
    if table.key.len() != key.len() || !table.key.iter().all(is) {
        findings.push(KEY.because("the table's key is not the strings pk and sk"));
    }
    if !table.is_on_demand {
        findings.push(BILLING.because("the table's capacity is a fixed one"));
    }
    if table.expiry.as_deref() != Some("expires_at") {
        findings.push(EXPIRY.because("the table keeps what has expired"));
    }
    if table.is_recoverable == Some(false) {
        findings.push(RECOVERY.because("the table cannot be set back to an earlier time"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::finding::codes;
    use super::*;

    fn healthy() -> Described {
        let attribute = |name: &str, role: &str| (name.to_owned(), role.to_owned(), "S".to_owned());
        Described {
            status: "ACTIVE".to_owned(),
            key: vec![attribute("pk", "HASH"), attribute("sk", "RANGE")],
            is_on_demand: true,
            expiry: Some("expires_at".to_owned()),
            is_recoverable: Some(true),
        }
    }

    #[test]
    fn each_setting_is_checked() {
        // (change, findings)
        let cases: [(fn(&mut Described), &[&str]); 10] = [
            (|_| (), &[]),
            (|table| table.is_recoverable = None, &[]),
            (|table| table.is_recoverable = Some(false), &["table-recovery"]),
            (|table| table.status = "DELETING".to_owned(), &["table-not-ready"]),
            (|table| table.is_on_demand = false, &["table-billing"]),
            (|table| table.expiry = None, &["table-expiry"]),
            (|table| table.expiry = Some("ttl".to_owned()), &["table-expiry"]),
            (|table| table.key.truncate(1), &["table-key"]),
            (|table| table.key[1].0 = "id".to_owned(), &["table-key"]),
            (|table| table.key[1].2 = "N".to_owned(), &["table-key"]),
        ];
        for (nth, (change, expected)) in cases.into_iter().enumerate() {
            let mut table = healthy();
            change(&mut table);
            assert_eq!(codes(&findings(&table)), expected, "case {nth}");
        }
    }
}
