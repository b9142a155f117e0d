"""Many people who write to the bot at once, as their platforms pass it on."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from ledger import Message
from webhooks import Discord, Slack, Telegram, Webhook

PLATFORMS = ("slack", "discord", "telegram")

# Every person is in this many conversations, which run at once.
CONVERSATIONS_OF_A_USER = 3

# So many lines are more than any platform takes in one message; one reply in so many is that long.
MANY_LINES = 250
LONG_ONE_IN = 5

# How soon a platform sends a webhook again that was not accepted: sooner than they do, so that a test ends.
AGAIN = 0.25

# How long a platform waits for an answer.
PATIENCE = 3

# Passes a webhook on: the status it is answered with, or `None` when the connection breaks.
Send = Callable[[Webhook], int | None]


@dataclass(frozen=True)
class Platforms:
    slack: Slack
    discord: Discord
    telegram: Telegram

    def webhook(self, conversation: str, user: str, number: int) -> tuple[Webhook, bool]:
        """A message, and whether its platform sends it again until it is accepted."""
        platform = conversation.rstrip("0123456789")
        nth = int(conversation.removeprefix(platform))
        person = int(user.removeprefix(platform))
        lines = MANY_LINES if number % LONG_ONE_IN == 0 else 1
        name = f"{conversation}x{number}"
        match platform:
            case "slack" if number % 2:
                arguments = f"{lines} {name}"
                return self.slack.command("number", arguments, channel=f"D{nth:010}", user=f"U{person:010}"), False
            case "slack":
                text = f"/number {lines} {name}"
                return self.slack.direct_message(text, channel=f"D{nth:010}", user=f"U{person:010}"), True
            case "discord":
                options = [
                    {"name": "lines", "type": 4, "value": lines},
                    {"name": "name", "type": 3, "value": name},
                ]
                place, author = str(10**18 + nth), str(2 * 10**18 + person)
                return self.discord.command_with("number", options, channel=place, user=author), False
            case _:
                group = {"id": -1000 - nth, "title": "Group", "type": "supergroup"}
                text = f"/number@{self.telegram.username} {lines} {name}"
                return self.telegram.message(text, group, 1000 + person), True


class Load:
    """Keeps talking until it is told to stop."""

    def __init__(self, platforms: Platforms, send: Send, conversations: int, rate: float, seed: int) -> None:
        self.platforms, self.send = platforms, send
        self.pause = conversations / rate
        self.messages: list[Message] = []
        self.attempts = 0
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        names = [f"{PLATFORMS[nth % 3]}{nth // 3}" for nth in range(conversations)]
        self.threads = [
            threading.Thread(target=self.talk, args=(name, random.Random(f"{seed} {name}")), daemon=True)
            for name in names
        ]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        """Ends when everything that has been said is accepted or refused."""
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def talk(self, conversation: str, chance: random.Random) -> None:
        platform = conversation.rstrip("0123456789")
        user = f"{platform}{int(conversation.removeprefix(platform)) // CONVERSATIONS_OF_A_USER}"
        number = 0
        self.stopping.wait(chance.random() * self.pause)
        while not self.stopping.is_set():
            number += 1
            accepted_at = self.say(*self.platforms.webhook(conversation, user, number))
            with self.lock:
                self.messages.append(Message(conversation, number, user, accepted_at))
            self.stopping.wait(self.pause * (0.5 + chance.random()))

    def say(self, webhook: Webhook, is_repeated: bool) -> float | None:
        """When it was accepted, if it was."""
        while True:
            status = self.send(webhook)
            with self.lock:
                self.attempts += 1
            if status is not None and 200 <= status < 300:
                return time.time()
            if not is_repeated:
                return None
            time.sleep(AGAIN)
