"""What must hold of the functions, their zips, and the ways to them."""

import json
import re
import struct
import zipfile

from template import ROOT, SERVICE, Template, same, source

# https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html, e_machine
MACHINES = {62: "x86_64", 183: "arm64"}

# What provided.al2023 has.
GLIBC = (2, 34)


def functions_are_those_of_the_workspace(template: Template) -> None:
    written = [main.parents[1].name for main in (ROOT / "crates").glob("*/src/main.rs") if "run(" in main.read_text()]
    for name in template.functions():
        assert name in written, f"nobody wrote {name}"


def functions_have_a_zip_each(template: Template) -> None:
    """The framework uploads a zip by its base name: two of one name would be one object."""
    for name, function in template.functions().items():
        key = function["Code"]["S3Key"]
        same(key.rpartition("/")[2], f"{name}.zip", f"{name} runs")


def functions_run_on_what_they_were_built_for(template: Template) -> None:
    for name, function in template.functions().items():
        same((function["Runtime"], function["Handler"]), ("provided.al2023", "bootstrap"), name)
        with zipfile.ZipFile(template.dist / f"{name}.zip") as archive:
            (entry,) = archive.infolist()
            program = archive.read(entry)
        same(entry.filename, "bootstrap")
        assert entry.external_attr >> 16 & 0o111, f"{name} cannot be started"
        (machine,) = struct.unpack_from("<H", program, 18)
        same(function["Architectures"], [MACHINES[machine]], name)
        versions = re.findall(rb"GLIBC_(\d+)\.(\d+)", program)
        needed = max(((int(major), int(minor)) for major, minor in versions), default=GLIBC)
        assert needed <= GLIBC, f"{name} needs glibc {needed}"


def functions_end_before_their_callers_do(template: Template) -> None:
    """An HTTP API waits for 30 s at most; platforms for three, and what was begun is finished."""
    for name, function in template.functions().items():
        assert 3 < function["Timeout"] <= 30, f"{name} has {function['Timeout']} s"


def functions_are_traced(template: Template) -> None:
    for name, function in template.functions().items():
        same(function.get("TracingConfig"), {"Mode": "Active"}, name)


def functions_know_no_secret(template: Template) -> None:
    """They read them below the prefix. A variable would be in the template, and in the console."""
    secrets = re.findall(rf"parameter/{SERVICE}/\w+/(\w+)", json.dumps(template.body))
    assert secrets, "no function reads a secret"
    for name, function in template.functions().items():
        variables = function.get("Environment", {}).get("Variables", {})
        known = [variable for variable in variables if variable in secrets or re.search("SECRET_|_TOKEN$", variable)]
        assert not known, f"{name} has {known} in its environment"
        if "QUEUE_URL" in variables:
            same(variables.get("SECRETS_PREFIX"), f"/{SERVICE}/{template.stage}/", name)


def queue_leads_to_the_worker(template: Template) -> None:
    (mapping,) = template.all("AWS::Lambda::EventSourceMapping").values()
    same(template.value(mapping["FunctionName"]), template.arn(template.function_id("queue-worker")))
    same(template.value(mapping["EventSourceArn"]), template.arn("Queue"))


def failed_messages_come_again_alone(template: Template) -> None:
    (mapping,) = template.all("AWS::Lambda::EventSourceMapping").values()
    same(mapping.get("FunctionResponseTypes"), ["ReportBatchItemFailures"])


def batches_are_a_fifo_queues(template: Template) -> None:
    (mapping,) = template.all("AWS::Lambda::EventSourceMapping").values()
    assert 1 <= mapping["BatchSize"] <= 10, mapping["BatchSize"]
    assert "MaximumBatchingWindowInSeconds" not in mapping, "a FIFO queue has no batching window"


def worker_leaves_room_for_webhooks(template: Template) -> None:
    """An account has 1,000 concurrent executions unless it asks for more; a new one may have far fewer."""
    (mapping,) = template.all("AWS::Lambda::EventSourceMapping").values()
    assert 2 <= mapping.get("ScalingConfig", {}).get("MaximumConcurrency", 1000) <= 500, mapping


def routes_are_those_that_are_served(template: Template) -> None:
    """By the same functions as `lambot dev` has behind them: webhooks go to webhook-ingest, all else to echo."""
    routes = {}
    for route in template.all("AWS::ApiGatewayV2::Route").values():
        integration = template.value(route["Target"]).rpartition("/")[2]
        target = template.value(template.resources[integration]["Properties"]["IntegrationUri"])
        routes[route["RouteKey"]] = target.split(":")[6].removeprefix(f"{template.prefix}-")
    echo = {"ANY /echo": "echo", "ANY /health": "echo", "$default": "echo"}
    same(routes, echo | {"ANY /webhooks/{platform}": "webhook-ingest"})
    gateway = source("crates/lambot/src/gateway.rs")
    assert 'strip_prefix("/webhooks/")' in gateway and "echo::handle" in gateway, "lambot dev routes otherwise"
    for path in ("/echo", "/health"):
        assert f'"{path}"' in source("crates/bot-core/src/echo.rs"), f"nothing serves {path}"


def api_may_invoke_what_it_routes_to(template: Template) -> None:
    """By the alias, where there is one: a permission of the function alone is not the alias's."""
    wanted, allowed = (
        {json.dumps(properties[name]) for properties in template.all(kind).values()}
        for kind, name in (
            ("AWS::ApiGatewayV2::Integration", "IntegrationUri"),
            ("AWS::Lambda::Permission", "FunctionName"),
        )
    )
    same(allowed, wanted)
    for permission in template.all("AWS::Lambda::Permission").values():
        same(permission["Principal"], "apigateway.amazonaws.com")
        assert "SourceArn" in permission, "any API could invoke it"


def api_speaks_as_the_functions_do(template: Template) -> None:
    for integration in template.all("AWS::ApiGatewayV2::Integration").values():
        same(integration["PayloadFormatVersion"], "2.0")


def flood_is_throttled(template: Template) -> None:
    (stage,) = template.all("AWS::ApiGatewayV2::Stage").values()
    settings = stage.get("DefaultRouteSettings", {})
    assert 0 < settings.get("ThrottlingRateLimit", 0) <= 1000, "nothing limits what a flood costs"
    assert 0 < settings.get("ThrottlingBurstLimit", 0) <= 2000, "nothing limits what a flood costs"


def resources_say_whose_they_are(template: Template) -> None:
    for name, function in template.functions().items():
        tags = {tag["Key"]: tag["Value"] for tag in function.get("Tags", [])}
        same(tags, {"service": SERVICE, "stage": template.stage}, name)


FACTS = (
    functions_are_those_of_the_workspace,
    functions_have_a_zip_each,
    functions_run_on_what_they_were_built_for,
    functions_end_before_their_callers_do,
    functions_are_traced,
    functions_know_no_secret,
    queue_leads_to_the_worker,
    failed_messages_come_again_alone,
    batches_are_a_fifo_queues,
    worker_leaves_room_for_webhooks,
    routes_are_those_that_are_served,
    api_may_invoke_what_it_routes_to,
    api_speaks_as_the_functions_do,
    flood_is_throttled,
    resources_say_whose_they_are,
)
