"""Archives other people made, and our own."""

import contextlib
import errno
import hashlib
import io
import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from laststop.errors import NotFoundError, TransientError, UsageError
from laststop.homes.shared import flat_zip, safe_zip
from laststop.homes.shared.flat_zip import write_zip, zip_bytes
from laststop.homes.shared.safe_zip import SafeZip, entries, read, unpack


def made(tmp_path: Path, *files: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    archive = tmp_path / "input.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
        for name, content in files:
            info = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo("x")
            if isinstance(name, str):
                info.filename = name  # past the constructor, which mends some names
            writer.writestr(info, content)
    return archive


def entry_of_kind(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def test_unpacks_what_write_zip_packed_with_the_executable_bit(tmp_path: Path) -> None:
    script = tmp_path / "run.sh"
    script.write_bytes(b"#!/bin/sh\n")
    archive = tmp_path / "a.zip"
    size = write_zip(archive, [("site/über.html", b"<p>", False), ("bin/run", script, True)])
    assert size == archive.stat().st_size
    target = tmp_path / "out"
    assert unpack(archive, target) == ("bin/run", "site/über.html")
    assert (target / "site" / "über.html").read_bytes() == b"<p>"
    assert (target / "bin" / "run").stat().st_mode & stat.S_IXUSR
    assert not (target / "site" / "über.html").stat().st_mode & stat.S_IXUSR


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("/etc/passwd", "absolute"),
        ("C:/windows/x", "absolute"),
        ("c:x", "absolute"),
        ("../x", "leads out"),
        ("a/../../x", "leads out"),
        ("a/..", "leads out"),
        ("a\\b", "backslash"),
        ("..\\x", "backslash"),
        ("a//b", "empty or a dot"),
        ("./a", "empty or a dot"),
        ("a/./b", "empty or a dot"),
        (".", "empty or a dot"),
        ("//", "absolute"),
        ("a\nb", "control"),
        ("a/" + "x" * 256, "too long"),
        ("/".join(["abcdefgh"] * 200), "too long"),
    ],
)
def test_a_name_that_must_not_be_written_is_refused_with_archive_and_entry(
    tmp_path: Path, name: str, sentence: str
) -> None:
    archive = made(tmp_path, ("good.txt", b"1"), (name, b"2"))
    with pytest.raises(UsageError, match=sentence) as caught:
        unpack(archive, tmp_path / "out")
    assert caught.value.place == f"input.zip: {name!r}"
    assert not (tmp_path / "out").exists()


def test_a_nul_in_a_name_does_not_cut_it_short(tmp_path: Path) -> None:
    archive = made(tmp_path, ("evil.txtX.html", b"2"))
    archive.write_bytes(archive.read_bytes().replace(b"evil.txtX", b"evil.txt\0"))
    with pytest.raises(UsageError, match="control character"):
        unpack(archive, tmp_path / "out")


@pytest.mark.parametrize(
    ("mode", "sentence"),
    [
        (stat.S_IFLNK | 0o777, "symbolic link"),
        (stat.S_IFIFO | 0o644, "neither a file"),
        (stat.S_IFCHR, "neither a file"),
    ],
)
def test_links_and_devices_are_refused(tmp_path: Path, mode: int, sentence: str) -> None:
    archive = made(tmp_path, (entry_of_kind("link", mode), b"../../etc/passwd"))
    with pytest.raises(UsageError, match=sentence):
        unpack(archive, tmp_path / "out")


@pytest.mark.parametrize("names", [("a", "a"), ("a", "a/b"), ("a/b", "a"), ("a", "a/"), ("a/", "a")])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_cannot_stand_side_by_side_are_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    archive = made(tmp_path, *((name, b"") for name in names))
    with pytest.raises(UsageError, match="stands twice"):
        unpack(archive, tmp_path / "out")


def test_names_that_differ_by_case_and_empty_directories_are_kept(tmp_path: Path) -> None:
    archive = made(tmp_path, ("A", b"1"), ("a", b"2"), ("empty/", b""), ("b/", b""), ("b/c", b"3"))
    assert unpack(archive, tmp_path / "out") == ("A", "a", "b/c")
    assert (tmp_path / "out" / "empty").is_dir()
    assert (tmp_path / "out" / "A").read_bytes() == b"1"


