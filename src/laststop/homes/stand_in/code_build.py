"""`Build/AWS/CodeBuild/1` and `Test/AWS/CodeBuild/1` with the projects of the account on the other side.

An emulator keeps a CodeBuild project and runs nothing. Here its buildspec runs in our own builder, with the
project's variables and time, and what CodeBuild would look up in the parameter store is looked up there.
"""

import json
from typing import Any

import msgspec

from laststop.engine.providers import Cancelled, Outcome
from laststop.errors import NotFoundError, UsageError
from laststop.homes.embedded.actions.build_run import Asked, BuildRun
from laststop.homes.stand_in.clients import Clients, answered
from laststop.pipeline.build_rules import BuildVariable, build_variables
from laststop.pipeline.due import Command


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """What a CodeBuild project says: its variables, and how long a build may take."""

    variables: tuple[BuildVariable, ...]
    timeout_seconds: float


class AccountBuild:
    """Runs the buildspec of the primary input as the named project would.

    Concurrency: any number of commands side by side.
    """

    def __init__(self, clients: Clients, builds: BuildRun) -> None:
        """Nothing runs yet."""
        self._clients = clients
        self._builds = builds

    def run(self, command: Command, cancelled: Cancelled) -> Outcome:
        """Build; as `BuildRun.run`. The action's variables win over the project's.

        Raises: NotFoundError when the account has no such project or secret.
        """
        configuration = command.configuration
        project = self._project(configuration["ProjectName"])
        given = build_variables(configuration.get("EnvironmentVariables", "[]"))
        variables = {each.name: each for each in (*project.variables, *given)}.values()
        stored = {each.name: (each.type, each.value) for each in variables if each.type != "PLAINTEXT"}
        asked = Asked(
            project=configuration["ProjectName"],
            primary=configuration.get("PrimarySource", ""),
            timeout_seconds=project.timeout_seconds,
            variables={each.name: each.value for each in variables if each.type == "PLAINTEXT"},
            hidden=self._builds.resolved(stored),
        )
        return self._builds.run(command, asked, cancelled)

    def _project(self, name: str) -> Project:
        with answered(f"codebuild {name}"):
            found = self._clients.of("codebuild").batch_get_projects(names=[name])["projects"]
        if not found:
            raise NotFoundError(
                f'the account has no CodeBuild project "{name}"', hint="make it before the pipeline runs"
            )
        told: dict[str, Any] = found[0]
        environment = told.get("environment", {}).get("environmentVariables", [])
        return Project(
            variables=build_variables(json.dumps(environment)),
            timeout_seconds=float(told.get("timeoutInMinutes") or 60) * 60,
        )


class AccountSecrets:
    """The `Secrets` port over the account's own parameter store and Secrets Manager."""

    def __init__(self, clients: Clients) -> None:
        """Nothing is read before a build asks."""
        self._clients = clients

    def parameter(self, name: str) -> str:
        """A parameter's value, decrypted.

        Raises: NotFoundError without it.
        """
        with answered(f"parameter {name}"):
            told = self._clients.of("ssm").get_parameter(Name=name, WithDecryption=True)
        return str(told["Parameter"]["Value"])

    def secret(self, reference: str) -> str:
        """What `id:json-key` stands for; the id may be an ARN.

        Raises: NotFoundError without it, UsageError for a key that is not in it.
        """
        identity, _, key = reference.partition(":")
        if identity == "arn":
            parts = reference.split(":")
            identity, key = ":".join(parts[:7]), (parts[7] if len(parts) > 7 else "")  # noqa: PLR2004
        key = key.partition(":")[0]
        with answered(f"secret {identity}"):
            text = str(self._clients.of("secretsmanager").get_secret_value(SecretId=identity)["SecretString"])
        if not key:
            return text
        try:
            return str(json.loads(text)[key])
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f'the secret has no key "{key}"', place=f"secret {identity}") from error
