"""The ports of the functions, in memory: what was told is kept, what is asked is set."""

from contextlib import contextmanager

import msgspec

from laststop.errors import ConflictError, NotFoundError
from laststop.functions.ports import JobContext, RunFacts
from laststop.pipeline.job import (
    ActionConfiguration,
    Configuration,
    Credentials,
    Job,
    JobArtifact,
    JobData,
    Location,
    S3Location,
    encode_job,
)
from laststop.site.live import HighWater, Live, Release
from laststop.site.manifest import Manifest
from laststop.site.probe import Observation
from laststop.words.bill import Bill, Revision, bill_of
from laststop.words.digests import digest_of
from laststop.words.ids import AttemptKey, ReleaseId, RunId
from unit.homes.home_workbench import EPOCH

JOB = "job-1"


def event_for(function: str, *artifacts: str, job: str = JOB) -> dict:
    """The event CodePipeline would send."""
    located = tuple(
        JobArtifact(
            name=name,
            location=Location(s3_location=S3Location(bucket_name="artifacts", object_key=f"p/{name}")),
        )
        for name in artifacts
    )
    return encode_job(
        Job(
            id=job,
            account_id="000000000000",
            data=JobData(
                action_configuration=ActionConfiguration(configuration=Configuration(function_name=function)),
                input_artifacts=located,
                output_artifacts=(),
                artifact_credentials=Credentials(),
            ),
        )
    )


class FakeJobs:
    def __init__(self, run: str = "run-1") -> None:
        self.run = RunId(run)
        self.told: list[tuple] = []

    def context(self, job_id: str) -> JobContext:
        if job_id != JOB:
            raise NotFoundError(f"no job has the id {job_id}")
        return JobContext(pipeline="p", key=AttemptKey(run=self.run, stage="Release", action="a", attempt=1))

    def succeed(self, job_id, *, summary="", variables=None):
        self.told.append(("succeeded", summary, variables or {}))

    def go_on(self, job_id, *, token):
        self.told.append(("goes on", token, {}))

    def fail(self, job_id, failure):
        self.told.append(("failed", failure.message, {"code": failure.code}))


def run_of(number: int, *, later_seconds: int = 0, bill: Bill | None = None) -> RunFacts:
    from datetime import timedelta

    return RunFacts(
        id=RunId(f"run-{number}"),
        pipeline="p",
        cause="because",
        started_at=EPOCH + timedelta(seconds=later_seconds or number),
        bill=bill or bill_with(number),
    )


def bill_with(
    generation: int, commit: str = "c1", location: str = "docs/routing.zip", version: str = ""
) -> Bill:
    return bill_of(
        [
            Revision(action="frontend", id=commit, location="acme/frontend@main"),
            Revision(
                action="routing", id=version or f"v{generation}", location=location, generation=generation
            ),
        ]
    )


def live_on(bill: Bill, *, release: str = "rel-1", run: str = "run-1", epoch: int = 1) -> Live:
    """A pointer that a run of this bill switched."""
    return Live(
        release=ReleaseId(release),
        run=RunId(run),
        bill=bill,
        epoch=epoch,
        high_water=HighWater(generations=bill.generations, decided_at=EPOCH, run=RunId(run)),
        switched_at=EPOCH,
    )


class FakeRuns:
    def __init__(self, *runs: RunFacts) -> None:
        self.runs = {run.id: run for run in runs}

    def get(self, run):
        if run not in self.runs:
            raise NotFoundError(f"there is no run {run}")
        return self.runs[run]


class FakeArchive:
    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.read: list[str] = []

    def entries(self):
        for name, content in self.files.items():
            yield FakeEntry(name=name, digest=digest_of(content), size_bytes=len(content))

    def chunks(self, name):
        self.read.append(name)
        yield self.files[name]


class FakeEntry(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    digest: str
    size_bytes: int


class FakeArtifacts:
    """Artifact name -> files, or the error opening it gives."""

    def __init__(self, **artifacts) -> None:
        self.artifacts = artifacts
        self.opened: list[FakeArchive] = []

    @contextmanager
    def open(self, artifact, credentials):
        found = self.artifacts.get(artifact.name)
        if found is None:
            raise NotFoundError("no such artifact", place=artifact.name)
        if isinstance(found, Exception):
            raise found
        archive = FakeArchive(found)
        self.opened.append(archive)
        yield archive


class FakeReleases:
    """`conflicts` is how many switches in a row somebody else is faster, by calling `meanwhile`."""

    def __init__(self) -> None:
        self.pointer: Live | None = None
        self.manifests: dict[ReleaseId, Manifest] = {}
        self.stored: list[Release] = []
        self.blobs: dict[str, bytes] = {}
        self.switches: list[Live] = []
        self.meanwhile: list = []
        self.failure: Exception | None = None

    def live(self):
        return self.pointer

    def kept(self):
        return tuple(self.stored)

    def manifest(self, release):
        if release not in self.manifests:
            raise NotFoundError(f"release {release} is not kept")
        return self.manifests[release]

    def missing(self, digests):
        return frozenset(digest for digest in digests if digest not in self.blobs)

    def store(self, release, manifest, blobs):
        if self.failure is not None:
            raise self.failure
        for blob in blobs:
            self.blobs[blob.digest] = b"".join(blob.chunks)
        self.manifests[release.id] = manifest
        self.stored.append(release)

    def switch(self, pointer, *, expected_epoch):
        if self.meanwhile:
            self.meanwhile.pop(0)()
        epoch = self.pointer.epoch if self.pointer else 0
        if epoch != expected_epoch:
            raise ConflictError("the pointer moved")
        self.pointer = pointer
        self.switches.append(pointer)


class FakeLedger:
    def __init__(self, *, unpurged=(), unproven=()) -> None:
        self.refusals: list[tuple] = []
        self.purges: list[tuple] = []
        self.proofs: list[tuple] = []
        self.misses: list[tuple] = []
        self._unpurged, self._unproven = tuple(unpurged), tuple(unproven)

    def refused(self, run, judgement):
        self.refusals.append((run, judgement))

    def unpurged(self):
        return self._unpurged

    def unproven(self):
        return self._unproven

    def purged(self, release, paths, reference, edges):
        self.purges.append((release, paths, reference, edges))
        self._unpurged = (release,)

    def seen(self, release, edges, pages):
        self.proofs.append((release, edges, pages))
        self._unproven = (release,)

    def unseen(self, release, reason):
        self.misses.append((release, reason))


class FakeEdge:
    def __init__(self) -> None:
        self.purges: list[tuple] = []
        self.failure: Exception | None = None
        self.count = 2

    def purge(self, paths, reference):
        if self.failure is not None:
            raise self.failure
        self.purges.append((paths, reference))
        return self.count


class FakeProbe:
    """Edges that show releases of a `FakeReleases`; `answer` may say otherwise, path by path."""

    def __init__(self, releases: FakeReleases, *urls: str) -> None:
        self._releases = releases
        self.urls = urls or ("http://edge",)
        self.behind: dict[str, ReleaseId] = {}
        self.answer = lambda edge, path: None
        self.rounds = 0

    def edges(self):
        self.rounds += 1
        return self.urls

    def fetch(self, edge, path):
        said = self.answer(edge, path)
        if isinstance(said, Exception):
            raise said
        if said is not None:
            return Observation(status=200, digest=digest_of(said), body=said)
        shown = self.behind.get(edge, self._releases.pointer.release)
        entry = self._releases.manifests[shown].of(path)
        if entry is None:
            return Observation(status=404, digest=digest_of(b""))
        return Observation(status=200, digest=entry.digest, body=self._releases.blobs[entry.digest])
