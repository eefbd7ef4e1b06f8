"""The short-lived keys that go into a job's event: those of the pipeline's role."""

from collections.abc import Callable

from laststop.errors import LaststopError
from laststop.homes.embedded.jobs.event import Keys
from laststop.homes.stand_in.clients import Clients, answered

SESSION = "laststop-codepipeline"
LAST_SECONDS = 3600


class RoleKeys:
    """Assumes a pipeline's role for every job, as CodePipeline does.

    Concurrency: any thread.
    """

    def __init__(
        self, clients: Clients, role_of: Callable[[str], str], *, say: Callable[[str], None]
    ) -> None:
        """`role_of` tells a pipeline's role; `say` hears of a role that cannot be assumed."""
        self._clients = clients
        self._role_of = role_of
        self._say = say

    def __call__(self, pipeline: str) -> Keys:
        """Keys for the artifacts of a pipeline; empty where there is no role, or it cannot be assumed.

        A function that reads with its own role does not need them, so their lack fails nothing by itself.
        """
        role = self._role_of(pipeline)
        if not role:
            return Keys()
        try:
            with answered(f"role {role}"):
                told = self._clients.of("sts").assume_role(
                    RoleArn=role, RoleSessionName=SESSION, DurationSeconds=LAST_SECONDS
                )["Credentials"]
        except LaststopError as error:
            self._say(f"{error}; jobs of {pipeline} carry no keys")
            return Keys()
        return Keys(
            access_key_id=str(told["AccessKeyId"]),
            secret_access_key=str(told["SecretAccessKey"]),
            session_token=str(told["SessionToken"]),
            expires_at_ms=int(told["Expiration"].timestamp() * 1000),
        )
