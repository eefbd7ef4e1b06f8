import json

import pytest

from laststop.site.build_note import BuildNote, read_note, release_id, stamp
from laststop.site.manifest import Manifest, entry_of
from laststop.words.bill import Bill, Revision, bill_of
from laststop.words.ids import ReleaseId, RunId

RUN = RunId("0b0e4f3c-0000-4000-8000-000000000001")


def bill() -> Bill:
    return bill_of(
        [
            Revision(action="Frontend", id="4f2a9c", location="acme/frontend@main", summary="a secret plan"),
            Revision(action="Routing", id="v7", location="documents/routing.zip", generation=7),
        ]
    )


def built(**more: bytes) -> Manifest:
    files = {"index.html": b"<p>", **more}
    return Manifest(files={path: entry_of(path, content) for path, content in files.items()})


def test_a_release_is_named_by_its_run_and_its_files() -> None:
    stamped = stamp(built(), run=RUN, bill=bill())
    assert stamped.release == release_id(RUN, built().digest)
    assert stamped.release == f"{RUN}-{built().digest[:12]}"
    assert stamped.manifest.without("build.json") == built()
    assert stamped.manifest.files["build.json"] == entry_of("build.json", stamped.note)


def test_the_note_says_release_run_manifest_and_bill_and_no_commit_text() -> None:
    note = stamp(built(), run=RUN, bill=bill()).note
    assert json.loads(note) == {
        "build": release_id(RUN, built().digest),
        "run": RUN,
        "manifest": built().digest,
        "bill": [
            {"source": "Frontend", "location": "acme/frontend@main", "revision": "4f2a9c"},
            {
                "source": "Routing",
                "location": "documents/routing.zip",
                "revision": "v7",
                "generation": 7,
            },
        ],
    }
    assert b"secret" not in note


def test_deploying_again_ships_the_same_bytes() -> None:
    assert stamp(built(), run=RUN, bill=bill()) == stamp(built(), run=RUN, bill=bill())


def test_a_note_the_build_made_is_replaced_and_changes_nothing() -> None:
    with_note = built(**{"build.json": b'{"build": "fake"}'})
    assert stamp(with_note, run=RUN, bill=bill()) == stamp(built(), run=RUN, bill=bill())


def test_a_note_comes_back_as_it_was_shipped() -> None:
    stamped = stamp(built(), run=RUN, bill=bill())
    note = read_note(stamped.note)
    assert note is not None
    assert (note.build, note.run, note.manifest) == (stamped.release, RUN, built().digest)
    assert note.generations == {"documents/routing.zip": 7}


def test_a_note_of_a_later_version_is_understood() -> None:
    assert read_note(b'{"build": "x", "later": {"y": 1}}') == BuildNote(build=ReleaseId("x"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>not found</html>",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        b'{"build": ""}',
        b'{"build": 7}',
        b'{"build": "x", "bill": 7}',
        b"[" * 200_000,
        b'{"build": "x"}' + b" " * 1024 * 1024,
    ],
)
def test_what_is_no_note_is_none(content: bytes) -> None:
    assert read_note(content) is None
