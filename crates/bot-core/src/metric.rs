//! What is counted, and the line of a log that AWS makes metrics of.
//!
//! A function writes such a line to its standard output: that costs no call, needs no permission, and is not lost with a
//! process that dies after it. The names are what alarms look for, so there is one list of them.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::time::Timestamp;

/// The dimension of every metric: the platform's slug.
pub const DIMENSION: &str = "platform";

/// The platform of what nobody can read, and so nobody knows where it came from.
const NO_PLATFORM: &str = "unknown";

macro_rules! names {
    ($($(#[$doc:meta])+ $name:ident = $text:literal, in $unit:literal;)+) => {
        /// What there is to measure.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Name {
            $($(#[$doc])+ $name,)+
        }

        impl Name {
            /// Every name.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The metric's name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            const fn unit(self) -> &'static str {
                match self { $(Self::$name => $unit),+ }
            }
        }
    };
}

names! {
    /// A webhook's event is queued.
    Accepted = "accepted", in "Count";
    /// A webhook is not authentic.
    Forged = "forged", in "Count";
    /// An authentic webhook needs no work.
    Ignored = "ignored", in "Count";
    /// An authentic webhook could not be queued: its platform was told to send it again, or the person to try again.
    TurnedAway = "turned_away", in "Count";
    /// A form could not be opened: the person was told how to write the command instead, or warned by the platform.
    Unopened = "unopened", in "Count";
    /// An event's decision is committed.
    Decided = "decided", in "Count";
    /// All of an event's replies are confirmed.
    Delivered = "delivered", in "Count";
    /// A message was given back to the queue.
    Retried = "retried", in "Count";
    /// From the queueing of a message to the time it was given back: an outage fails nothing, and shows in this alone.
    Waiting = "waiting", in "Milliseconds";
    /// An event, a reply or a webhook is in the dead-letter queue.
    Poison = "poison", in "Count";
    /// The recipient of a reply cannot be reached any more.
    Undeliverable = "undeliverable", in "Count";
    /// A platform does not accept our token, or there is none: its conversations wait until somebody replaces it.
    TokenRefused = "token_refused", in "Count";
    /// A platform limits what we may send.
    Limited = "limited", in "Count";
    /// From the platform's time of an event to the confirmation of the last of its replies.
    DeliveryLatency = "delivery_latency", in "Milliseconds";
}

/// One measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Of what.
    pub name: Name,
    /// How often, or how many milliseconds.
    pub value: u64,
}

impl From<Name> for Metric {
    /// It has happened once.
    fn from(name: Name) -> Self {
        Self { name, value: 1 }
    }
}

impl Metric {
    /// An event's replies were confirmed so long after it.
    #[must_use]
    pub fn latency(latency: Duration) -> Self {
        Self { name: Name::DeliveryLatency, value: millis(latency) }
    }

    /// A message was given back that long after it was queued.
    #[must_use]
    pub fn waiting(waited: Duration) -> Self {
        Self { name: Name::Waiting, value: millis(waited) }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// What was measured at one time on `platform`, of every name once, as a line without its end. An empty `platform` is an
/// unknown one.
///
/// The format is that of
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>.
#[must_use]
pub fn line(namespace: &str, platform: &str, metrics: &[Metric], now: Timestamp) -> String {
    let platform = if platform.is_empty() { NO_PLATFORM } else { platform };
    let definition =
        |metric: &Metric| json!({ "Name": metric.name.as_str(), "Unit": metric.name.unit() });
    let directive = json!({
        "Namespace": namespace,
        "Dimensions": [[DIMENSION]],
        "Metrics": metrics.iter().map(definition).collect::<Vec<_>>(),
    });
    let head = json!({ "Timestamp": now.as_millis(), "CloudWatchMetrics": [directive] });
    let mut line =
        Map::from_iter([("_aws".to_owned(), head), (DIMENSION.to_owned(), platform.into())]);
    line.extend(
        metrics.iter().map(|metric| (metric.name.as_str().to_owned(), metric.value.into())),
    );
    Value::Object(line).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_in_the_embedded_metric_format() {
        let metrics = [Name::Delivered.into(), Metric::latency(Duration::from_millis(1500))];
        let line = line("lambot/prod", "slack", &metrics, Timestamp::from_millis(7));
        assert_eq!(
            line,
            r#"{"_aws":{"CloudWatchMetrics":[{"Dimensions":[["platform"]],"Metrics":[{"Name":"delivered","Unit":"Count"},{"Name":"delivery_latency","Unit":"Milliseconds"}],"Namespace":"lambot/prod"}],"Timestamp":7},"delivered":1,"delivery_latency":1500,"platform":"slack"}"#
        );
    }

    #[test]
    fn a_dimension_is_never_empty() {
        let line = line("lambot/prod", "", &[Name::Poison.into()], Timestamp::default());
        assert!(line.ends_with(r#""platform":"unknown","poison":1}"#), "{line}");
    }

    #[test]
    fn every_metric_is_in_the_documentation() {
        let documented: Vec<&str> = include_str!("../../../docs/metrics.md")
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
            .map(|(name, _)| name)
            .collect();
        let names: Vec<&str> = Name::ALL.iter().map(|name| name.as_str()).collect();
        assert_eq!(documented, names);
    }
}
