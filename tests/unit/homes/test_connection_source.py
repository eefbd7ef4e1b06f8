import subprocess
from datetime import timedelta

import pytest

from laststop.errors import NotFoundError, UsageError
from laststop.homes.embedded.actions.source_connection import ConnectionSource
from laststop.homes.embedded.blobs import Blobs
from laststop.homes.embedded.clone_ref import CloneRef, read_clone_ref
from laststop.homes.embedded.git import GitRepository
from laststop.homes.shared.safe_zip import SafeZip
from laststop.pipeline.due import Command
from laststop.pipeline.overrides import SourceOverride
from laststop.words.ids import AttemptKey, RunId
from unit.homes.git_workbench import Workbench
from unit.homes.home_workbench import EPOCH, Never


@pytest.fixture(params=["a folder", "an address"])
def read(request, tmp_path):
    """Reads branch `main` of a repository whose branch `fix` has one commit more."""
    bench = Workbench(tmp_path / "repository")
    bench.commit("the first")
    bench.git("switch", "-q", "-c", "fix")
    fix = bench.commit("the fix", fixed="yes")
    bench.git("switch", "-q", "main")
    location = str(bench.folder) if request.param == "a folder" else f"file://{bench.folder}"
    repository = GitRepository(
        repository_id="acme/frontend", location=location, base=tmp_path, cache=tmp_path / "mirrors"
    )
    blobs = Blobs(tmp_path / "blobs")
    source = ConnectionSource({"acme/frontend": repository}, blobs, tmp_path / "scratch")

    def run(commit=None, **configuration):
        pins = [SourceOverride(action_name="a", revision_type="COMMIT_ID", revision_value=commit)]
        outcome = source.run(
            Command(
                key=AttemptKey(run=RunId("run-1"), stage="Source", action="a", attempt=1),
                pipeline="translations",
                provider="Source/AWS/CodeStarSourceConnection/1",
                configuration={
                    "FullRepositoryId": "acme/frontend",
                    "BranchName": "main",
                    "ConnectionArn": "arn:aws:x",
                    **configuration,
                },
                inputs=(),
                outputs=("frontend",),
                overrides=tuple(pins) if commit else (),
                started_at=EPOCH,
                deadline_at=EPOCH + timedelta(hours=1),
            ),
            Never(),
        )
        if configuration:
            return blobs.path(outcome.artifacts[0].digest)
        with SafeZip(blobs.path(outcome.artifacts[0].digest)) as archive:
            return outcome, set(archive.names)

    run.repository = repository
    run.shown = repository.shown
    run.fix = fix
    run.head = bench.git("rev-parse", "main")
    return run


def test_the_head_of_the_branch_is_read_with_awss_output_variables(read):
    outcome, names = read()
    assert names == {"page.txt"}
    assert outcome.revision.id == read.head
    assert set(outcome.variables) == {
        "AuthorDate", "BranchName", "CommitId", "CommitMessage", "ConnectionArn", "FullRepositoryName",
    }  # fmt: skip


def test_a_run_may_take_a_commit_of_any_branch(read):
    outcome, names = read(read.fix)
    assert names == {"page.txt", "fixed.txt"}
    assert (outcome.revision.id, outcome.variables["CommitMessage"]) == (read.fix, "the fix")
    assert outcome.variables["BranchName"] == "main"


def test_a_commit_that_is_not_there_or_none_is_refused(read):
    with pytest.raises(NotFoundError, match="has no commit"):
        read("0" * 40)
    with pytest.raises(UsageError, match="is no commit id"):
        read("main")


def git(folder, *words):
    return subprocess.run(
        ["git", *words], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_a_clone_reference_names_the_commit_and_is_no_zip(read):
    path = read(OutputArtifactFormat="CODEBUILD_CLONE_REF")
    assert read_clone_ref(path) == CloneRef(repository="acme/frontend", commit=read.head)
    with pytest.raises(UsageError, match="is no zip"):
        SafeZip(path)


def test_a_clone_has_the_whole_history_at_the_commit(read, tmp_path):
    target = tmp_path / "work" / "clone"
    read.repository.clone(read.fix, target)
    assert git(target, "rev-parse", "HEAD") == read.fix
    assert git(target, "rev-list", "--count", "HEAD") == "2"
    assert git(target, "status", "--porcelain") == ""
    assert git(target, "remote", "get-url", "origin") == read.shown
    assert (target / "fixed.txt").read_text() == "yes"


def test_a_clone_at_a_commit_that_is_not_there_leaves_nothing(read, tmp_path):
    with pytest.raises(NotFoundError, match="has no commit"):
        read.repository.clone("0" * 40, tmp_path / "clone")
    assert not (tmp_path / "clone").exists()
