"""The embedded home, put together: the only place that names its concrete classes."""

import functools
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from laststop.catalog.document import empty, with_types
from laststop.config.project import Project
from laststop.functions.publish import Policy
from laststop.functions.verify_live import Proof
from laststop.homes.embedded.blobs import Blobs
from laststop.homes.embedded.documents import StoredDocuments
from laststop.homes.embedded.edge_client import EdgeClient
from laststop.homes.embedded.folders import Folders
from laststop.homes.embedded.ledger import StoredBillVersions, StoredSiteLedger
from laststop.homes.embedded.probe import EdgeProbe
from laststop.homes.embedded.releases import StoredOrigin, StoredReleases
from laststop.homes.embedded.runs import StoredRuns
from laststop.homes.embedded.store.journal import Store
from laststop.site.live import Release
from laststop.wiring.policy import policy_of
from laststop.words.ids import Digest, RunId
from laststop.words.instants import Instant

if TYPE_CHECKING:
    from laststop.homes.embedded.jobs.book import JobBook
    from laststop.homes.embedded.jobs.outputs import JobOutputs


def clock() -> Instant:
    """The time."""
    return datetime.now(UTC)


def draw_run_id() -> RunId:
    """The id of a new run; the only thing laststop ever draws by chance."""
    return RunId(str(uuid.uuid4()))


class EmbeddedHome:
    """A project's store and everything that works over it, with or without a server running."""

    def __init__(self, project: Project, *, folders: Folders | None = None) -> None:
        """Open the store, the project's own unless `folders` says another; nothing runs yet.

        Raises: UsageError for a store of a newer laststop, TransientError when it is locked for long.
        """
        self.project = project
        self.folders = folders or Folders(project.root)
        self.store = Store(self.folders.store)
        self.blobs = Blobs(self.folders.blobs)
        self.releases = StoredReleases(self.store, self.blobs, self.folders.site, clock)
        self.edges = EdgeClient(self.folders.edges)
        self.ledger = StoredSiteLedger(self.store, clock)
        self.runs = StoredRuns(self.store)

    @property
    def policy(self) -> Policy:
        """How the project reads its catalog."""
        return policy_of(self.project)

    @property
    def locations(self) -> dict[str, str]:
        """Document object -> `bucket/key`."""
        return locations_of(self.project)

    @functools.cached_property
    def outputs(self) -> "JobOutputs":
        """What functions upload while their jobs run."""
        from laststop.homes.embedded.jobs.outputs import JobOutputs

        return JobOutputs(self.folders, self.blobs)

    @functools.cached_property
    def book(self) -> "JobBook":
        """The job book; late, because most commands need none of the engine that it decides with."""
        from laststop.homes.embedded.jobs.book import JobBook

        return JobBook(self.store, self.outputs, clock=clock)

    def origin(self) -> StoredOrigin:
        """What an edge reads."""
        return StoredOrigin(self.store, self.blobs, self.releases)

    def proof(self) -> Proof:
        """What proving a release works with."""
        return Proof(
            releases=self.releases,
            ledger=self.ledger,
            probe=EdgeProbe(self.edges),
            bill_versions=StoredBillVersions(self.store),
            within_seconds=float(self.project.verify.within_seconds),
            versions_path=self.project.verify.versions,
        )

    def ensure_documents(self) -> None:
        """Write the first document (generation 0, empty) of every object that has none.

        An object that stands elsewhere by now, or is dealt other types, is written anew, with what it shows.
        """
        with self.store.transaction() as transaction:
            documents = StoredDocuments(transaction, self.locations, clock)
            for each in self.project.document_objects:
                head = documents.head(each.object)
                if head is None:
                    documents.replace(empty(each.object, each.types), expected=None)
                    continue
                document = documents.read(head)
                dealt = with_types(document, each.types)
                if dealt is not document or head.key != self.locations[each.object]:
                    moved = msgspec.structs.replace(dealt, generation=document.generation + 1)
                    documents.replace(moved, expected=head)

    def lacking(self, release: Release) -> frozenset[Digest]:
        """Blobs that a kept release names and that are not here, its manifest among them."""
        if missing := self.releases.missing([release.manifest]):
            return missing
        return self.releases.missing(self.releases.manifest(release.id).digests)

    def page_url(self) -> str:
        """Where readers find the page; empty while no edge runs."""
        urls = self.edges.urls()
        return f"{urls[0]}/" if urls else ""

    def close(self) -> None:
        """Close the store."""
        self.store.close()


def locations_of(project: Project) -> dict[str, str]:
    """Document object -> `bucket/key`."""
    return {each.object: f"{project.documents_bucket}/{each.key}" for each in project.document_objects}
