"""What is killed, and how: each scene is a stack under load, and what was seen of it."""

import argparse
import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployment import STACK, Deployment
from emulator import Emulator
from functions import Function, Gateway, Mapping
from ledger import GRACE, QUEUE_HIDES, TIMEOUT, Evidence, Kill
from load import Load, Platforms, Send
from stack import InFlight, Stack
from standin import StandIn
from webhooks import Discord, Slack, Telegram
from witness import Stores

# A platform that was busy is asked again after a while, which grows.
DRAIN = 300

WORKER = "queue-worker"
ROOT = Path(__file__).parents[2]


@dataclass
class Scene:
    """People and platforms, whatever serves the bot."""

    arguments: argparse.Namespace
    work: Path
    stand_in: StandIn
    platforms: Platforms
    chance: random.Random

    def stack(self) -> Stack:
        environment = self.stand_in.environment()
        for platform in (self.platforms.slack, self.platforms.discord, self.platforms.telegram):
            environment |= platform.environment()
        return Stack(self.arguments.binaries / "witness", self.work, environment)

    def load(self, send: Send) -> Load:
        arguments = self.arguments
        return Load(self.platforms, send, arguments.conversations, arguments.rate, arguments.seed)

    def pause(self) -> None:
        time.sleep(self.arguments.every * (0.3 + 1.4 * self.chance.random()))

    def killed(self, at: float, held: list[InFlight], sqs: Any, queue: str) -> Kill:
        """What a kill has stopped. A short run does not wait for what nobody had hidden yet."""
        unshortened = {message.conversation for message in held if message.is_unshortened}
        if not self.arguments.wait:
            for message in held:
                if message.is_unshortened:
                    sqs.change_message_visibility(
                        QueueUrl=queue, ReceiptHandle=message.receipt, VisibilityTimeout=TIMEOUT + GRACE
                    )
        return Kill(
            at,
            {message.conversation: message.conversation in unshortened for message in held},
            hidden={
                message.conversation: message.visible_at - at
                for message in sorted(held, key=lambda held: held.visible_at)
            },
        )

    def evidence(self, load: Load, kills: list[Kill], stores: Stores, log: Path) -> Evidence:
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
            stores.turns(log),
            trouble,
        )


def kill_the_stack(scene: Scene) -> Evidence:
    """The whole local stack, whatever it is doing, and it has to start again with its data."""
    with scene.stack() as stack:
        load = scene.load(stack.send)
        load.start()
        kills = []
        for _ in range(scene.arguments.kills):
            scene.pause()
            while not unanswered(load, scene.stand_in):
                time.sleep(0.01)
            started_at, killed_at = stack.started_at, stack.kill()
            held = [message for message in stack.in_flight(stack.queue_url) if message.received_at >= started_at]
            stack.start()
            kills.append(scene.killed(killed_at, held, stack.client("sqs"), stack.queue_url))
        load.stop()
        return scene.evidence(load, kills, stack.stores(stack.queue_url, stack.exported["DLQ_URL"]), stack.log)


def kill_the_functions(scene: Scene) -> Evidence:
    """Single processes of the functions: workers within a batch, and what takes webhooks within a request."""
    with scene.stack() as stack:
        sqs = stack.client("sqs")
        queue, dead_letters = own_queues(sqs)
        own = {"QUEUE_URL": queue, "DLQ_URL": dead_letters, "AWS_LAMBDA_LOG_FORMAT": "JSON"}
        environment = stack.environment | stack.exported | own

        def instances(name: str, count: int, timeout: float) -> list[Function]:
            binary = scene.arguments.binaries / name
            return [Function(binary, environment, scene.work / f"{name}.log", timeout) for _ in range(count)]

        ingests, workers = instances("webhook-ingest", 2, 10), instances("queue-worker", 3, TIMEOUT)
        kills = []
        own_client = threading.Lock()

        def died(left: set[str]) -> None:
            died_at = time.time()
            with own_client:
                held = [message for message in stack.in_flight(queue) if message.receipt in left]
                kills.append(scene.killed(died_at, held, sqs, queue))

        mappings = [Mapping(worker, stack.client("sqs"), queue, died) for worker in workers]
        load = scene.load(Gateway(ingests).send)
        for mapping in mappings:
            mapping.start()
        load.start()
        for nth in range(scene.arguments.kills):
            scene.pause()
            if nth % 5 == 4:
                scene.chance.choice(ingests).kill()
                kills.append(Kill(time.time(), {}))
                continue
            mapping = scene.chance.choice(mappings)
            is_hit = False
            while not is_hit:
                mapping.working.wait()
                # Any effect of the batch can be the last.
                time.sleep(scene.chance.random() * mapping.took)
                is_hit = mapping.worker.kill()
        load.stop()
        seen = scene.evidence(load, kills, stack.stores(queue, dead_letters), workers[0].log)
        for mapping in mappings:
            mapping.stopping.set()
            mapping.join()
        for function in ingests + workers:
            function.kill()
            if function.own_deaths:
                seen.trouble.append(f"{function.binary.name} has ended {function.own_deaths} times by itself")
        return seen


