"""The variables file of Terraform's two steps, from laststop.toml and pipeline.yml.

Terraform reads pipeline.yml itself. The file's digest goes with the variables, so that it applies only the
bytes that were judged here, by rules Terraform does not have.
"""

import hashlib
from base64 import b64encode
from typing import Final

import msgspec

from laststop.catalog.document import empty
from laststop.catalog.document_zip import pack
from laststop.config.aws_names import AwsNames
from laststop.config.pipeline_file import PipelineInvalidError, check_pipeline
from laststop.config.project import PIPELINE_FILE, PROJECT_FILE, Project
from laststop.errors import ConflictError, UsageError
from laststop.pipeline.declaration import Pipeline

SETTINGS_BYTES_MAX: Final = 8192
"""Of an advanced SSM parameter. Source: Systems Manager quotas, read 2026-11."""
_PENDING: Final = "00000000-0000-0000-0000-000000000000"


class CatalogVariables(msgspec.Struct, frozen=True, kw_only=True):
    """`stream_arn` is empty for a table that Terraform makes."""

    table: str
    stream_arn: str
    algorithm: str
    version: str


class SeedVariables(msgspec.Struct, frozen=True, kw_only=True):
    """A document object and the bytes of its generation 0."""

    key: str
    seed_base64: str


class DocumentsVariables(msgspec.Struct, frozen=True, kw_only=True):
    """The bucket and its objects."""

    bucket: str
    objects: tuple[SeedVariables, ...]


class PipelineVariables(msgspec.Struct, frozen=True, kw_only=True):
    """What roles have to know of the pipeline before it exists."""

    name: str
    file_sha256: str
    front_stage: str


class ConnectionVariables(msgspec.Struct, frozen=True, kw_only=True):
    """`arn` is empty until a connection that Terraform makes for `provider` was confirmed."""

    arn: str
    provider: str


class ProjectVariables(msgspec.Struct, frozen=True, kw_only=True):
    """The variable `project` of both steps; `infra/terraform/base/project.tf` spells it the same way."""

    name: str
    account: str
    region: str
    names: dict[str, str]
    catalog: CatalogVariables
    ledger_table: str
    documents: DocumentsVariables
    artifacts_bucket: str
    site_bucket: str
    pipeline: PipelineVariables
    connection: ConnectionVariables
    build_project: str
    build_timeout_minutes: int
    default_ttl_seconds: int
    settings: str


class Variables(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file."""

    project: ProjectVariables

    @property
    def text(self) -> bytes:
        """The same project always gives the same bytes."""
        return msgspec.json.format(msgspec.json.encode(self, order="sorted"), indent=2) + b"\n"


def terraform_variables(project: Project) -> Variables:
    """What Terraform has to know of a project.

    Raises: UsageError naming what `[names.aws]` lacks; PipelineInvalidError with every problem of
    pipeline.yml; ConflictError when that file changes meanwhile.
    """
    names = project.aws_names
    _complete(names)
    digest = _digest(project)
    pipeline = _judged(project, names)
    if _digest(project) != digest:
        raise ConflictError(
            "it changed while it was judged", place=PIPELINE_FILE, hint="run the command again"
        )
    columns = project.catalog.columns
    return Variables(
        project=ProjectVariables(
            name=project.name,
            account=names.account,
            region=names.region,
            names=project.names_for("aws") | _connection(names, names.connection_arn),
            catalog=CatalogVariables(
                table=names.catalog_table,
                stream_arn=names.catalog_stream_arn,
                algorithm=columns.algorithm,
                version=columns.version,
            ),
            ledger_table=names.ledger_table,
            documents=DocumentsVariables(bucket=names.documents_bucket, objects=_seeds(project)),
            artifacts_bucket=names.artifacts_bucket,
            site_bucket=names.site_bucket,
            pipeline=PipelineVariables(
                name=pipeline.name, file_sha256=digest, front_stage=pipeline.stages[1].name
            ),
            connection=ConnectionVariables(arn=names.connection_arn, provider=names.connection_provider),
            build_project=names.build_project,
            build_timeout_minutes=max(5, project.build.timeout_minutes),  # the least CodeBuild takes
            default_ttl_seconds=project.edge.default_ttl_seconds,
            settings=settings_text(project),
        )
    )


def _complete(names: AwsNames) -> None:
    missing = [name for name in ("region", "account") if not getattr(names, name)]
    if missing:
        raise UsageError(
            f"[names.aws] lacks {', '.join(missing)}",
            place=PROJECT_FILE,
            hint="docs/guides/aws-deploy.md says where to find each",
        )
    if names.documents_bucket in (names.artifacts_bucket, names.site_bucket) or (
        names.artifacts_bucket == names.site_bucket
    ):
        raise UsageError(
            "documents, artifacts and site need a bucket each",
            place=f"{PROJECT_FILE} names.aws",
            hint="rename one",
        )
    if names.catalog_table == names.ledger_table:
        raise UsageError(
            "catalog and ledger need a table each: a stream would carry laststop's own notes",
            place=f"{PROJECT_FILE} names.aws",
            hint="rename ledger_table",
        )


def _judged(project: Project, names: AwsNames) -> Pipeline:
    """The declaration; a connection that is yet to be made has a stand-in for its ARN."""
    pending = f"arn:aws:codeconnections:{names.region}:{names.account}:connection/{_PENDING}"
    aws = project.names.aws | _connection(names, names.connection_arn or pending)
    project = msgspec.structs.replace(project, names=msgspec.structs.replace(project.names, aws=aws))
    read = check_pipeline(project, home="aws")
    if read.pipeline is None or not read.usable:
        raise PipelineInvalidError(read.findings, file=PIPELINE_FILE)
    return read.pipeline


def _connection(names: AwsNames, arn: str) -> dict[str, str]:
    """The placeholder of the connection, if there is one or is to be one."""
    return {"connection_arn": arn} if names.connection_arn or names.connection_provider else {}


def _seeds(project: Project) -> tuple[SeedVariables, ...]:
    return tuple(
        SeedVariables(key=dealt.key, seed_base64=b64encode(pack(empty(dealt.object, dealt.types))).decode())
        for dealt in project.document_objects
    )


def _digest(project: Project) -> str:
    """Of the bytes Terraform will read; empty when they cannot be read: judging the file tells it better."""
    try:
        return hashlib.sha256((project.root / PIPELINE_FILE).read_bytes()).hexdigest()
    except OSError:
        return ""


def settings_text(project: Project) -> str:
    """laststop.toml as the functions read it, every default spelled out: they may be of another version.

    What only one machine knows stays there: repositories, its own functions, and who is told of events
    there, and the values of placeholders.
    Raises: UsageError when they are longer than a parameter may be.
    """
    tables = msgspec.structs.replace(
        project.tables, repositories={}, functions={}, events=(), names=type(project.names)()
    )
    text = msgspec.json.encode(tables, order="sorted").decode()
    if len(text.encode()) > SETTINGS_BYTES_MAX:
        raise UsageError(
            f"its settings take more than {SETTINGS_BYTES_MAX} bytes, the most a parameter of AWS holds",
            place=PROJECT_FILE,
            hint="shorten the names of types, or the list of owners",
        )
    return text
