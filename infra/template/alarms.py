"""When somebody is told of something: every alarm, whole."""

from typing import Any

from template import SERVICE, Properties, Template, platforms, same

# What is said of an alarm, and to whom, but not when it rings.
SAID = {"AlarmName", "AlarmDescription", "AlarmActions", "OKActions", "ActionsEnabled"}


def rule(metric: str, statistic: str, threshold: int, seconds: int = 300, periods: int = 1) -> Properties:
    """Rings for so much or more, of a metric that nobody makes while nothing happens."""
    kind = "ExtendedStatistic" if statistic.startswith("p") else "Statistic"
    namespace, _, name = metric.rpartition("/")
    return {
        "Namespace": namespace,
        "MetricName": name,
        kind: statistic,
        "Threshold": threshold,
        "Period": seconds,
        "EvaluationPeriods": periods,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
    }


def rules(template: Template) -> dict[str, tuple[Properties, dict[str, str]]]:
    """When each alarm rings, and what its metric is of."""
    ours = f"{SERVICE}/{template.stage}"
    ingest = {"FunctionName": f"{template.prefix}-webhook-ingest"}
    silent = {"ComparisonOperator": "LessThanThreshold", "TreatMissingData": "breaching"}
    late = {"ComparisonOperator": "GreaterThanThreshold"}
    wanted = {
        "backlog": (
            rule("AWS/SQS/ApproximateAgeOfOldestMessage", "Maximum", 600),
            {"QueueName": "Queue.QueueName"},
        ),
        "dead-letters": (
            rule("AWS/SQS/ApproximateNumberOfMessagesVisible", "Maximum", 1),
            {"QueueName": "DeadLetterQueue.QueueName"},
        ),
        "api-errors": (rule("AWS/ApiGateway/5xx", "Sum", 3), {"ApiId": "HttpApi"}),
        "silence": (rule("AWS/Lambda/Invocations", "Sum", 1, 3600, 6) | silent, ingest),
    }
    for name in template.functions():
        function = {"FunctionName": f"{template.prefix}-{name}"}
        wanted[f"errors-{name}"] = (rule("AWS/Lambda/Errors", "Sum", 1), function)
        wanted[f"throttles-{name}"] = (rule("AWS/Lambda/Throttles", "Sum", 1), function)
    for name in platforms():
        platform = {"platform": name}
        wanted[f"forged-{name}"] = (rule(f"{ours}/forged", "Sum", 50), platform)
        wanted[f"turned-away-{name}"] = (rule(f"{ours}/turned_away", "Sum", 1), platform)
        wanted[f"late-{name}"] = (rule(f"{ours}/delivery_latency", "p95", 10_000, 300, 3) | late, platform)
        wanted[f"token-{name}"] = (rule(f"{ours}/token_refused", "Sum", 1), platform)
    # What nobody can read is nobody's, and is not lost sight of for that.
    for name in [*platforms(), "unknown"]:
        platform = {"platform": name}
        wanted[f"waiting-{name}"] = (rule(f"{ours}/waiting", "Maximum", 600_000, 600), platform)
        wanted[f"poison-{name}"] = (rule(f"{ours}/poison", "Sum", 1), platform)
    return wanted


def alarms_are_these(template: Template) -> None:
    wanted = rules(template)
    same(sorted(template.alarms()), sorted(wanted), "alarms are")
    for name, alarm in template.alarms().items():
        seen = {key: value for key, value in alarm.items() if key not in SAID}
        of = dimensions(template, seen.pop("Dimensions"))
        same((seen, of), wanted[name], f"{name} rings for")


def dimensions(template: Template, named: list[Properties]) -> dict[str, Any]:
    return {dimension["Name"]: template.value(dimension["Value"]) for dimension in named}
