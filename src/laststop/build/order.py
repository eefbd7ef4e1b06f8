"""What a builder is asked for, and what it answers."""

import msgspec

from laststop.build.buildspec import Buildspec
from laststop.build.phases import BuildStatus, PhaseName
from laststop.build.reports.report import TestReport
from laststop.words.instants import Instant

MAX_FAILURE_LINES = 15
"""How many log lines a failure carries."""

_STATUS_OF_CODE = {
    "BUILD_TIMED_OUT": BuildStatus.TIMED_OUT,
    "BUILD_STOPPED": BuildStatus.STOPPED,
    "INTERNAL_ERROR": BuildStatus.FAULT,
}


class BuildInput(msgspec.Struct, frozen=True, kw_only=True):
    """One input artifact: its name, the path of its zip, and the revision it was made of.

    With `repository`, a FullRepositoryId, there is no zip: the revision is cloned, with its history.
    """

    name: str
    archive: str
    revision: str = ""
    repository: str = ""


class BuildOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one attempt at one build needs.

    `key` is the attempt key's text (`run/stage/action/attempt`). `workspace` belongs to this attempt alone:
    it is wiped before the build, and `<workspace>.pid` beside it notes what runs. `cache_dir` is shared by
    all builds of `project`. `variables` are the action's and win over the buildspec's; `passed` are the
    server's own, already chosen, and lose to both. `secrets` are values never shown. `spec` stands in for the
    buildspec of the primary input.

    Units: `timeout_seconds` from the start of the build.
    """

    key: str
    project: str
    build_number: int
    initiator: str
    workspace: str
    cache_dir: str
    log_file: str
    inputs: tuple[BuildInput, ...]
    primary: str
    outputs: tuple[str, ...]
    buildspec: str = ""
    spec: Buildspec | None = None
    variables: dict[str, str] = {}
    passed: dict[str, str] = {}
    secrets: tuple[str, ...] = ()
    timeout_seconds: float = 3600


class BuildFailure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a build did not succeed: the first thing that went wrong, secrets masked.

    `code` is CodeBuild's where it has one: `COMMAND_EXECUTION_ERROR`, `YAML_FILE_ERROR`, `CLIENT_ERROR`,
    `BUILD_TIMED_OUT`; ours are `BUILD_STOPPED` and `INTERNAL_ERROR`. `command` and `exit_status` are those
    of the failing command, if one failed; `lines` the last it wrote (at most `MAX_FAILURE_LINES`).
    """

    code: str
    phase: PhaseName
    message: str
    command: str = ""
    exit_status: int | None = None
    lines: tuple[str, ...] = ()

    @property
    def status(self) -> BuildStatus:
        """The status this failure gives to its phase and to the build."""
        return _STATUS_OF_CODE.get(self.code, BuildStatus.FAILED)


class PhaseResult(msgspec.Struct, frozen=True, kw_only=True):
    """One phase that was entered, and how it ended."""

    name: PhaseName
    status: BuildStatus
    started_at: Instant
    ended_at: Instant
    message: str = ""


class BuiltArtifact(msgspec.Struct, frozen=True, kw_only=True):
    """One output: its name and the path of its zip inside the workspace.

    Units: `size_bytes` of the zip.
    """

    name: str
    archive: str
    size_bytes: int


class BuildResult(msgspec.Struct, frozen=True, kw_only=True):
    """How a build ended. `artifacts` is empty unless it succeeded: those of a failed build go nowhere.

    `reports` are there in any case: they matter most when the tests failed.
    """

    build_id: str
    succeeded: bool
    phases: tuple[PhaseResult, ...]
    artifacts: tuple[BuiltArtifact, ...] = ()
    exported: dict[str, str] = {}
    reports: tuple[TestReport, ...] = ()
    failure: BuildFailure | None = None

    @property
    def status(self) -> BuildStatus:
        """The build in one word."""
        if self.succeeded or self.failure is None:
            return BuildStatus.SUCCEEDED if self.succeeded else BuildStatus.FAILED
        return self.failure.status
