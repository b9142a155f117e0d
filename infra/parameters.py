"""The secrets of a stage, in Parameter Store: `parameters.py STAGE` asks for each at the terminal.

From a pipe it reads lines of `NAME=value`. `--from-environment` takes those that are set there and not yet here, and
`--remove` removes all. No value is shown, or stands in a process's arguments. What cannot be right changes nothing.
"""

import getpass
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import botocore.session  # type: ignore[import-untyped]

INFRA = Path(__file__).parent
# What the functions' roles may read.
PARAMETER = re.compile(r"parameter/\$\{self:service\}/\$\{sls:stage\}/(\w+)$", re.MULTILINE)

# What removes one at the terminal.
REMOVE = "-"


class Parameters:
    def __init__(self, stage: str) -> None:
        service = re.findall(r"^service: (\S+)$", (INFRA / "serverless.yml").read_text(), re.MULTILINE)[0]
        region = os.environ.get("AWS_REGION", "eu-central-1")
        self.ssm: Any = botocore.session.get_session().create_client("ssm", region_name=region)
        self.prefix = f"/{service}/{stage}/"
        self.names = list(dict.fromkeys(PARAMETER.findall((INFRA / "roles.yml").read_text())))

    def read(self) -> dict[str, str]:
        """Those that are there."""
        found: dict[str, str] = {}
        for start in range(0, len(self.names), 10):
            names = [self.prefix + name for name in self.names[start : start + 10]]
            answer = self.ssm.get_parameters(Names=names, WithDecryption=True)
            found |= {item["Name"].removeprefix(self.prefix): item["Value"] for item in answer["Parameters"]}
        return found

    def set(self, name: str, value: str) -> None:
        self.ssm.put_parameter(Name=self.prefix + name, Value=value, Type="SecureString", Overwrite=True)
        print(f"{self.prefix}{name} is set")

    def remove(self, name: str) -> None:
        self.ssm.delete_parameter(Name=self.prefix + name)
        print(f"{self.prefix}{name} is removed")


def main() -> None:
    stage, how = sys.argv[1], sys.argv[2:]
    parameters = Parameters(stage)
    there = parameters.read()
    if how == ["--remove"]:
        for name in there:
            parameters.remove(name)
        return
    if how not in ([], ["--from-environment"]):
        sys.exit(__doc__)
    try:
        if how:
            wanted = environment(os.environ, parameters.names, there)
        elif sys.stdin.isatty():
            wanted = sound(terminal(parameters, there), parameters.names)
        else:
            wanted = sound(lines(sys.stdin.read()), parameters.names)
    except ValueError as error:
        sys.exit(f"secrets: {error}; nothing was changed")
    for name, value in wanted.items():
        if value == REMOVE:
            if name in there:
                parameters.remove(name)
        elif value != there.get(name):
            parameters.set(name, value)


def sound(wanted: Iterable[tuple[str, str]], names: Sequence[str]) -> dict[str, str]:
    """Those that have a value."""
    found: dict[str, str] = {}
    for name, value in wanted:
        if name not in names:
            raise ValueError(f"{name} is none of the functions' secrets: {', '.join(names)}")
        # No platform's secret has one: it is the shell's, which nothing has taken away.
        if value.startswith(("'", '"')):
            raise ValueError(f"{name} begins with a quotation mark")
        if value:
            found[name] = value
    return found


def environment(variables: Mapping[str, str], names: Sequence[str], there: Mapping[str, str]) -> dict[str, str]:
    """Those that are not there yet: a shell may well have an old one, or another stage's."""
    wanted = sound(((name, variables.get(name, "").strip()) for name in names), names)
    for name, value in wanted.items():
        if value != there.get(name, value) or value == REMOVE:
            raise ValueError(f"{name} is set here to something else than there: unset it, or use scripts/secrets")
    return wanted


def lines(text: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            name, equals, value = line.partition("=")
            # The line may well be a secret.
            if not equals:
                raise ValueError(f"line {number} is not NAME=value")
            yield name.strip(), value.strip()


def terminal(parameters: Parameters, there: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    print(f"Enter leaves a secret as it is, {REMOVE} removes it. Functions have what is set within five minutes.")
    for name in parameters.names:
        known = "is set" if name in there else "is not set"
        value = getpass.getpass(f"{name} ({known}): ").strip()
        if value != REMOVE or name in there:
            yield name, value


if __name__ == "__main__":
    main()
