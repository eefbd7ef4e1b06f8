"""`Compute/AWS/Commands/1`, and the rule of that name: shell commands over artifacts, without a buildspec."""

from typing import Final

from laststop.build.commands import buildspec_of
from laststop.engine.providers import Cancelled, Outcome
from laststop.homes.embedded.actions.build_run import Asked, BuildRun
from laststop.pipeline.due import Command

TIMEOUT_SECONDS: Final = 55 * 60
"""As long as CodePipeline lets commands run. Source: CodePipeline's quotas, 2026."""
_PROJECT: Final = "commands"


class Commands:
    """A build made of the action's own lines.

    The first input is where the commands start, as the primary source of a build; each other one lies in
    `CODEBUILD_SRC_DIR_<name>`.
    """

    def __init__(self, builds: BuildRun) -> None:
        """Nothing runs yet."""
        self._builds = builds

    def run(self, command: Command, cancelled: Cancelled) -> Outcome:
        """Run the commands; as `BuildRun.run`.

        Raises: NotFoundError, UsageError or DeniedError for a secret that is not to be had.
        """
        files = next((command.files[name] for name in command.outputs if name in command.files), ())
        spec = buildspec_of(command.commands, files=files, output_variables=command.output_variables)
        stored = {
            each.name: (each.type, each.value) for each in command.environment if each.type != "PLAINTEXT"
        }
        asked = Asked(
            project=_PROJECT,
            primary="",
            timeout_seconds=TIMEOUT_SECONDS,
            variables={each.name: each.value for each in command.environment if each.type == "PLAINTEXT"},
            hidden=self._builds.resolved(stored),
            spec=spec,
        )
        return self._builds.run(command, asked, cancelled)
