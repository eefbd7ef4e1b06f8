"""`Build/AWS/CodeBuild/1` and `Test/AWS/CodeBuild/1`: runs the buildspec of the primary input."""

from laststop.engine.providers import Cancelled, Outcome
from laststop.homes.embedded.actions.build_run import Asked, BuildRun
from laststop.pipeline.build_rules import build_variables
from laststop.pipeline.due import Command


class CodeBuild:
    """A build as the project's buildspec has it, with the action's own variables."""

    def __init__(self, builds: BuildRun) -> None:
        """Nothing runs yet."""
        self._builds = builds

    def run(self, command: Command, cancelled: Cancelled) -> Outcome:
        """Build; as `BuildRun.run`.

        Raises: NotFoundError, UsageError or DeniedError for a variable whose value is not to be had.
        """
        configuration = command.configuration
        variables = build_variables(configuration.get("EnvironmentVariables", "[]"))
        stored = {each.name: (each.type, each.value) for each in variables if each.type != "PLAINTEXT"}
        asked = Asked(
            project=configuration["ProjectName"],
            primary=configuration.get("PrimarySource", ""),
            timeout_seconds=self._builds.settings.timeout_seconds,
            variables={each.name: each.value for each in variables if each.type == "PLAINTEXT"},
            hidden=self._builds.resolved(stored),
        )
        return self._builds.run(command, asked, cancelled)
