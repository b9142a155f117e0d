"""The secrets of a stage, in Parameter Store: `parameters.py STAGE` asks for each at the terminal.

From a pipe it reads lines of `NAME=value`. `--from-environment` takes those that are set there, and `--remove` removes all.
No value is shown, or stands in a process's arguments.
"""

import getpass
import os
import re
import sys
from collections.abc import Iterator
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
        if name not in self.names:
            sys.exit(f"{name} is none of the functions' secrets: {', '.join(self.names)}")
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
    for name, value in environment(parameters) if how else terminal(parameters, there):
        if value == REMOVE:
            parameters.remove(name)
        elif value and value != there.get(name):
            parameters.set(name, value)


def environment(parameters: Parameters) -> Iterator[tuple[str, str]]:
    return ((name, os.environ.get(name, "").strip()) for name in parameters.names)


def terminal(parameters: Parameters, there: dict[str, str]) -> Iterator[tuple[str, str]]:
    if not sys.stdin.isatty():
        for line in sys.stdin.read().splitlines():
            name, _, value = line.partition("=")
            yield name.strip(), value.strip()
        return
    print(f"Enter leaves a secret as it is, {REMOVE} removes it. Functions have what is set within five minutes.")
    for name in parameters.names:
        known = "is set" if name in there else "is not set"
        value = getpass.getpass(f"{name} ({known}): ").strip()
        if value != REMOVE or name in there:
            yield name, value


if __name__ == "__main__":
    main()
