"""What a deployment is asked, and what counts as an answer."""

import contextlib
import io
import sys
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from smoke import answers, switched_on

LONG = 60.0


class SwitchedOn(unittest.TestCase):
    def test_a_platform_is_on_when_its_webhooks_can_be_verified(self) -> None:
        secrets = {"SLACK_SIGNING_SECRET": "new, old", "SLACK_BOT_TOKEN": "a", "TELEGRAM_SECRET_TOKEN": "b"}
        self.assertEqual(switched_on(secrets), {"slack": "new", "discord": "", "telegram": "b"})
        self.assertEqual(switched_on({}), {"slack": "", "discord": "", "telegram": ""})

    def test_a_token_whose_platform_is_off_is_a_mistake(self) -> None:
        for token, secret in (
            ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"),
            ("DISCORD_BOT_TOKEN", "DISCORD_PUBLIC_KEY"),
            ("TELEGRAM_BOT_TOKEN", "TELEGRAM_SECRET_TOKEN"),
        ):
            with self.assertRaisesRegex(ValueError, f"{token} is set and {secret} is not"):
                switched_on({token: "a"})


class Answers(unittest.TestCase):
    def asked(self, script: dict[str, list[int]], secrets: dict[str, str], patience: float) -> list[str]:
        """The paths that were asked for of a server that answers each by its script, and then by the last of it."""
        asked: list[str] = []

        class Server(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                asked.append(self.path)
                statuses = script[self.path]
                self.send_response(statuses.pop(0) if len(statuses) > 1 else statuses[0])
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        with HTTPServer(("127.0.0.1", 0), Server) as server, contextlib.redirect_stdout(io.StringIO()):
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                answers(f"http://127.0.0.1:{server.server_port}", secrets, time.monotonic() + patience)
            finally:
                server.shutdown()
        return asked

    def test_what_comes_late_is_waited_for(self) -> None:
        script = {"/echo": [500, 200], "/webhooks/slack": [404, 401, 401, 200]}
        asked = self.asked(script, {"slack": "a"}, LONG)
        self.assertEqual(asked, ["/echo"] * 2 + ["/webhooks/slack"] * 4)

    def test_a_platform_that_is_off_and_should_be_on_is_a_failure(self) -> None:
        for secret, status, expected in (("a", 404, 401), ("", 401, 404), ("a", 503, 401)):
            script = {"/echo": [200], "/webhooks/discord": [status]}
            with self.assertRaisesRegex(ValueError, f"{status} instead of {expected} from http"):
                self.asked(script, {"discord": secret}, 0)


if __name__ == "__main__":
    unittest.main()
