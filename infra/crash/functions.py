"""The functions' own binaries below a stand-in for Lambda, which can kill them."""

import base64
import json
import queue
import subprocess
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from webhooks import Webhook

INVOCATION = "/2018-06-01/runtime/invocation/"


class Died(Exception):
    """The process ended before it had answered."""


class Life:
    """One process of a function, from its start to its end.

    https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
    """

    def __init__(self, binary: Path, environment: dict[str, str], log: Path) -> None:
        self.events: queue.Queue[tuple[str, float, bytes]] = queue.Queue()
        self.answers: queue.Queue[bytes] = queue.Queue()
        server = type("Server", (ThreadingHTTPServer,), {"daemon_threads": True})
        self.server = server(("127.0.0.1", 0), self.handler())
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        own = {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.server.server_port}",
            "AWS_LAMBDA_FUNCTION_NAME": binary.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{binary.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "1",
        }
        with log.open("ab") as out:
            self.process = subprocess.Popen([str(binary)], env=environment | own, stdout=out, stderr=out)

    def invoke(self, event: Any, timeout: float) -> Any:
        deadline = time.time() + timeout
        self.events.put((str(uuid.uuid4()), deadline, json.dumps(event).encode()))
        while time.time() < deadline:
            try:
                return json.loads(self.answers.get(timeout=0.02))
            except queue.Empty:
                if self.process.poll() is not None:
                    raise Died from None
        self.end()
        raise Died

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.server.shutdown()

    def handler(self) -> type[BaseHTTPRequestHandler]:
        life = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                request, deadline, event = life.events.get()
                headers = {
                    "Lambda-Runtime-Aws-Request-Id": request,
                    "Lambda-Runtime-Deadline-Ms": str(int(deadline * 1000)),
                    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-central-1:000000000000:function:crash",
                }
                self.reply(200, event, headers)

            def do_POST(self) -> None:
                answer = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.path.startswith(INVOCATION) and self.path.endswith("/response"):
                    life.answers.put(answer)
                self.reply(202, b"{}", {})

            def reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in (headers | {"Content-Length": str(len(body))}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def handle(self) -> None:
                try:
                    super().handle()
                except ConnectionError:
                    """The process was killed."""

            def log_message(self, format: str, *args: Any) -> None:
                """The function has a log of its own."""

        return Handler


@dataclass
class Function:
    """One instance of a function: when its process has ended, the next invocation starts another."""

    binary: Path
    environment: dict[str, str]
    log: Path
    timeout: float
    life: Life | None = None
    killed: Life | None = None
    # How often its process has ended, or taken too long, without having been killed.
    own_deaths: int = 0
    busy: threading.Lock = field(default_factory=threading.Lock)

    def invoke(self, event: Any) -> Any:
        with self.busy:
            if self.life is None or not self.life.is_alive():
                self.life = Life(self.binary, self.environment, self.log)
            try:
                return self.life.invoke(event, self.timeout)
            except Died:
                self.own_deaths += self.life is not self.killed
                raise

    def kill(self) -> bool:
        """Whether it was working on something."""
        was_busy, self.killed = self.busy.locked(), self.life
        if self.killed is not None:
            self.killed.end()
        return was_busy


class Gateway:
    """API Gateway before webhook-ingest."""

    def __init__(self, instances: list[Function]) -> None:
        self.free: queue.Queue[Function] = queue.Queue()
        for instance in instances:
            self.free.put(instance)

    def send(self, webhook: Webhook) -> int:
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": webhook.path,
            "rawQueryString": urlsplit(webhook.path).query,
            "headers": {name.lower(): value for name, value in webhook.headers.items()},
            "requestContext": {
                "stage": "$default",
                "http": {"method": "POST", "path": webhook.path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1"},
                "timeEpoch": int(time.time() * 1000),
            },
            "body": base64.b64encode(webhook.body).decode(),
            "isBase64Encoded": True,
        }
        instance = self.free.get()
        try:
            return int(instance.invoke(event)["statusCode"])
        except Died:
            return 502
        finally:
            self.free.put(instance)


class Mapping(threading.Thread):
    """One poller of Lambda's event source mapping, and the instance it invokes."""

    def __init__(self, worker: Function, sqs: Any, queue_url: str, died: Callable[[set[str]], None]) -> None:
        super().__init__(daemon=True)
        self.worker, self.sqs, self.queue_url = worker, sqs, queue_url
        # Gets the receipts of each batch that its worker did not survive.
        self.died = died
        self.stopping = threading.Event()
        # Set while there is something to kill.
        self.working = threading.Event()
        # How long the last whole batch took, in seconds.
        self.took = 0.05

    def run(self) -> None:
        while not self.stopping.is_set():
            received = self.sqs.receive_message(
                QueueUrl=self.queue_url,
                MaxNumberOfMessages=10,
                WaitTimeSeconds=1,
                MessageSystemAttributeNames=["All"],
            )
            if messages := received.get("Messages"):
                self.invoke(messages)

    def invoke(self, messages: list[dict[str, Any]]) -> None:
        begun = time.monotonic()
        self.working.set()
        try:
            answer = self.worker.invoke({"Records": [record(message) for message in messages]})
        except Died:
            self.died({message["ReceiptHandle"] for message in messages})
            return
        finally:
            self.working.clear()
        self.took = time.monotonic() - begun
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        done = [message["ReceiptHandle"] for message in messages if message["MessageId"] not in failed]
        if done:
            entries = [{"Id": str(nth), "ReceiptHandle": receipt} for nth, receipt in enumerate(done)]
            self.sqs.delete_message_batch(QueueUrl=self.queue_url, Entries=entries)


def record(message: dict[str, Any]) -> dict[str, Any]:
    """A message as Lambda hands it to a function.

    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    """
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:000000000000:crash.fifo",
        "awsRegion": "eu-central-1",
    }
