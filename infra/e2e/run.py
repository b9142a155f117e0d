"""Deploys the packaged bot to an emulated AWS, checks it from outside, and removes it: `run.py ARCH`.

The last line is `N passed, N failed`; the exit status says whether none failed.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import checks
from deployment import STACK, Deployment
from emulator import Emulator
from platforms import Platforms
from webhooks import Discord, Slack, Telegram

SCRIPTS = Path(__file__).parents[2] / "scripts"


class Report:
    passed = failed = 0

    def check(self, name: str, check: Callable[[], None]) -> None:
        started = time.monotonic()
        try:
            check()
        except Exception as error:  # whatever it is, the other checks still say something
            self.failed += 1
            print(f"FAIL  {name}: {type(error).__name__}: {error}", flush=True)
            return
        self.passed += 1
        print(f"ok    {name} ({time.monotonic() - started:.1f} s)", flush=True)


def main() -> int:
    # So that a cancelled run, too, stops what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    report = Report()
    with tempfile.TemporaryDirectory() as directory:
        work = Path(os.environ.get("E2E_LOGS") or directory)
        work.mkdir(parents=True, exist_ok=True)
        with Platforms(work) as platforms, Emulator(work) as emulator:
            slack = Slack(hooks_url=f"{platforms.url}/hooks")
            bot = Deployment(emulator, platforms, slack, Discord(), Telegram())
            prove(bot, report)
    print(f"{report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


def prove(bot: Deployment, report: Report) -> None:
    report.check("deploys", partial(script, bot, "deploy"))
    for check in checks.CHECKS:
        report.check(check.__name__.replace("_", " "), partial(check, bot))
    report.check("what was given stays until it is forgotten", partial(what_was_given_stays, bot))
    if report.failed:
        show_logs(bot.emulator)
    report.check("removes all of it", partial(nothing_stays, bot))


def what_was_given_stays(bot: Deployment) -> None:
    """Options, and the variables of a shell that another one does not have. Webhooks go through an alias then, and back."""
    options = ("provisionedConcurrency=1", "domain=bot.example.com", "alarmEmail=ops@example.com", "expectTraffic=true")
    script(bot, "deploy", *(word for option in options for word in ("--param", option)))
    answers(bot)
    for _ in range(2):
        script(bot, "deploy", environment=bot.emulator.environment())
        answers(bot)
        bot.accept(bot.discord.ping())
        checks.same(aliases(bot), ["provisioned"])
    script(bot, "deploy", *(word for option in options for word in ("--forget", option.partition("=")[0])))
    answers(bot)
    checks.same(aliases(bot), [])


def aliases(bot: Deployment) -> list[str]:
    found = bot.emulator.client("lambda").list_aliases(FunctionName=f"{STACK}-webhook-ingest")["Aliases"]
    return [alias["Name"] for alias in found]


def answers(bot: Deployment) -> None:
    text = checks.word()
    bot.accept(bot.telegram.message(text))
    bot.reply(f"You said: {text}")


def script(bot: Deployment, name: str, *more: str, environment: dict[str, str] | None = None) -> None:
    environment = (environment or bot.environment()) | {"ARCH": sys.argv[1], "SKIP_PACKAGE": "1"}
    subprocess.run([SCRIPTS / name, STACK.rpartition("-")[2], *more], env=environment, check=True, timeout=120)


def nothing_stays(bot: Deployment) -> None:
    script(bot, "remove")
    script(bot, "secrets", "--remove")
    left = {
        "functions": bot.emulator.client("lambda").list_functions()["Functions"],
        "tables": bot.emulator.client("dynamodb").list_tables()["TableNames"],
        "queues": bot.emulator.client("sqs").list_queues().get("QueueUrls", []),
        "APIs": bot.emulator.client("apigatewayv2").get_apis()["Items"],
        "roles": bot.emulator.client("iam").list_roles()["Roles"],
        "buckets": bot.emulator.client("s3").list_buckets()["Buckets"],
        "secrets": bot.emulator.client("ssm").describe_parameters()["Parameters"],
        "alarms": bot.emulator.client("cloudwatch").describe_alarms()["MetricAlarms"],
        "topics": bot.emulator.client("sns").list_topics()["Topics"],
        "log groups": bot.emulator.client("logs").describe_log_groups()["logGroups"],
    }
    assert not any(left.values()), {kind: found for kind, found in left.items() if found}


def show_logs(emulator: Emulator) -> None:
    for name, log in ({"ministack": emulator.log.read_text()} | emulator.function_logs()).items():
        said = [line for line in log.splitlines() if not line.startswith(("START ", "END ", "REPORT "))]
        print(f"--- the end of {name}", *said[-40:], sep="\n")


sys.exit(main())
