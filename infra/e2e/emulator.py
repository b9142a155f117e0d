"""AWS on this machine: ministack on a free loopback port, for as long as the `with` block lasts."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import botocore.session  # type: ignore[import-untyped]

REGION = "eu-central-1"
# The variables of a developer's own accounts must not reach a test.
FOREIGN = ("AWS_", "SLACK_", "DISCORD_", "TELEGRAM_")


class Emulator:
    """Enforces the functions' roles, so that a missing permission fails here and not in production."""

    def __init__(self, work: Path) -> None:
        self.log = work / "ministack.log"
        self.url = f"http://127.0.0.1:{free_port()}"
        self.credentials = {
            "AWS_ACCESS_KEY_ID": "deployer",
            "AWS_SECRET_ACCESS_KEY": secrets.token_hex(20),
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.url,
        }
        # Functions inherit this environment: it holds nothing that Lambda would not give them too.
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(work),
            "TMPDIR": str(work),
            "AUTH": "true",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_LAMBDA_LOG_LEVEL": "INFO",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": self.url.rpartition(":")[2],
            "IOT_MTLS_ENABLED": "0",
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
            "SFTP_ENABLED": "0",
        }
        with self.log.open("wb") as log:
            # A session of its own, so that the functions' processes end with it.
            self.process = subprocess.Popen(
                [sys.executable, Path(__file__).with_name("authorizing.py")],
                env=environment | self.credentials,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        deadline = time.monotonic() + 30
        while not answers(self.url):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"ministack did not start: {self.log.read_text()}")
            time.sleep(0.1)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def environment(self) -> dict[str, str]:
        """Ours, without what belongs to real accounts, and pointing here."""
        ours = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        return ours | self.credentials | {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}

    def client(self, service: str) -> Any:
        return botocore.session.get_session().create_client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=self.credentials["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.credentials["AWS_SECRET_ACCESS_KEY"],
        )

    def function_logs(self) -> dict[str, str]:
        logs = self.client("logs")
        groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
        pages = logs.get_paginator("filter_log_events")
        return {
            group: "\n".join(
                event["message"] for page in pages.paginate(logGroupName=group) for event in page["events"]
            )
            for group in groups
        }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=1):
            return True
    except OSError:
        return False
