"""Proves that the packaged template is right, and that what is wrong would be noticed: `run.py ARCH`."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import functions
import roles
import storage
import watching
from edits import Edit, mistaken
from mistakes import MISTAKES, Fact
from options import options_are_off_unless_asked_for, options_do_what_they_say
from template import ROOT, Template

FACTS: tuple[Fact, ...] = storage.FACTS + functions.FACTS + roles.FACTS + watching.FACTS

# Every option at once.
OPTIONS = {
    "provisionedConcurrency": "2",
    "domain": "bot.example.com",
    "hostedZone": "Z0123456789",
    "alarmEmail": "ops@example.com",
    "expectTraffic": "true",
}


def main() -> int:
    passed = failed = 0
    for name, check in checks():
        try:
            check()
        except Exception as error:  # whatever it is, the other checks still say something
            failed += 1
            print(f"FAIL  {name}: {type(error).__name__}: {error}")
        else:
            passed += 1
            print(f"ok    {name}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def checks() -> Iterator[tuple[str, Callable[[], None]]]:
    with tempfile.TemporaryDirectory() as directory:
        templates = {
            "dev": packaged(Path(directory) / "dev", "dev", {}),
            "ci": packaged(Path(directory) / "ci", "ci", {}),
            "prod": packaged(Path(directory) / "prod", "prod", OPTIONS),
        }
        for stage, template in templates.items():
            yield f"{stage}: is sound", partial(lints, Path(directory) / stage)
            for fact in FACTS:
                yield f"{stage}: {fact.__name__.replace('_', ' ')}", partial(fact, template)
        yield "options are off unless asked for", partial(options_are_off_unless_asked_for, templates["dev"])
        yield "options do what they say", partial(options_do_what_they_say, templates["prod"])
        for name, fact, edit in MISTAKES:
            yield f"noticed: {name}", partial(is_noticed, templates["dev"], fact, edit)
        yield "every fact notices a mistake", every_fact_notices_one


def packaged(directory: Path, stage: str, options: dict[str, str]) -> Template:
    """As `osls deploy` would send it."""
    given = [f"--param={name}={value}" for name, value in options.items()]
    osls = ROOT / "infra" / "node_modules" / ".bin" / "osls"
    command = [osls, "package", "--stage", stage, "--package", directory]
    environment = os.environ | {"ARCH": sys.argv[1], "NODE_NO_WARNINGS": "1"}
    subprocess.run([*command, *given], cwd=ROOT / "infra", env=environment, check=True, stdout=subprocess.DEVNULL)
    return Template.packaged(directory, stage)


def lints(directory: Path) -> None:
    # W3005: the framework states dependencies that its references imply already.
    command = ["cfn-lint", "--ignore-checks", "W3005", "--", directory / "cloudformation-template-update-stack.json"]
    lint = subprocess.run(command, capture_output=True, text=True)
    assert lint.returncode == 0, lint.stdout + lint.stderr


def is_noticed(template: Template, fact: Fact, edit: Edit) -> None:
    wrong = mistaken(template, edit)
    assert wrong.body != template.body, "nothing was changed"
    try:
        fact(wrong)
    except (AssertionError, KeyError):
        return
    raise AssertionError(f"{fact.__name__} does not notice it")


def every_fact_notices_one() -> None:
    idle = [fact.__name__ for fact in FACTS if fact not in {noticing for _, noticing, _ in MISTAKES}]
    assert not idle, idle


sys.exit(main())