def test_an_encrypted_entry_is_refused(tmp_path: Path) -> None:
    archive = made(tmp_path, ("a", b"1"))
    content = bytearray(archive.read_bytes())
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    archive.write_bytes(content)
    with pytest.raises(UsageError, match="encrypted"):
        unpack(archive, tmp_path / "out")


def test_a_method_that_unpacks_in_one_piece_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "input.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_BZIP2) as writer:
        writer.writestr("bomb", b"0" * 1_000_000)
    with pytest.raises(UsageError, match="method 12"):
        unpack(archive, tmp_path / "out")


def test_declared_sizes_and_counts_are_bounded_before_anything_is_read(tmp_path: Path) -> None:
    archive = made(tmp_path, ("a", b"0" * 60), ("b", b"0" * 60))
    with pytest.raises(UsageError, match="unpacks to 120 bytes"):
        unpack(archive, tmp_path / "out", limit_bytes=119)
    with pytest.raises(UsageError, match="holds 2 entries"):
        unpack(archive, tmp_path / "out", limit_files=1)
    assert unpack(archive, tmp_path / "out", limit_bytes=120, limit_files=2) == ("a", "b")


@pytest.mark.parametrize("declared", [10, 5_000])
def test_an_entry_that_lies_about_its_size_leaves_nothing_behind(tmp_path: Path, declared: int) -> None:
    """A bomb declares less than it holds; the content it then shows must not pass for the whole."""
    archive = made(tmp_path, ("first", b"fine"), ("bomb", b"0" * 1000))
    content = bytearray(archive.read_bytes())
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<L", declared)
    archive.write_bytes(content)
    with pytest.raises(UsageError, match="damaged") as caught:
        unpack(archive, tmp_path / "out")
    assert "bomb" in caught.value.place
    assert list((tmp_path / "out").iterdir()) == []


def test_an_entry_shorter_than_declared_is_damaged_even_when_its_checksum_fits(tmp_path: Path) -> None:
    content = b"abc"
    archive = made(tmp_path, ("short", content))
    raw = bytearray(archive.read_bytes())
    at = raw.rindex(b"PK\x01\x02")
    raw[at + 24 : at + 28] = struct.pack("<L", 4)
    archive.write_bytes(raw)
    with pytest.raises(UsageError, match="declares 4 bytes and holds 3"):
        unpack(archive, tmp_path / "out")


@pytest.mark.parametrize("kept", [0, 1, 30, 60, -1, -10])
def test_a_truncated_archive_is_an_answer_not_a_crash(tmp_path: Path, kept: int) -> None:
    archive = made(tmp_path, ("a", b"0" * 100), ("b", b"1" * 100))
    archive.write_bytes(archive.read_bytes()[:kept])
    with pytest.raises(UsageError, match=r"is no zip archive, or damaged"):
        unpack(archive, tmp_path / "out")


def test_a_missing_archive_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such archive"):
        unpack(tmp_path / "none.zip", tmp_path / "out")
    with pytest.raises(UsageError, match="cannot be read"):
        unpack(tmp_path, tmp_path / "out")


def test_a_target_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    archive = made(tmp_path, ("a", b"1"))
    target = tmp_path / "out"
    target.mkdir()
    (target / "a").symlink_to(tmp_path / "outside")
    with pytest.raises(UsageError, match="not empty"):
        unpack(archive, target)
    assert not (tmp_path / "outside").exists()
    assert (target / "a").is_symlink()


