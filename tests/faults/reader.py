"""A reader of the page who never looks away, and the proof that the page never went backwards."""

import hashlib
import http.client
import threading
import time
from datetime import UTC, datetime
from typing import Self
from urllib.parse import urlsplit

import msgspec

from laststop.wiring.embedded import EmbeddedHome
from laststop.words.facts_site import ReleaseSeen, ReleaseSwitched

PATHS = {"/build.json": "build.json", "/": "index.html", "/versions.json": "versions.json"}
PAUSE_SECONDS = 0.004


class Glimpse(msgspec.Struct, frozen=True, kw_only=True):
    """One answer: when it was asked for, its status, the digest of what came."""

    asked_at: datetime
    path: str
    status: int
    digest: str


class Reader:
    """Fetches the same few pages again and again, in a thread; a context manager."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reader")
        self.glimpses: list[Glimpse] = []
        self.trouble: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        connection = http.client.HTTPConnection(self._address.hostname or "", self._address.port, timeout=10)
        while not self._stop.is_set():
            for path in PATHS:
                try:
                    self.glimpses.append(self._glimpse(connection, path))
                except (OSError, http.client.HTTPException) as error:
                    self.trouble.append(f"{datetime.now(UTC)} {path}: {error!r}")
                    connection.close()
            time.sleep(PAUSE_SECONDS)
        connection.close()

    def _glimpse(self, connection: http.client.HTTPConnection, path: str) -> Glimpse:
        asked_at = datetime.now(UTC)
        connection.request("GET", path)
        response = connection.getresponse()
        digest = hashlib.sha256(response.read()).hexdigest()
        return Glimpse(asked_at=asked_at, path=path, status=response.status, digest=digest)


class Contents:
    """Which content was live at which epochs; learnt while releases are still kept."""

    def __init__(self, home: EmbeddedHome) -> None:
        self._home = home
        self._seq = 0
        self._epochs: dict[tuple[str, str], set[int]] = {}
        self._proofs: list[tuple[datetime, str]] = []
        self._switched: dict[str, int] = {}

    def learn(self) -> None:
        """Note what was switched and proven since the last call."""
        with self._home.store.view() as view:
            facts = view.of_kinds(("release.switched", "release.seen"), self._seq, 10_000)
        for one in facts:
            self._seq = one.seq
            if isinstance(one.fact, ReleaseSeen):
                self._proofs.append((one.fact.at, one.fact.release))
            elif isinstance(one.fact, ReleaseSwitched):
                self._switched[one.fact.release] = one.fact.epoch
                self._note(one.fact)

    def _note(self, fact: ReleaseSwitched) -> None:
        manifest = self._home.releases.manifest(fact.release)
        for file in PATHS.values():
            entry = manifest.of(file)
            if entry is not None:
                self._epochs.setdefault((file, entry.digest), set()).add(fact.epoch)

    def epochs_of(self, each: Glimpse) -> set[int]:
        """When what was glimpsed was live."""
        return self._epochs.get((PATHS[each.path], each.digest), set())

    def proven_before(self, at: datetime) -> int:
        """The newest epoch that was proven before an instant; 0 when none was."""
        return max((self._switched[release] for seen, release in self._proofs if seen <= at), default=0)

    def backwards(self, glimpses: list[Glimpse]) -> list[str]:
        """Everything a reader saw that must not be; empty when the page only ever went forward.

        Each answer is content of some release, known by its digest; the same content may belong to several.
        Per path an answer is never of an older release than the one before it; and once a release was
        proven, no request shows an older one at any path.
        """
        wrong: list[str] = []
        newest = dict.fromkeys(PATHS, 0)
        for each in glimpses:
            proven = self.proven_before(each.asked_at)
            if each.status == http.client.SERVICE_UNAVAILABLE and not proven:
                continue
            known, at_least = self.epochs_of(each), max(newest[each.path], proven)
            fitting = [epoch for epoch in known if epoch >= at_least]
            if fitting and each.status == http.client.OK:
                newest[each.path] = max(newest[each.path], min(fitting))
            else:
                shown = f"{each.status}, release {sorted(known) or 'unknown'}"
                wrong.append(f"{each.asked_at} {each.path}: {shown}, not {at_least} or later")
        return wrong
