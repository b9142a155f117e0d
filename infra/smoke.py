"""Proves that a deployment answers at each URL: `smoke.py STAGE URL...`.

Nothing sent here reaches a person: a signed webhook is a handshake, or of a kind that the bot has no use for.
"""

import hashlib
import hmac
import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping

from parameters import Parameters
from settings import deployed

# A started function uses its secrets for five minutes before it looks for new ones.
PATIENCE = 330.0

# (platform, what its webhooks are verified with, what it is answered with)
PLATFORMS = (
    ("slack", "SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN"),
    ("discord", "DISCORD_PUBLIC_KEY", "DISCORD_BOT_TOKEN"),
    ("telegram", "TELEGRAM_SECRET_TOKEN", "TELEGRAM_BOT_TOKEN"),
)


def main() -> None:
    stage, *urls = sys.argv[1:]
    try:
        secrets = switched_on(deployed(stage) | Parameters(stage).read())
        until = time.monotonic() + PATIENCE
        for url in dict.fromkeys(urls):
            answers(url, secrets, until)
    except ValueError as problem:
        sys.exit(f"smoke: {problem}")


def switched_on(settings: Mapping[str, str]) -> dict[str, str]:
    """By platform what signs its webhooks, and nothing for one that is off."""
    found = {}
    for platform, secret, token in PLATFORMS:
        # While a secret is being rotated there are several, comma separated.
        found[platform] = settings.get(secret, "").split(",")[0].strip()
        if settings.get(token) and not found[platform]:
            raise ValueError(f"{token} is set and {secret} is not: {platform} is switched off")
    return found


def answers(url: str, secrets: Mapping[str, str], until: float) -> None:
    expect(200, url + "/echo", b'{"message":"hello"}', {}, until)
    for platform, secret in secrets.items():
        webhooks = f"{url}/webhooks/{platform}"
        expect(401 if secret else 404, webhooks, b"{}", {}, until)
        # Only Discord can sign for Discord.
        if secret and platform != "discord":
            body, headers = slack_handshake(secret) if platform == "slack" else telegram_poll(secret)
            expect(200, webhooks, body, headers, until)


def slack_handshake(secret: str) -> tuple[bytes, dict[str, str]]:
    body = json.dumps({"type": "url_verification", "token": "-", "challenge": "smoke"}).encode()
    timestamp = str(int(time.time()))
    signed = f"v0:{timestamp}:".encode() + body
    signature = "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return body, {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}


def telegram_poll(secret: str) -> tuple[bytes, dict[str, str]]:
    return b'{"update_id":1,"poll":{}}', {"X-Telegram-Bot-Api-Secret-Token": secret}


def expect(status: int, url: str, body: bytes, headers: dict[str, str], until: float) -> None:
    """Asks until the answer is the expected one."""
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", **headers})
    before: object = None
    while True:
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                seen: object = response.status
        except urllib.error.HTTPError as error:
            seen = error.code
        except OSError as error:
            seen = error
        if seen == status:
            print(f"{status} as expected from {url}", flush=True)
            return
        problem = f"{seen} instead of {status} from {url}"
        left = until - time.monotonic()
        if left <= 0:
            raise ValueError(problem)
        if str(seen) != str(before):
            print(f"{problem}; trying again for {left:.0f} s", flush=True)
        before = seen
        time.sleep(min(left, 1))


if __name__ == "__main__":
    main()
