"""What the packaged template must hold: facts that the emulator does not enforce, and that stand in several files."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

INFRA = Path(__file__).parents[1]
PACKAGED = INFRA / ".serverless" / "cloudformation-template-update-stack.json"
ADAPTERS = INFRA.parent / "crates" / "bot-aws" / "src"
TABLE_ACTIONS = (
    "BatchGetItem",
    "BatchWriteItem",
    "ConditionCheckItem",
    "DeleteItem",
    "GetItem",
    "PutItem",
    "Query",
    "Scan",
    "UpdateItem",
)


def template_is_sound() -> None:
    # W3005: the framework states dependencies that its references imply already.
    lint = subprocess.run(["cfn-lint", "--ignore-checks", "W3005", "--", PACKAGED], capture_output=True, text=True)
    assert lint.returncode == 0, lint.stdout + lint.stderr


def queue_outlasts_its_worker() -> None:
    (worker,) = (function for function in of_type("Function") if "TABLE_NAME" in variables(function))
    (queue,) = (queue for queue in of_type("Queue") if "RedrivePolicy" in queue)
    assert queue["VisibilityTimeout"] >= 6 * worker["Timeout"], "AWS asks for six times the function's timeout"
    (mapping,) = of_type("EventSourceMapping")
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"], mapping


def table_expires_and_is_backed_up() -> None:
    (table,) = of_type("Table")
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}, table
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], table


def functions_share_nothing() -> None:
    functions = of_type("Function")
    for own in ("Role", "Code"):
        values = [json.dumps(function[own]) for function in functions]
        assert len(set(values)) == len(functions), f"two functions have the same {own}"


def roles_name_what_they_may() -> None:
    for role in of_type("Role"):
        for statement in statements_of(role):
            assert "*" not in json.dumps([statement["Action"], statement["Resource"]]), statement


def roles_allow_the_table_calls_that_are_made() -> None:
    """Those too that no check comes to: they would be denied in production only."""
    code = "".join(path.read_text().split("#[cfg(test)]")[0] for path in ADAPTERS.rglob("*.rs"))
    called = {f"dynamodb:{action}" for action in TABLE_ACTIONS if is_called(action, code)}
    statements = (statement for role in of_type("Role") for statement in statements_of(role))
    allowed = {action for statement in statements for action in statement["Action"] if action.startswith("dynamodb:")}
    assert called == allowed, f"called are {sorted(called)}, allowed {sorted(allowed)}"


def is_called(action: str, code: str) -> bool:
    """By itself, as `batch_get_item()`, or as a part of a transaction, as `Put::builder()`."""
    method = re.sub(r"(?<!^)(?=[A-Z])", "_", action).lower()
    part = action.removesuffix("Item")
    return f".{method}()" in code or re.search(rf"\b{part}::builder\(", code) is not None


def webhooks_cannot_act_as_the_bot() -> None:
    for function in of_type("Function"):
        if "TABLE_NAME" not in variables(function):
            tokens = [name for name in variables(function) if name.endswith("_BOT_TOKEN")]
            assert not tokens, f"{function['FunctionName']} knows {tokens}"


def statements_of(role: dict[str, Any]) -> list[dict[str, Any]]:
    return [statement for policy in role["Policies"] for statement in policy["PolicyDocument"]["Statement"]]


def of_type(kind: str) -> list[dict[str, Any]]:
    """The properties of the template's resources of a type, named by its last part."""
    resources = json.loads(PACKAGED.read_text())["Resources"].values()
    return [resource["Properties"] for resource in resources if resource["Type"].endswith(f"::{kind}")]


def variables(function: dict[str, Any]) -> dict[str, Any]:
    return dict(function.get("Environment", {}).get("Variables", {}))


CHECKS = (
    template_is_sound,
    queue_outlasts_its_worker,
    table_expires_and_is_backed_up,
    functions_share_nothing,
    roles_name_what_they_may,
    roles_allow_the_table_calls_that_are_made,
    webhooks_cannot_act_as_the_bot,
)
