"""`Build/AWS/CodeBuild/1` and `Test/AWS/CodeBuild/1`: runs the buildspec of the primary input."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from laststop.build.order import BuildInput, BuildOrder
from laststop.engine.providers import Cancelled, Outcome
from laststop.homes.embedded.actions.build_failure import failure_of
from laststop.homes.embedded.blobs import Blobs
from laststop.homes.embedded.builder import ShellBuilder
from laststop.homes.embedded.folders import Folders
from laststop.homes.embedded.runs import BuildOrigin
from laststop.pipeline.build_rules import build_variables
from laststop.pipeline.due import Command
from laststop.pipeline.inputs import Succeeded
from laststop.words.artifact import Artifact
from laststop.words.ids import RunId


class BuildSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the project says about builds."""

    timeout_seconds: int
    passed: dict[str, str] = {}
    secrets: tuple[str, ...] = ()


class CodeBuild:
    """Gives the builder an order and brings home what it made."""

    def __init__(
        self,
        *,
        builder: ShellBuilder,
        blobs: Blobs,
        folders: Folders,
        settings: BuildSettings,
        origin_of: Callable[[RunId], BuildOrigin],
    ) -> None:
        """`origin_of` tells what a run's artifacts were made of."""
        self._builder = builder
        self._blobs = blobs
        self._folders = folders
        self._settings = settings
        self._origin_of = origin_of

    def run(self, command: Command, cancelled: Cancelled) -> Outcome:
        """Build; the same attempt issued again ends what is left of the first and starts afresh.

        Limit: a build with effects outside its workspace may have them twice after a crash.
        """
        result = self._builder.run(self._order(command), cancelled)
        if result.failure is not None or not result.succeeded:
            return failure_of(result, self._folders.log(command.key), self._settings.secrets)
        artifacts = []
        for made in result.artifacts:
            digest, size = self._blobs.put_file(Path(made.archive), move=True)
            artifacts.append(Artifact(name=made.name, digest=digest, size_bytes=size))
        return Succeeded(artifacts=tuple(artifacts), variables=result.exported, external_id=result.build_id)

    def _order(self, command: Command) -> BuildOrder:
        origin = self._origin_of(command.key.run)
        inputs = tuple(
            BuildInput(
                name=artifact.name,
                archive=str(self._blobs.path(artifact.digest)),
                revision=origin.revisions.get(artifact.name, ""),
            )
            for artifact in command.inputs
        )
        configuration = command.configuration
        primary = configuration.get("PrimarySource") or inputs[0].name
        variables = build_variables(configuration.get("EnvironmentVariables", "[]"))
        return BuildOrder(
            key=command.key.text,
            project=configuration["ProjectName"],
            build_number=origin.number,
            initiator=f"codepipeline/{command.pipeline}",
            workspace=str(self._folders.workspace(command.key)),
            cache_dir=str(self._folders.caches / configuration["ProjectName"]),
            log_file=str(self._folders.log(command.key)),
            inputs=inputs,
            primary=primary,
            outputs=command.outputs,
            variables={variable.name: variable.value for variable in variables},
            passed=self._settings.passed,
            secrets=self._settings.secrets,
            timeout_seconds=self._settings.timeout_seconds,
        )
