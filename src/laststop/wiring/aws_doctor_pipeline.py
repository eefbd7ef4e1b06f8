"""The pipeline, its connection and its build project, looked at from outside.

Source: the answers' shapes in botocore's CodePipeline, CodeConnections and CodeBuild models (1.43).
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from botocore.exceptions import ClientError

from laststop.config.pipeline_file import check_pipeline
from laststop.config.project import PIPELINE_FILE
from laststop.errors import NotFoundError
from laststop.pipeline.catalogue import S3_SOURCE
from laststop.pipeline.declaration import Pipeline
from laststop.wiring.aws_examination import (
    APPLY_BASE,
    APPLY_PIPELINE,
    AwsPatient,
    code_of,
    note,
    ok,
    trouble,
)
from laststop.wiring.examination import Finding

_SAID_MAX: Final = 3
_BY_TERRAFORM: Final = ("roleArn", "artifactStore", "artifactStores", "version")
"""Members that only AWS has: which role and bucket, and how often it was changed."""


def of_pipeline(patient: AwsPatient) -> Iterator[Finding]:
    """It is there and says what pipeline.yml says; its S3 sources are not polled."""
    name = patient.value("pipeline/name")
    try:
        told = patient.home.service("codepipeline").call("GetPipeline", {"name": name})["pipeline"]
    except NotFoundError:
        yield trouble("pipeline", f"there is no pipeline {name}", APPLY_PIPELINE)
        return
    polled = [
        str(action["name"])
        for stage in told.get("stages", ())
        for action in stage.get("actions", ())
        if _kind(action) == S3_SOURCE
        and str(action.get("configuration", {}).get("PollForSourceChanges", "true")).lower() != "false"
    ]
    if polled:
        says = f"CodePipeline polls the sources {', '.join(polled)}, and starts runs that pin nothing"
        mend = f'say PollForSourceChanges: "false" in {PIPELINE_FILE}; laststop aws render; {APPLY_PIPELINE}'
        yield trouble("pipeline", says, mend)
    read = check_pipeline(patient.project, home="aws")
    if read.pipeline is None or not read.usable:
        yield note("pipeline", f"{name} cannot be compared: {PIPELINE_FILE} has problems", "laststop check")
        return
    apply = f"laststop aws render; {APPLY_PIPELINE}"
    try:
        differing = list(_differing(_plain(_deployed(told, patient)), _plain(read.pipeline)))
    except msgspec.ValidationError as error:
        says = f"{name} has what this laststop does not know, so it is not compared: {error}"
        yield note("pipeline", says, f"aws codepipeline get-pipeline --name {name}")
        return
    if differing:
        more = f" and {len(differing) - _SAID_MAX} more" if len(differing) > _SAID_MAX else ""
        says = f"{name} is not what {PIPELINE_FILE} says: {'; '.join(differing[:_SAID_MAX])}{more}"
        yield trouble("pipeline", says, apply)
    elif not polled:
        yield ok("pipeline", f"{name} is what {PIPELINE_FILE} says")


def _kind(action: Any) -> str:
    told = action.get("actionTypeId", {})
    return "/".join(str(told.get(each, "")) for each in ("category", "owner", "provider", "version"))


def _deployed(told: Any, patient: AwsPatient) -> Pipeline:
    """CodePipeline's answer as a declaration, without what Terraform adds."""
    kept: dict[str, Any] = {key: value for key, value in told.items() if key not in _BY_TERRAFORM}
    for stage in kept.get("stages", ()):
        for action in stage.get("actions", ()):
            if action.get("region") == patient.home.settings.region:
                del action["region"]
    return msgspec.convert(kept, Pipeline)


def _plain(value: Any) -> Any:
    """A declaration with every default spelled out: what AWS prints and a file leaves out is equal then."""
    if isinstance(value, msgspec.Struct):
        fields = msgspec.structs.fields(value)
        members = {field.encode_name: _plain(getattr(value, field.name)) for field in fields}
        added = _BY_TERRAFORM if isinstance(value, Pipeline) else ()
        return {name: member for name, member in members.items() if name not in added}
    if isinstance(value, tuple):
        return tuple(_plain(each) for each in value)
    return value


def _differing(deployed: Any, own: Any, path: str = "") -> Iterator[str]:
    """Each place that differs, with what stands there on AWS and here."""
    if isinstance(deployed, dict) and isinstance(own, dict):
        for key in sorted({*deployed, *own}):
            yield from _differing(deployed.get(key), own.get(key), f"{path}.{key}" if path else key)
    elif isinstance(deployed, tuple) and isinstance(own, tuple) and len(deployed) == len(own):
        for place, (theirs, ours) in enumerate(zip(deployed, own, strict=True)):
            yield from _differing(theirs, ours, f"{path}[{place}]")
    elif deployed != own:
        yield f"{path} is {_short(deployed)} on AWS and {_short(own)} here"


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - what a line has room for


def of_connection(patient: AwsPatient) -> Iterator[Finding]:
    """Connections that the declaration reads through; a new one waits for a person's click."""
    read = check_pipeline(patient.project, home="aws")
    sources = read.pipeline.sources() if read.pipeline else ()
    used = {each.configuration.get("ConnectionArn", "") for each in sources} - {""}
    given = patient.project.aws_names.connection_arn
    for arn in sorted(used | ({given} if given else set())):
        yield from _of_connection(patient, arn)
    if not used and not given and patient.project.aws_names.connection_provider:
        says = "the connection's ARN is not in laststop.toml yet"
        yield note(
            "connection", says, "set connection_arn under [names.aws]: aws codeconnections list-connections"
        )


def _of_connection(patient: AwsPatient, arn: str) -> Iterator[Finding]:
    service = "codestar-connections" if ":codestar-connections:" in arn else "codeconnections"
    region = arn.split(":")[3] if arn.count(":") > 3 else patient.home.settings.region  # noqa: PLR2004
    try:
        told = patient.client(service).get_connection(ConnectionArn=arn)["Connection"]
    except ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            raise
        yield trouble("connection", f"there is no connection {arn}", APPLY_BASE)
        return
    status, name = told.get("ConnectionStatus"), told.get("ConnectionName", arn)
    where = f"https://{region}.console.aws.amazon.com/codesuite/settings/connections"
    if status == "PENDING":
        says = f"the connection {name} is PENDING: somebody has to confirm it"
        yield trouble(
            "connection", says, f'open {where}, choose {name}, and click "Update pending connection"'
        )
    elif status != "AVAILABLE":
        yield trouble("connection", f"the connection {name} is {status}", f"look at {where}")
    else:
        yield ok("connection", f"{name} to {told.get('ProviderType', 'its provider')} is AVAILABLE")


def of_build(patient: AwsPatient) -> Iterator[Finding]:
    """The CodeBuild project."""
    name = patient.value("build/project")
    told = patient.client("codebuild").batch_get_projects(names=[name])
    if told.get("projects"):
        yield ok("build", f"the CodeBuild project {name}")
    else:
        yield trouble("build", f"there is no CodeBuild project {name}", APPLY_PIPELINE)
