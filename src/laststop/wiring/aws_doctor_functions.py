"""Functions, and what calls them, looked at from outside.

Source: the answers' shapes in botocore's Lambda, EventBridge, SQS and Secrets Manager models (1.43).
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from botocore.exceptions import ClientError

from laststop import __version__
from laststop.catalog.stream_filter import stream_filters
from laststop.wiring.aws_deployed import PARAMETERS
from laststop.wiring.aws_examination import (
    APPLY_BASE,
    DEPLOY,
    AwsPatient,
    code_of,
    note,
    ok,
    trouble,
)
from laststop.wiring.examination import Finding
from laststop.wiring.function_values import FUNCTIONS

VERSION: Final = "LASTSTOP_VERSION"
"""The variable that says which laststop a function is."""
_ABSENT: Final = "ResourceNotFoundException"
_NAMES: Final = tuple(
    name for name in PARAMETERS if name not in ("LASTSTOP_SETTINGS", "LASTSTOP_SLACK_SECRET_ARN")
)


def of_functions(patient: AwsPatient) -> Iterator[Finding]:
    """Each is there, active, of this version, of the same code as the others, and has the right names."""
    found: dict[str, Any] = {}
    troubles = 0
    for each in FUNCTIONS:
        name = patient.function(each.replace("_", "-"))
        try:
            found[name] = patient.client("lambda").get_function_configuration(FunctionName=name)
        except ClientError as error:
            if code_of(error) != _ABSENT:
                raise
            troubles += 1
            yield trouble("functions", f"{name} is not deployed", DEPLOY)
    for name, told in found.items():
        for finding in _of_function(patient, name, told):
            troubles += finding.state == "trouble"
            yield finding
    if len({str(told.get("CodeSha256")) for told in found.values()}) > 1:
        troubles += 1
        yield trouble("functions", "they are not all of the same code", DEPLOY)
    if not troubles:
        yield ok("functions", f"{len(found)} deployed, of laststop {__version__}")


def _of_function(patient: AwsPatient, name: str, told: Any) -> Iterator[Finding]:
    if told.get("State") == "Pending":
        yield note("functions", f"{name} is being made", "look again in a minute")
    elif told.get("State", "Active") not in ("Active", "Inactive"):
        why = told.get("StateReason") or "it gave no reason"
        yield trouble("functions", f"{name} is {told['State']}: {why}", DEPLOY)
    variables = told.get("Environment", {}).get("Variables", {})
    version = variables.get(VERSION, "")
    if version != __version__:
        said = f"laststop {version}" if version else "a laststop that does not say its version"
        yield trouble("functions", f"{name} is {said}, and this is {__version__}", DEPLOY)
    for variable in _NAMES:
        wanted = patient.parameters.get(PARAMETERS[variable], "")
        if wanted and variables.get(variable) != wanted:
            says = f"{name} has {variable}={variables.get(variable, '')}, and the parameter says {wanted}"
            yield trouble("functions", says, "in infra: osls deploy")


def of_stream(patient: AwsPatient) -> Iterator[Finding]:
    """The mapping that hands the catalog's records to `publish`."""
    name, stream = patient.function("publish"), patient.value("catalog/stream-arn")
    told = (
        patient.client("lambda").list_event_source_mappings(FunctionName=name).get("EventSourceMappings", ())
    )
    mine = [each for each in told if each.get("EventSourceArn") == stream]
    if not mine:
        yield trouble("stream", f"nothing hands the records of {stream} to {name}", "in infra: osls deploy")
        return
    (mapping, *more) = mine
    identity = mapping.get("UUID", "")
    wrong = []
    if mapping.get("State") not in ("Enabled", "Enabling", "Updating", "Creating"):
        turn_on = f"aws lambda update-event-source-mapping --uuid {identity} --enabled"
        wrong.append(trouble("stream", f"the mapping to {name} is {mapping.get('State')}", turn_on))
    if "ReportBatchItemFailures" not in mapping.get("FunctionResponseTypes", ()):
        says = f"the mapping to {name} does not take partial answers: one bad record repeats a whole batch"
        wrong.append(trouble("stream", says, "in infra: osls deploy"))
    if _filters(mapping) != _wanted_filters(patient):
        says = f"the mapping to {name} lets through other records than laststop.toml asks for"
        wrong.append(trouble("stream", says, DEPLOY))
    if more:
        wrong.append(
            note("stream", f"{len(mine)} mappings lead to {name}; one is enough", "take the others away")
        )
    problem = str(mapping.get("LastProcessingResult", ""))
    if problem.startswith("PROBLEM"):
        wrong.append(trouble("stream", problem, f"aws logs tail /aws/lambda/{name} --since 1h"))
    yield from wrong
    if not wrong:
        yield ok("stream", f"its records reach {name}")


