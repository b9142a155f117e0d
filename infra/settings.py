"""Deploys a stage: `settings.py STAGE [--param NAME=VALUE]... [--forget NAME]... [OPTION OF OSLS]...`.

What a variable or a parameter was given once, from whichever shell, the stage's stack keeps. A deployment without it, from
another shell or from GitHub, does not switch off what it had switched on.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import botocore.exceptions  # type: ignore[import-untyped]
import botocore.session  # type: ignore[import-untyped]

INFRA = Path(__file__).parent
TEXTS = "".join(path.read_text() for path in sorted(INFRA.glob("*.yml")))
SERVICE = re.findall(r"^service: (\S+)$", TEXTS, re.MULTILINE)[0]

# What is empty unless the deploying shell says otherwise.
VARIABLES = set(re.findall(r"\$\{env:(\w+), ''\}", TEXTS))
PARAMETERS = set(re.findall(r"\$\{param:(\w+)\}", TEXTS))

# Where the template has what was given, for the next deployment.
KEPT = "Given"

# What a stack that keeps nothing yet shows of what it was given.
SHOWN = {"AlarmEmail": "ALARM_EMAIL", "ExpectTraffic": "expectTraffic", "DomainName": "domain", "HostedZone": "hostedZone"}

Settings = dict[str, str]


def kept(template: Mapping[str, Any]) -> Settings:
    """What the deployments of a template's stack were given."""
    if text := template.get("Metadata", {}).get(KEPT):
        found: Settings = json.loads(text)
        return found
    shown = {SHOWN.get(name, name): found.get("Default") for name, found in template.get("Parameters", {}).items()}
    for resource in template.get("Resources", {}).values():
        shown |= resource.get("Properties", {}).get("Environment", {}).get("Variables", {})
    return {
        name: value
        for name, value in shown.items()
        if name in VARIABLES | PARAMETERS and isinstance(value, str) and value not in ("", "false")
    }


def given(
    before: Settings, environment: Mapping[str, str], parameters: Sequence[str], forget: Sequence[str]
) -> Settings:
    """What this deployment is given: by its shell, by its arguments, and else as before."""
    asked = dict(parameter.partition("=")[::2] for parameter in parameters)
    for name in [*asked, *forget]:
        if name not in PARAMETERS and not (name in forget and name in VARIABLES):
            raise ValueError(f"{name} is none of {', '.join(sorted(PARAMETERS | VARIABLES))}")
    for name, value in asked.items():
        if not value:
            raise ValueError(f"{name} is given nothing: --forget {name} has it as infra/serverless.yml says")
    set_here = {name: environment.get(name, "").strip() for name in sorted(VARIABLES)}
    every = before | {name: value for name, value in set_here.items() if value} | asked
    return {name: every[name] for name in sorted(every) if name not in forget}


def deployed(stage: str) -> Settings:
    region = os.environ.get("AWS_REGION", "eu-central-1")
    cloudformation: Any = botocore.session.get_session().create_client("cloudformation", region_name=region)
    try:
        body = cloudformation.get_template(StackName=f"{SERVICE}-{stage}")["TemplateBody"]
    except botocore.exceptions.ClientError as error:
        # Whatever else is wrong, what is kept is not known.
        if "does not exist" in str(error):
            return {}
        raise
    # A stack whose first deployment has not begun has none.
    return kept(json.loads(body or "{}") if isinstance(body, str) else body)


def main() -> None:
    parser = argparse.ArgumentParser(usage=__doc__, allow_abbrev=False)
    parser.add_argument("stage")
    parser.add_argument("--param", action="append", default=[])
    parser.add_argument("--forget", action="append", default=[])
    arguments, more = parser.parse_known_args()
    before = deployed(arguments.stage)
    try:
        settings = given(before, os.environ, arguments.param, arguments.forget)
    except ValueError as error:
        sys.exit(f"deploy: {error}")
    if settings:
        print(f"Deploying with {', '.join(settings)}")
    if forgotten := sorted(before.keys() - settings.keys()):
        print(f"Deploying without {', '.join(forgotten)}")
    variables = {name: settings.get(name, "") for name in VARIABLES}
    parameters = [f"--param={name}={value}" for name, value in settings.items() if name in PARAMETERS]
    sys.stdout.flush()
    deployment = subprocess.run(
        [INFRA / "node_modules/.bin/osls", "deploy", "--stage", arguments.stage, *parameters, *more],
        cwd=INFRA,
        env=os.environ | variables | {"GIVEN": json.dumps(settings), "NODE_NO_WARNINGS": "1"},
    )
    sys.exit(deployment.returncode)


if __name__ == "__main__":
    main()
