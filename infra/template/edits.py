"""Ways to make a template wrong."""

import copy
from collections.abc import Callable
from typing import Any

from template import Template

Edit = Callable[[dict[str, Any]], None]

GONE = object()


def edit(path: str, value: Any) -> Edit:
    """Sets or takes away what is at a path below the resources: a resource, and names and numbers in its properties."""

    def edited(resources: dict[str, Any]) -> None:
        resource, *way = path.split("/")
        at: Any = resources[resource]["Properties"]
        for step in way[:-1]:
            at = at[int(step) if isinstance(at, list) else step]
        last: Any = int(way[-1]) if isinstance(at, list) else way[-1]
        if value is GONE:
            del at[last]
        else:
            at[last] = copy.deepcopy(value)

    return edited


def without(resource: str) -> Edit:
    return lambda resources: resources.pop(resource)


def outside(resource: str, attribute: str, value: Any) -> Edit:
    """Sets what is beside a resource's properties."""

    def edited(resources: dict[str, Any]) -> None:
        if value is GONE:
            del resources[resource][attribute]
        else:
            resources[resource][attribute] = value

    return edited


def allow(role: str, action: str, what: Any) -> Edit:
    def edited(resources: dict[str, Any]) -> None:
        statements = resources[role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        statements.append({"Effect": "Allow", "Action": [action], "Resource": what})

    return edited


def forget(role: str, action: str) -> Edit:
    def edited(resources: dict[str, Any]) -> None:
        for statement in resources[role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]:
            statement["Action"] = [other for other in statement["Action"] if other != action] or ["sts:TagSession"]

    return edited


def unconditioned(role: str) -> Edit:
    def edited(resources: dict[str, Any]) -> None:
        for statement in resources[role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]:
            statement.pop("Condition", None)

    return edited


def mistaken(template: Template, edit: Edit) -> Template:
    body = copy.deepcopy(template.body)
    edit(body["Resources"])
    return Template(body, template.dist, template.stage)
