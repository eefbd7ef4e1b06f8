"""laststop.toml as values; the defaults are written here and nowhere else."""

from pathlib import Path
from typing import Final, Literal

import msgspec

from laststop.catalog.dealing import DocumentObject, document_objects
from laststop.config.aws_names import AwsNames, aws_names

PROJECT_FILE: Final = "laststop.toml"
PIPELINE_FILE: Final = "pipeline.yml"
PIPELINES_FOLDER: Final = "pipelines"

Home = Literal["embedded", "aws"]
"""Where laststop runs."""


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Shared decoding rules: no unknown keys."""


class Head(_Table, frozen=True, kw_only=True):
    """`[project]`: what is released."""

    name: str
    types: tuple[str, ...]
    release_phases: tuple[str, ...] = ("PACKAGE_TESTS_COMPLETE", "PACKATE_TESTS_COMPLETE")


class Columns(_Table, frozen=True, kw_only=True):
    """`[catalog.columns]`: what an existing table calls the four attributes laststop reads."""

    algorithm: str = "algorithm"
    version: str = "version"
    type: str = "type"
    phase: str = "phase"

    @property
    def names(self) -> dict[str, str]:
        """Our name -> the table's name."""
        return {field: getattr(self, field) for field in self.__struct_fields__}


class CatalogTable(_Table, frozen=True, kw_only=True):
    """`[catalog]`: how the catalog is read."""

    columns: Columns = Columns()
    allow_prereleases: bool = False


class BuildTable(_Table, frozen=True, kw_only=True):
    """`[build]`: how builds run. `passed` names variables of the server's environment builds may see."""

    timeout_minutes: int = 60
    passed: tuple[str, ...] = msgspec.field(name="pass", default=())


class DocumentsTable(_Table, frozen=True, kw_only=True):
    """`[documents]`: where metadata documents are kept, and how many objects carry them."""

    bucket: str = ""
    objects: int | None = None


class EdgeTable(_Table, frozen=True, kw_only=True):
    """`[edge]`: the caching layer readers talk to."""

    default_ttl_seconds: int = 300


class VerifyTable(_Table, frozen=True, kw_only=True):
    """`[verify]`: how a release is proven. `versions` is a file of the site that lists active versions."""

    within_seconds: int = 120
    versions: str = ""


class NoticesTable(_Table, frozen=True, kw_only=True):
    """`[notices]`: who is told, and where. `owners` maps a type to the mention of those who own it.

    `slack_token_file` and `file` are paths, relative to the project; the webhook's secret comes from the
    server's environment.
    """

    slack_channel: str = ""
    slack_token_file: str = ""
    webhook_url: str = ""
    file: str = ""
    owners: dict[str, str] = {}


class FunctionTable(_Table, frozen=True, kw_only=True):
    """`[functions.NAME]`: a function of the project's own. `handler` is `path.py:function`.

    `passed` names variables of the server's environment the function may see; their values never show in its
    log.
    """

    handler: str
    timeout_seconds: int = 900
    environment: dict[str, str] = {}
    passed: tuple[str, ...] = msgspec.field(name="pass", default=())

    @property
    def file(self) -> str:
        """The Python file, relative to the project."""
        return self.handler.rpartition(":")[0]

    @property
    def function(self) -> str:
        """What is called in it."""
        return self.handler.rpartition(":")[2]


class EventsTable(_Table, frozen=True, kw_only=True):
    """One `[[events]]`: what happens to pipelines, told to a function or to a webhook.

    `pattern` is an EventBridge event pattern in JSON; `name` says how far it has been told, so another name
    begins anew.
    """

    name: str
    pattern: str
    function: str = ""
    webhook: str = ""


class NamesTable(_Table, frozen=True, kw_only=True):
    """`[names.embedded]` and `[names.aws]`: values for the placeholders of pipeline.yml."""

    embedded: dict[str, str] = {}
    aws: dict[str, str] = {}


class RetentionTable(_Table, frozen=True, kw_only=True):
    """`[retention]`: what is kept. Units: counts, unless a name says days."""

    runs: int = 200
    logs_days: int = 30
    releases: int = 10
    journal_days: int = 30
    workspaces: int = 2


