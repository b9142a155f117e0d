"""A local stack that keeps its data, and can be killed."""

import base64
import http.client
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import botocore.session  # type: ignore[import-untyped]
from emulator import FOREIGN
from ledger import QUEUE_HIDES
from load import PATIENCE
from webhooks import Webhook
from witness import Stores

# The name of a message in its body, which holds what was said in some form.
NAME = re.compile(r"\b([a-z]+\d+)x\d+\b")


@dataclass(frozen=True)
class InFlight:
    """A message that a receiver holds, as the queue's snapshot has it."""

    receipt: str
    conversation: str
    received_at: float
    visible_at: float
    receives: int

    @property
    def is_unshortened(self) -> bool:
        """Whether it is hidden for the queue's own time: whoever received it has not got to hiding it."""
        return self.visible_at - self.received_at >= QUEUE_HIDES


class Stack:
    def __init__(self, binary: Path, work: Path, environment: dict[str, str]) -> None:
        self.binary, self.data, self.log = binary, work / "data", work / "stack.log"
        own = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        self.environment = own | {"RUST_LOG": "info"} | environment
        self.port = 0
        self.exported: dict[str, str] = {}
        self.process: subprocess.Popen[str] | None = None
        self.started_at = 0.0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()

    def start(self) -> None:
        """Ends when it serves."""
        self.started_at = time.time()
        command = [str(self.binary), "--port", "0", "--data", str(self.data)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, env=self.environment, stdout=subprocess.PIPE, stderr=log, text=True
            )
        said = self.process.stdout
        assert said is not None
        for line in said:
            if exported := re.fullmatch(r"export (\w+)=(.*)\n", line):
                self.exported[exported[1]] = exported[2]
            if served := re.match(r"curl .*http://127\.0\.0\.1:(\d+)/", line):
                self.port = int(served[1])
                break
        else:
            raise RuntimeError(f"the stack does not start: {self.log.read_text()[-2000:]}")
        threading.Thread(target=said.read, daemon=True).start()

    def kill(self) -> float:
        """When it was killed."""
        assert self.process is not None
        self.process.kill()
        killed_at = time.time()
        self.process.wait()
        return killed_at

    def send(self, webhook: Webhook) -> int | None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("POST", webhook.path, webhook.body, webhook.headers)
            response = connection.getresponse()
            response.read()
            return response.status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def client(self, service: str) -> Any:
        return botocore.session.get_session().create_client(
            service,
            region_name=self.exported["AWS_REGION"],
            endpoint_url=self.exported[f"AWS_ENDPOINT_URL_{service.upper()}"],
            aws_access_key_id="development",
            aws_secret_access_key="development",
        )

    @property
    def queue_url(self) -> str:
        return self.exported["QUEUE_URL"]

    def stores(self, queue: str, dead_letters: str) -> Stores:
        return Stores(self.client("dynamodb"), self.client("sqs"), self.exported["TABLE_NAME"], queue, dead_letters)

    def in_flight(self, queue_url: str) -> list[InFlight]:
        """What receivers hold, by what is on disk."""
        name, now = queue_url.rpartition("/")[2], time.time()
        found = []
        for position, message in self.model()["queues"][name]["messages"].items():
            if (delivery := message["delivery"]) and delivery["visible_ms"] > now * 1000:
                (conversation,) = set(NAME.findall(message["body"]))
                receives = message["receives_here"]
                receipt = base64.urlsafe_b64encode(f"sqs-local/{name}/{position}/{receives}".encode()).decode()
                times = (delivery["received_ms"] / 1000, delivery["visible_ms"] / 1000)
                found.append(InFlight(receipt, conversation, *times, receives))
        return found

    def model(self) -> Any:
        """What the queues' server would restore, were it to start now: it begins with a snapshot."""
        with tempfile.TemporaryDirectory() as directory:
            # The journal first: a snapshot knows which of its lines it holds already.
            for name in ("queues.json.journal", "queues.json"):
                shutil.copy(self.data / name, directory)
            copy = Path(directory) / "queues.json"
            command = [str(self.binary.with_name("sqs-local")), "--port", "0", "--data", str(copy)]
            with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
                assert server.stdout is not None
                server.stdout.readline()
                server.kill()
            return json.loads(copy.read_bytes())["model"]
