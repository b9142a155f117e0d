"""What is killed, and how: each scene is a stack under load, and what was seen of it."""

import argparse
import json
import os
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from functions import Function, Gateway, Mapping
from ledger import Evidence, Kill
from load import Load, Platforms
from stack import QUEUE_HIDES, InFlight, Stack
from standin import StandIn
from webhooks import Discord, Slack, Telegram
from witness import Stores

# The deployed worker's timeout, and how much longer than that its messages stay hidden.
TIMEOUT, GRACE = 30, 5

# A platform that was busy is asked again after a while, which grows.
DRAIN = 300


@dataclass
class Scene:
    """A stack under load, and what it is asked about in the end."""

    arguments: argparse.Namespace
    stack: Stack
    stand_in: StandIn
    platforms: Platforms
    chance: random.Random

    def stores(self, queue: str, dead_letters: str) -> Stores:
        dynamodb, sqs = self.stack.client("dynamodb"), self.stack.client("sqs")
        return Stores(dynamodb, sqs, self.stack.exported["TABLE_NAME"], queue, dead_letters)

    def killed(self, at: float, held: list[InFlight], queue: str) -> Kill:
        """What a kill has stopped. A short run does not wait for what nobody had hidden yet."""
        unshortened = {message.conversation for message in held if message.is_unshortened}
        if not self.arguments.wait:
            sqs = self.stack.client("sqs")
            for message in held:
                if message.is_unshortened:
                    sqs.change_message_visibility(
                        QueueUrl=queue, ReceiptHandle=message.receipt, VisibilityTimeout=TIMEOUT + GRACE
                    )
        return Kill(at, {message.conversation: message.conversation in unshortened for message in held})

    def evidence(self, load: Load, kills: list[Kill], stores: Stores) -> Evidence:
        self.stand_in.recover()
        trouble = [] if stores.drained(DRAIN) else [f"the queue is not empty after {DRAIN} s"]
        # A reply is said before its message is deleted: nothing more comes.
        trouble += [f"in the dead-letter queue: {reason}" for reason in stores.dead()]
        trouble += [f"not a reply: {call}" for call in self.stand_in.unknown]
        return Evidence(
            load.messages,
            self.stand_in.calls,
            kills,
            stores.decisions(),
            stores.counts("here"),
            stores.counts("theirs"),
            trouble,
        )


def kill_the_stack(scene: Scene) -> Evidence:
    """The whole local stack, whatever it is doing, and it has to start again with its data."""
    arguments, stack = scene.arguments, scene.stack
    load = Load(scene.platforms, stack.send, arguments.conversations, arguments.rate, arguments.seed)
    load.start()
    kills = []
    for _ in range(arguments.kills):
        time.sleep(arguments.every * (0.3 + 1.4 * scene.chance.random()))
        started_at, killed_at = stack.started_at, stack.kill()
        held = stack.in_flight(stack.exported["QUEUE_URL"])
        stack.start()
        ours = [message for message in held if message.received_at >= started_at]
        kills.append(scene.killed(killed_at, ours, stack.exported["QUEUE_URL"]))
    load.stop()
    return scene.evidence(load, kills, scene.stores(stack.exported["QUEUE_URL"], stack.exported["DLQ_URL"]))


def kill_the_functions(scene: Scene) -> Evidence:
    """Single processes of the functions: workers within a batch, and what takes webhooks within a request."""
    arguments, stack = scene.arguments, scene.stack
    sqs = stack.client("sqs")
    queue, dead_letters = own_queues(sqs)
    environment = stack.environment | stack.exported | {"QUEUE_URL": queue, "DLQ_URL": dead_letters}
    log = stack.log.parent

    def instances(name: str, count: int, timeout: float) -> list[Function]:
        binary = arguments.binaries / name
        return [Function(binary, environment, log / f"{name}.log", timeout) for _ in range(count)]

    ingests, workers = instances("webhook-ingest", 2, 10), instances("queue-worker", 3, TIMEOUT)
    mappings = [Mapping(worker, stack.client("sqs"), queue) for worker in workers]
    gateway = Gateway(ingests)
    load = Load(scene.platforms, gateway.send, arguments.conversations, arguments.rate, arguments.seed)
    for mapping in mappings:
        mapping.start()
    load.start()
    kills = []
    for nth in range(arguments.kills):
        time.sleep(arguments.every * (0.3 + 1.4 * scene.chance.random()))
        if nth % 5 == 4:
            scene.chance.choice(ingests).kill()
            kills.append(Kill(time.time(), {}))
            continue
        mapping = scene.chance.choice(mappings)
        mapping.working.wait()
        # Any effect of the batch can be the last.
        time.sleep(scene.chance.random() * mapping.took)
        killed_at = time.time()
        left = mapping.kill()
        held = [message for message in stack.in_flight(queue) if message.receipt in left]
        kills.append(scene.killed(killed_at, held, queue))
    load.stop()
    seen = scene.evidence(load, kills, scene.stores(queue, dead_letters))
    for mapping in mappings:
        mapping.stopping.set()
        mapping.join()
    for function in ingests + workers:
        function.kill()
    return seen


def own_queues(sqs: Any) -> tuple[str, str]:
    """Queues like those deployed, which the stack's own worker does not know."""
    fifo = {"FifoQueue": "true", "DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
    dead_letters = sqs.create_queue(QueueName="crash-dlq.fifo", Attributes=fifo)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead_letters, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1000})
    more = {"VisibilityTimeout": str(QUEUE_HIDES), "RedrivePolicy": redrive}
    return sqs.create_queue(QueueName="crash.fifo", Attributes=fifo | more)["QueueUrl"], dead_letters


SCENES = {"stack": kill_the_stack, "functions": kill_the_functions}


@contextmanager
def scene(arguments: argparse.Namespace, name: str) -> Iterator[Scene]:
    with tempfile.TemporaryDirectory() as directory:
        work = Path(os.environ.get("CRASH_LOGS") or directory) / name
        work.mkdir(parents=True)
        with StandIn(arguments.seed) as stand_in:
            platforms = Platforms(Slack(hooks_url=f"{stand_in.url}/hooks"), Discord(), Telegram())
            environment = stand_in.environment()
            for platform in (platforms.slack, platforms.discord, platforms.telegram):
                environment |= platform.environment()
            with Stack(arguments.binaries / "witness", work, environment) as stack:
                yield Scene(arguments, stack, stand_in, platforms, random.Random(arguments.seed))
