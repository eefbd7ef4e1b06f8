"""Sources and deploys over the project's buckets."""

import os
import threading
from datetime import timedelta

import msgspec
import pytest

from laststop.errors import NotFoundError, UsageError
from laststop.homes.embedded.actions.deploy_s3 import S3Deploy
from laststop.homes.embedded.actions.source_s3 import SUMMARY_METADATA, S3Source
from laststop.homes.embedded.blobs import Blobs
from laststop.homes.embedded.buckets.buckets import Buckets, ObjectFacts
from laststop.homes.embedded.gate import StoredGate
from laststop.homes.embedded.object_watch import ObjectWatch
from laststop.homes.embedded.objects import Objects
from laststop.homes.embedded.start_reader import StartReader
from laststop.homes.embedded.store.journal import Store
from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.due import Command
from laststop.pipeline.overrides import SourceOverride
from laststop.words.artifact import Artifact
from laststop.words.digests import digest_of
from laststop.words.ids import AttemptKey, RunId
from unit.homes.home_workbench import EPOCH, Clock, Never, zipped


class Bench:
    def __init__(self, path):
        self.store = Store(path / "store.db")
        self.blobs = Blobs(path / "blobs")
        self.buckets = Buckets(path / "buckets", self.blobs)
        self.buckets.ensure("uploads")
        self.source = S3Source(Objects(self.store), self.buckets, self.blobs)
        self.deploy = S3Deploy(self.buckets, self.blobs)
        self.rings = 0

    def command(self, provider, *, inputs=(), outputs=(), overrides=(), **configuration):
        return Command(
            key=AttemptKey(run=RunId("run-1"), stage="S", action="a", attempt=1),
            pipeline="translations",
            provider=provider,
            configuration=configuration,
            inputs=tuple(inputs),
            outputs=tuple(outputs),
            overrides=tuple(
                SourceOverride(action_name="a", revision_type=kind, revision_value=value)
                for kind, value in overrides
            ),
            started_at=EPOCH,
            deadline_at=EPOCH + timedelta(hours=1),
        )

    def read(self, *overrides, key="app.zip", **configuration):
        asked = self.command(
            "Source/AWS/S3/1",
            outputs=["app"],
            overrides=overrides,
            S3Bucket="uploads",
            S3ObjectKey=key,
            **configuration,
        )
        return self.source.run(asked, Never())

    def put(self, content, key="app.zip", **facts):
        draft = self.buckets.draft()
        draft.write_bytes(content)
        self.buckets.put("uploads", key, draft, ObjectFacts(**facts))

    def deployed(self, content, cancelled=None, **configuration):
        digest = self.blobs.put_bytes(content)
        artifact = Artifact(name="site", digest=digest, size_bytes=len(content))
        asked = self.command("Deploy/AWS/S3/1", inputs=[artifact], BucketName="pages", **configuration)
        return self.deploy.run(asked, cancelled or Never())

    def files(self, bucket="pages"):
        folder = self.buckets.folder / bucket
        return {
            str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()
        }


@pytest.fixture
def bench(tmp_path):
    made = Bench(tmp_path)
    yield made
    made.store.close()


# sources


def test_an_object_is_pinned_with_awss_output_variables_and_handed_on_unchanged(bench):
    bench.put(b"not a zip", metadata={SUMMARY_METADATA: "release 7"})
    outcome = bench.read()
    digest = digest_of(b"not a zip")
    assert outcome.artifacts == (Artifact(name="app", digest=digest, size_bytes=9),)
    assert bench.blobs.read(digest) == b"not a zip"
    assert outcome.variables == {
        "BucketName": "uploads",
        "ETag": digest[:32],
        "ObjectKey": "app.zip",
        "VersionId": digest,
    }
    assert (outcome.revision.id, outcome.revision.location) == (digest, "uploads/app.zip")
    assert outcome.revision.summary == "release 7"
    assert bench.read() == outcome


def test_a_run_may_take_an_earlier_version(bench):
    bench.put(b"first")
    first = bench.read().revision.id
    bench.put(b"second")
    assert bench.read().revision.id == digest_of(b"second")
    assert bench.read(("S3_OBJECT_VERSION_ID", first)).artifacts[0].digest == digest_of(b"first")
    with pytest.raises(NotFoundError, match="has no version"):
        bench.read(("S3_OBJECT_VERSION_ID", digest_of(b"never there")))


def test_a_version_of_another_object_is_none_of_this_one(bench):
    bench.put(b"mine")
    bench.put(b"theirs", "other.zip")
    theirs = bench.read(key="other.zip").revision.id
    with pytest.raises(NotFoundError, match="has no version"):
        bench.read(("S3_OBJECT_VERSION_ID", theirs))


def test_a_run_may_name_another_key_where_the_action_allows_it(bench):
    bench.put(b"hotfix", "hotfix.zip")
    override = ("S3_OBJECT_KEY", "hotfix.zip")
    assert bench.read(override, AllowOverrideForS3ObjectKey="true").variables["ObjectKey"] == "hotfix.zip"
    with pytest.raises(UsageError, match="does not allow it"):
        bench.read(override)
    version = ("S3_OBJECT_VERSION_ID", digest_of(b"hotfix"))
    both = bench.read(override, version, AllowOverrideForS3ObjectKey="true")
    assert both.revision.location == "uploads/hotfix.zip"


def test_an_object_that_is_not_there_says_where_to_put_it(bench):
    with pytest.raises(NotFoundError, match=r"no object stands at uploads/app\.zip") as refused:
        bench.read()
    assert refused.value.hint == f"copy a file to {bench.buckets.folder / 'uploads/app.zip'}"
    with pytest.raises(UsageError, match="no object can have this key"):
        bench.read(("S3_OBJECT_KEY", "../../x"), AllowOverrideForS3ObjectKey="true")


