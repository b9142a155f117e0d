"""What a deployment must do, one function each: its name is what it proves, and it raises if that is not so."""

import json
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

from deployment import Deployment, said
from platforms import Call
from webhooks import Webhook


def echo_answers(bot: Deployment) -> None:
    same(bot.request("POST", "/echo", b'{"message":"hello"}'), (200, {"response": "You said: hello"}))
    same(bot.request("POST", "/echo", b"{}"), (200, {"response": "You said: No message provided."}))
    same(bot.request("POST", "/echo", b"[]")[0], 400)
    same(bot.request("GET", "/health"), (200, {"status": "ok"}))


def wrong_requests_are_refused(bot: Deployment) -> None:
    large = bot.telegram.message("x" * 600_000)
    for status, (seen, body) in (
        (405, bot.request("GET", "/echo")),
        (405, bot.request("GET", "/webhooks/slack")),
        (404, bot.request("GET", "/nowhere")),
        (404, bot.request("POST", "/webhooks/nobody")),
        (413, bot.send(large)),
    ):
        same(seen, status)
        assert isinstance(body, dict) and "error" in body, body


def forged_webhooks_are_refused(bot: Deployment) -> None:
    slack, discord, telegram = bot.slack.direct_message("forged"), bot.discord.ping(), bot.telegram.message("forged")
    for forged in (
        slack.forged("X-Slack-Signature", "v0=" + "0" * 64),
        Webhook(slack.path, slack.body + b" ", slack.headers),
        bot.slack.direct_message("forged", age=600),
        discord.forged("X-Signature-Ed25519", "0" * 128),
        discord.forged("X-Signature-Timestamp", "1"),
        telegram.forged("X-Telegram-Bot-Api-Secret-Token", "wrong"),
    ):
        same(bot.send(forged)[0], 401)


def slack_message_is_answered_in_its_thread(bot: Deployment) -> None:
    message = bot.slack.direct_message("hello")
    bot.accept(message)
    call = bot.platforms.wait(lambda call: call.path == "/api/chat.postMessage")
    same(said(call), "You said: hello")
    same(call.headers["authorization"], f"Bearer {bot.slack.bot_token}")
    same(call.body["channel"], "D0ACX51K95H")
    same(call.body["thread_ts"], json.loads(message.body)["event"]["ts"])


def slack_command_is_answered_at_its_response_url(bot: Deployment) -> None:
    bot.accept(bot.slack.command("echo", "hello"))
    call = bot.platforms.wait(lambda call: call.path.startswith("/hooks/commands/T0ADGE2G4EM/"))
    same(said(call), "You said: hello")
    assert "authorization" not in call.headers, "a response_url needs no token"


def discord_ping_is_answered(bot: Deployment) -> None:
    same(bot.accept(bot.discord.ping()), {"type": 1})


def discord_command_is_deferred_and_answered(bot: Deployment) -> None:
    command = bot.discord.command("echo", "hello")
    same(bot.accept(command)["type"], 5)
    token = json.loads(command.body)["token"]
    path = f"/api/v10/webhooks/{bot.discord.application_id}/{token}/messages/@original"
    call = bot.platforms.wait(lambda call: call.path == path)
    same((call.method, said(call)), ("PATCH", "You said: hello"))
    assert "authorization" not in call.headers, "an interaction's webhook needs no token"


def telegram_message_is_answered(bot: Deployment) -> None:
    bot.accept(bot.telegram.message("hello"))
    call = bot.platforms.wait(lambda call: call.path == f"/bot{bot.telegram.bot_token}/sendMessage")
    same((said(call), call.body["chat_id"]), ("You said: hello", 1111111))


def telegram_group_is_left_alone_until_it_asks(bot: Deployment) -> None:
    group = {"id": -1001234567890, "title": "Group", "type": "supergroup"}
    aside, asked = word(), word()
    bot.accept(bot.telegram.message(aside, group))
    bot.accept(bot.telegram.message(f"/echo@{bot.telegram.username} {asked}", group))
    # One conversation is answered in order, so the first would have been by now.
    bot.reply(f"You said: {asked}")
    same(bot.replies(f"You said: {aside}"), 0)


