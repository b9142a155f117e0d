"""What each function may do, and that it may do nothing else."""

import json
import re
from functools import cache

from moto.iam.access_control import IAMPolicy, PermissionResult

from template import ACCOUNT, REGION, ROOT, SERVICE, Properties, Template, same

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

# What else somebody with a stolen role would like to do.
FORBIDDEN = (
    "iam:PassRole",
    "lambda:InvokeFunction",
    "lambda:UpdateFunctionCode",
    "logs:CreateLogGroup",
    "logs:FilterLogEvents",
    "sqs:PurgeQueue",
    "sqs:SetQueueAttributes",
    "ssm:GetParameter",
    "ssm:GetParametersByPath",
    "ssm:PutParameter",
    "sts:AssumeRole",
)

LOGGING = {"logs:CreateLogStream": ["own log"], "logs:PutLogEvents": ["own log"]}
TRACING = {"xray:PutTraceSegments": ["*"], "xray:PutTelemetryRecords": ["*"]}

# What each function may do to what.
ALLOWED: dict[str, dict[str, list[str]]] = {
    "echo": LOGGING | TRACING,
    "webhook-ingest": LOGGING
    | TRACING
    | {
        # What cannot be read is kept at once.
        "sqs:SendMessage": ["queue", "dead letters"],
        "ssm:GetParameters": ["SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN", "TELEGRAM_SECRET_TOKEN"],
        "kms:Decrypt": ["a key"],
    },
    "queue-worker": LOGGING
    | TRACING
    | {
        "sqs:ReceiveMessage": ["queue"],
        "sqs:DeleteMessage": ["queue"],
        "sqs:GetQueueAttributes": ["queue"],
        "sqs:ChangeMessageVisibility": ["queue"],
        "sqs:SendMessage": ["dead letters"],
        "dynamodb:BatchGetItem": ["table"],
        "dynamodb:GetItem": ["table"],
        "dynamodb:PutItem": ["table"],
        "dynamodb:UpdateItem": ["table"],
        "dynamodb:ConditionCheckItem": ["table"],
        "ssm:GetParameters": ["SLACK_BOT_TOKEN", "DISCORD_BOT_TOKEN", "TELEGRAM_BOT_TOKEN"],
        "kms:Decrypt": ["a key"],
    },
}


def roles_allow_this_and_nothing_else(template: Template) -> None:
    actions = {action for allowed in ALLOWED.values() for action in allowed}
    actions |= {f"dynamodb:{action}" for action in TABLE_ACTIONS} | set(FORBIDDEN)
    for function, allowed in ALLOWED.items():
        policies = policies_of(template, function)
        for action in sorted(actions):
            for name, arn in things(template, function).items():
                may = any(policy.is_action_permitted(action, arn) == PermissionResult.PERMITTED for policy in policies)
                # What is allowed for everything is allowed for each.
                should = {name, "*"} & set(allowed.get(action, []))
                assert may == bool(should), f"{function} {'may' if may else 'may not'} {action} on {name}"


def things(template: Template, function: str) -> dict[str, str]:
    """What a role may or may not act on."""
    logs = {log["LogGroupName"]: name for name, log in template.all("AWS::Logs::LogGroup").items()}
    own = f"/aws/lambda/{template.prefix}-{function}"
    found = {"own log" if group == own else f"log of {group}": template.arn(name) for group, name in logs.items()}
    secrets = {name for allowed in ALLOWED.values() for name in allowed.get("ssm:GetParameters", [])} | {"OTHER"}
    parameter = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter"
    return (
        found
        | {"queue": template.arn("Queue"), "dead letters": template.arn("DeadLetterQueue")}
        | {"table": template.arn("Table"), "another table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/other"}
        | {name: f"{parameter}/{SERVICE}/{template.stage}/{name}" for name in secrets}
        | {"another stage's secret": f"{parameter}/{SERVICE}/other/SLACK_SIGNING_SECRET"}
        | {"a key": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1", "another account's key": f"arn:aws:kms:{REGION}:1:key/1"}
    )


def policies_of(template: Template, function: str) -> list[IAMPolicy]:
    """Without their conditions, which have a fact of their own."""
    policies = []
    for statements in documents_of(template, function):
        free = [{key: part for key, part in statement.items() if key != "Condition"} for statement in statements]
        policies.append(IAMPolicy(json.dumps({"Version": "2012-10-17", "Statement": free})))
    return policies


def documents_of(template: Template, function: str) -> list[list[Properties]]:
    role = role_of(template, function)
    assert "ManagedPolicyArns" not in role, f"{function} has a policy that is not written here"
    return [template.value(policy["PolicyDocument"]["Statement"]) for policy in role["Policies"]]


def role_of(template: Template, function: str) -> Properties:
    role = template.functions()[function]["Role"]["Fn::GetAtt"][0]
    properties: Properties = template.resources[role]["Properties"]
    return properties


def functions_have_a_role_each(template: Template) -> None:
    roles = [json.dumps(function["Role"]) for function in template.functions().values()]
    same(len(set(roles)), len(roles), "roles:")


def only_lambda_assumes_roles(template: Template) -> None:
    for function in template.functions():
        (statement,) = role_of(template, function)["AssumeRolePolicyDocument"]["Statement"]
        same(statement["Principal"], {"Service": "lambda.amazonaws.com"}, function)


def keys_decrypt_parameters_only(template: Template) -> None:
    through = {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/aws/ssm"},
        "StringEquals": {"kms:ViaService": f"ssm.{REGION}.amazonaws.com"},
    }
    for function in template.functions():
        for statement in (statement for document in documents_of(template, function) for statement in document):
            same(statement.get("Condition"), through if statement["Action"] == ["kms:Decrypt"] else None, function)


def roles_allow_the_table_calls_that_are_made(template: Template) -> None:
    """Those too that no check comes to: they would be denied in production only."""
    (document,) = documents_of(template, "queue-worker")
    allowed = {action for statement in document for action in statement["Action"] if action.startswith("dynamodb:")}
    same(sorted(allowed), sorted(called()), "allowed are")


@cache
def called() -> list[str]:
    adapters = ROOT / "crates" / "bot-aws" / "src"
    code = "".join(path.read_text().split("#[cfg(test)]")[0] for path in adapters.rglob("*.rs"))
    return [f"dynamodb:{action}" for action in TABLE_ACTIONS if is_called(action, code)]


def is_called(action: str, code: str) -> bool:
    """By itself, as `batch_get_item()`, or as a part of a transaction, as `Put::builder()`."""
    method = re.sub(r"(?<!^)(?=[A-Z])", "_", action).lower()
    part = action.removesuffix("Item")
    return f".{method}()" in code or re.search(rf"\b{part}::builder\(", code) is not None


FACTS = (
    roles_allow_this_and_nothing_else,
    functions_have_a_role_each,
    only_lambda_assumes_roles,
    keys_decrypt_parameters_only,
    roles_allow_the_table_calls_that_are_made,
)