def own_queues(sqs: Any) -> tuple[str, str]:
    """Queues like those deployed, which the stack's own worker does not know."""
    fifo = {"FifoQueue": "true", "DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
    dead_letters = sqs.create_queue(QueueName="crash-dlq.fifo", Attributes=fifo)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead_letters, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1000})
    more = {"VisibilityTimeout": str(QUEUE_HIDES), "RedrivePolicy": redrive}
    return sqs.create_queue(QueueName="crash.fifo", Attributes=fifo | more)["QueueUrl"], dead_letters


def kill_the_deployed(scene: Scene) -> Evidence:
    """The worker of a deployment on the emulator. Which of its batches a kill stops is not seen from outside."""
    with Emulator(scene.work) as emulator:
        slack, discord, telegram = scene.platforms.slack, scene.platforms.discord, scene.platforms.telegram
        bot = Deployment(emulator, scene.stand_in, slack, discord, telegram)  # type: ignore[arg-type]
        deploy(
            bot,
            scene.arguments.binaries,
            scene.work / "clone",
            QUEUE_HIDES if scene.arguments.wait else TIMEOUT + GRACE,
        )
        outputs = bot.outputs
        stores = Stores(
            emulator.client("dynamodb"),
            emulator.client("sqs"),
            outputs["TableName"],
            outputs["QueueUrl"],
            outputs["DlqUrl"],
        )
        load = scene.load(lambda webhook: bot.send(webhook)[0])
        load.start()
        kills = []
        for _ in range(scene.arguments.kills):
            scene.pause()
            while not (waiting := unanswered(load, scene.stand_in)) or not (workers := emulated(emulator, WORKER)):
                time.sleep(0.05)
            os.kill(scene.chance.choice(workers), signal.SIGKILL)
            # It had hidden its batch for less, or the queue hides it.
            kills.append(Kill(time.time(), dict.fromkeys(waiting, scene.arguments.wait), blind=True))
        load.stop()
        log = scene.work / "worker.log"
        stores.drained(DRAIN)
        log.write_text("\n".join(text for name, text in emulator.function_logs().items() if name.endswith(WORKER)))
        return scene.evidence(load, kills, stores, log)


def deploy(bot: Deployment, binaries: Path, clone: Path, hides: int) -> None:
    """Deploys the witness from a copy of what deploys: nobody finds it later where their own bot's zips should be."""
    made = shutil.ignore_patterns(".serverless", "__pycache__", "node_modules")
    for part in ("infra", "scripts"):
        shutil.copytree(ROOT / part, clone / part, ignore=made)
    storage = clone / "infra/storage.yml"
    deployed, ours = f"VisibilityTimeout: {QUEUE_HIDES}\n", f"VisibilityTimeout: {hides}\n"
    assert deployed in storage.read_text(), "the deployed queue hides for another time"
    storage.write_text(storage.read_text().replace(deployed, ours))
    (clone / "dist").mkdir()
    for name in re.findall(r"artifact: \.\./dist/(.+)\.zip", (clone / "infra/serverless.yml").read_text()):
        program = clone / name
        # What a debugger wants is nine tenths of it, and goes through the emulator's memory at every start.
        subprocess.run(["strip", "-o", program, binaries / name], check=True)
        with zipfile.ZipFile(clone / f"dist/{name}.zip", "w") as archive:
            entry = zipfile.ZipInfo("bootstrap")
            entry.create_system, entry.external_attr = 3, 0o755 << 16
            archive.writestr(entry, program.read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=1)
    architecture = os.uname().machine.replace("aarch64", "arm64")
    environment = bot.environment() | {"SKIP_PACKAGE": "1", "ARCH": architecture}
    command = [str(clone / "scripts/deploy"), STACK.rpartition("-")[2]]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


def unanswered(load: Load, stand_in: StandIn) -> set[str]:
    """The conversations with a message that is accepted and not answered."""
    answered = {(call.said.conversation, call.said.number) for call in list(stand_in.calls) if call.taken}
    accepted = [message for message in list(load.messages) if message.accepted_at is not None]
    return {message.conversation for message in accepted if (message.conversation, message.number) not in answered}


def emulated(emulator: Emulator, function: str) -> list[int]:
    """The processes of a function that this emulator has started."""
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            variables = environ.read_bytes().split(b"\0")
            name = next((value for value in variables if value.startswith(b"AWS_LAMBDA_FUNCTION_NAME=")), b"")
            if name.endswith(function.encode()) and f"AWS_ENDPOINT_URL={emulator.url}".encode() in variables:
                found.append(int(environ.parent.name))
    return found


SCENES = {"stack": kill_the_stack, "functions": kill_the_functions, "deployed": kill_the_deployed}


@contextmanager
def prepared(arguments: argparse.Namespace, name: str) -> Iterator[Scene]:
    with tempfile.TemporaryDirectory() as directory:
        work = Path(os.environ.get("CRASH_LOGS") or directory) / name
        work.mkdir(parents=True)
        with StandIn(arguments.seed) as stand_in:
            platforms = Platforms(Slack(hooks_url=f"{stand_in.url}/hooks"), Discord(), Telegram())
            yield Scene(arguments, work, stand_in, platforms, random.Random(arguments.seed))
