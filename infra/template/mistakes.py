"""Mistakes that people make in templates, and the fact that notices each.

One that its fact does not notice is a hole. So is a fact that notices none: each has at least one here.
"""

from collections.abc import Callable

import alarms
import functions
import roles
import storage
import watching
from edits import GONE, Edit, allow, edit, forget, outside, unconditioned, without
from template import SERVICE, Template

Fact = Callable[[Template], None]

ECHO, INGEST, WORKER = "EchoLambdaFunction", "WebhookDashingestLambdaFunction", "QueueDashworkerLambdaFunction"
MAPPING = "QueueDashworkerEventSourceMappingSQSQueue"
TO_INGEST = {"Fn::Join": ["/", ["integrations", {"Ref": "HttpApiIntegrationWebhookDashingest"}]]}
PERMISSION = "EchoLambdaPermissionHttpApi"
OTHER_API = {"Fn::Sub": "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:other/*"}
NOTHING, DEAD_LETTERS = {"redrivePermission": "denyAll"}, {"Ref": "DeadLetterQueue"}
PLATFORM = {"Name": "platform", "Value": "slack"}

TABLE, PACE = alarms.alarms_are_these, watching.a_platforms_pace_is_no_outage
LEVEL = watching.logs_have_every_metric_and_every_report
VARIABLES = functions.variables_lead_to_what_they_name
INVOKED, SERVED = functions.api_may_invoke_what_it_routes_to, functions.api_serves_what_is_deployed
AT_ONCE = storage.queues_take_and_give_everything_at_once

