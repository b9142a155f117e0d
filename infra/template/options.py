"""What the stages' parameters switch on."""

from template import Template, same


def options_are_off_unless_asked_for(template: Template) -> None:
    same(template.all("AWS::Lambda::Alias"), {})
    defaults = {name: parameter["Default"] for name, parameter in template.body["Parameters"].items()}
    same(defaults, {"AlarmEmail": "", "ExpectTraffic": "false", "DomainName": "", "HostedZone": ""})
    conditions = {
        "AlarmMail": "HasAlarmEmail",
        "SilenceAlarm": "ExpectsTraffic",
        "Domain": "HasDomain",
        "DomainCertificate": "HasDomain",
        "DomainMapping": "HasDomain",
        "DomainRecord": "HasHostedZone",
    }
    same(
        {name: resource["Condition"] for name, resource in template.resources.items() if "Condition" in resource},
        conditions,
    )


def options_do_what_they_say(template: Template) -> None:
    (alias,) = template.all("AWS::Lambda::Alias").values()
    same(alias["ProvisionedConcurrencyConfig"], {"ProvisionedConcurrentExecutions": 2})
    # Started instances are of the alias: what asked for the function itself would meet a cold start all the same.
    routed = template.value(template.resources["HttpApiIntegrationWebhookDashingest"]["Properties"]["IntegrationUri"])
    same(routed, f"{template.arn(template.function_id('webhook-ingest'))}:{alias['Name']}")
    given = {name: parameter["Default"] for name, parameter in template.body["Parameters"].items()}
    same(given["DomainName"], "bot.example.com")
    same(given["ExpectTraffic"], "true")
    (domain,) = template.all("AWS::ApiGatewayV2::DomainName").values()
    same(domain["DomainNameConfigurations"][0]["SecurityPolicy"], "TLS_1_2")
