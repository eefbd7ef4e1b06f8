"""One build under way: its phases in order, each to its end."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from laststop.build.buildspec import OnFailure
from laststop.build.order import BuildFailure, BuildOrder, BuildResult, BuiltArtifact, PhaseResult
from laststop.build.phases import COMMAND_PHASES, BuildStatus, PhaseName
from laststop.build.plan import phase_after
from laststop.build.ports import Secrets
from laststop.build.reports.report import TestReport
from laststop.errors import InvariantError, LaststopError, UsageError
from laststop.homes.embedded.builder.artifacts import base_variables, build_artifacts
from laststop.homes.embedded.builder.deadline import Deadline
from laststop.homes.embedded.builder.environment import build_id_of
from laststop.homes.embedded.builder.inputs import Clone, no_clone
from laststop.homes.embedded.builder.log import BuildLog
from laststop.homes.embedded.builder.preparation import Prepared, prepare, read_buildspec, unpack_sources
from laststop.homes.embedded.builder.reports import read_reports
from laststop.homes.embedded.builder.workspace import make_empty

_ARTIFACTS_DIRECTORY = "artifacts"


class Building:
    """One build: run once, then closed, by one thread."""

    def __init__(
        self,
        order: BuildOrder,
        *,
        workspace: Path,
        log: BuildLog,
        server: Mapping[str, str],
        grace_seconds: float,
        deadline: Deadline,
        secrets: Secrets | None = None,
        clone: Clone = no_clone,
    ) -> None:
        """`server` is the environment of which a build sees a part."""
        self._clone = clone
        self._secrets = secrets
        self._order = order
        self._workspace = workspace
        self._log = log
        self._server = server
        self._grace_seconds = grace_seconds
        self._deadline = deadline
        self._started_at = datetime.now(UTC)
        self._ready: Prepared | None = None
        self._shell_ended = False
        self._phase = PhaseName.PROVISIONING
        self._phases: list[PhaseResult] = []
        self._failure: BuildFailure | None = None
        self._values: dict[str, str] = {}
        self._artifacts: tuple[BuiltArtifact, ...] = ()
        self._reports: tuple[TestReport, ...] = ()

    def run(self) -> BuildResult:
        """Every phase that is due, and the answer."""
        work: dict[PhaseName, Callable[[], BuildFailure | None]] = {
            PhaseName.PROVISIONING: self._provision,
            PhaseName.DOWNLOAD_SOURCE: self._download_source,
            **dict.fromkeys(COMMAND_PHASES, self._run_commands),
            PhaseName.UPLOAD_ARTIFACTS: self._upload_artifacts,
            PhaseName.FINALIZING: self._finalize,
        }
        name = PhaseName.PROVISIONING
        while name is not PhaseName.COMPLETED:
            status = self._enter(name, work[name])
            name = phase_after(name, status, self._on_failure(name))
        return self._result()

    def close(self) -> None:
        """End what still runs, on whatever way out."""
        self._end_shell(at_once=True)
        self._log.close()

    def _enter(self, name: PhaseName, work: Callable[[], BuildFailure | None]) -> BuildStatus:
        started_at = datetime.now(UTC)
        self._phase = self._log.phase = name
        failure = self._attempt(name, work)
        try:
            self._say_end(name, failure)
        except OSError as error:
            failure = failure or self._failed("INTERNAL_ERROR", error)
        status = failure.status if failure else BuildStatus.SUCCEEDED
        self._phases.append(
            PhaseResult(
                name=name,
                status=status,
                started_at=started_at,
                ended_at=datetime.now(UTC),
                message=failure.message if failure else "",
            )
        )
        self._failure = self._failure or failure
        return status

    def _attempt(self, name: PhaseName, work: Callable[[], BuildFailure | None]) -> BuildFailure | None:
        # The last phase tidies up, also when the time is over.
        early = self._ended_early() if name is not PhaseName.FINALIZING else None
        try:
            return early or work()
        except UsageError as error:
            return self._failed("CLIENT_ERROR", error)
        except (OSError, LaststopError) as error:
            return self._failed("INTERNAL_ERROR", error)

    def _say_end(self, name: PhaseName, failure: BuildFailure | None) -> None:
        status = failure.status if failure else BuildStatus.SUCCEEDED
        self._log.say(f"{name} {status}{f': {failure.message}' if failure else ''}")

    def _provision(self) -> BuildFailure | None:
        make_empty(self._workspace)
        return None

    def _download_source(self) -> BuildFailure | None:
        directories = unpack_sources(self._order, self._workspace, self._log, self._clone)
        try:
            spec = read_buildspec(self._order, directories)
        except UsageError as error:
            return self._failed("YAML_FILE_ERROR", error)
        self._ready = prepare(
            self._order,
            spec,
            directories,
            workspace=self._workspace,
            server=self._server,
            log=self._log,
            started_at=self._started_at,
            secrets=self._secrets,
        )
        return None

    def _run_commands(self) -> BuildFailure | None:
        ready = self._prepared
        phase = ready.spec.phase(self._phase)
        failure = ready.commands.run(phase, self._deadline.passed)
        if phase.name is PhaseName.POST_BUILD and not self._deadline.passed():
            names = (
                *ready.spec.environment.exported_variables,
                *base_variables(ready.spec, self._order.outputs),
            )
            self._values = ready.shell.values(tuple(dict.fromkeys(names)), self._deadline.passed)
        return failure or self._ended_early()

    def _upload_artifacts(self) -> BuildFailure | None:
        ready = self._prepared
        self._end_shell(at_once=False)  # what still writes would change files while they are zipped
        self._artifacts = build_artifacts(
            ready.spec,
            self._order.outputs,
            directories=ready.directories,
            primary=self._order.primary,
            variables=self._values,
            target=self._workspace / _ARTIFACTS_DIRECTORY,
            say=self._log.say,
        )
        return None

    def _finalize(self) -> BuildFailure | None:
        self._end_shell(at_once=self._deadline.passed())
        if self._ready is not None:
            self._read_reports(self._ready)
            if self._failure is None:
                self._ready.cache.save()
        self._log.sync()
        return None

    def _read_reports(self, ready: Prepared) -> None:
        source = ready.directories[self._order.primary]
        self._reports = read_reports(ready.spec, source, masked=self._log.masked, say=self._log.say)

    @property
    def _prepared(self) -> Prepared:
        if self._ready is None:
            raise InvariantError("a build phase was entered without DOWNLOAD_SOURCE")
        return self._ready

    def _end_shell(self, *, at_once: bool) -> None:
        if self._ready is None or self._shell_ended:
            return
        self._shell_ended = True
        try:
            told = self._ready.shell.end(grace_seconds=self._grace_seconds, at_once=at_once)
            self._log.end_command()
            if told and not at_once:
                self._log.say(f"ended {told} processes that were still running")
        finally:
            self._ready.shell.close()

    def _on_failure(self, name: PhaseName) -> OnFailure | None:
        if self._ready is None or name not in COMMAND_PHASES:
            return None
        return self._ready.spec.phase(name).on_failure

    def _ended_early(self) -> BuildFailure | None:
        """The failure of a build whose time is over, or that somebody stopped."""
        if not self._deadline.passed():
            return None
        code, message = "BUILD_STOPPED", "the build was stopped"
        if not self._deadline.cancelled:
            code = "BUILD_TIMED_OUT"
            message = f"the build did not end within {self._deadline.timeout_seconds:g} seconds"
        command = self._ready.commands.current if self._ready else ""
        if command:
            message = f"{message}; it was at: {command.splitlines()[0]}"
        return BuildFailure(
            code=code, phase=self._phase, message=message, command=command, lines=self._log.last_lines
        )

    def _failed(self, code: str, error: Exception) -> BuildFailure:
        hint = error.hint if isinstance(error, LaststopError) else ""
        message = self._log.masked(f"{error}{f' ({hint})' if hint else ''}")
        return BuildFailure(code=code, phase=self._phase, message=message)

    def _result(self) -> BuildResult:
        exported = self._ready.spec.environment.exported_variables if self._ready else ()
        return BuildResult(
            build_id=build_id_of(self._order),
            succeeded=self._failure is None,
            phases=tuple(self._phases),
            artifacts=self._artifacts if self._failure is None else (),
            exported={
                name: self._log.masked(self._values[name]) for name in exported if name in self._values
            },
            reports=self._reports,
            failure=self._failure,
        )
