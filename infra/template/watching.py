"""What somebody is told of, and what is kept to look into."""

import json
import re

from alarms import alarms_are_these
from template import SERVICE, Template, same, source

WORKER = "crates/bot-core/src/worker"

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


def a_platforms_pace_is_no_outage(template: Template) -> None:
    """A conversation that only its platform's limits hold up waits no longer than this at a time."""
    longest = re.search(r"pub const LONGEST: Duration = Duration::from_secs\((\d+)\)", source(f"{WORKER}/backoff.rs"))
    assert longest, "the longest wait is not found"
    for name, alarm in template.alarms().items():
        if name == "backlog" or name.startswith("waiting-"):
            wait = int(longest[1]) * (1 if name == "backlog" else 1000)
            assert alarm["Threshold"] > wait, f"{name} would ring for a platform's pace"
        if name.startswith("waiting-"):
            assert alarm["Period"] > int(longest[1]), f"{name} would end between two tries"


def alarms_are_heard(template: Template) -> None:
    for name, alarm in template.alarms().items():
        same(template.value(alarm.get("AlarmActions", [])), ["AlarmTopic"], name)
        same(template.value(alarm.get("OKActions", [])), ["AlarmTopic"], name)
        same(alarm.get("ActionsEnabled", True), True, name)
    # CloudWatch may not use the key that SNS has for topics; and a filter would keep mails back.
    (topic,) = template.all("AWS::SNS::Topic").values()
    same(topic, {"TopicName": f"{template.prefix}-alarms"})
    (mail,) = template.all("AWS::SNS::Subscription").values()
    wanted = {"TopicArn": {"Ref": "AlarmTopic"}, "Protocol": "email", "Endpoint": {"Ref": "AlarmEmail"}}
    same(mail, wanted)


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


def alarms_cost_what_is_said(template: Template) -> None:
    """A tenth of a dollar each; one with a condition is not there while nothing is asked for."""
    said = re.search(r"^\| (\d+) alarms, .*? \| (\S+);", source("docs/costs.md"), re.MULTILINE)
    assert said, "the alarms' costs are not found"
    always = [name for name, found in template.resources.items() if name.endswith("Alarm") and "Condition" not in found]
    same((int(said[1]), said[2]), (len(always), f"{len(always) / 10:.2f}"), "alarms and costs are")


def logs_are_kept_for_a_while(template: Template) -> None:
    groups = {log["LogGroupName"]: log for log in template.all("AWS::Logs::LogGroup").values()}
    for name in template.functions():
        group = groups[f"/aws/lambda/{template.prefix}-{name}"]
        assert 1 <= group.get("RetentionInDays", 10**6) <= 3653, f"the logs of {name} are kept for ever"


def logs_have_every_metric_and_every_report(template: Template) -> None:
    """Both are lines of the level INFO: what is above it drops them."""
    for name, function in template.functions().items():
        same(function.get("LoggingConfig"), {"LogFormat": "JSON", "ApplicationLogLevel": "INFO"}, name)


FACTS = (
    alarms_are_these,
    a_platforms_pace_is_no_outage,
    alarms_are_heard,
    metrics_are_counted,
    every_alarm_is_explained,
    alarms_cost_what_is_said,
    logs_are_kept_for_a_while,
    logs_have_every_metric_and_every_report,
)
