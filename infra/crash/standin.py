"""The platforms' APIs on a bad day: busy, broken, slow, or gone before they have answered.

Every call is written down.
"""

import json
import random
import re
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from ledger import Call, Said

# (method and path, what the path is called, answer)
PATHS: tuple[tuple[str, str, Any], ...] = (
    (r"POST /api/chat\.postMessage", "Slack chat.postMessage", {"ok": True, "channel": "C1", "ts": "1.2"}),
    (r"POST /hooks/.+", "Slack response_url", "ok"),
    (r"PATCH /api/v10/webhooks/\d+/[^/]+/messages/@original", "Discord @original", {"id": "1"}),
    (r"POST /api/v10/webhooks/\d+/[^/?]+(\?.*)?", "Discord later parts", {"id": "1"}),
    (r"POST /api/v10/channels/\d+/messages", "Discord late reply", {"id": "1"}),
    (r"POST /bot[^/]+/sendMessage", "Telegram sendMessage", {"ok": True, "result": {"message_id": 1}}),
)

# An interaction's token, one in so many of which has expired, as all do after 15 minutes.
TOKEN = re.compile(r"/api/v10/webhooks/\d+/([^/?]+)")
EXPIRED_ONE_IN = 8

# What becomes of a call, and how often of a hundred; otherwise all is well.
BUSY, BROKEN, SLOW, GONE = (("busy", 2), ("broken", 2), ("slow", 4), ("gone", 1))


class StandIn:
    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.calls: list[Call] = []
        self.unknown: list[str] = []
        self.nonces: set[str] = set()
        self.lock = threading.Lock()
        server = type("Server", (ThreadingHTTPServer,), {"request_queue_size": 256, "daemon_threads": True})
        self.server = server(("127.0.0.1", 0), self.handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.is_well = False

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.server.shutdown()

    def environment(self) -> dict[str, str]:
        return {
            "SLACK_API_URL": f"{self.url}/api",
            "SLACK_HOOKS_URL": f"{self.url}/hooks",
            "DISCORD_API_URL": f"{self.url}/api/v10",
            "TELEGRAM_API_URL": self.url,
        }

    def recover(self) -> None:
        """From now on all is well."""
        self.is_well = True

    def fate(self) -> str:
        if self.is_well:
            return "well"
        with self.lock:
            drawn = self.chance.randrange(100)
        for fate, share in (BUSY, BROKEN, SLOW, GONE):
            if drawn < share:
                return fate
            drawn -= share
        return "well"

    def remember(self, asked: str, text: str, nonce: str | None, fate: str) -> Any:
        """The answer to a call that is taken."""
        said = Said.of(text.replace("\\", ""))
        known = next(((name, answer) for path, name, answer in PATHS if re.fullmatch(path, asked)), None)
        with self.lock:
            if known and said:
                is_taken, is_known = fate in ("well", "slow", "gone"), nonce in self.nonces
                self.calls.append(Call(time.time(), known[0], said, is_taken, fate != "gone", is_taken and is_known))
                if nonce and is_taken:
                    self.nonces.add(nonce)
            else:
                self.unknown.append(f"{asked.split('/')[0]} {text[:80]}")
        return known[1] if known else {}

    def handler(self) -> type[BaseHTTPRequestHandler]:
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
                fate = "expired" if has_expired(self.path) else stand_in.fate()
                text = str(body.get("text") or body.get("content") or "")
                nonce = body.get("nonce") if body.get("enforce_nonce") else None
                answer = stand_in.remember(f"{self.command} {self.path}", text, nonce, fate)
                match fate:
                    case "busy":
                        limited = {"ok": False, "retry_after": 1, "parameters": {"retry_after": 1}}
                        self.reply(429, limited, {"Retry-After": "1"})
                    case "expired":
                        self.reply(401, {"code": 50027, "message": "Invalid Webhook Token"}, {})
                    case "broken":
                        self.reply(500, "oops", {})
                    case "gone":
                        self.close_connection = True
                    case _:
                        if fate == "slow":
                            time.sleep(1.5)
                        self.reply(200, answer, {})

            do_DELETE = do_PATCH = do_POST = answer

            def reply(self, status: int, answer: Any, headers: dict[str, str]) -> None:
                text = answer if isinstance(answer, str) else json.dumps(answer)
                self.send_response(status)
                kind = "text/plain" if isinstance(answer, str) else "application/json"
                for name, value in (headers | {"Content-Type": kind, "Content-Length": str(len(text))}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text.encode())

            def handle(self) -> None:
                try:
                    super().handle()
                except ConnectionError:
                    """Whoever asked was killed."""

            def log_message(self, format: str, *args: Any) -> None:
                """The calls are written down."""

        return Handler


def has_expired(path: str) -> bool:
    token = TOKEN.match(path)
    return token is not None and zlib.crc32(token[1].encode()) % EXPIRED_ONE_IN == 0
