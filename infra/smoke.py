"""Proves that a deployment answers: `smoke.py STAGE URL`, with the functions' variables in the environment.

Nothing sent here reaches a person: a signed webhook is a handshake, or of a kind that the bot has no use for.
"""

import hashlib
import hmac
import json
import os
import sys
import time
import urllib.error
import urllib.request

from parameters import Parameters


def main() -> None:
    stage, url = sys.argv[1:]
    settings = dict(os.environ) | Parameters(stage).read()
    # A new API takes a moment to be known everywhere.
    expect(200, url + "/echo", b'{"message":"hello"}', tries=10)
    for platform, secret, authentic in (
        ("slack", "SLACK_SIGNING_SECRET", slack_handshake),
        ("discord", "DISCORD_PUBLIC_KEY", None),  # only Discord can sign for Discord
        ("telegram", "TELEGRAM_SECRET_TOKEN", telegram_poll),
    ):
        webhooks = f"{url}/webhooks/{platform}"
        # While a secret is being rotated there are several, comma separated.
        first = settings.get(secret, "").split(",")[0]
        if not first:
            expect(404, webhooks, b"{}")
            continue
        expect(401, webhooks, b"{}")
        if authentic:
            body, headers = authentic(first)
            expect(200, webhooks, body, headers)


def slack_handshake(secret: str) -> tuple[bytes, dict[str, str]]:
    body = json.dumps({"type": "url_verification", "token": "-", "challenge": "smoke"}).encode()
    timestamp = str(int(time.time()))
    signed = f"v0:{timestamp}:".encode() + body
    signature = "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return body, {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}


def telegram_poll(secret: str) -> tuple[bytes, dict[str, str]]:
    return b'{"update_id":1,"poll":{}}', {"X-Telegram-Bot-Api-Secret-Token": secret}


def expect(status: int, url: str, body: bytes, headers: dict[str, str] | None = None, tries: int = 1) -> None:
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", **(headers or {})})
    for left in reversed(range(tries)):
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                seen: object = response.status
        except urllib.error.HTTPError as error:
            seen = error.code
        except OSError as error:
            seen = error
        if seen == status:
            print(f"{status} as expected from {url}")
            return
        if left:
            time.sleep(1)
    sys.exit(f"{seen} instead of {status} from {url}")


main()