def test_a_full_disk_is_worth_another_try_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = made(tmp_path, ("a", b"1"), ("b/c", b"2"))
    opened = safe_zip.os.open

    def full(path: Path | str, flags: int, *more: int, **named: int) -> int:
        if str(path).endswith("b/c") and flags & os.O_CREAT:
            raise OSError(errno.ENOSPC, "No space left on device")
        return opened(path, flags, *more, **named)

    monkeypatch.setattr(safe_zip.os, "open", full)
    with pytest.raises(TransientError, match="disk is full"):
        unpack(archive, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_entries_name_size_digest_and_mode(tmp_path: Path) -> None:
    big = bytes(range(256)) * 4096
    archive = tmp_path / "a.zip"
    write_zip(archive, [("run", b"x", True), ("big", big, False)])
    first, second = entries(archive)
    assert (first.name, first.size_bytes, first.executable) == ("big", len(big), False)
    assert first.digest == hashlib.sha256(big).hexdigest()
    assert second.executable
    assert b"".join(read(archive, "big")) == big


def test_reading_a_name_the_archive_lacks_is_not_found(tmp_path: Path) -> None:
    archive = made(tmp_path, ("d/", b""), ("d/a", b"1"))
    with SafeZip(archive) as opened:
        assert opened.names == ("d/a",)
        for name in ("d/", "d", "x", "../x"):
            with pytest.raises(NotFoundError):
                list(opened.chunks(name))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    names=st.lists(
        st.text(st.sampled_from("ab./\\:\0\n ü"), min_size=1, max_size=8), min_size=1, max_size=4, unique=True
    )
)
def test_whatever_the_names_nothing_is_written_outside(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    place = tmp_path_factory.mktemp("fuzz")
    archive = made(place, *((name, b"1") for name in names))
    inner = place / "deep" / "deeper"
    inner.mkdir(parents=True)
    try:
        written = unpack(archive, inner / "out")
    except UsageError:
        assert not (inner / "out").exists()
        written = ()
    outside = [path for path in place.rglob("*") if inner / "out" not in path.parents]
    assert set(outside) <= {archive, place / "deep", inner, inner / "out"}
    assert all((inner / "out" / name).is_file() for name in written)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(flips=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=6))
def test_any_damage_is_answered_by_an_error_of_ours(
    tmp_path_factory: pytest.TempPathFactory, flips: list[tuple[int, int]]
) -> None:
    place = tmp_path_factory.mktemp("damage")
    content = bytearray(zip_bytes({"a": b"hello " * 9, "b/c": b"x" * 80}))
    for at, value in flips:
        content[at % len(content)] = value
    archive = place / "a.zip"
    archive.write_bytes(content)
    with contextlib.suppress(UsageError):
        unpack(archive, place / "out")


def test_equal_files_make_equal_bytes_in_any_order(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_bytes(b"<p>" * 5000)
    first, second = tmp_path / "1.zip", tmp_path / "2.zip"
    write_zip(first, [("b", page, False), ("a", b"1", True)])
    page.touch()
    write_zip(second, iter([("a", b"1", True), ("b", page.read_bytes(), False)]))
    assert first.read_bytes() == second.read_bytes()
    assert zip_bytes({"b": b"2", "a": b"1"}) == zip_bytes({"a": b"1", "b": b"2"})
    with zipfile.ZipFile(io.BytesIO(zip_bytes({"a": b"1"}))) as archive:
        info = archive.infolist()[0]
    assert (info.create_system, info.date_time, info.compress_type) == (3, (1980, 1, 1, 0, 0, 0), 0)


def test_the_bytes_of_a_document_never_change_between_releases() -> None:
    """Documents are compared by these bytes; another spelling would publish every document again."""
    digest = hashlib.sha256(zip_bytes({"routing.json": b"{}", "über.json": b"1"})).hexdigest()
    assert digest == "8996b6bdf1d40193b2e76a7943c89581e3bb9a82b2d1d6a3467a0a9e8f0bbbe4"


@pytest.mark.parametrize("name", ["../a", "/a", "a/", "", "a\\b"])
def test_our_own_archives_follow_the_same_rules(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        zip_bytes({name: b""})
    with pytest.raises(UsageError):
        write_zip(tmp_path / "a.zip", [(name, b"", False)])
    with pytest.raises(UsageError, match="stands twice"):
        write_zip(tmp_path / "a.zip", [("a", b"", False), ("a/b", b"", False)])
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_keeps_the_older_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "a.zip"
    write_zip(archive, [("a", b"old", False)])
    before = archive.read_bytes()
    with pytest.raises(NotFoundError):
        write_zip(archive, [("a", tmp_path / "gone", False)])

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(flat_zip.os, "fsync", full)
    with pytest.raises(TransientError, match="disk is full"):
        write_zip(archive, [("a", b"new", False)])
    assert archive.read_bytes() == before
    assert list(tmp_path.iterdir()) == [archive]
