"""What the table, the queues and the logs hold in the end."""

import json
import re
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from ledger import Said


# A worker's last word about a delivery.
TURN = re.compile(r"(?P<at>\d{4}-[-\d]+T[:.\d]+Z).*event (?:done|given back).*conversation\W+(?P<hash>\w+)")


class Stores:
    def __init__(self, dynamodb: Any, sqs: Any, table: str, queue: str, dead_letters: str) -> None:
        self.dynamodb, self.sqs = dynamodb, sqs
        self.table, self.queue, self.dead_letters = table, queue, dead_letters

    def is_empty(self, queue: str) -> bool:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
        return not any(int(attributes[name]) for name in names)

    def drained(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not self.is_empty(self.queue):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.2)
        return True

    def dead(self) -> list[str]:
        """The reasons of what is in the dead-letter queue."""
        reasons = []
        while messages := self.sqs.receive_message(QueueUrl=self.dead_letters, MaxNumberOfMessages=10).get("Messages"):
            reasons += [json.loads(message["Body"])["reason"] for message in messages]
        return reasons

    def decisions(self) -> list[list[Said]]:
        """The parts of every decided event's reply, as they are to be sent."""
        decided = []
        for item in self.items("event#"):
            calls = [step["call"]["body"] for step in json.loads(item["record"]["S"])["outbox"] if "call" in step]
            texts = [str(body.get("text") or body.get("content")).replace("\\", "") for body in calls]
            decided.append([said for text in texts if (said := Said.of(text))])
        return [parts for parts in decided if parts]

    def turns(self, log: Path) -> list[tuple[float, str]]:
        """When a worker was done with a message, and in which conversation."""
        names = {}
        for item in self.items("event#"):
            if said := re.search(r"([a-z]+\d+)x\d+", item["record"]["S"]):
                names[item["pk"]["S"].removeprefix("conversation#")] = said[1]
        found = (TURN.search(line) for line in re.sub(r"\x1b\[[\d;]*m", "", log.read_text()).splitlines())
        return [
            (datetime.fromisoformat(turn["at"]).timestamp(), names[turn["hash"]])
            for turn in found
            if turn and turn["hash"] in names
        ]

    def counts(self, state: str) -> list[int]:
        return [json.loads(item["json"]["S"])["value"]["count"] for item in self.items(f"state#{state}")]

    def items(self, prefix: str) -> list[dict[str, Any]]:
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=self.table, ConsistentRead=True)
        return [item for page in pages for item in page["Items"] if item["sk"]["S"].startswith(prefix)]