def webhook_sent_twice_is_answered_once(bot: Deployment) -> None:
    for message in (bot.slack.direct_message, bot.telegram.message):
        text, later = word(), word()
        webhook = message(text)
        bot.accept(webhook)
        bot.reply(f"You said: {text}")
        bot.accept(webhook)
        bot.accept(message(later))
        bot.reply(f"You said: {later}")
        same(bot.replies(f"You said: {text}"), 1)


def message_queued_again_is_answered_once(bot: Deployment) -> None:
    """As when a platform repeats itself after the five minutes for which SQS remembers."""
    text, later = word(), word()
    sqs, queue = bot.emulator.client("sqs"), {"QueueUrl": bot.outputs["QueueUrl"]}
    mapping_of(bot, enabled=False)
    try:
        bot.accept(bot.telegram.message(text))
        everything = {"AttributeNames": ["All"], "MessageAttributeNames": ["All"]}
        (queued,) = sqs.receive_message(**queue, **everything, VisibilityTimeout=1, WaitTimeSeconds=5)["Messages"]
    finally:
        mapping_of(bot, enabled=True)
    # The worker's trace goes on where webhook-ingest's ends.
    assert queued["Attributes"].get("AWSTraceHeader", "").startswith("Root=1-"), queued["Attributes"]
    bot.reply(f"You said: {text}")
    sqs.send_message(
        **queue,
        MessageBody=queued["Body"],
        MessageAttributes=queued.get("MessageAttributes", {}),
        MessageGroupId=queued["Attributes"]["MessageGroupId"],
        MessageDeduplicationId=word(),
    )
    bot.accept(bot.telegram.message(later))
    bot.reply(f"You said: {later}")
    same(bot.replies(f"You said: {text}"), 1)


def refused_reply_is_said_after_a_redrive(bot: Deployment) -> None:
    text = word()
    bot.platforms.refused = text
    try:
        bot.accept(bot.telegram.message(text))
        bot.reply(f"You said: {text}")
        eventually(lambda: bot.depth("DlqUrl") == 1, "no dead letter")
    finally:
        bot.platforms.refused = ""
    assert "1 redriven" in (told := bot.lambot("dlq", "redrive", "--all")), told
    eventually(lambda: bot.replies(f"You said: {text}") == 2, "it was not said")
    same(bot.depth("DlqUrl"), 0)


def secrets_are_in_parameter_store_alone(bot: Deployment) -> None:
    names = [f"/lambot/ci/{name}" for name in ("TELEGRAM_SECRET_TOKEN", "SLACK_SIGNING_SECRET")]
    found = bot.emulator.client("ssm").get_parameters(Names=names, WithDecryption=False)["Parameters"]
    same({parameter["Type"] for parameter in found}, {"SecureString"})
    for function in bot.emulator.client("lambda").list_functions()["Functions"]:
        variables = json.dumps(function.get("Environment", {}))
        known = [secret for secret in bot.secrets() if secret in variables]
        assert not known, f"{function['FunctionName']} has secrets in its environment"


def doctor_finds_nothing_wrong_with_it(bot: Deployment) -> None:
    findings = doctor(bot)
    ours = ("variables", "secrets", "table", "queues", "mapping")
    seen = {finding["area"]: finding["level"] for finding in findings if finding["area"] in ours}
    # The emulator makes the table without what the template says of these two.
    same(seen, dict.fromkeys(ours, "ok") | {"table": "warning"})
    same([finding.get("code") for finding in findings if finding["area"] == "table"], ["table-expiry", "table-recovery"])
    # Without their tokens they would not have been looked for.
    unreachable = [finding["area"] for finding in findings if finding.get("code") == "platform-unreachable"]
    same(unreachable, ["slack", "discord", "telegram"])


def doctor_sees_a_mapping_that_is_off(bot: Deployment) -> None:
    mapping_of(bot, enabled=False)
    try:
        found = [finding.get("code") for finding in doctor(bot)]
    finally:
        mapping_of(bot, enabled=True)
    assert "mapping-off" in found, found