class ProjectTables(_Table, frozen=True, kw_only=True):
    """The file as it is written."""

    project: Head
    catalog: CatalogTable = CatalogTable()
    repositories: dict[str, str] = {}
    build: BuildTable = BuildTable()
    documents: DocumentsTable = DocumentsTable()
    edge: EdgeTable = EdgeTable()
    verify: VerifyTable = VerifyTable()
    notices: NoticesTable = NoticesTable()
    functions: dict[str, str | FunctionTable] = {}
    events: tuple[EventsTable, ...] = ()
    names: NamesTable = NamesTable()
    retention: RetentionTable = RetentionTable()


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A user's project: its folder and everything its laststop.toml says."""

    root: Path
    name: str
    types: tuple[str, ...]
    release_phases: tuple[str, ...]
    catalog: CatalogTable
    repositories: dict[str, str]
    build: BuildTable
    documents: DocumentsTable
    edge: EdgeTable
    verify: VerifyTable
    notices: NoticesTable
    functions: dict[str, FunctionTable]
    events: tuple[EventsTable, ...]
    names: NamesTable
    retention: RetentionTable

    @property
    def tables(self) -> ProjectTables:
        """The file again, with every default spelled out."""
        return ProjectTables(
            project=Head(name=self.name, types=self.types, release_phases=self.release_phases),
            catalog=self.catalog,
            repositories=self.repositories,
            build=self.build,
            documents=self.documents,
            edge=self.edge,
            verify=self.verify,
            notices=self.notices,
            names=self.names,
            retention=self.retention,
        )

    @property
    def state_folder(self) -> Path:
        """Where the embedded home keeps its state."""
        return self.root / ".laststop"

    @property
    def pipeline_files(self) -> tuple[str, ...]:
        """The declarations' files, from the project's folder: the flow's own, then the others by name."""
        others = sorted((self.root / PIPELINES_FOLDER).glob("*.yml"))
        return (PIPELINE_FILE, *(f"{PIPELINES_FOLDER}/{path.name}" for path in others))

    @property
    def documents_bucket(self) -> str:
        """The bucket of the metadata documents in the embedded home; on AWS it is one of `aws_names`."""
        return self.documents.bucket or f"{self.name}-documents"

    @property
    def aws_names(self) -> AwsNames:
        """What the parts of the project are called on AWS."""
        return aws_names(self.name, self.documents.bucket, self.names.aws)

    @property
    def document_objects(self) -> tuple[DocumentObject, ...]:
        """Which object carries which types."""
        return document_objects(self.types, self.documents.objects)

    @property
    def document_places(self) -> tuple[str, ...]:
        """`bucket/key` of every metadata document in the embedded home."""
        return self.document_places_in(self.documents_bucket)

    def document_places_in(self, bucket: str) -> tuple[str, ...]:
        """`bucket/key` of every metadata document, in this bucket."""
        return tuple(f"{bucket}/{dealt.key}" for dealt in self.document_objects)

    def names_for(self, home: Home) -> dict[str, str]:
        """The value of every placeholder in a home: the defaults, then what the file says."""
        if home == "aws":
            return {"project": self.name} | self.aws_names.placeholders | self.names.aws
        defaults = {
            "project": self.name,
            "documents_bucket": self.documents_bucket,
            "build_project": f"{self.name}-build",
        }
        connection = "arn:aws:codeconnections:local:000000000000:connection/embedded"
        return defaults | {"connection_arn": connection, "region": "local"} | self.names.embedded


def project_of(root: Path, tables: ProjectTables) -> Project:
    """A project from its folder and its file."""
    return Project(
        root=root,
        name=tables.project.name,
        types=tables.project.types,
        release_phases=tables.project.release_phases,
        catalog=tables.catalog,
        repositories=tables.repositories,
        build=tables.build,
        documents=tables.documents,
        edge=tables.edge,
        verify=tables.verify,
        notices=tables.notices,
        functions=functions_of(tables),
        events=tables.events,
        names=tables.names,
        retention=tables.retention,
    )


def functions_of(tables: ProjectTables) -> dict[str, FunctionTable]:
    """The functions, each as a table; `name = "path.py:function"` is short for one."""
    return {
        name: FunctionTable(handler=given) if isinstance(given, str) else given
        for name, given in tables.functions.items()
    }
