"""Which secrets are set, and that nothing is when one of them cannot be right."""

import sys
import unittest
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from parameters import environment, lines, sound

NAMES = ["SLACK_BOT_TOKEN", "DISCORD_BOT_TOKEN"]


class Secrets(unittest.TestCase):
    def refused(self, wanted: Callable[[], object]) -> str:
        with self.assertRaises(ValueError) as refused:
            wanted()
        return str(refused.exception)

    def test_lines_are_read_as_they_stand(self) -> None:
        text = "# of dev\n\n SLACK_BOT_TOKEN = xoxb-1=\nDISCORD_BOT_TOKEN=\n"
        self.assertEqual(sound(lines(text), NAMES), {"SLACK_BOT_TOKEN": "xoxb-1="})

    def test_one_wrong_line_refuses_all(self) -> None:
        good = "SLACK_BOT_TOKEN=xoxb-1\n"
        # (line, what the error begins with)
        cases = [
            ("hunter2", "line 2 is not NAME=value"),
            ("SLACK_TOKEN=hunter2", "SLACK_TOKEN is none of the functions' secrets"),
            ("DISCORD_BOT_TOKEN='hunter2'", "DISCORD_BOT_TOKEN begins with a quotation mark"),
            ('DISCORD_BOT_TOKEN="hunter2"', "DISCORD_BOT_TOKEN begins with a quotation mark"),
        ]
        for line, problem in cases:
            said = self.refused(lambda line=line: sound(lines(good + line), NAMES))  # type: ignore[misc]
            self.assertTrue(said.startswith(problem), said)
            self.assertNotIn("hunter2", said)

    def test_a_shell_sets_what_is_not_there_and_overwrites_nothing(self) -> None:
        shell = {"SLACK_BOT_TOKEN": " a ", "DISCORD_BOT_TOKEN": "", "OTHER": "b"}
        for there in ({}, {"SLACK_BOT_TOKEN": "a"}, {"DISCORD_BOT_TOKEN": "c"}):
            self.assertEqual(environment(shell, NAMES, there), {"SLACK_BOT_TOKEN": "a"})
        self.assertIn("use scripts/secrets", self.refused(lambda: environment(shell, NAMES, {"SLACK_BOT_TOKEN": "b"})))

    def test_a_shell_removes_nothing(self) -> None:
        for there in ({}, {"SLACK_BOT_TOKEN": "a"}, {"SLACK_BOT_TOKEN": "-"}):
            self.refused(lambda there=there: environment({"SLACK_BOT_TOKEN": "-"}, NAMES, there))  # type: ignore[misc]


if __name__ == "__main__":
    unittest.main()
