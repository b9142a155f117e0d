"""The platforms' APIs, as far as a bot's replies need them: answers as they do, and remembers what it was asked."""

import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

# (method and path, answer)
ANSWERS: tuple[tuple[str, Any], ...] = (
    (r"POST /api/chat\.postMessage", {"ok": True, "channel": "C1", "ts": "1.2"}),
    (r"POST /hooks/.+", "ok"),
    (r"PATCH /api/v10/webhooks/\d+/[^/]+/messages/@original", {"id": "1"}),
    (r"POST /bot[^/]+/sendMessage", {"ok": True, "result": {"message_id": 1}}),
    (r"POST /bot[^/]+/\w+", {"ok": True, "result": True}),
)

# As Telegram does when it cannot make anything of a message.
REFUSAL = json.dumps({"ok": False, "error_code": 400, "description": "Bad Request: can't parse entities"})


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    headers: dict[str, str]
    body: Any
    known: bool


class Platforms:
    def __init__(self, work: Path) -> None:
        self.record = work / "platforms.jsonl"
        self.calls: list[Call] = []
        # What is refused while it stands here.
        self.refused = ""
        self.arrived = threading.Condition()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"

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

    def wait(self, wanted: Callable[[Call], bool], seconds: float = 30) -> Call:
        """The first call that is wanted, made already or yet to come."""
        deadline = time.monotonic() + seconds
        with self.arrived:
            while not (found := self.all(wanted)):
                if not self.arrived.wait(deadline - time.monotonic()):
                    raise TimeoutError(f"no such call in {seconds:g} s; the last were {self.calls[-3:]}")
            return found[0]

    def all(self, wanted: Callable[[Call], bool]) -> list[Call]:
        with self.arrived:
            return [call for call in self.calls if wanted(call)]

    def remember(self, call: Call) -> None:
        with self.arrived:
            self.calls.append(call)
            with self.record.open("a") as record:
                record.write(json.dumps(asdict(call)) + "\n")
            self.arrived.notify_all()

    def handler(self) -> type[BaseHTTPRequestHandler]:
        platforms = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                try:
                    body = json.loads(sent)
                except ValueError:
                    body = sent
                asked = f"{self.command} {self.path}"
                answer = next((answer for known, answer in ANSWERS if re.fullmatch(known, asked)), None)
                headers = {name.lower(): value for name, value in self.headers.items()}
                platforms.remember(Call(self.command, self.path, headers, body, known=answer is not None))
                is_refused = platforms.refused and platforms.refused in sent
                text = REFUSAL if is_refused else answer if isinstance(answer, str) else json.dumps(answer)
                self.send_response(404 if answer is None else 400 if is_refused else 200)
                self.send_header("Content-Type", "text/plain" if isinstance(answer, str) else "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            do_DELETE = do_GET = do_PATCH = do_POST = do_PUT = answer

            def log_message(self, format: str, *args: Any) -> None:
                """The calls are recorded; a second log of them would only be noise."""

        return Handler
