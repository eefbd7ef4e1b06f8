"""What every home's reading of a bill's documents promises: `functions.ports.BillVersions`."""

import pytest

from contract.aws_home import DOCUMENTS, HOMES, AwsDocuments, bucket
from laststop.catalog.document import Entry, empty, with_entries
from laststop.errors import NotFoundError
from laststop.homes.embedded.documents import StoredDocuments
from laststop.homes.embedded.ledger import StoredBillVersions
from laststop.words.bill import Bill, Revision
from laststop.words.facts_site import Forgotten
from unit.homes.home_workbench import Home


class Embedded:
    def __init__(self, path) -> None:
        self._home = Home(path)
        self.port = StoredBillVersions(self._home.store)

    def write(self, document, expected):
        with self._home.store.transaction() as transaction:
            documents = StoredDocuments(transaction, self._home.locations, self._home.clock)
            return documents.replace(document, expected=expected)

    def location(self, revision) -> str:
        return revision.key

    def forget(self, revision) -> None:
        self._home.append(Forgotten(at=self._home.clock(), documents=(revision.version_id,)))


class Aws(AwsDocuments):
    def __init__(self, stack) -> None:
        from laststop.homes.aws.bill_versions import BucketBillVersions

        super().__init__(stack)
        self.port = BucketBillVersions(bucket(stack, DOCUMENTS))

    def write(self, document, expected):
        with self.opened() as documents:
            return documents.replace(document, expected=expected)

    def location(self, revision) -> str:
        return f"{DOCUMENTS}/{revision.key}"


@pytest.fixture(params=HOMES)
def place(request, tmp_path):
    return Aws(request.getfixturevalue("aws")) if request.param == "aws" else Embedded(tmp_path)


def written(place, object_: str, expected=None, **versions: str):
    document = with_entries(
        empty(object_, [object_]), {(object_, name): Entry(version=v) for name, v in versions.items()}
    )
    return place.write(document, expected)


def bill(place, *revisions) -> Bill:
    documents = [
        Revision(
            action=one.object, id=one.version_id, location=place.location(one), generation=one.generation
        )
        for one in revisions
    ]
    git = Revision(action="frontend", id="c1", location="acme/frontend@main")
    return Bill(revisions=(git, *documents))


def test_every_document_of_the_bill_is_read_at_its_own_version_and_git_is_none(place):
    routing = written(place, "routing", bgp="1.0", ospf="2.0")
    firewall = written(place, "firewall", acl="3.0")
    found = bill(place, routing, firewall)
    written(place, "routing", routing, bgp="9.9")
    assert place.port.active(found) == {
        "routing": {"bgp": "1.0", "ospf": "2.0"},
        "firewall": {"acl": "3.0"},
    }


def test_a_bill_without_documents_names_nothing(place):
    assert place.port.active(bill(place)) == {}


def test_a_document_that_is_no_longer_kept_is_said_by_generation_and_place(place):
    one = written(place, "routing", bgp="1.0")
    written(place, "routing", one, bgp="1.1")
    place.forget(one)
    with pytest.raises(NotFoundError, match=f"generation 1 of {place.location(one)}"):
        place.port.active(bill(place, one))
