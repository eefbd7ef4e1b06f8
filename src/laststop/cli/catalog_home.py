"""The catalog that a command is about, in either home."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from laststop.catalog.algorithm import Algorithm
from laststop.catalog.ports.versions import Versions
from laststop.catalog.version import WantedVersion
from laststop.cli.options import project_in
from laststop.cli.store import NOT_SERVING, opened, tell_server
from laststop.config.pipeline_file import load_pipeline
from laststop.config.project import Home
from laststop.functions.catalog import put_version
from laststop.functions.publish import Policy
from laststop.homes.embedded.listing import version_lines
from laststop.homes.embedded.readers import shelf_of
from laststop.homes.embedded.versions import StoredVersions
from laststop.homes.shared.listing import VersionLine
from laststop.wiring.embedded import EmbeddedHome, clock

T = TypeVar("T")


class CatalogHome(Protocol):
    """What `laststop catalog` needs of a home.

    `suffix` is what a command that is proposed must end in to mean the same home.
    """

    suffix: str

    @property
    def policy(self) -> Policy:
        """How the project reads its catalog."""
        ...

    def reading(self) -> AbstractContextManager[Versions]:
        """For looking only."""
        ...

    def change(self, work: Callable[[Versions], T]) -> T:
        """Do what reads, decides and writes once; where somebody was faster, it is done again."""
        ...

    def put_all(self, wanted: Sequence[WantedVersion]) -> int:
        """Make many versions what is wanted; gives how many were something else before."""
        ...

    def lines(self, *, type_: str | None, after: tuple[str, str] | None, limit: int) -> Sequence[VersionLine]:
        """Versions with their verdicts, those behind `after`."""
        ...

    def show(self, name: str) -> tuple[Algorithm, Sequence[VersionLine]]:
        """One algorithm, and its versions with their verdicts."""
        ...

    def preview(self, name: str, version: str, phase: str) -> str:
        """What a phase would do to the page."""
        ...

    def tell(self) -> str:
        """Have somebody look at what was written; what to say where nobody will."""
        ...

    def follow(self, name: str, version: str) -> int:
        """Show a change until its verdict is final; the exit code."""
        ...


class StoredCatalog:
    """The embedded home's."""

    suffix = ""

    def __init__(self, home: EmbeddedHome) -> None:
        """`home` is open as long as this is used."""
        self._home = home

    @property
    def policy(self) -> Policy:
        """How the project reads its catalog."""
        return self._home.policy

    @contextmanager
    def reading(self) -> Iterator[Versions]:
        """A view of the store."""
        with self._home.store.view() as view:
            yield StoredVersions(view, clock)

    def change(self, work: Callable[[Versions], T]) -> T:
        """In one transaction."""
        with self._home.store.transaction() as transaction:
            return work(StoredVersions(transaction, clock))

    def put_all(self, wanted: Sequence[WantedVersion]) -> int:
        """In one transaction."""
        if not wanted:
            return 0
        policy = self.policy
        return self.change(lambda versions: sum(put_version(versions, e, policy).changed for e in wanted))

    def lines(self, *, type_: str | None, after: tuple[str, str] | None, limit: int) -> Sequence[VersionLine]:
        """By algorithm and version."""
        home = self._home
        with home.store.view() as view:
            return version_lines(
                view, home.policy, home.locations, type_=type_, after=after or ("", ""), limit=limit
            )

    def show(self, name: str) -> tuple[Algorithm, Sequence[VersionLine]]:
        """From one view."""
        home = self._home
        with home.store.view() as view:
            lines = version_lines(view, home.policy, home.locations, algorithm=name)
            return StoredVersions(view, clock).of(name), lines

    def preview(self, name: str, version: str, phase: str) -> str:
        """By the store's own documents."""
        from laststop.cli.preview import preview

        home = self._home
        home.ensure_documents()
        with home.store.transaction() as transaction:
            return preview(shelf_of(transaction, home.locations, clock), self.policy, name, version, phase)

    def tell(self) -> str:
        """Ring the server."""
        return "" if tell_server(self._home) else NOT_SERVING

    def follow(self, name: str, version: str) -> int:
        """Look at the journal."""
        from laststop.cli.following import follow_change

        return follow_change(self._home, load_pipeline(self._home.project).name, name, version)


@contextmanager
def catalog_home(folder: Path, home: Home) -> Iterator[CatalogHome]:
    """The catalog of a project in a home, for one command.

    Raises: for AWS as `laststop.wiring.aws_deployed.deployed`.
    """
    if home == "aws":
        from laststop.cli.catalog_aws import TableCatalog
        from laststop.wiring.aws_deployed import deployed

        with deployed(project_in(folder)) as found:
            yield TableCatalog(found)
        return
    with opened(folder) as embedded:
        yield StoredCatalog(embedded)
