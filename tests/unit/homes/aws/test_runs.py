"""Bills from what CodePipeline says of a run."""

from datetime import timedelta

import pytest

from laststop.catalog.dealing import document_objects
from laststop.errors import ConflictError, NotFoundError, TransientError
from laststop.homes.aws.runs import PipelineRuns, summary_of
from laststop.words.bill import Revision
from laststop.words.ids import RunId
from unit.homes.aws.bucket_fake import VersionedFake
from unit.homes.aws.pipeline_stand_in import PIPELINE, PipelineStandIn, document, source
from unit.homes.aws.service_fakes import NOW, refusal, service

OBJECTS = document_objects(["routing", "firewall"])


def runs_of(pipeline, bucket) -> PipelineRuns:
    return PipelineRuns(pipeline.service(), pipeline=PIPELINE, documents=bucket, objects=OBJECTS)


def three_sources(**more) -> tuple[dict, ...]:
    return (
        source("frontend", "acme/frontend", "main", "c1", summary="a commit", **more),
        document("routing", "docs", "routing.zip", "v7", change="etag"),
        document("firewall", "docs", "firewall.zip", "v2"),
    )


def test_a_bill_has_every_source_with_the_documents_generations():
    pipeline = PipelineStandIn()
    pipeline.run("other")
    pipeline.run("run-1", *three_sources())
    pipeline.run("newer")
    facts = runs_of(pipeline, VersionedFake(v7=7, v2=2)).get(RunId("run-1"))
    assert facts.bill.revisions == (
        Revision(action="firewall", id="v2", location="docs/firewall.zip", generation=2),
        Revision(action="frontend", id="c1", location="acme/frontend@main", summary="a commit"),
        Revision(action="routing", id="v7", location="docs/routing.zip", change="etag", generation=7),
    )
    assert (facts.id, facts.pipeline, facts.cause) == ("run-1", PIPELINE, "asked by x")
    assert facts.started_at == NOW + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ('{"ProviderType":"GitHub","CommitMessage":"Mend it\\n\\nAt last."}', "Mend it"),
        ("Mend it\nAt last.", "Mend it"),
        ('{"ProviderType":"GitHub"}', ""),
        ("[1, 2]", "[1, 2]"),
        ("", ""),
    ],
)
def test_a_revision_is_told_of_in_one_line_also_when_a_connection_tells_it_as_json(told, line):
    assert summary_of(told) == line


def test_a_closed_bill_is_asked_for_once():
    pipeline = PipelineStandIn()
    pipeline.run("run-1", *three_sources())
    runs = runs_of(pipeline, VersionedFake(v7=7, v2=2))
    assert runs.get(RunId("run-1")) == runs.get(RunId("run-1"))
    assert pipeline.asked.count("GetPipelineExecution") == 1


@pytest.mark.parametrize("status", ["InProgress", "Failed"])
def test_until_every_source_has_succeeded_the_bill_is_open(status):
    pipeline = PipelineStandIn()
    pipeline.run("run-1", *three_sources(status=status))
    with pytest.raises(ConflictError, match="still being read"):
        runs_of(pipeline, VersionedFake(v7=7, v2=2)).get(RunId("run-1"))


def test_a_source_whose_revision_is_not_told_yet_leaves_the_bill_open():
    pipeline = PipelineStandIn()
    pipeline.run("run-1", *three_sources()[:2], document("firewall", "docs", "firewall.zip", ""))
    with pytest.raises(ConflictError):
        runs_of(pipeline, VersionedFake(v7=7)).get(RunId("run-1"))


def test_a_run_without_sources_so_far_is_open():
    pipeline = PipelineStandIn()
    pipeline.run("run-1")
    with pytest.raises(ConflictError):
        runs_of(pipeline, VersionedFake()).get(RunId("run-1"))


def test_an_unknown_run_is_not_found():
    with pytest.raises(NotFoundError):
        runs_of(PipelineStandIn(), VersionedFake()).get(RunId("run-9"))


def test_a_document_seeded_without_metadata_is_read_for_its_generation():
    pipeline, bucket = PipelineStandIn(), VersionedFake(v7=7, v2=0)
    bucket.plain.add("v2")
    pipeline.run("run-1", *three_sources())
    bill = runs_of(pipeline, bucket).get(RunId("run-1")).bill
    assert bill.generations == {"docs/routing.zip": 7, "docs/firewall.zip": 0}


def test_a_document_that_is_gone_is_said_by_version():
    pipeline = PipelineStandIn()
    pipeline.run("run-1", *three_sources())
    with pytest.raises(NotFoundError, match=r"version v2 of docs/firewall\.zip"):
        runs_of(pipeline, VersionedFake(v7=7)).get(RunId("run-1"))


def test_other_objects_are_sources_without_a_generation():
    pipeline = PipelineStandIn()
    pipeline.run("run-1", document("texts", "elsewhere", "texts.zip", "x1"))
    (revision,) = runs_of(pipeline, VersionedFake()).get(RunId("run-1")).bill.revisions
    assert (revision.location, revision.generation) == ("elsewhere/texts.zip", None)


def test_a_rollback_has_the_bill_of_the_run_it_goes_back_to():
    pipeline = PipelineStandIn()
    pipeline.run("run-1", *three_sources())
    pipeline.run("run-2", target="run-1")
    runs = runs_of(pipeline, VersionedFake(v7=7, v2=2))
    assert runs.get(RunId("run-2")).bill == runs.get(RunId("run-1")).bill
    assert (runs.get(RunId("run-1")).target, runs.get(RunId("run-2")).target) == (None, "run-1")
    assert runs.get(RunId("run-2")).started_at > runs.get(RunId("run-1")).started_at


def test_a_throttled_pipeline_is_try_again():
    called, _ = service(refusal("ThrottlingException"), name="codepipeline")
    runs = PipelineRuns(called, pipeline=PIPELINE, documents=VersionedFake(), objects=OBJECTS)
    with pytest.raises(TransientError):
        runs.get(RunId("run-1"))
