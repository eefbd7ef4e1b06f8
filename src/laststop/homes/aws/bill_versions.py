"""The active versions that a bill's documents name."""

from laststop.catalog.document_zip import unpack
from laststop.errors import NotFoundError
from laststop.homes.aws.bucket import Bucket
from laststop.homes.aws.fan_out import each
from laststop.site.versions import Versions
from laststop.words.bill import Bill, Revision

_KEPT = 64


class BucketBillVersions:
    """The `BillVersions` port over the documents' bucket; a version never changes, and is remembered."""

    def __init__(self, documents: Bucket) -> None:
        """Reads only."""
        self._documents = documents
        self._read: dict[str, Versions] = {}

    def active(self, bill: Bill) -> Versions:
        """Type -> algorithm -> version, as the bill's documents name them."""
        revisions = [revision for revision in bill.revisions if revision.generation is not None]
        shown: Versions = {}
        for versions in each(self._of, revisions):
            shown |= versions
        return shown

    def _of(self, revision: Revision) -> Versions:
        known = self._read.get(revision.id)
        if known is not None:
            return known
        key = revision.location.removeprefix(f"{self._documents.name}/")
        try:
            content = self._documents.read(key, version=revision.id)
        except NotFoundError as error:
            raise NotFoundError(
                f"generation {revision.generation} of {revision.location} is no longer kept",
                place=error.place,
            ) from error
        document = unpack(revision.location, content)
        versions = {
            type_: {name: entry.version for name, entry in entries.items()}
            for type_, entries in document.types.items()
        }
        if len(self._read) >= _KEPT:
            self._read.clear()
        self._read[revision.id] = versions
        return versions
