"""What an examination of the AWS home looks at, and how a service's no becomes a finding."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from laststop.config.project import Project
from laststop.wiring.aws import AwsHome
from laststop.wiring.examination import Finding

APPLY_BASE: Final = "terraform -chdir=infra/terraform/base apply"
APPLY_PIPELINE: Final = "terraform -chdir=infra/terraform/pipeline apply"
DEPLOY: Final = "laststop aws package; then, in infra: osls deploy"
DENIED: Final = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "403"}
)
"""Codes by which services say that the caller may not look."""


class AwsPatient(msgspec.Struct, frozen=True, kw_only=True):
    """What the checks look at.

    `parameters` leads from a name below `/<project>/` to its value, where there is one; `client` gives
    botocore's client of a service; `caller` is the ARN that asks.
    """

    project: Project
    home: AwsHome
    client: Callable[[str], Any]
    account: str
    caller: str
    parameters: Mapping[str, str]

    def value(self, name: str) -> str:
        """A parameter's value.

        Raises: UnnamedError when it is not there, which is a finding of its own.
        """
        found = self.parameters.get(name, "")
        if not found:
            raise UnnamedError(name)
        return found

    def function(self, name: str) -> str:
        """A function's name, as it is deployed."""
        return f"{self.project.name}-{name}"


class UnnamedError(Exception):
    """What is to be looked at has no name, because its parameter is missing."""


AwsCheck = Callable[[AwsPatient], Iterator[Finding]]
"""One look at one thing; says nothing where there is nothing to say."""


def clients(home: AwsHome) -> Callable[[str], Any]:
    """Botocore's clients with the home's region and keys; addresses are those botocore finds by itself."""
    session = Session()
    held: dict[str, Any] = {}
    keys = home.keys()
    config = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 3, "mode": "standard"})

    def client(service: str) -> Any:
        if service not in held:
            held[service] = session.create_client(
                service,
                region_name=home.settings.region,
                aws_access_key_id=keys.access_key_id,
                aws_secret_access_key=keys.secret_access_key,
                aws_session_token=keys.session_token or None,
                config=config,
            )
        return held[service]

    return client


def ok(about: str, says: str) -> Finding:
    """Nothing to do."""
    return Finding(about=about, state="ok", says=says)


def note(about: str, says: str, mend: str = "") -> Finding:
    """Worth knowing."""
    return Finding(about=about, state="note", says=says, mend=mend)


def trouble(about: str, says: str, mend: str) -> Finding:
    """It does not work so."""
    return Finding(about=about, state="trouble", says=says, mend=mend)


def code_of(error: ClientError) -> str:
    """The service's own word for a no."""
    return str(error.response.get("Error", {}).get("Code", ""))


def of_refusal(about: str, error: ClientError | BotoCoreError) -> Finding:
    """What a look that the service refused comes to; a denial hides, it proves nothing wrong."""
    if not isinstance(error, ClientError):
        return trouble(
            about, f"no answer: {error}", "look at the network and AWS_ENDPOINT_URL, and look again"
        )
    if code_of(error) in DENIED:
        who = "the caller may not look at it"
        return note(
            about, f"{who}: {error.operation_name}", "allow it: docs/guides/aws-daily.md has the list"
        )
    return trouble(about, str(error), "look at it in the AWS console")
