"""What a deployment is given, by itself and by those before it."""

import re
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from settings import TEXTS, VARIABLES, given, kept

BEFORE = {"ALARM_EMAIL": "ops@example.com", "DISCORD_PUBLIC_KEY": "aa", "domain": "bot.example.com"}


class Given(unittest.TestCase):
    def test_what_is_not_given_again_is_as_it_was(self) -> None:
        # A workflow's variable that nobody has set is there, and empty.
        for environment in ({}, {"DISCORD_PUBLIC_KEY": "", "ALARM_EMAIL": " "}):
            self.assertEqual(given(BEFORE, environment, [], []), BEFORE)

    def test_what_is_given_is_taken(self) -> None:
        environment = {"DISCORD_PUBLIC_KEY": "bb", "SLACK_API_URL": "http://127.0.0.1", "HOME": "/root", "ARCH": "arm64"}
        settings = given(BEFORE, environment, ["domain=a=b", "expectTraffic=true"], [])
        new = {"DISCORD_PUBLIC_KEY": "bb", "SLACK_API_URL": "http://127.0.0.1", "domain": "a=b", "expectTraffic": "true"}
        self.assertEqual(settings, BEFORE | new)

    def test_only_what_is_named_is_forgotten(self) -> None:
        settings = given(BEFORE, {"DISCORD_PUBLIC_KEY": "bb"}, [], ["DISCORD_PUBLIC_KEY", "domain"])
        self.assertEqual(settings, {"ALARM_EMAIL": "ops@example.com"})

    def test_what_would_do_nothing_is_refused(self) -> None:
        # (parameters, what is to be forgotten, what the error begins with)
        cases = [
            (["domian=bot.example.com"], [], "domian is none of ALARM_EMAIL, "),
            (["domain="], [], "domain is given nothing"),
            (["domain"], [], "domain is given nothing"),
            (["DISCORD_PUBLIC_KEY=aa"], [], "DISCORD_PUBLIC_KEY is none of "),
            ([], ["DISCORD_KEY"], "DISCORD_KEY is none of "),
        ]
        for parameters, forget, problem in cases:
            with self.assertRaises(ValueError) as refused:
                given(BEFORE, {}, parameters, forget)
            self.assertTrue(str(refused.exception).startswith(problem), refused.exception)


class Kept(unittest.TestCase):
    def test_every_variable_of_the_shell_is_kept(self) -> None:
        # What was built, where it goes, and what is kept.
        others = {"ARCH", "AWS_REGION", "GIVEN"}
        self.assertEqual(set(re.findall(r"\$\{env:(\w+)", TEXTS)), VARIABLES | others)

    def test_a_template_keeps_what_was_given(self) -> None:
        self.assertEqual(kept({"Metadata": {"Given": '{"domain": "bot.example.com"}'}}), {"domain": "bot.example.com"})
        self.assertEqual(kept({"Metadata": {"Given": "{}"}, "Parameters": {"AlarmEmail": {"Default": "a"}}}), {})
        self.assertEqual(kept({}), {})

    def test_a_template_that_keeps_nothing_shows_what_was_given(self) -> None:
        variables = {"DISCORD_PUBLIC_KEY": "aa", "SLACK_API_URL": "", "TABLE_NAME": {"Ref": "Table"}, "SECRETS_PREFIX": "/"}
        template = {
            "Parameters": {
                "AlarmEmail": {"Type": "String", "Default": "ops@example.com"},
                "ExpectTraffic": {"Type": "String", "Default": "false"},
                "DomainName": {"Type": "String", "Default": "bot.example.com"},
                "HostedZone": {"Type": "String", "Default": ""},
            },
            "Resources": {"F": {"Properties": {"Environment": {"Variables": variables}}}, "Q": {"Type": "AWS::SQS::Queue"}},
        }
        self.assertEqual(kept(template), BEFORE)


if __name__ == "__main__":
    unittest.main()
