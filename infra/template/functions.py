"""What must hold of the functions, their zips, and the ways to them."""

import json
import re
import struct
import zipfile

from template import ACCOUNT, REGION, ROOT, SERVICE, Template, platforms, same, source

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


def functions_have_the_memory_that_is_said(template: Template) -> None:
    """Processor time comes with it, and so does what a message costs."""
    said = re.findall(r"invocation of ([\w-]+) \((\d+) MB", source("docs/costs.md"))
    same(sorted(name for name, _ in said), ["queue-worker", "webhook-ingest"])
    for name, memory in said:
        same(template.functions()[name]["MemorySize"], int(memory), name)


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


def variables_lead_to_what_they_name(template: Template) -> None:
    """The rest are a platform's, and come from the environment of whoever deploys."""
    ours = {
        "METRICS_NAMESPACE": f"{SERVICE}/{template.stage}",
        "SECRETS_PREFIX": f"/{SERVICE}/{template.stage}/",
        "QUEUE_URL": {"Ref": "Queue"},
        "DLQ_URL": {"Ref": "DeadLetterQueue"},
    }
    wanted = {"echo": {}, "webhook-ingest": ours, "queue-worker": ours | {"TABLE_NAME": {"Ref": "Table"}}}
    for name, function in template.functions().items():
        variables = function.get("Environment", {}).get("Variables", {})
        platform = re.compile("|".join(f"{slug.upper()}_" for slug in platforms()))
        same({key: value for key, value in variables.items() if not platform.match(key)}, wanted[name], name)


def nothing_is_reserved(template: Template) -> None:
    """Of none reserved a function is switched off; of some, webhooks are refused that the account has room for."""
    for name, function in template.functions().items():
        assert "ReservedConcurrentExecutions" not in function, name


def queue_leads_to_the_worker(template: Template) -> None:
    """Whole: a mapping that is off takes nothing, and one with a filter deletes what it does not take."""
    (mapping,) = template.all("AWS::Lambda::EventSourceMapping").values()
    same(mapping.get("Enabled"), True)
    checked = {"FunctionName", "EventSourceArn", "Enabled", "FunctionResponseTypes", "BatchSize", "ScalingConfig"}
    same(set(mapping) - checked, set(), "besides, the mapping has")
    same(template.value(mapping["FunctionName"]), template.arn(template.function_id("queue-worker")))
    same(template.value(mapping["EventSourceArn"]), template.arn("Queue"))


def failed_messages_come_again_alone(template: Template) -> None:
    (mapping,) = template.all("AWS::Lambda::EventSourceMapping").values()
    same(mapping.get("FunctionResponseTypes"), ["ReportBatchItemFailures"])


def batches_are_a_fifo_queues(template: Template) -> None:
    (mapping,) = template.all("AWS::Lambda::EventSourceMapping").values()
    assert 1 <= mapping["BatchSize"] <= 10, mapping["BatchSize"]


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
        same((permission["Action"], permission["Principal"]), ("lambda:InvokeFunction", "apigateway.amazonaws.com"))
        source_arn = template.value(permission.get("SourceArn"))
        same(source_arn, f"arn:aws:execute-api:{REGION}:{ACCOUNT}:HttpApi/*", "it may be invoked by")


def api_speaks_as_the_functions_do(template: Template) -> None:
    for name, integration in template.all("AWS::ApiGatewayV2::Integration").items():
        same((integration["IntegrationType"], integration["PayloadFormatVersion"]), ("AWS_PROXY", "2.0"), name)
        function = template.value(integration["IntegrationUri"]).split(":")[6].removeprefix(f"{template.prefix}-")
        least = 1000 * template.functions()[function]["Timeout"]
        assert integration["TimeoutInMillis"] >= least, f"{name} gives up before {function} does"


def api_serves_what_is_deployed(template: Template) -> None:
    (stage,) = template.all("AWS::ApiGatewayV2::Stage").values()
    same((stage["ApiId"], stage["StageName"], stage.get("AutoDeploy")), ({"Ref": "HttpApi"}, "$default", True))
    (api,) = template.all("AWS::ApiGatewayV2::Api").values()
    same((api["ProtocolType"], api.get("DisableExecuteApiEndpoint", False)), ("HTTP", False))
    for route in template.all("AWS::ApiGatewayV2::Route").values():
        same(route.get("AuthorizationType", "NONE"), "NONE", f"platforms sign their webhooks; {route['RouteKey']} has")


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
    functions_have_the_memory_that_is_said,
    functions_are_traced,
    functions_know_no_secret,
    variables_lead_to_what_they_name,
    nothing_is_reserved,
    queue_leads_to_the_worker,
    failed_messages_come_again_alone,
    batches_are_a_fifo_queues,
    worker_leaves_room_for_webhooks,
    routes_are_those_that_are_served,
    api_may_invoke_what_it_routes_to,
    api_speaks_as_the_functions_do,
    api_serves_what_is_deployed,
    flood_is_throttled,
    resources_say_whose_they_are,
)
