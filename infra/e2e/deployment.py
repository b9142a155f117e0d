"""The deployed bot as its checks see it: its HTTP API, its queues, and the platforms it answers on."""

import http.client
import json
import subprocess
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from emulator import Emulator
from platforms import Call, Platforms
from webhooks import Discord, Slack, Telegram, Webhook

STACK = "lambot-ci"
ROOT = Path(__file__).parents[2]

Headers = dict[str, str]


@dataclass
class Deployment:
    emulator: Emulator
    platforms: Platforms
    slack: Slack
    discord: Discord
    telegram: Telegram

    def environment(self) -> dict[str, str]:
        return (
            self.emulator.environment()
            | self.platforms.environment()
            | self.slack.environment()
            | self.discord.environment()
            | self.telegram.environment()
        )

    def secrets(self) -> list[str]:
        private = (self.slack.signing_secret, self.slack.bot_token, self.discord.bot_token)
        return [*private, self.telegram.secret_token, self.telegram.bot_token]

    @cached_property
    def outputs(self) -> dict[str, str]:
        stack = self.emulator.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    @cached_property
    def leading(self) -> dict[str, str]:
        """What leads an operator's shell to the deployment; no secret is among it."""
        command = [ROOT / "scripts" / "outputs", STACK.rpartition("-")[2]]
        told = subprocess.run(command, env=self.emulator.environment(), check=True, capture_output=True, text=True)
        return self.emulator.environment() | dict(line.split("=", 1) for line in told.stdout.splitlines())

    def lambot(self, *arguments: str, status: int = 0, **variables: str) -> str:
        """What the tool of this clone says about the deployment, by an operator who has none of its secrets."""
        command = ["cargo", "run", "--quiet", "--locked", "--", *arguments]
        tool = subprocess.run(command, cwd=ROOT, env=self.leading | variables, capture_output=True, text=True)
        assert tool.returncode == status, tool.stdout + tool.stderr
        return tool.stdout

    def request(self, method: str, path: str, body: bytes = b"", headers: Headers | None = None) -> tuple[int, Any]:
        """Status and JSON body."""
        stage = f"/_aws/execute-api/{self.outputs['HttpApiId']}/$default"
        connection = http.client.HTTPConnection(urlsplit(self.emulator.url).netloc, timeout=30)
        try:
            connection.request(method, stage + path, body, headers or {})
            response = connection.getresponse()
            text = response.read().decode()
            return response.status, json.loads(text) if text.startswith(("{", "[")) else text
        finally:
            connection.close()

    def send(self, webhook: Webhook) -> tuple[int, Any]:
        return self.request("POST", webhook.path, webhook.body, webhook.headers)

    def accept(self, webhook: Webhook) -> Any:
        """The body of the 200 that the webhook is answered with."""
        status, body = self.send(webhook)
        assert status == 200, f"{status} {body}"
        return body

    def reply(self, text: str) -> Call:
        """The first call that says the text."""
        return self.platforms.wait(lambda call: said(call) == text)

    def replies(self, text: str) -> int:
        return len(self.platforms.all(lambda call: said(call) == text))

    def depth(self, queue: str) -> int:
        """How many messages a queue holds, waiting or being worked on."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        sqs = self.emulator.client("sqs")
        attributes = sqs.get_queue_attributes(QueueUrl=self.outputs[queue], AttributeNames=names)["Attributes"]
        return sum(int(attributes[name]) for name in names)

    def drained(self, queue: str, seconds: float = 30) -> bool:
        deadline = time.monotonic() + seconds
        while self.depth(queue):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.5)
        return True


def said(call: Call) -> str:
    """The text of a reply, on whichever platform."""
    if not isinstance(call.body, dict):
        return ""
    return str(call.body.get("text") or call.body.get("content") or "")
