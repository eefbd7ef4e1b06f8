"""The page a new project begins with."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import laststop

INIT = Path(laststop.__file__).parent / "project" / "init"
EMPTY = {"type": "pricing", "generation": 0, "algorithms": {}}


def build(repository: Path, *documents: object) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"]}
    for number, document in enumerate(documents):
        folder = repository.parent / f"input-{number}"
        folder.mkdir(exist_ok=True)
        (folder / "document.json").write_text(json.dumps(document))
        environment[f"CODEBUILD_SRC_DIR_input{number}"] = str(folder)
    return subprocess.run(
        [sys.executable, "-S", "-B", str(repository / "build.py")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return shutil.copytree(INIT / "frontend", tmp_path / "frontend")


def files(repository: Path) -> dict[str, bytes]:
    dist = repository / "dist"
    return {str(file.relative_to(dist)): file.read_bytes() for file in dist.rglob("*") if file.is_file()}


def test_the_first_page_of_all_is_empty_and_says_so(repository: Path) -> None:
    done = build(repository, EMPTY, {**EMPTY, "type": "ranking"})
    assert done.returncode == 0, done.stderr
    assert (repository / "dist" / "index.html").read_text().count("Nothing released here yet.") == 2
    assert json.loads((repository / "dist" / "versions.json").read_text()) == {"pricing": {}, "ranking": {}}


def test_an_algorithm_is_shown_with_whatever_the_catalog_says(repository: Path) -> None:
    attributes = {"title": "Second look", "latency_ms": 12, "languages": ["de", "en"], "beta": True}
    rerank = {"version": "1.2.0", "attributes": attributes}
    document = {
        "type": "ranking",
        "generation": 4,
        "algorithms": {"rerank": rerank, "bare": {"version": "1"}},
    }
    assert build(repository, document).returncode == 0
    page = (repository / "dist" / "index.html").read_text()
    for text in ("Second look", "rerank", "1.2.0", "latency ms", "12", "de, en", "true", "bare"):
        assert text in page
    assert json.loads((repository / "dist" / "versions.json").read_text()) == {
        "ranking": {"bare": "1", "rerank": "1.2.0"}
    }


def test_foreign_text_stays_text(repository: Path) -> None:
    hostile = "'\"><script>x</script>"
    entry = {"version": hostile, "attributes": {"title": hostile, "summary": hostile, hostile: [hostile]}}
    assert (
        build(repository, {"type": hostile, "generation": 1, "algorithms": {hostile: entry}}).returncode == 0
    )
    page = (repository / "dist" / "index.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_the_same_documents_give_the_same_bytes(repository: Path) -> None:
    algorithms = {name: {"version": "1", "attributes": {"b": 1, "a": 2}} for name in "xyz"}
    turned = {name: {"attributes": {"a": 2, "b": 1}, "version": "1"} for name in "zyx"}
    build(repository, {"type": "ranking", "generation": 1, "algorithms": algorithms})
    first = files(repository)
    build(repository, {"type": "ranking", "generation": 1, "algorithms": turned})
    assert files(repository) == first
    assert len(first) == 3


def test_without_documents_the_build_fails_with_one_line(repository: Path) -> None:
    done = build(repository)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "build.py: no metadata document in the folders of CODEBUILD_SRC_DIR_*"
    ]
