"""The platforms' webhooks, signed as they sign them, in the shapes they send."""

import hashlib
import hmac
import itertools
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

COUNT = itertools.count(1)
DISCORD_EPOCH_MS = 1420070400000


@dataclass(frozen=True)
class Webhook:
    path: str
    body: bytes
    headers: dict[str, str]

    def forged(self, header: str, value: str) -> "Webhook":
        return Webhook(self.path, self.body, self.headers | {header: value})


@dataclass
class Slack:
    hooks_url: str
    signing_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    other_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    bot_token: str = field(default_factory=lambda: f"xoxb-{secrets.token_hex(12)}")

    def environment(self) -> dict[str, str]:
        # Two secrets, as while one is being rotated: the second signs.
        return {
            "SLACK_SIGNING_SECRET": f"{self.other_secret},{self.signing_secret}",
            "SLACK_BOT_TOKEN": self.bot_token,
        }

    def signed(self, body: bytes, content_type: str, age: int = 0) -> Webhook:
        timestamp = str(int(time.time()) - age)
        digest = hmac.new(self.signing_secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256)
        return Webhook(
            "/webhooks/slack",
            body,
            {
                "Content-Type": content_type,
                "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
                "X-Slack-Request-Timestamp": timestamp,
                "X-Slack-Signature": f"v0={digest.hexdigest()}",
            },
        )

    def direct_message(
        self, text: str, age: int = 0, channel: str = "D0ACX51K95H", user: str = "U0ADXQT6CRW"
    ) -> Webhook:
        number = next(COUNT)
        ts = f"{int(time.time())}.{number:06}"
        section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
        event = {
            "type": "message",
            "user": user,
            "ts": ts,
            "client_msg_id": f"2630505d-ec8a-4b79-98fc-{number:012}",
            "text": text,
            "team": "T0ADGE2G4EM",
            "blocks": [{"type": "rich_text", "block_id": "h4YYM", "elements": [section]}],
            "channel": channel,
            "event_ts": ts,
            "channel_type": "im",
        }
        bot = {"enterprise_id": None, "team_id": "T0ADGE2G4EM", "user_id": "U0ADXR1N57A", "is_bot": True}
        body = {
            "token": "AtFTDngNDE7k3a6rriShF4bJ",
            "team_id": "T0ADGE2G4EM",
            "context_team_id": "T0ADGE2G4EM",
            "context_enterprise_id": None,
            "api_app_id": "A0ACN407A3Z",
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev0AFV{number:06}",
            "event_time": int(time.time()),
            "authorizations": [bot | {"is_enterprise_install": False}],
            "is_ext_shared_channel": False,
        }
        return self.signed(json.dumps(body).encode(), "application/json", age)

    def command(
        self, name: str, text: str, channel: str = "C0ACX51K95J", user: str = "U0ADXQT6CRW"
    ) -> Webhook:
        number = next(COUNT)
        fields = {
            "token": "AtFTDngNDE7k3a6rriShF4bJ",
            "team_id": "T0ADGE2G4EM",
            "team_domain": "example",
            "channel_id": channel,
            "channel_name": "test",
            "user_id": user,
            "user_name": "steve",
            "command": f"/{name}",
            "text": text,
            "api_app_id": "A0ACN407A3Z",
            "is_enterprise_install": "false",
            "response_url": f"{self.hooks_url}/commands/T0ADGE2G4EM/{number}/{secrets.token_hex(12)}",
            "trigger_id": f"13345224609.738474920.{number:032}",
        }
        return self.signed(urlencode(fields).encode(), "application/x-www-form-urlencoded")


@dataclass
class Discord:
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    application_id: str = "1457469483726668048"
    bot_token: str = field(default_factory=lambda: secrets.token_urlsafe(50))

    def environment(self) -> dict[str, str]:
        return {
            "DISCORD_PUBLIC_KEY": self.key.public_key().public_bytes_raw().hex(),
            "DISCORD_APPLICATION_ID": self.application_id,
            "DISCORD_BOT_TOKEN": self.bot_token,
        }

    def interaction(self, kind: int, user: str = "1033044521375764530", **more: Any) -> Webhook:
        # A snowflake of this moment: Discord's ids carry their time.
        snowflake = (int(time.time() * 1000) - DISCORD_EPOCH_MS << 22) + next(COUNT)
        person = {"id": user, "username": "testuser2384", "global_name": "Test", "discriminator": "0"}
        body = {
            "app_permissions": "2248473465835073",
            "application_id": self.application_id,
            "authorizing_integration_owners": {"0": "0"},
            "entitlements": [],
            "id": str(snowflake),
            "token": f"aW50ZXJhY3Rpb24{secrets.token_urlsafe(120)}",
            "type": kind,
            "user": person | {"avatar": None, "public_flags": 0},
            "version": 1,
        }
        sent = json.dumps(body | more).encode()
        timestamp = str(int(time.time()))
        return Webhook(
            "/webhooks/discord",
            sent,
            {
                "Content-Type": "application/json",
                "User-Agent": "Discord-Interactions/1.0 (+https://discord.com)",
                "X-Signature-Ed25519": self.key.sign(timestamp.encode() + sent).hex(),
                "X-Signature-Timestamp": timestamp,
            },
        )

    def ping(self) -> Webhook:
        return self.interaction(1)

    def command(self, name: str, text: str) -> Webhook:
        return self.command_with(name, [{"name": "text", "type": 3, "value": text}])

    def command_with(
        self,
        name: str,
        options: list[dict[str, Any]],
        channel: str = "1457536551830421524",
        user: str = "1033044521375764530",
    ) -> Webhook:
        return self.interaction(
            2,
            user,
            channel={"id": channel, "type": 1, "flags": 0},
            channel_id=channel,
            context=1,
            data={"id": "1144994260677050491", "name": name, "type": 1, "options": options},
            locale="en-US",
        )


@dataclass
class Telegram:
    secret_token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    bot_token: str = field(default_factory=lambda: f"123456789:{secrets.token_urlsafe(26)}")
    username: str = "lambot_e2e_bot"

    def environment(self) -> dict[str, str]:
        return {
            "TELEGRAM_SECRET_TOKEN": self.secret_token,
            "TELEGRAM_BOT_TOKEN": self.bot_token,
            "TELEGRAM_BOT_USERNAME": self.username,
        }

    def message(self, text: str, chat: dict[str, Any] | None = None, user: int = 1111111) -> Webhook:
        number = next(COUNT)
        person = {"id": user, "is_bot": False, "first_name": "Test", "language_code": "en"}
        message = {
            "message_id": number,
            "from": person,
            "chat": chat or {"id": 1111111, "type": "private", "first_name": "Test"},
            "date": int(time.time()),
            "text": text,
        }
        if text.startswith("/"):
            length = len(text.split()[0])
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        return Webhook(
            "/webhooks/telegram",
            json.dumps({"update_id": 10_000 + number, "message": message}).encode(),
            {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": self.secret_token},
        )