def doctor(bot: Deployment) -> list[dict[str, str]]:
    """Its findings; what the platforms say of the bot is not this emulator's business, so they are not there."""
    nowhere = dict.fromkeys(bot.platforms.environment(), "http://127.0.0.1:1")
    return [json.loads(line) for line in bot.lambot("doctor", "--json", status=1, **nowhere).splitlines()]


def alarms_watch(bot: Deployment) -> None:
    alarms = bot.emulator.client("cloudwatch").describe_alarms()["MetricAlarms"]
    ringing = [alarm["AlarmName"] for alarm in alarms if alarm["StateValue"] == "ALARM"]
    assert len(alarms) > 15, alarms
    same([name for name in ringing if "dead-letters" not in name], [])


def stats_grow(bot: Deployment) -> None:
    def numbers() -> list[int]:
        # The answer to this question is the next thing said in the chat.
        before = len(bot.platforms.all(in_the_chat))
        bot.accept(bot.telegram.message("/stats"))
        bot.platforms.wait(lambda _: len(bot.platforms.all(in_the_chat)) > before)
        return [int(number) for number in re.findall(r"\d+", said(bot.platforms.all(in_the_chat)[before]))]

    def in_the_chat(call: Call) -> bool:
        return call.path == f"/bot{bot.telegram.bot_token}/sendMessage" and call.body["chat_id"] == 1111111

    first = numbers()
    text = word()
    bot.accept(bot.telegram.message(text))
    bot.reply(f"You said: {text}")
    second = numbers()
    grown = [later > earlier for earlier, later in zip(first, second, strict=True)]
    assert any(grown), f"{first} became {second}"


def queues_are_empty(bot: Deployment) -> None:
    assert bot.drained("QueueUrl"), "the queue still holds messages"
    same(bot.depth("DlqUrl"), 0)


def only_known_calls_were_made(bot: Deployment) -> None:
    same(bot.platforms.all(lambda call: not call.known), [])


def functions_are_denied_nothing(bot: Deployment) -> None:
    """Where a call is denied that can be done without, only the log says so."""
    for group, log in bot.emulator.function_logs().items():
        assert "AccessDenied" not in log, f"{group}: {log[log.index('AccessDenied') - 300 :][:400]}"


def logs_keep_secrets_and_words(bot: Deployment) -> None:
    words = re.findall(r"word-\w+", " ".join(said(call) for call in bot.platforms.calls))
    assert words, "nothing was said"
    private = bot.secrets() + words
    for group, log in bot.emulator.function_logs().items():
        assert log, f"{group} is empty"
        leaked = [text for text in private if text in log]
        assert not leaked, f"{group} holds {leaked}"


def mapping_of(bot: Deployment, enabled: bool) -> None:
    """Switches the queue's way to the worker on or off."""
    functions = bot.emulator.client("lambda")
    mapping = functions.list_event_source_mappings()["EventSourceMappings"][0]["UUID"]
    functions.update_event_source_mapping(UUID=mapping, Enabled=enabled)
    # A poll that has begun is still finished.
    time.sleep(1)


def eventually(happens: Callable[[], bool], otherwise: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.2)


def word() -> str:
    return f"word-{uuid.uuid4().hex}"


def same(seen: Any, expected: Any) -> None:
    assert seen == expected, f"{seen!r} instead of {expected!r}"


CHECKS = (
    echo_answers,
    wrong_requests_are_refused,
    forged_webhooks_are_refused,
    slack_message_is_answered_in_its_thread,
    slack_command_is_answered_at_its_response_url,
    discord_ping_is_answered,
    discord_command_is_deferred_and_answered,
    telegram_message_is_answered,
    telegram_group_is_left_alone_until_it_asks,
    webhook_sent_twice_is_answered_once,
    message_queued_again_is_answered_once,
    refused_reply_is_said_after_a_redrive,
    secrets_are_in_parameter_store_alone,
    alarms_watch,
    stats_grow,
    queues_are_empty,
    doctor_finds_nothing_wrong_with_it,
    doctor_sees_a_mapping_that_is_off,
    only_known_calls_were_made,
    functions_are_denied_nothing,
    logs_keep_secrets_and_words,
)
