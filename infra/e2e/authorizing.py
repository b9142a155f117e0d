"""Starts ministack with two gaps in its authorization closed, so that the roles can be as AWS wants them.

AWS asks of ssm:GetParameters whether each of its names is allowed, ministack whether `*` is. And on AWS the permission for
a message is the one for a batch of them, and there is no other; ministack asks for the name of the call.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
"""

import json
from typing import Any

from ministack import app
from ministack.core import iam_actions, iam_evaluator

SEPARATOR = " "

resource_of, enforce = iam_actions.extract_resource_arn, iam_evaluator.enforce


def each_name(service: str, *request: Any, **more: Any) -> str:
    found: str = resource_of(service, *request, **more)
    headers, body = request[2], request[3]
    target = next((value for name, value in headers.items() if name.lower() == "x-amz-target"), "")
    if target != "AmazonSSM.GetParameters":
        return found
    one = {name: value for name, value in headers.items() if name.lower() != "x-amz-target"}
    one["x-amz-target"] = "AmazonSSM.GetParameter"
    bodies = [json.dumps({"Name": name}).encode() for name in json.loads(body)["Names"]]
    return SEPARATOR.join(resource_of(service, *request[:2], one, body, *request[4:], **more) for body in bodies)


def each_resource(key: str, action: str, service: str, *request: Any, resource_arn: str = "*", **more: Any) -> Any:
    action = action.removesuffix("Batch") if service == "sqs" else action
    for resource in resource_arn.split(SEPARATOR):
        if denied := enforce(key, action, service, *request, resource_arn=resource, **more):
            return denied
    return None


iam_actions.extract_resource_arn, iam_evaluator.enforce = each_name, each_resource
app.main()
