"""What must hold of the queues and the table."""

import re

from template import Properties, Template, same, source

SETUP = "crates/bot-aws/src/setup.rs"


def queues(template: Template) -> tuple[Properties, Properties]:
    """The queue and its dead-letter queue."""
    found = template.all("AWS::SQS::Queue")
    same(sorted(found), ["DeadLetterQueue", "Queue"])
    target = template.value(found["Queue"]["RedrivePolicy"]["deadLetterTargetArn"])
    same(target, template.arn("DeadLetterQueue"), "dead letters go to")
    return found["Queue"], found["DeadLetterQueue"]


def queue_outlasts_its_worker(template: Template) -> None:
    queue, _ = queues(template)
    least = 6 * template.functions()["queue-worker"]["Timeout"]
    assert queue["VisibilityTimeout"] >= least, "AWS asks for six times the function's timeout"


def queues_are_fifo_by_conversation(template: Template) -> None:
    """Conversations run beside each other only if both settings are there."""
    for queue in queues(template):
        assert queue["QueueName"].endswith(".fifo"), queue["QueueName"]
        same(queue["FifoQueue"], True)
        same((queue["DeduplicationScope"], queue["FifoThroughputLimit"]), ("messageGroup", "perMessageGroupId"))


def queues_are_those_of_the_local_stack(template: Template) -> None:
    code = source(SETUP)
    queue, dead_letters = queues(template)
    retention = int(re.search(r'FOURTEEN_DAYS: &str = "(\d+)"', code)[1])  # type: ignore[index]
    visibility = int(re.search(r'VisibilityTimeout, "(\d+)"', code)[1])  # type: ignore[index]
    receives = int(re.search(r'"maxReceiveCount": (\d+)', code)[1])  # type: ignore[index]
    same(queue["MessageRetentionPeriod"], retention, "the queue keeps for")
    same(dead_letters["MessageRetentionPeriod"], retention, "the dead-letter queue keeps for")
    same(queue["VisibilityTimeout"], visibility, "the queue hides for")
    same(queue["RedrivePolicy"]["maxReceiveCount"], receives, "receives")


def dead_letters_end_there(template: Template) -> None:
    _, dead_letters = queues(template)
    assert "RedrivePolicy" not in dead_letters, "a dead letter would move on"


def queues_take_and_give_everything_at_once(template: Template) -> None:
    """Whole: no delay, no smaller messages, no permission that is wanting; SQS's own are none, 1 MiB and all."""
    both = {"QueueName", "FifoQueue", "DeduplicationScope", "FifoThroughputLimit", "SqsManagedSseEnabled"}
    both |= {"MessageRetentionPeriod"}
    queue, dead_letters = queues(template)
    same(set(queue) - both, {"VisibilityTimeout", "RedrivePolicy"}, "besides, the queue has")
    same(set(dead_letters) - both, set(), "besides, the dead-letter queue has")


def what_is_stored_is_encrypted(template: Template) -> None:
    for queue in queues(template):
        same(queue.get("SqsManagedSseEnabled"), True, queue["QueueName"])
    same(table(template).get("SSESpecification"), {"SSEEnabled": True})


def table(template: Template) -> Properties:
    (found,) = template.all("AWS::DynamoDB::Table").values()
    return found


def table_expires_by_the_attribute_that_is_written(template: Template) -> None:
    written = re.search(r'\.enabled\(true\)\.attribute_name\("(\w+)"\)', source(SETUP))[1]  # type: ignore[index]
    assert f'"{written}"' in source("crates/bot-aws/src/table.rs"), f"{written} is not written"
    same(table(template)["TimeToLiveSpecification"], {"AttributeName": written, "Enabled": True})


def table_has_the_key_that_is_written(template: Template) -> None:
    written = re.search(r"fn primary_key.*?\n\}", source("crates/bot-aws/src/table.rs"), re.DOTALL)[0]  # type: ignore[index]
    names = re.findall(r'\("(\w+)"\.to_owned\(\)', written)
    keys = [(key["AttributeName"], key["KeyType"]) for key in table(template)["KeySchema"]]
    same(keys, list(zip(names, ("HASH", "RANGE"), strict=True)))
    types = {found["AttributeName"]: found["AttributeType"] for found in table(template)["AttributeDefinitions"]}
    same(types, dict.fromkeys(names, "S"))


def table_is_paid_by_use_and_can_be_restored(template: Template) -> None:
    same(table(template)["BillingMode"], "PAY_PER_REQUEST")
    same(table(template)["PointInTimeRecoverySpecification"], {"PointInTimeRecoveryEnabled": True})


def table_outlives_its_stack(template: Template) -> None:
    """And has no name of its own, which would stand in the way of the next deployment."""
    (resource,) = (found for found in template.resources.values() if found["Type"] == "AWS::DynamoDB::Table")
    same(resource["DeletionPolicy"], "Delete" if template.stage == "ci" else "RetainExceptOnCreate")
    same(resource["UpdateReplacePolicy"], "Retain")
    assert "TableName" not in resource["Properties"], "a kept table's name is taken"


FACTS = (
    queue_outlasts_its_worker,
    queues_are_fifo_by_conversation,
    queues_are_those_of_the_local_stack,
    dead_letters_end_there,
    queues_take_and_give_everything_at_once,
    what_is_stored_is_encrypted,
    table_expires_by_the_attribute_that_is_written,
    table_has_the_key_that_is_written,
    table_is_paid_by_use_and_can_be_restored,
    table_outlives_its_stack,
)
