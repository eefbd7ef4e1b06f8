"""What every home's runs promise the functions: `functions.ports.Runs`."""

from datetime import timedelta

import pytest

from laststop.catalog.dealing import document_objects
from laststop.errors import ConflictError, NotFoundError
from laststop.homes.aws.runs import PipelineRuns
from laststop.words.bill import Bill, Revision, bill_of
from laststop.words.facts_pipeline import BillClosed, RunStarted
from laststop.words.ids import RunId
from unit.homes.aws.bucket_fake import VersionedFake
from unit.homes.aws.pipeline_stand_in import PIPELINE, PipelineStandIn, document, source
from unit.homes.home_workbench import EPOCH, Home

BILL = bill_of(
    [
        Revision(action="frontend", id="c1", location="acme/frontend@main", summary="a commit"),
        Revision(action="routing", id="v7", location="docs/routing.zip", change="etag", generation=7),
    ]
)


class Embedded:
    def __init__(self, path) -> None:
        self._home = Home(path)
        self.port = self._home.runs
        self._begun = 0

    def begin(self, run: str) -> None:
        self._begun += 1
        at = EPOCH + timedelta(seconds=self._begun)
        fact = RunStarted(
            at=at, run=RunId(run), pipeline=PIPELINE, cause="somebody asked", pipeline_version=1
        )
        self._home.append(fact)

    def close(self, run: str, bill: Bill) -> None:
        self._home.append(BillClosed(at=self._home.clock(), run=RunId(run), pipeline=PIPELINE, bill=bill))


class Aws:
    """Over a stand-in of CodePipeline: no emulator has its runs."""

    def __init__(self) -> None:
        self._pipeline = PipelineStandIn()
        self.port = PipelineRuns(
            self._pipeline.service(),
            pipeline=PIPELINE,
            documents=VersionedFake(v7=7),
            objects=document_objects(["routing"]),
        )

    def begin(self, run: str) -> None:
        self._pipeline.run(
            run,
            source("frontend", "acme/frontend", "main", "c1", summary="a commit", status="InProgress"),
            document("routing", "docs", "routing.zip", "v7", change="etag"),
        )

    def close(self, run: str, bill: Bill) -> None:
        assert bill == BILL, "the stand-in reads what it was begun with"
        found = next(each for each in self._pipeline.runs if each["id"] == run)
        for each in found["sources"]:
            each["status"] = "Succeeded"


@pytest.fixture(params=["embedded", "aws"])
def place(request, tmp_path):
    return Aws() if request.param == "aws" else Embedded(tmp_path)


def test_nobody_knows_a_run_that_was_never_begun(place):
    with pytest.raises(NotFoundError):
        place.port.get(RunId("run-9"))


def test_while_its_sources_are_read_a_run_is_a_conflict_and_then_it_has_its_bill(place):
    place.begin("run-1")
    with pytest.raises(ConflictError):
        place.port.get(RunId("run-1"))
    place.close("run-1", BILL)
    found = place.port.get(RunId("run-1"))
    assert (found.id, found.pipeline, found.bill) == ("run-1", PIPELINE, BILL)
    assert found.bill.digest == BILL.digest
    assert found.cause


def test_runs_are_ordered_by_when_they_were_begun(place):
    for run in ("run-1", "run-2"):
        place.begin(run)
        place.close(run, BILL)
    one, two = (place.port.get(RunId(run)) for run in ("run-1", "run-2"))
    assert one.started_at < two.started_at
    assert one.started_at.tzinfo is not None