def _filters(mapping: Any) -> list[Any]:
    filters = mapping.get("FilterCriteria", {}).get("Filters", ())
    patterns = []
    for each in filters:
        try:
            patterns.append(msgspec.json.decode(str(each.get("Pattern", ""))))
        except msgspec.DecodeError:
            patterns.append(each)
    return sorted(patterns, key=lambda one: msgspec.json.encode(one, order="sorted"))


def _wanted_filters(patient: AwsPatient) -> list[Any]:
    policy = patient.home.policy
    return sorted(
        stream_filters(policy.phases, policy.columns),
        key=lambda one: msgspec.json.encode(one, order="sorted"),
    )


CALLS: Final = (
    ("start", "aws.s3", "new documents start no run"),
    ("start", "aws.codepipeline", "a run that was cancelled is not asked for again"),
    ("announce", "aws.codepipeline", "nobody is told of runs"),
    ("sweep", "", "nothing is swept by itself"),
)
"""Function, the events that must reach it (none: a schedule), and what happens without."""


def of_rules(patient: AwsPatient) -> Iterator[Finding]:
    """EventBridge's rules, and that they lead to the functions."""
    events = patient.client("events")
    good = 0
    for function, source, without in CALLS:
        name = patient.function(function)
        here = f"{patient.home.settings.region}:{patient.account}"
        arn = f"arn:{_partition(patient)}:lambda:{here}:function:{name}"
        names = events.list_rule_names_by_target(TargetArn=arn).get("RuleNames", ())
        rules = [events.describe_rule(Name=each) for each in names]
        mine = [each for each in rules if _fits(each, source)]
        told = f"events of {source}" if source else "a schedule"
        if not mine:
            yield trouble("rules", f"no rule calls {name} for {told}: {without}", "in infra: osls deploy")
            continue
        if not any(each.get("State", "").startswith("ENABLED") for each in mine):
            turn_on = f"aws events enable-rule --name {mine[0]['Name']}"
            yield trouble("rules", f"the rule that calls {name} for {told} is turned off: {without}", turn_on)
            continue
        good += 1
    if good == len(CALLS):
        yield ok("rules", f"{good} rules call the functions")


def _fits(rule: Any, source: str) -> bool:
    if not source:
        return bool(rule.get("ScheduleExpression"))
    try:
        pattern = msgspec.json.decode(str(rule.get("EventPattern", "") or "{}"), type=dict[str, Any])
    except msgspec.MsgspecError:
        return False
    return source in pattern.get("source", ())


def _partition(patient: AwsPatient) -> str:
    return patient.caller.split(":")[1] if patient.caller.startswith("arn:") else "aws"


def of_queues(patient: AwsPatient) -> Iterator[Finding]:
    """The failure queues: there, and empty."""
    sqs = patient.client("sqs")
    for word in ("stream-failures", "function-failures"):
        arn = patient.value(f"queues/{word}-arn")
        name = arn.rpartition(":")[2]
        try:
            url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
            told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        except ClientError as error:
            if "NonExistentQueue" not in code_of(error):
                raise
            yield trouble("queues", f"there is no queue {name}", APPLY_BASE)
            continue
        waiting = int(told.get("Attributes", {}).get("ApproximateNumberOfMessages", 0))
        if waiting:
            says = f"{waiting} messages wait in {name}: calls that failed for good"
            yield note("queues", says, "docs/guides/aws-runbook.md says what to do")
        else:
            yield ok("queues", f"{name} is empty")


def of_messages(patient: AwsPatient) -> Iterator[Finding]:
    """The Slack token has a value, where a channel is named."""
    channel = patient.home.project.notices.slack_channel
    if not channel:
        yield note(
            "messages", "no channel is named, so nothing is posted", "set slack_channel under [notices]"
        )
        return
    arn = patient.value("slack/secret-arn")
    put = f"aws secretsmanager put-secret-value --secret-id {arn} --secret-string xoxb-…"
    try:
        told = patient.client("secretsmanager").describe_secret(SecretId=arn)
    except ClientError as error:
        if code_of(error) != _ABSENT:
            raise
        yield trouble("messages", f"there is no secret {arn}", APPLY_BASE)
        return
    stages = [stage for each in told.get("VersionIdsToStages", {}).values() for stage in each]
    if told.get("DeletedDate"):
        restore = f"aws secretsmanager restore-secret --secret-id {arn}"
        yield trouble("messages", "the secret with the Slack token is to be deleted", restore)
    elif "AWSCURRENT" not in stages:
        yield trouble("messages", f"{channel} is named, and the secret has no token yet", put)
    else:
        yield ok("messages", f"{channel}, with a token")
