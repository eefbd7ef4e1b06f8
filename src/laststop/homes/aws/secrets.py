"""Texts that stand in no file: from Secrets Manager, or from a parameter of Systems Manager."""

import time
from collections.abc import Callable
from typing import Final

from laststop.errors import UsageError
from laststop.homes.aws.service import Caller

KEPT_SECONDS: Final = 300.0
"""A rotated secret is in use everywhere so much later, at the latest."""


class Secrets:
    """Reads a secret by its name, and remembers it for a while. Nothing of it is ever part of an error."""

    def __init__(
        self, secrets: Caller, parameters: Caller, *, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        """`secrets` is Secrets Manager, `parameters` Systems Manager."""
        self._secrets = secrets
        self._parameters = parameters
        self._elapsed = elapsed
        self._held: dict[str, tuple[float, str]] = {}

    def text(self, name: str) -> str:
        """The text under a name: a parameter's where it begins with a slash, else a secret's name or ARN.

        Raises: NotFoundError when there is none, DeniedError when it may not be read, UsageError when it is
        binary or empty.
        """
        held = self._held.get(name)
        if held is not None and self._elapsed() - held[0] < KEPT_SECONDS:
            return held[1]
        text = self._parameter(name) if name.startswith("/") else self._secret(name)
        if not text:
            raise UsageError("the secret holds no text", place=name, hint="store it as plain text")
        self._held[name] = (self._elapsed(), text)
        return text

    def _secret(self, name: str) -> str:
        found = self._secrets.call("GetSecretValue", {"SecretId": name})
        return str(found.get("SecretString", "")).strip()

    def _parameter(self, name: str) -> str:
        found = self._parameters.call("GetParameter", {"Name": name, "WithDecryption": True})
        return str(found.get("Parameter", {}).get("Value", "")).strip()