# (what was done, what notices it, how it is done)
MISTAKES: tuple[tuple[str, Fact, Edit], ...] = (
    (
        "a visibility timeout as long as the function's",
        storage.queue_outlasts_its_worker,
        edit("Queue/VisibilityTimeout", 30),
    ),
    ("a slower worker", storage.queue_outlasts_its_worker, edit(f"{WORKER}/Timeout", 60)),
    ("dedupe for the whole queue", storage.queues_are_fifo_by_conversation, edit("Queue/DeduplicationScope", "queue")),
    (
        "throughput for the whole queue",
        storage.queues_are_fifo_by_conversation,
        edit("Queue/FifoThroughputLimit", "perQueue"),
    ),
    ("a standard dead-letter queue", storage.queues_are_fifo_by_conversation, edit("DeadLetterQueue/FifoQueue", False)),
    (
        "a queue's name without .fifo",
        storage.queues_are_fifo_by_conversation,
        edit("Queue/QueueName", f"{SERVICE}-dev"),
    ),
    (
        "three tries and out",
        storage.queues_are_those_of_the_local_stack,
        edit("Queue/RedrivePolicy/maxReceiveCount", 3),
    ),
    (
        "dead letters for four days",
        storage.queues_are_those_of_the_local_stack,
        edit("DeadLetterQueue/MessageRetentionPeriod", 345600),
    ),
    (
        "dead letters of dead letters",
        storage.dead_letters_end_there,
        edit(
            "DeadLetterQueue/RedrivePolicy",
            {"deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}, "maxReceiveCount": 5},
        ),
    ),
    ("an unencrypted queue", storage.what_is_stored_is_encrypted, edit("Queue/SqsManagedSseEnabled", GONE)),
    ("a table with the default key", storage.what_is_stored_is_encrypted, edit("Table/SSESpecification", GONE)),
    (
        "another TTL attribute",
        storage.table_expires_by_the_attribute_that_is_written,
        edit("Table/TimeToLiveSpecification/AttributeName", "ttl"),
    ),
    (
        "TTL switched off",
        storage.table_expires_by_the_attribute_that_is_written,
        edit("Table/TimeToLiveSpecification/Enabled", False),
    ),
    ("another sort key", storage.table_has_the_key_that_is_written, edit("Table/KeySchema/1/AttributeName", "range")),
    (
        "a key of numbers",
        storage.table_has_the_key_that_is_written,
        edit("Table/AttributeDefinitions/1/AttributeType", "N"),
    ),
    ("a provisioned table", storage.table_is_paid_by_use_and_can_be_restored, edit("Table/BillingMode", "PROVISIONED")),
    (
        "no point-in-time recovery",
        storage.table_is_paid_by_use_and_can_be_restored,
        edit("Table/PointInTimeRecoverySpecification", GONE),
    ),
    (
        "a table that goes with its stack",
        storage.table_outlives_its_stack,
        outside("Table", "DeletionPolicy", "Delete"),
    ),
    (
        "a table that goes when it is replaced",
        storage.table_outlives_its_stack,
        outside("Table", "UpdateReplacePolicy", "Delete"),
    ),
    ("a table with a name", storage.table_outlives_its_stack, edit("Table/TableName", SERVICE)),
    (
        "a function that nobody wrote",
        functions.functions_are_those_of_the_workspace,
        edit(f"{ECHO}/FunctionName", f"{SERVICE}-dev-bot"),
    ),
    (
        "the same zip for two functions",
        functions.functions_have_a_zip_each,
        edit(f"{WORKER}/Code/S3Key", "serverless/1/webhook-ingest.zip"),
    ),
    (
        "three zips called bootstrap.zip",
        functions.functions_have_a_zip_each,
        edit(f"{ECHO}/Code/S3Key", "serverless/1/bootstrap.zip"),
    ),
    (
        "another architecture",
        functions.functions_run_on_what_they_were_built_for,
        edit(f"{INGEST}/Architectures", ["riscv64"]),
    ),
    ("an older runtime", functions.functions_run_on_what_they_were_built_for, edit(f"{ECHO}/Runtime", "provided.al2")),
    ("a webhook of a minute", functions.functions_end_before_their_callers_do, edit(f"{INGEST}/Timeout", 60)),
    ("a function without traces", functions.functions_are_traced, edit(f"{WORKER}/TracingConfig", GONE)),
    (
        "a token in the environment",
        functions.functions_know_no_secret,
        edit(f"{WORKER}/Environment/Variables/SLACK_BOT_TOKEN", ""),
    ),
    (
        "a secret in the wrong function",
        functions.functions_know_no_secret,
        edit(f"{INGEST}/Environment/Variables/TELEGRAM_BOT_TOKEN", ""),
    ),
    (
        "another stage's secrets",
        functions.variables_lead_to_what_they_name,
        edit(f"{INGEST}/Environment/Variables/SECRETS_PREFIX", f"/{SERVICE}/prod-eu/"),
    ),
    (
        "a queue that leads to ingest",
        functions.queue_leads_to_the_worker,
        edit(f"{MAPPING}/FunctionName", {"Fn::GetAtt": [INGEST, "Arn"]}),
    ),
    (
        "a worker of dead letters",
        functions.queue_leads_to_the_worker,
        edit(f"{MAPPING}/EventSourceArn", {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}),
    ),
    (
        "a batch that fails whole",
        functions.failed_messages_come_again_alone,
        edit(f"{MAPPING}/FunctionResponseTypes", GONE),
    ),
    ("batches of a hundred", functions.batches_are_a_fifo_queues, edit(f"{MAPPING}/BatchSize", 100)),
    ("a batching window", functions.queue_leads_to_the_worker, edit(f"{MAPPING}/MaximumBatchingWindowInSeconds", 5)),
    ("a worker without a limit", functions.worker_leaves_room_for_webhooks, edit(f"{MAPPING}/ScalingConfig", GONE)),
    ("a POST route", functions.routes_are_those_that_are_served, edit("HttpApiRouteAnyEcho/RouteKey", "POST /echo")),
    ("no default route", functions.routes_are_those_that_are_served, without("HttpApiRouteDefault")),
    (
        "a route to the wrong function",
        functions.routes_are_those_that_are_served,
        edit("HttpApiRouteDefault/Target", TO_INGEST),
    ),
    (
        "a function that no API may invoke",
        INVOKED,
        without("EchoLambdaPermissionHttpApi"),
    ),
    (
        "a function that any API may invoke",
        INVOKED,
        edit("EchoLambdaPermissionHttpApi/SourceArn", GONE),
    ),
    (
        "the older payload",
        functions.api_speaks_as_the_functions_do,
        edit("HttpApiIntegrationEcho/PayloadFormatVersion", "1.0"),
    ),
    ("no throttling", functions.flood_is_throttled, edit("HttpApiStage/DefaultRouteSettings", GONE)),
    ("a function without tags", functions.resources_say_whose_they_are, edit(f"{ECHO}/Tags", GONE)),
    (
        "a worker that may not write",
        roles.roles_allow_this_and_nothing_else,
        forget("QueueWorkerRole", "dynamodb:PutItem"),
    ),
    (
        "a worker that may not hide",
        roles.roles_allow_this_and_nothing_else,
        forget("QueueWorkerRole", "sqs:ChangeMessageVisibility"),
    ),
    (
        "an ingest that may not bury",
        roles.roles_allow_this_and_nothing_else,
        edit("WebhookIngestRole/Policies/0/PolicyDocument/Statement/4/Resource", {"Fn::GetAtt": ["Queue", "Arn"]}),
    ),
    (
        "an ingest that may read the table",
        roles.roles_allow_this_and_nothing_else,
        allow("WebhookIngestRole", "dynamodb:GetItem", {"Fn::GetAtt": ["Table", "Arn"]}),
    ),
    (
        "an ingest that may have the bot's token",
        roles.roles_allow_this_and_nothing_else,
        allow("WebhookIngestRole", "ssm:GetParameters", f"arn:aws:ssm:*:*:parameter/{SERVICE}/*"),
    ),
    (
        "a worker that may do anything to queues",
        roles.roles_allow_this_and_nothing_else,
        allow("QueueWorkerRole", "sqs:*", "*"),
    ),
    (
        "an echo that writes the others' logs",
        roles.roles_allow_this_and_nothing_else,
        allow("EchoRole", "logs:PutLogEvents", "*"),
    ),
    (
        "a worker that may scan",
        roles.roles_allow_the_table_calls_that_are_made,
        allow("QueueWorkerRole", "dynamodb:Scan", {"Fn::GetAtt": ["Table", "Arn"]}),
    ),
    (
        "a role for two functions",
        roles.functions_have_a_role_each,
        edit(f"{INGEST}/Role", {"Fn::GetAtt": ["QueueWorkerRole", "Arn"]}),
    ),
    (
        "a role that anybody assumes",
        roles.only_lambda_assumes_roles,
        edit("EchoRole/AssumeRolePolicyDocument/Statement/0/Principal", {"AWS": "*"}),
    ),
    ("a role that decrypts anything", roles.keys_decrypt_parameters_only, unconditioned("QueueWorkerRole")),
    (
        "an alarm of another function",
        TABLE,
        edit("QueueWorkerErrorsAlarm/Dimensions/0/Value", {"Ref": ECHO}),
    ),
    ("throttling that nobody hears of", TABLE, without("WebhookIngestThrottlesAlarm")),
    ("no alarm for dead letters", TABLE, without("DeadLettersAlarm")),
    (
        "an alarm for the wrong queue",
        TABLE,
        edit("DeadLettersAlarm/Dimensions/0/Value", {"Fn::GetAtt": ["Queue", "QueueName"]}),
    ),
    ("a backlog that rings for a platform's pace", PACE, edit("BacklogAlarm/Threshold", 60)),
    ("a REST API's metric", TABLE, edit("ApiErrorsAlarm/MetricName", "5XXError")),
    ("a platform that is not watched", TABLE, without("DiscordForgedAlarm")),
    ("the mean latency", TABLE, edit("SlackLateAlarm/ExtendedStatistic", GONE)),
    (
        "metrics in another namespace",
        functions.variables_lead_to_what_they_name,
        edit(f"{INGEST}/Environment/Variables/METRICS_NAMESPACE", SERVICE),
    ),
    ("an alarm that tells nobody", watching.alarms_are_heard, edit("BacklogAlarm/AlarmActions", [])),
    ("a silence that is no alarm", TABLE, edit("SilenceAlarm/TreatMissingData", "notBreaching")),
    ("an alarm for nothing", TABLE, edit("TelegramForgedAlarm/TreatMissingData", "breaching")),
    ("a metric that is misspelt", watching.metrics_are_counted, edit("SlackForgedAlarm/MetricName", "forgeries")),
    ("a metric of nobody's", watching.metrics_are_counted, edit("SlackForgedAlarm/Namespace", "Lambot")),
    (
        "an alarm without a word in the runbook",
        watching.every_alarm_is_explained,
        edit("BacklogAlarm/AlarmName", f"{SERVICE}-dev-jam"),
    ),
    ("logs for ever", watching.logs_are_kept_for_a_while, edit("EchoLogGroup/RetentionInDays", GONE)),
    (
        "logs that cannot be searched",
        watching.logs_have_every_metric_and_every_report,
        edit(f"{ECHO}/LoggingConfig/LogFormat", "Text"),
    ),
    # Of the alarms.
    ("an alarm that never rings", TABLE, edit("SlackWaitingAlarm/Threshold", 6_000_000_000)),
    ("an outage in its mean", TABLE, edit("SlackWaitingAlarm/Statistic", "Average")),
    ("an outage that nobody hears of", TABLE, without("UnknownWaitingAlarm")),
    ("an outage that is over between two tries", PACE, edit("DiscordWaitingAlarm/Period", 300)),
    ("an outage that is a platform's pace", PACE, edit("SlackWaitingAlarm/Threshold", 600)),
    ("poison that nobody hears of", TABLE, without("TelegramPoisonAlarm")),
    ("poison of another platform", TABLE, edit("TelegramPoisonAlarm/Dimensions/0/Value", "slack")),
    ("errors in their mean", TABLE, edit("EchoErrorsAlarm/Statistic", "Average")),
    ("a thousand errors", TABLE, edit("QueueWorkerErrorsAlarm/Threshold", 1000)),
    ("more than one", TABLE, edit("SlackTokenAlarm/ComparisonOperator", "GreaterThanThreshold")),
    ("forgeries in a minute", TABLE, edit("SlackForgedAlarm/Period", 60)),
    ("errors for an hour", TABLE, edit("ApiErrorsAlarm/EvaluationPeriods", 12)),
    ("one late answer of three times", TABLE, edit("SlackLateAlarm/DatapointsToAlarm", 1)),
    ("a metric in seconds, which is in counts", TABLE, edit("SlackPoisonAlarm/Unit", "Seconds")),
    ("a second dimension", TABLE, edit("SlackForgedAlarm/Dimensions", [PLATFORM, {"Name": "stage", "Value": "dev"}])),
    ("an alarm more than was said", watching.alarms_cost_what_is_said, outside("SilenceAlarm", "Condition", GONE)),
    ("half a day of silence", TABLE, edit("SilenceAlarm/EvaluationPeriods", 12)),
    ("silence of another function", TABLE, edit("SilenceAlarm/Dimensions/0/Value", {"Ref": ECHO})),
    ("a topic with the wrong key", watching.alarms_are_heard, edit("AlarmTopic/KmsMasterKeyId", "alias/aws/sns")),
    ("mails for some", watching.alarms_are_heard, edit("AlarmMail/FilterPolicy", {"severity": ["high"]})),
    ("metrics that are dropped", LEVEL, edit(f"{WORKER}/LoggingConfig/ApplicationLogLevel", "WARN")),
    ("reports that are dropped", LEVEL, edit(f"{WORKER}/LoggingConfig/SystemLogLevel", "WARN")),
    # Of the functions, and of the ways to them.
    (
        "a worker with little memory",
        functions.functions_have_the_memory_that_is_said,
        edit(f"{WORKER}/MemorySize", 128),
    ),
    ("an ingest that queues for nobody", VARIABLES, edit(f"{INGEST}/Environment/Variables/QUEUE_URL", DEAD_LETTERS)),
    ("an ingest that buries alive", VARIABLES, edit(f"{INGEST}/Environment/Variables/DLQ_URL", {"Ref": "Queue"})),
    ("a worker that buries alive", VARIABLES, edit(f"{WORKER}/Environment/Variables/DLQ_URL", {"Ref": "Queue"})),
    ("a table by a name", VARIABLES, edit(f"{WORKER}/Environment/Variables/TABLE_NAME", SERVICE)),
    ("a worker without a table", VARIABLES, edit(f"{WORKER}/Environment/Variables/TABLE_NAME", GONE)),
    ("a function that is off", functions.nothing_is_reserved, edit(f"{INGEST}/ReservedConcurrentExecutions", 0)),
    ("a mapping that is off", functions.queue_leads_to_the_worker, edit(f"{MAPPING}/Enabled", False)),
    ("a mapping that deletes", functions.queue_leads_to_the_worker, edit(f"{MAPPING}/FilterCriteria", {"Filters": []})),
    ("another API's permission", INVOKED, edit(f"{PERMISSION}/SourceArn", OTHER_API)),
    ("another permission", INVOKED, edit(f"{PERMISSION}/Action", "lambda:GetFunction")),
    (
        "an impatient API",
        functions.api_speaks_as_the_functions_do,
        edit("HttpApiIntegrationEcho/TimeoutInMillis", 3000),
    ),
    ("routes that are not deployed", SERVED, edit("HttpApiStage/AutoDeploy", False)),
    ("a path that nobody knows", SERVED, edit("HttpApiStage/StageName", "dev")),
    ("a route for AWS's own", SERVED, edit("HttpApiRouteDefault/AuthorizationType", "AWS_IAM")),
    # Of the queues.
    ("an answer in a minute", AT_ONCE, edit("Queue/DelaySeconds", 60)),
    ("small messages", AT_ONCE, edit("Queue/MaximumMessageSize", 1024)),
    ("no dead letters from here", AT_ONCE, edit("DeadLetterQueue/RedriveAllowPolicy", NOTHING)),
)
