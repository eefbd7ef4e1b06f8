"""One build for an action: the order it becomes, and what comes home of it."""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from laststop.build.buildspec import Buildspec
from laststop.build.order import BuildInput, BuildOrder
from laststop.build.ports import Builder, Secrets
from laststop.engine.providers import Cancelled, Outcome
from laststop.homes.embedded.actions.build_failure import failure_of
from laststop.homes.embedded.blobs import Blobs
from laststop.homes.embedded.clone_ref import read_clone_ref
from laststop.homes.embedded.disk import answering
from laststop.homes.embedded.folders import Folders
from laststop.homes.embedded.report_file import write_reports
from laststop.homes.embedded.runs import BuildOrigin
from laststop.homes.shared.flat_zip import zip_bytes
from laststop.pipeline.due import Command
from laststop.pipeline.inputs import Succeeded
from laststop.words.artifact import Artifact
from laststop.words.ids import RunId


class BuildSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the project says about builds."""

    timeout_seconds: int
    passed: dict[str, str] = {}
    secrets: tuple[str, ...] = ()


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What an action asks of its build. `variables` are shown, `hidden` never are."""

    project: str
    primary: str
    timeout_seconds: float
    variables: dict[str, str] = {}
    hidden: dict[str, str] = {}
    spec: Buildspec | None = None


class BuildRun:
    """Gives the builder an order and brings home what it made.

    Concurrency: any number of commands side by side.
    """

    def __init__(
        self,
        *,
        builder: Builder,
        blobs: Blobs,
        folders: Folders,
        settings: BuildSettings,
        secrets: Secrets,
        origin_of: Callable[[RunId], BuildOrigin],
    ) -> None:
        """`origin_of` tells what a run's artifacts were made of, `secrets` is where variables may lie."""
        self._builder = builder
        self._blobs = blobs
        self._folders = folders
        self.settings = settings
        self._secrets = secrets
        self._origin_of = origin_of

    def run(self, command: Command, asked: Asked, cancelled: Cancelled) -> Outcome:
        """Build; the same attempt issued again ends what is left of the first and starts afresh.

        Limit: a build with effects outside its workspace may have them twice after a crash.
        """
        order = self._order(command, asked)
        result = self._builder.run(order, cancelled)
        with answering(self._folders.reports(command.key)):
            write_reports(self._folders.reports(command.key), result.reports)
        if result.failure is not None or not result.succeeded:
            return failure_of(result, self._folders.log(command.key), order.secrets)
        artifacts = []
        for made in result.artifacts:
            digest, size = self._blobs.put_file(Path(made.archive), move=True)
            artifacts.append(Artifact(name=made.name, digest=digest, size_bytes=size))
        return Succeeded(artifacts=tuple(artifacts), variables=result.exported, external_id=result.build_id)

    def resolved(self, stored: Mapping[str, tuple[str, str]]) -> dict[str, str]:
        """Values of variables that lie elsewhere: name -> (CodeBuild's type, reference) -> value.

        Raises: what `Secrets` raises.
        """
        read = {"PARAMETER_STORE": self._secrets.parameter, "SECRETS_MANAGER": self._secrets.secret}
        return {name: read[kind](reference) for name, (kind, reference) in stored.items()}

    def _input(self, artifact: Artifact, origin: BuildOrigin) -> BuildInput:
        path = self._blobs.path(artifact.digest)
        ref = read_clone_ref(path)
        if ref is not None:
            return BuildInput(
                name=artifact.name, archive=str(path), revision=ref.commit, repository=ref.repository
            )
        revision = origin.revisions.get(artifact.name, "")
        return BuildInput(name=artifact.name, archive=str(path), revision=revision)

    def _order(self, command: Command, asked: Asked) -> BuildOrder:
        origin = self._origin_of(command.key.run)
        inputs = tuple(self._input(artifact, origin) for artifact in command.inputs)
        if not inputs:  # a rule need not have any: its commands start in an empty folder
            empty = self._blobs.path(self._blobs.put_bytes(zip_bytes({})))
            inputs = (BuildInput(name="source", archive=str(empty)),)
        return BuildOrder(
            key=command.key.text,
            project=asked.project,
            build_number=origin.number,
            initiator=f"codepipeline/{command.pipeline}",
            workspace=str(self._folders.workspace(command.key)),
            cache_dir=str(self._folders.caches / asked.project),
            log_file=str(self._folders.log(command.key)),
            inputs=inputs,
            primary=asked.primary or inputs[0].name,
            outputs=command.outputs,
            spec=asked.spec,
            variables={**asked.variables, **asked.hidden},
            passed=self.settings.passed,
            secrets=(*self.settings.secrets, *asked.hidden.values()),
            timeout_seconds=asked.timeout_seconds,
        )