# watching


def watch(bench):
    def ring():
        bench.rings += 1

    return ObjectWatch(
        store=bench.store,
        buckets=bench.buckets,
        places=[("uploads", "app.zip")],
        ring=ring,
        clock=Clock(),
    )


def aged(bench, seconds=10):
    """As if nobody had written to the file for a while."""
    path = bench.buckets.folder / "uploads/app.zip"
    then = path.stat().st_mtime - seconds
    os.utime(path, (then, then))


def head(bench):
    source = ("app", "Source/AWS/S3/1", {"S3Bucket": "uploads", "S3ObjectKey": "app.zip"})
    return StoredGate(bench.store).heads([source]).revisions[0].id


def wishes(bench):
    """What a pipeline that reads the object asks for."""
    type_id = {"category": "Source", "owner": "AWS", "provider": "S3"}
    settings = {"S3Bucket": "uploads", "S3ObjectKey": "app.zip"}
    action = {"name": "app", "actionTypeId": type_id, "configuration": settings}
    declared = {"name": "p", "stages": [{"name": "Source", "actions": [action]}]}
    reader = StartReader(bench.store, "p", flow=True)
    return reader.read(msgspec.convert(declared, Pipeline), held=False).inputs


def test_places_are_looked_at_from_when_they_are_watched_and_no_longer_than_that(bench, monkeypatch):
    monkeypatch.setattr("laststop.homes.embedded.object_watch._SETTLED_NS", 0)
    looking = ObjectWatch(store=bench.store, buckets=bench.buckets, ring=lambda: None, clock=Clock())
    bench.put(b"old")
    looking.watch([("uploads", "app.zip")])
    assert head(bench) == digest_of(b"old")
    assert wishes(bench) == ()
    looking.watch([])
    bench.put(b"changed")
    assert not looking.look()
    looking.stop()


def test_new_content_is_noted_once_it_has_settled_and_asks_for_a_run(bench, monkeypatch):
    looking = watch(bench)
    assert not looking.look(first=True)
    assert head(bench) == ""
    bench.put(b"first")
    assert not looking.look()  # somebody may still be writing
    monkeypatch.setattr("laststop.homes.embedded.object_watch._SETTLED_NS", 0)
    assert looking.look()
    assert not looking.look()
    assert head(bench) == digest_of(b"first") == bench.read().revision.id
    (wish,) = wishes(bench)
    assert "uploads/app.zip" in wish.cause


def test_what_was_there_before_the_first_look_asks_for_no_run(bench):
    bench.put(b"old")
    looking = watch(bench)
    assert looking.look(first=True)
    assert wishes(bench) == ()
    assert not watch(bench).look(first=True)
    bench.put(b"changed while nobody looked")
    assert watch(bench).look(first=True)
    assert wishes(bench) != ()


def test_equal_content_is_no_news(bench, monkeypatch):
    monkeypatch.setattr("laststop.homes.embedded.object_watch._SETTLED_NS", 0)
    bench.put(b"same")
    looking = watch(bench)
    assert looking.look(first=True)
    bench.put(b"same")
    assert not looking.look()


# deploys


def test_an_artifact_is_unpacked_into_the_bucket_with_what_the_action_says_of_it(bench):
    site = zipped({"index.html": b"<p>", "assets/app.js": b"1"})
    outcome = bench.deployed(site, Extract="true", CacheControl="max-age=0", CannedACL="public-read")
    assert bench.files() == {"index.html": b"<p>", "assets/app.js": b"1"}
    assert outcome.summary == "2 objects to pages"
    assert bench.buckets.facts("pages", "index.html") == ObjectFacts(
        content_type="text/html", cache_control="max-age=0", acl="public-read"
    )


def test_what_the_artifact_has_no_more_stays(bench):
    bench.deployed(zipped({"a": b"1", "b": b"2"}), Extract="true")
    bench.deployed(zipped({"a": b"3"}), Extract="true")
    assert bench.files() == {"a": b"3", "b": b"2"}


def test_with_extract_the_key_is_a_prefix_and_without_it_the_object(bench):
    site = zipped({"a": b"1"})
    bench.deployed(site, Extract="true", ObjectKey="v/{datetime}")
    bench.deployed(site, Extract="false", ObjectKey="archive/{uuid}.zip")
    bench.deployed(site, Extract="false", ObjectKey="archive/{uuid}.zip")  # the same attempt, issued again
    names = set(bench.files())
    assert "v/2026-11-23_12-00-00/a" in names
    (archived,) = names - {"v/2026-11-23_12-00-00/a"}
    assert archived.startswith("archive/")
    assert len(archived) == len("archive/.zip") + 36
    assert bench.files()[archived] == site


def test_an_artifact_that_is_no_zip_is_deployed_as_it_is_or_refused(bench):
    bench.deployed(b"plain", Extract="false", ObjectKey="plain.txt")
    assert bench.files() == {"plain.txt": b"plain"}
    with pytest.raises(UsageError, match="is no zip archive"):
        bench.deployed(b"plain", Extract="true")


def test_a_deploy_nobody_waits_for_ends_between_batches(bench):
    given_up = threading.Event()
    given_up.set()
    assert bench.deployed(zipped({"a": b"1"}), cancelled=given_up, Extract="true") is None
    assert bench.files() == {}


@pytest.mark.parametrize("key", ["../out", "/etc/passwd"])
def test_a_key_that_leads_out_of_the_bucket_is_refused(bench, key):
    with pytest.raises(UsageError, match="no object can have this key"):
        bench.deployed(b"x", Extract="false", ObjectKey=key)
    assert list((bench.buckets.folder / ".incoming").iterdir()) == []
