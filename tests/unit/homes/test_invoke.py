from datetime import timedelta

import pytest

from laststop.errors import LaststopError, NotFoundError, UsageError
from laststop.homes.embedded.actions.invoke import Invoke, OneJob, Patience
from laststop.homes.embedded.actions.source_s3 import S3Source
from laststop.homes.embedded.artifacts import BlobArtifacts
from laststop.homes.embedded.buckets.buckets import Buckets
from laststop.homes.embedded.objects import Objects
from laststop.pipeline.due import Command
from laststop.pipeline.inputs import Continued, Succeeded
from laststop.pipeline.job import decode_job
from laststop.words.artifact import Artifact
from laststop.words.digests import digest_of
from laststop.words.failure import Failure
from laststop.words.ids import AttemptKey, RunId
from unit.homes.home_workbench import EPOCH, Home, Never, zipped


def command(name="deploy-site", attempt=1, job=0, token="", inputs=(), **configuration) -> Command:
    return Command(
        key=AttemptKey(run=RunId("run-1"), stage="Release", action="a", attempt=attempt),
        pipeline="translations",
        provider="Invoke/AWS/Lambda/1",
        configuration={"FunctionName": name, **configuration},
        inputs=tuple(inputs),
        outputs=("out",),
        started_at=EPOCH,
        deadline_at=EPOCH + timedelta(hours=1),
        job=job,
        token=token,
    )


def invoked(handler, asked=None):
    return Invoke({"deploy-site": handler}).run(asked or command(), Never())


def test_a_function_gets_codepipelines_event_and_its_report_is_the_outcome():
    seen = []

    def handler(event, jobs, _):
        job = decode_job(event)
        seen.append(job)
        assert jobs.context(job.id).key == command().key
        jobs.succeed(job.id, summary="done", variables={"A": "1"})

    outcome = invoked(
        handler, command(UserParameters="x", inputs=[Artifact(name="site", digest="d" * 64, size_bytes=1)])
    )
    assert outcome == Succeeded(summary="done", variables={"A": "1"})
    assert (seen[0].function, seen[0].user_parameters) == ("deploy-site", "x")
    assert seen[0].input().location.s3_location.object_key.endswith("d" * 64)


@pytest.mark.parametrize(
    ("report", "outcome"),
    [
        (
            lambda jobs, i: jobs.fail(i, Failure(code="JobFailed", message="no")),
            Failure(code="JobFailed", message="no"),
        ),
        (lambda jobs, i: jobs.go_on(i, token="t"), Continued(token="t")),
        (
            lambda jobs, i: None,
            Failure(code="JobFailed", message="deploy-site ended without reporting a result"),
        ),
    ],
    ids=["failed", "continued", "silent"],
)
def test_every_other_end_is_an_outcome_too(report, outcome):
    assert invoked(lambda event, jobs, _: report(jobs, decode_job(event).id)) == outcome


def test_the_first_report_counts():
    def handler(event, jobs, _):
        job = decode_job(event)
        jobs.succeed(job.id, summary="first")
        jobs.fail(job.id, Failure(code="JobFailed", message="second"))

    assert invoked(handler) == Succeeded(summary="first")


def job_id(asked) -> str:
    found = []
    invoked(lambda event, jobs, _: found.append(decode_job(event).id), asked)
    return found[0]


def test_a_job_has_the_same_id_when_it_is_issued_again_and_another_one_else():
    assert job_id(command()) == job_id(command())
    assert len({job_id(command()), job_id(command(attempt=2)), job_id(command(job=1))}) == 3


def test_a_continuation_brings_its_token_along():
    found = []
    invoked(
        lambda event, *_: found.append(decode_job(event).data.continuation_token), command(job=1, token="t")
    )
    assert found == ["t"]


def test_a_report_for_another_job_is_refused():
    jobs = OneJob("job-1", None)
    for call in (
        lambda: jobs.context("job-2"),
        lambda: jobs.succeed("job-2"),
        lambda: jobs.fail("job-2", Failure(code="x", message="y")),
    ):
        with pytest.raises(NotFoundError, match="job-2"):
            call()
    assert jobs.outcome is None


def test_a_function_nobody_knows_is_refused_with_those_that_are():
    with pytest.raises(UsageError, match='no function is named "deploy-sit"') as refused:
        invoked(lambda *_: None, command("deploy-sit"))
    assert "deploy-site" in refused.value.hint


def test_patience_ends_when_nobody_waits_any_more():
    class GivenUp:
        def wait(self, timeout=None):
            return True

    assert Patience(Never()).wait(0) is True
    assert Patience(GivenUp()).wait(60) is False
    assert Patience(Never()).elapsed_seconds() < 5


# artifacts


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path).serve()


def opened(home, key):
    found = []

    def handler(event, jobs, _):
        job = decode_job(event)
        with BlobArtifacts(home.blobs).open(job.input(), job.data.artifact_credentials) as archive:
            found.append([entry.name for entry in archive.entries()])
        jobs.succeed(job.id)

    invoked(handler, command(inputs=[Artifact(name="site", digest=key, size_bytes=1)]))
    return found[0]


def test_an_artifact_is_opened_by_the_digest_at_the_end_of_its_key(home):
    assert opened(home, home.blobs.put_bytes(zipped({"index.html": b"x"}))) == ["index.html"]


@pytest.mark.parametrize(
    "files",
    [{"../out.html": b"x"}, {"/abs.html": b"x"}, {"a": b"x", "a/b": b"y"}],
    ids=["..", "absolute", "both"],
)
def test_an_artifact_that_must_not_be_unpacked_is_refused(home, files):
    with pytest.raises(UsageError):
        opened(home, home.blobs.put_bytes(zipped(files)))


@pytest.mark.parametrize("key", ["d" * 64, "../../../etc/passwd", "", "moon"], ids=str)
def test_an_artifact_that_is_not_there_is_said_to_be_so(home, key):
    with pytest.raises(LaststopError):
        opened(home, key)


def test_an_artifact_that_is_no_zip_is_refused(home):
    with pytest.raises(UsageError, match="no zip archive"):
        opened(home, home.blobs.put_bytes(b"hello"))


# the S3 source


def test_a_document_is_pinned_and_handed_on_byte_by_byte(home, tmp_path):
    home.put("bgp", "1.0")
    home.publish()
    asked = Command(
        key=AttemptKey(run=RunId("run-1"), stage="Source", action="routing", attempt=1),
        pipeline="translations",
        provider="Source/AWS/S3/1",
        configuration={"S3Bucket": "docs", "S3ObjectKey": "routing.zip"},
        inputs=(),
        outputs=("routing",),
        started_at=EPOCH,
        deadline_at=EPOCH,
    )
    buckets = Buckets(tmp_path / "buckets", home.blobs)
    source = S3Source(Objects(home.store), buckets, home.blobs)
    outcome = source.run(asked, Never())
    newest = Objects(home.store).newest("docs/routing.zip")
    assert outcome.artifacts == (
        Artifact(name="routing", digest=digest_of(newest.content), size_bytes=len(newest.content)),
    )
    assert (outcome.revision.id, outcome.revision.generation) == (newest.version_id, 1)
    assert outcome.variables["VersionId"] == newest.version_id
    assert source.run(asked, Never()) == outcome
