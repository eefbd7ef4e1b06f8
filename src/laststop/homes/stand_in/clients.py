"""boto3's clients for the AWS, or the emulator of it, that the stand-in works in front of."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from laststop.errors import (
    ConflictError,
    DeniedError,
    LaststopError,
    NotFoundError,
    TransientError,
    UsageError,
)

_MISSING = frozenset(
    {"404", "NoSuchKey", "NoSuchBucket", "NoSuchVersion", "NotFound", "ResourceNotFoundException"}
)
_DENIED = frozenset({"403", "AccessDenied", "AccessDeniedException", "InvalidAccessKeyId"})
_BUSY = frozenset({"TooManyRequestsException", "ThrottlingException", "Throttling", "SlowDown"})
_SERVER_ERROR = 500


class Clients:
    """One client per service, made when it is first needed.

    Concurrency: any thread; boto3's clients may be shared, their making may not, so it happens once here.
    """

    def __init__(self, endpoint_url: str, *, region: str) -> None:
        """Credentials come from where every AWS tool finds them."""
        self.endpoint_url = endpoint_url
        self.region = region
        self._session = boto3.session.Session(region_name=region)
        self._made: dict[str, Any] = {}

    def of(self, service: str) -> Any:
        """The client of a service."""
        if service not in self._made:
            self._made[service] = self._session.client(
                service,
                endpoint_url=self.endpoint_url,
                config=Config(
                    connect_timeout=5,
                    read_timeout=60,
                    retries={"max_attempts": 4, "mode": "standard"},
                    s3={"addressing_style": "path"},
                ),
            )
        return self._made[service]

    def prepare(self, *services: str) -> None:
        """Make clients now, while only one thread is here."""
        for service in services:
            self.of(service)


@contextmanager
def answered(place: str) -> Iterator[None]:
    """Turn boto3's errors into ours, by code.

    Raises: NotFoundError, DeniedError, ConflictError, TransientError or UsageError, with `place`.
    """
    try:
        yield
    except ClientError as error:
        raise _meaning(error)(f"{error.response['Error'].get('Message') or error}", place=place) from error
    except BotoCoreError as error:
        raise TransientError(f"no answer: {error}", place=place, hint="is the endpoint up?") from error


def _meaning(error: ClientError) -> Callable[..., LaststopError]:
    code = str(error.response["Error"].get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _MISSING:
        return NotFoundError
    if code in _DENIED:
        return DeniedError
    if code in _BUSY or status >= _SERVER_ERROR:
        return TransientError
    if code in ("PreconditionFailed", "ConditionalRequestConflict"):
        return ConflictError
    return UsageError
