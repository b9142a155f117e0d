"""What somebody is told of, and what is kept to look into."""

import json
import re
from typing import Any

from template import SERVICE, Properties, Template, platforms, same, source

# What AWS counts that is watched here. A name that it does not count is an alarm that never rings.
COUNTED_BY_AWS = {
    "AWS/ApiGateway": {"Count", "4xx", "5xx", "Latency"},
    "AWS/DynamoDB": {"ConsumedWriteCapacityUnits"},
    "AWS/Lambda": {"Errors", "Throttles", "Invocations", "Duration"},
    "AWS/SQS": {"ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"},
}


def counted(namespace: str, template: Template) -> set[str]:
    """The names of the metrics of a namespace."""
    if namespace == f"{SERVICE}/{template.stage}":
        return set(re.findall(r'= "(\w+)", in "', source("crates/bot-core/src/metric.rs")))
    return COUNTED_BY_AWS.get(namespace, set())


def every_function_is_watched(template: Template) -> None:
    for name in template.functions():
        for kind in ("Errors", "Throttles"):
            alarm = template.alarms()[f"{kind.lower()}-{name}"]
            same((alarm["Namespace"], alarm["MetricName"]), ("AWS/Lambda", kind))
            same(dimensions(template, alarm), {"FunctionName": f"{template.prefix}-{name}"})
            same(rings_above(alarm), ("Sum", 1))


def queues_are_watched(template: Template) -> None:
    age, letters = template.alarms()["backlog"], template.alarms()["dead-letters"]
    same(age["MetricName"], "ApproximateAgeOfOldestMessage")
    same(dimensions(template, age), {"QueueName": "Queue.QueueName"})
    same(letters["MetricName"], "ApproximateNumberOfMessagesVisible")
    same(dimensions(template, letters), {"QueueName": "DeadLetterQueue.QueueName"})
    same(rings_above(letters), ("Maximum", 1))
    # The longest wait of a conversation that only a platform's pace holds up.
    backoff = source("crates/bot-core/src/worker/backoff.rs")
    longest = re.search(r"pub const LONGEST: Duration = Duration::from_secs\((\d+)\)", backoff)
    assert longest, "the longest wait is not found"
    assert rings_above(age)[1] > int(longest[1]), "it would ring for a platform's pace"


def api_is_watched(template: Template) -> None:
    alarm = template.alarms()["api-errors"]
    same((alarm["Namespace"], alarm["MetricName"]), ("AWS/ApiGateway", "5xx"))
    same(dimensions(template, alarm), {"ApiId": "HttpApi"})


def every_platform_is_watched(template: Template) -> None:
    kinds = {"forged": "forged", "turned-away": "turned_away", "late": "delivery_latency", "token": "token_refused"}
    for platform in platforms():
        for kind, metric in kinds.items():
            alarm = template.alarms()[f"{kind}-{platform}"]
            same((alarm["MetricName"], dimensions(template, alarm)), (metric, {"platform": platform}))
        same(template.alarms()[f"late-{platform}"].get("ExtendedStatistic"), "p95")


def functions_count_where_the_alarms_look(template: Template) -> None:
    for name in ("webhook-ingest", "queue-worker"):
        variables = template.functions()[name]["Environment"]["Variables"]
        same(variables.get("METRICS_NAMESPACE"), f"{SERVICE}/{template.stage}", name)


def alarms_are_heard(template: Template) -> None:
    for name, alarm in template.alarms().items():
        same(template.value(alarm.get("AlarmActions", [])), ["AlarmTopic"], name)
        same(template.value(alarm.get("OKActions", [])), ["AlarmTopic"], name)
        same(alarm.get("ActionsEnabled", True), True, name)
    (mail,) = template.all("AWS::SNS::Subscription").values()
    same((mail["Protocol"], template.value(mail["TopicArn"])), ("email", "AlarmTopic"))


def alarms_can_ring(template: Template) -> None:
    """Counts that nobody makes while nothing happens are no reason for one, but for silence."""
    for name, alarm in template.alarms().items():
        is_silence = name == "silence"
        same(alarm["TreatMissingData"], "breaching" if is_silence else "notBreaching", name)
        above = alarm["ComparisonOperator"].startswith("GreaterThan")
        same(above, not is_silence, name)
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
        assert alarm["Period"] % 60 == 0 and alarm["Period"] * alarm["EvaluationPeriods"] <= 86_400, name


def metrics_are_counted(template: Template) -> None:
    watched = [(alarm["Namespace"], alarm["MetricName"]) for alarm in template.alarms().values()]
    for namespace, name in watched + shown(template):
        assert name in counted(namespace, template), f"nobody counts {name} in {namespace}"


def shown(template: Template) -> list[tuple[str, str]]:
    """The metrics of the dashboard."""
    (dashboard,) = template.all("AWS::CloudWatch::Dashboard").values()
    found: list[tuple[str, str]] = []
    for widget in json.loads(template.value(dashboard["DashboardBody"]))["widgets"]:
        for metric in widget["properties"]["metrics"]:
            if isinstance(metric[0], dict):
                expression = re.findall(r'Namespace="(.+?)" MetricName="(.+?)"', metric[0]["expression"])
                assert expression, metric
                found += expression
            elif metric[0] != "...":
                found.append((metric[0], metric[1]))
    return found


def every_alarm_is_explained(template: Template) -> None:
    headings = re.findall(r"^## (.*)$", source("docs/runbook.md"), re.MULTILINE)
    explained = {name for heading in headings for name in re.findall(r"`([\w-]+)`", heading)}
    same(sorted(explained), sorted(template.alarms()), "explained are")


def logs_are_kept_for_a_while(template: Template) -> None:
    groups = {log["LogGroupName"]: log for log in template.all("AWS::Logs::LogGroup").values()}
    for name, function in template.functions().items():
        group = groups[f"/aws/lambda/{template.prefix}-{name}"]
        assert 1 <= group.get("RetentionInDays", 10**6) <= 3653, f"the logs of {name} are kept for ever"
        same(function.get("LoggingConfig", {}).get("LogFormat"), "JSON", name)


def dimensions(template: Template, alarm: Properties) -> dict[str, Any]:
    return {dimension["Name"]: template.value(dimension["Value"]) for dimension in alarm["Dimensions"]}


def rings_above(alarm: Properties) -> tuple[str, float]:
    same(alarm["ComparisonOperator"], "GreaterThanOrEqualToThreshold", alarm["AlarmName"])
    return alarm["Statistic"], alarm["Threshold"]


FACTS = (
    every_function_is_watched,
    queues_are_watched,
    api_is_watched,
    every_platform_is_watched,
    functions_count_where_the_alarms_look,
    alarms_are_heard,
    alarms_can_ring,
    metrics_are_counted,
    every_alarm_is_explained,
    logs_are_kept_for_a_while,
)
