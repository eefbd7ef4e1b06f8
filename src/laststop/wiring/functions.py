"""The project's own functions, with the buckets and the object endpoint they work with."""

import os
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta

import msgspec

from laststop.homes.embedded.buckets.buckets import Buckets
from laststop.homes.embedded.buckets.endpoint import make_endpoint
from laststop.homes.embedded.buckets.server import ObjectServer
from laststop.homes.embedded.buckets.shelf import Shelf
from laststop.homes.embedded.functions.user_functions import FunctionSettings, Surroundings, UserFunctions
from laststop.homes.embedded.jobs.event import Keys, job_of
from laststop.homes.embedded.objects import Objects
from laststop.wiring.embedded import EmbeddedHome, clock

KEYS_LAST = timedelta(hours=24)
"""As long as a Lambda action may take in all."""


class Functions:
    """What the functions of one server run with; the endpoint starts when the first one is called.

    `keys` are drawn anew for every server; who verifies signatures can know a function by them.
    """

    def __init__(
        self,
        home: EmbeddedHome,
        *,
        ring: Callable[[], None],
        secrets_shown_nowhere: tuple[str, ...],
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        """Nothing runs yet; `ring` tells the engine that something may have to be done."""
        self.console_url = ""
        self.keys = Keys(
            access_key_id=f"LST{secrets.token_hex(8).upper()}", secret_access_key=secrets.token_hex(20)
        )
        self.buckets = Buckets(home.folders.buckets, home.blobs)
        self._home = home
        self._secrets = secrets_shown_nowhere
        self._starting = threading.Lock()
        shelf = Shelf(
            buckets=self.buckets,
            blobs=home.blobs,
            objects=Objects(home.store),
            book=home.book,
            outputs=home.outputs,
        )
        self._endpoint = ObjectServer(make_endpoint(shelf, lambda _bucket, _key: ring()))
        home.book.attend(ring=ring, event=lambda command: job_of(command, self._keys_now()))
        self.calls = UserFunctions(
            {name: _settings(home, name, environ) for name in home.project.functions},
            book=home.book,
            folders=home.folders,
            surroundings=self._surroundings,
        )

    def prepare(self) -> None:
        """Clear away what was cut off, before anything is called."""
        self.buckets.sweep()

    def ensure(self, buckets: Iterable[str]) -> None:
        """See that these buckets are there."""
        for bucket in buckets:
            self.buckets.ensure(bucket)

    def end_calls(self) -> None:
        """Call nothing any more, and end what runs."""
        self.calls.close()

    def stop(self) -> None:
        """Close the endpoint."""
        with self._starting:
            self._endpoint.stop()

    def _surroundings(self) -> Surroundings:
        with self._starting:
            url = self._endpoint.url or self._endpoint.start()
        return Surroundings(
            codepipeline_url=self.console_url,
            s3_url=url,
            region=self._home.project.names_for("embedded")["region"],
            keys=self._keys_now(),
            secrets=self._secrets,
        )

    def _keys_now(self) -> Keys:
        expires_at_ms = int((clock() + KEYS_LAST).timestamp() * 1000)
        return msgspec.structs.replace(self.keys, expires_at_ms=expires_at_ms)


def _settings(home: EmbeddedHome, name: str, environ: Mapping[str, str]) -> FunctionSettings:
    table = home.project.functions[name]
    passed = {variable: environ[variable] for variable in table.passed if variable in environ}
    return FunctionSettings(
        file=home.project.root / table.file,
        handler=table.function,
        timeout_seconds=table.timeout_seconds,
        environment={**table.environment, **passed},
        secrets=tuple(passed.values()),
    )
