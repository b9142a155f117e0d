"""A packaged CloudFormation template, and the code it has to agree with."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
ACCOUNT, REGION = "123456789012", "eu-central-1"
SERVICE = re.findall(r"^service: (\S+)$", (ROOT / "infra" / "serverless.yml").read_text(), re.MULTILINE)[0]

Properties = dict[str, Any]


@dataclass
class Template:
    """`body` is the template, `dist` where the zips are that it deploys."""

    body: dict[str, Any]
    dist: Path
    stage: str

    @classmethod
    def packaged(cls, directory: Path, stage: str) -> "Template":
        text = (directory / "cloudformation-template-update-stack.json").read_text()
        return cls(json.loads(text), ROOT / "dist", stage)

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        return self.body["Resources"]

    def all(self, kind: str) -> dict[str, Properties]:
        """The properties of the resources of a type, by their logical names."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.resources.items()
            if resource["Type"] == kind
        }

    @property
    def prefix(self) -> str:
        """What the names of the stage's resources begin with."""
        return f"{SERVICE}-{self.stage}"

    def functions(self) -> dict[str, Properties]:
        """By the names that people know them by."""
        functions = self.all("AWS::Lambda::Function").values()
        return {function["FunctionName"].removeprefix(f"{self.prefix}-"): function for function in functions}

    def function_id(self, name: str) -> str:
        found = self.all("AWS::Lambda::Function").items()
        (logical,) = (key for key, function in found if function["FunctionName"] == f"{self.prefix}-{name}")
        return logical

    def alarms(self) -> dict[str, Properties]:
        """By the last parts of their names."""
        alarms = self.all("AWS::CloudWatch::Alarm").values()
        return {alarm["AlarmName"].removeprefix(f"{self.prefix}-"): alarm for alarm in alarms}

    def value(self, value: Any) -> Any:
        """A value as the deployed stack has it, with an account and names of our own."""
        match value:
            case {"Ref": "AWS::Region"}:
                return REGION
            case {"Ref": "AWS::AccountId"}:
                return ACCOUNT
            case {"Ref": "AWS::Partition"}:
                return "aws"
            case {"Ref": str(name)}:
                return self.resources[name]["Properties"].get("FunctionName", name)
            case {"Fn::GetAtt": [str(name), "Arn"]}:
                return self.arn(name)
            case {"Fn::GetAtt": [str(name), str(attribute)]}:
                return f"{name}.{attribute}"
            case {"Fn::Sub": str(text)}:
                return re.sub(r"\$\{([\w:.]+)\}", lambda found: self.value(reference(found[1])), text)
            case {"Fn::Join": [str(separator), list(parts)]}:
                return separator.join(self.value(part) for part in parts)
            case list():
                return [self.value(item) for item in value]
            case dict():
                return {key: self.value(item) for key, item in value.items()}
            case _:
                return value

    def arn(self, name: str) -> str:
        resource = self.resources[name]
        properties = resource["Properties"]
        match resource["Type"]:
            case "AWS::SQS::Queue":
                return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{properties['QueueName']}"
            case "AWS::DynamoDB::Table":
                return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"
            case "AWS::Logs::LogGroup":
                return f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{properties['LogGroupName']}:*"
            case "AWS::Lambda::Function":
                return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{properties['FunctionName']}"
            case kind:
                return f"arn:aws:{kind}:{name}"


def reference(name: str) -> dict[str, Any]:
    """What stands in a `Fn::Sub`."""
    resource, dot, attribute = name.partition(".")
    return {"Fn::GetAtt": [resource, attribute]} if dot else {"Ref": name}


def source(path: str) -> str:
    """A file of the repository."""
    return (ROOT / path).read_text()


def platforms() -> list[str]:
    """The platforms that the code knows."""
    listed = re.search(r"\nplatforms! \{\n(.*?)\n\}", source("crates/bot-core/src/platform.rs"), re.DOTALL)
    assert listed, "the list of platforms is not found"
    return re.findall(r"=> (\w+),", listed[1])


def same(seen: Any, expected: Any, what: str = "") -> None:
    assert seen == expected, f"{what} {seen!r} instead of {expected!r}".strip()
