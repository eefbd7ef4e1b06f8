"""The builder of the embedded home: a build as processes of this machine."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from laststop.build.order import BuildFailure, BuildOrder, BuildResult, PhaseResult
from laststop.build.phases import BuildStatus, PhaseName
from laststop.build.ports import Cancellation, Secrets
from laststop.homes.embedded.builder.building import Building
from laststop.homes.embedded.builder.deadline import Deadline
from laststop.homes.embedded.builder.environment import build_id_of
from laststop.homes.embedded.builder.inputs import Clone, no_clone
from laststop.homes.embedded.builder.log import LOG_BYTES, BuildLog
from laststop.homes.embedded.builder.orphan import canonical, end_orphan
from laststop.homes.embedded.builder.shell import control_directory

GRACE_SECONDS = 5.0
"""How long processes have between TERM and KILL."""


class ShellBuilder:
    """Builds on this machine, as the user that runs laststop: no container, no other user, no quotas.

    Concurrency: `run` may be called from any number of threads, each with an order of its own.
    Limit: who may write a buildspec may do what the server's user may do. Unpacking and zipping are not
        interrupted; a timeout or a stop is noticed after them.
    """

    def __init__(
        self,
        *,
        server: Mapping[str, str] | None = None,
        grace_seconds: float = GRACE_SECONDS,
        log_bytes: int = LOG_BYTES,
        secrets: Secrets | None = None,
        clone: Clone = no_clone,
    ) -> None:
        """`server` is the environment that builds see a part of; by default this process's own.

        `secrets` holds what buildspecs read from parameters and secrets; without it builds have none. `clone`
        fetches inputs that are references to a repository.
        """
        self._clone = clone
        self._secrets = secrets
        self._server = dict(os.environ if server is None else server)
        self._grace_seconds = grace_seconds
        self._log_bytes = log_bytes

    def run(self, order: BuildOrder, cancelled: Cancellation) -> BuildResult:
        """Build, and answer when nothing of the build runs any more; a failing build is an answer.

        Whatever an earlier try of the same order left running is ended first, and its workspace wiped.
        """
        started_at = datetime.now(UTC)
        workspace = canonical(order.workspace)
        try:
            end_orphan(order.workspace)
            log = BuildLog(
                Path(order.log_file),
                order.secrets,
                shown_as={f"{control_directory(workspace)}/": ""},
                limit_bytes=self._log_bytes,
            )
        except OSError as error:
            return _unable(order, started_at, error)
        building = Building(
            order,
            workspace=workspace,
            log=log,
            server=self._server,
            grace_seconds=self._grace_seconds,
            deadline=Deadline(order.timeout_seconds, cancelled),
            secrets=self._secrets,
            clone=self._clone,
        )
        try:
            return building.run()
        finally:
            building.close()


def _unable(order: BuildOrder, started_at: datetime, error: OSError) -> BuildResult:
    """The answer when not even the log can be opened."""
    message = f"the build cannot start: {error}"
    provisioning = PhaseResult(
        name=PhaseName.PROVISIONING,
        status=BuildStatus.FAULT,
        started_at=started_at,
        ended_at=datetime.now(UTC),
        message=message,
    )
    failure = BuildFailure(code="INTERNAL_ERROR", phase=PhaseName.PROVISIONING, message=message)
    return BuildResult(build_id=build_id_of(order), succeeded=False, phases=(provisioning,), failure=failure)
