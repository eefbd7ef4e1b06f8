"""A buildspec, version 0.2, as frozen values.

What CodeBuild accepts and this home cannot honour is kept where a check may want it, and named in
`Buildspec.ignored`, so that the log can say so.

Source: AWS CodeBuild user guide, "Build specification reference for CodeBuild".
"""

from enum import StrEnum
from typing import Literal

import msgspec

from laststop.build.phases import PhaseName

DEFAULT_BUILDSPEC = "buildspec.yml"
"""Where CodeBuild looks, in the root of the primary input."""

MAX_REPORT_GROUPS = 5
MAX_FALLBACK_KEYS = 5


class OnFailure(StrEnum):
    """What a phase asks for when it fails; without it the failure flow of `plan` holds."""

    ABORT = "ABORT"
    CONTINUE = "CONTINUE"
    RETRY = "RETRY"
    """Any spelling of RETRY: CodeBuild's own retries do not work under a pipeline, so it aborts."""


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """The `env` block. Values are literal: `$PATH` in a value stays these five characters."""

    shell: Literal["sh", "bash"] = "sh"
    variables: dict[str, str] = {}
    parameter_store: dict[str, str] = {}
    secrets_manager: dict[str, str] = {}
    exported_variables: tuple[str, ...] = ()


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    """The commands of one phase."""

    name: PhaseName
    commands: tuple[str, ...] = ()
    finally_commands: tuple[str, ...] = ()
    on_failure: OnFailure | None = None
    runtime_versions: dict[str, str] = {}


class ArtifactSet(msgspec.Struct, frozen=True, kw_only=True):
    """Which files make one artifact."""

    files: tuple[str, ...]
    base_directory: str = ""
    exclude_paths: tuple[str, ...] = ()
    discard_paths: bool = False
    enable_symlinks: bool = False
    name: str = ""


class ReportGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Where test reports lie, and in which of CodeBuild's formats."""

    name: str
    files: tuple[str, ...]
    base_directory: str = ""
    discard_paths: bool = False
    file_format: str = "JUNITXML"


class Cache(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept from one build of a project to the next."""

    paths: tuple[str, ...] = ()
    key: str = ""
    fallback_keys: tuple[str, ...] = ()
    restores: bool = True
    saves: bool = True


class Buildspec(msgspec.Struct, frozen=True, kw_only=True):
    """A whole buildspec."""

    phases: tuple[Phase, ...]
    environment: Environment = Environment()
    artifacts: ArtifactSet | None = None
    secondary_artifacts: dict[str, ArtifactSet] = {}
    cache: Cache = Cache()
    reports: tuple[ReportGroup, ...] = ()
    ignored: tuple[str, ...] = ()

    def phase(self, name: PhaseName) -> Phase:
        """The phase of that name, without commands when the buildspec has none for it."""
        return next((phase for phase in self.phases if phase.name is name), Phase(name=name))
