"""The catalog of the AWS home, for the commands: its table, and the ledger's verdicts.

What is written there rings by itself: the table's stream calls `publish`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, TypeVar

from laststop.catalog.algorithm import Algorithm
from laststop.catalog.ports.versions import Versions
from laststop.catalog.version import WantedVersion
from laststop.cli.following_aws import follow_change
from laststop.cli.preview import preview
from laststop.errors import ConflictError, LaststopError
from laststop.functions.catalog import put_version
from laststop.functions.publish import Policy
from laststop.homes.shared.listing import VersionLine
from laststop.wiring.aws import AwsHome
from laststop.wiring.aws_reading import at_once, listing

T = TypeVar("T")
ATTEMPTS_MAX: Final = 5


class TableCatalog:
    """Reads and writes as other owners of the table do: whole rows by their differences, on condition."""

    suffix = " --home aws"

    def __init__(self, home: AwsHome) -> None:
        """`home` is open as long as this is used."""
        self._home = home

    @property
    def policy(self) -> Policy:
        """How the project reads its catalog: by the settings that were deployed."""
        return self._home.policy

    @contextmanager
    def reading(self) -> Iterator[Versions]:
        """The table; each look sees the newest."""
        yield self._home.versions

    def change(self, work: Callable[[Versions], T]) -> T:
        """Look and write again where somebody was faster, a few times."""
        refused: LaststopError | None = None
        for _ in range(ATTEMPTS_MAX):
            try:
                return work(self._home.versions)
            except ConflictError as error:
                refused = error
        assert refused is not None
        raise refused

    def put_all(self, wanted: Sequence[WantedVersion]) -> int:
        """Many versions at once, those of one name one after the other."""
        policy = self.policy
        named: dict[tuple[str, str], list[WantedVersion]] = {}
        for each in wanted:
            named.setdefault((each.algorithm, each.version), []).append(each)

        def put(several: list[WantedVersion]) -> int:
            return sum(self._put(each, policy) for each in several)

        return sum(at_once(put, list(named.values())))

    def _put(self, wanted: WantedVersion, policy: Policy) -> bool:
        return self.change(lambda versions: put_version(versions, wanted, policy).changed)

    def lines(self, *, type_: str | None, after: tuple[str, str] | None, limit: int) -> Sequence[VersionLine]:
        """Algorithm by algorithm, in the table's own order."""
        return listing(self._home).lines(type_=type_, after=after, limit=limit)

    def show(self, name: str) -> tuple[Algorithm, Sequence[VersionLine]]:
        """From one consistent query of the table, and the ledger."""
        told = listing(self._home).of(name)
        return told.algorithm, told.lines

    def preview(self, name: str, version: str, phase: str) -> str:
        """By the documents in their bucket."""
        return preview(self._home.shelf, self.policy, name, version, phase)

    def tell(self) -> str:
        """Nothing to do: the table's stream rings."""
        return ""

    def follow(self, name: str, version: str) -> int:
        """Ask every few seconds."""
        return follow_change(self._home, name, version)
