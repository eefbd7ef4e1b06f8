"""What every home's document objects promise: `catalog.ports.documents`."""

from contextlib import contextmanager

import msgspec
import pytest

from contract.aws_home import HOMES, AwsDocuments
from laststop.catalog.document import Document, Entry, empty, with_entries
from laststop.catalog.document_zip import etag, pack
from laststop.errors import ConflictError, NotFoundError
from laststop.homes.embedded.documents import StoredDocuments
from laststop.words.facts_site import Forgotten
from unit.homes.home_workbench import Home


class Embedded:
    def __init__(self, path) -> None:
        self._home = Home(path)

    @contextmanager
    def opened(self):
        with self._home.store.transaction() as transaction:
            yield StoredDocuments(transaction, self._home.locations, self._home.clock)

    def etag(self, content: bytes) -> str:
        return etag(content)

    def forget(self, revision) -> None:
        self._home.append(Forgotten(at=self._home.clock(), documents=(revision.version_id,)))


@pytest.fixture(params=HOMES)
def bucket(request, tmp_path):
    if request.param == "aws":
        return AwsDocuments(request.getfixturevalue("aws"))
    return Embedded(tmp_path)


def showing(document: Document, **versions) -> Document:
    """The next generation, with versions shown."""
    entries = {
        ("routing", name): Entry(version=v, attributes={"title": name}) if v else None
        for name, v in versions.items()
    }
    return with_entries(document, entries)


def first() -> Document:
    return empty("routing", ["routing"])


def test_before_the_first_write_there_is_no_head(bucket):
    with bucket.opened() as documents:
        assert documents.head("routing") is None


def test_what_was_written_is_the_head_and_reads_back_equal(bucket):
    document = showing(first(), bgp="1.0", ospf="2.1")
    with bucket.opened() as documents:
        written = documents.replace(document, expected=None)
        assert documents.head("routing") == written
        assert documents.read(written) == document
    assert (written.object, written.generation) == ("routing", 1)
    assert (written.etag, written.size_bytes) == (bucket.etag(pack(document)), len(pack(document)))


def test_an_old_revision_stays_readable_whatever_was_written_since(bucket):
    revisions, document = [], first()
    with bucket.opened() as documents:
        for version in ("1.0", "1.1", None, "1.0"):
            document = showing(document, bgp=version)
            revisions.append(documents.replace(document, expected=revisions[-1] if revisions else None))
        contents = [documents.read(revision) for revision in revisions]
    assert [
        content.entry("routing", "bgp") and content.entry("routing", "bgp").version for content in contents
    ] == [
        "1.0",
        "1.1",
        None,
        "1.0",
    ]
    assert len({revision.version_id for revision in revisions}) == 4


def test_equal_entries_of_two_generations_are_two_versions(bucket):
    document = showing(first(), bgp="1.0")
    with bucket.opened() as documents:
        one = documents.replace(document, expected=None)
        again = documents.replace(msgspec.structs.replace(document, generation=2), expected=one)
    assert one.version_id != again.version_id


def test_a_write_that_expects_an_older_revision_or_none_is_a_conflict(bucket):
    with bucket.opened() as documents:
        one = documents.replace(first(), expected=None)
        documents.replace(showing(first(), bgp="1.0"), expected=one)
    for expected in (one, None):
        with pytest.raises(ConflictError), bucket.opened() as documents:
            documents.replace(showing(first(), bgp="9.9"), expected=expected)
    with bucket.opened() as documents:
        assert documents.read(documents.head("routing")).entry("routing", "bgp").version == "1.0"


def test_the_same_write_again_is_a_conflict_like_any_other(bucket):
    with bucket.opened() as documents:
        documents.replace(first(), expected=None)
    with pytest.raises(ConflictError), bucket.opened() as documents:
        documents.replace(first(), expected=None)


def test_a_revision_that_is_no_longer_kept_is_said_to_be_so(bucket):
    with bucket.opened() as documents:
        one = documents.replace(first(), expected=None)
        documents.replace(showing(first(), bgp="1.0"), expected=one)
    bucket.forget(one)
    with pytest.raises(NotFoundError, match="generation 0 of routing"), bucket.opened() as documents:
        documents.read(one)


def test_objects_do_not_disturb_each_other(bucket):
    with bucket.opened() as documents:
        documents.replace(first(), expected=None)
        other = documents.replace(empty("firewall", ["firewall"]), expected=None)
        documents.replace(showing(first(), bgp="1.0"), expected=documents.head("routing"))
        assert documents.head("firewall") == other
