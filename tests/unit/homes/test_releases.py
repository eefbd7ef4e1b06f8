"""The plain folders, the pointer's link, and what a kill leaves of them; the port itself is proven in contract/."""

import os
import shutil
from pathlib import Path

import pytest

from contract.releases_made import keep, made, switch_to
from laststop.errors import LaststopError, NotFoundError, UsageError
from laststop.homes.embedded import releases as module
from laststop.homes.embedded import site_folder
from laststop.homes.embedded.releases import StoredOrigin
from laststop.words.digests import digest_of
from unit.homes.home_workbench import Home, Killed

DEAD = 2**22 + 7
"""No process has this number: Linux ends below."""


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


@pytest.fixture
def site(tmp_path):
    return tmp_path / "site"


def served(site) -> dict[str, bytes]:
    """What a web server in front of `current` would serve."""
    root = (site / "current").resolve()
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def leftovers(site) -> list[str]:
    return [path.name for path in site.iterdir() if path.name.startswith(".")]


def test_a_release_is_also_a_plain_folder_and_current_leads_to_the_live_one(home, site):
    one, two = keep(home.releases, 1, index=b"1", about=b"a"), keep(home.releases, 2, index=b"2")
    switch_to(home.releases, one)
    assert served(site) == {"index.html": b"1", "about.html": b"a"}
    switch_to(home.releases, two)
    assert served(site) == {"index.html": b"2"}
    assert {path.name for path in site.iterdir()} == {one.id, two.id, "current"}


def test_the_link_is_relative_so_that_the_project_can_be_moved(home, site, tmp_path):
    switch_to(home.releases, keep(home.releases, 1))
    shutil.copytree(site, tmp_path / "elsewhere", symlinks=True)
    assert served(tmp_path / "elsewhere") == served(site)


def test_files_share_the_blobs_bytes_where_the_disk_allows_it(home, site):
    release = keep(home.releases, 1, index=b"same")
    assert (site / release.id / "index.html").stat().st_ino == home.blobs.path(
        digest_of(b"same")
    ).stat().st_ino


def test_a_disk_without_hard_links_gets_copies(home, site, monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "not here")

    monkeypatch.setattr(os, "link", refuse)
    switch_to(home.releases, keep(home.releases, 1, index=b"copied"))
    assert served(site) == {"index.html": b"copied"}


KILLS = {
    "in the middle of the blobs": (module.Blobs, "put_many", False),
    "before the manifest": (module.Blobs, "put_bytes", False),
    "after the manifest": (module.Blobs, "put_bytes", True),
    "in the middle of the folder": (site_folder, "_link", True),
    "before the folder has its name": (Path, "replace", False),
    "before the fact": (module.SiteFolder, "lay_out", True),
}


@pytest.mark.parametrize(("owner", "name", "after"), KILLS.values(), ids=KILLS.keys())
def test_a_kill_while_storing_keeps_no_release_and_the_next_try_ends_well(
    home, site, monkeypatch, owner, name, after
):
    switch_to(home.releases, keep(home.releases, 1, index=b"1"))
    kill_at(monkeypatch, owner, name, after, lambda: keep(home.releases, 2, index=b"2", more=b"m"))
    assert [release.run for release in home.releases.kept()] == ["run-1"]
    assert served(site) == {"index.html": b"1"}
    switch_to(home.releases, keep(home.releases, 2, index=b"2", more=b"m"))
    assert served(site) == {"index.html": b"2", "more.html": b"m"}
    assert leftovers(site) == []


def kill_at(monkeypatch, owner, name, after, call):
    real = getattr(owner, name)

    def kill(*arguments, **named):
        if after:
            real(*arguments, **named)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, kill)
        with pytest.raises(Killed):
            call()


def test_a_kill_between_the_pointer_and_its_link_is_mended_at_the_next_start(home, site, monkeypatch):
    one, two = keep(home.releases, 1, index=b"1"), keep(home.releases, 2, index=b"2")
    switch_to(home.releases, one)
    kill_at(monkeypatch, module.SiteFolder, "lead_to", False, lambda: switch_to(home.releases, two))
    assert home.releases.live().release == two.id, "the pointer that counts was written"
    assert served(site) == {"index.html": b"1"}
    Home(home.path).releases.mend_current()
    assert served(site) == {"index.html": b"2"}


@pytest.mark.parametrize("damage", ["no link", "a link to nowhere", "no folder", "no site at all"])
def test_what_others_did_to_the_site_folder_is_mended_at_the_next_start(home, site, damage):
    release = keep(home.releases, 1, index=b"1")
    switch_to(home.releases, release)
    match damage:
        case "no link":
            (site / "current").unlink()
        case "a link to nowhere":
            (site / "current").unlink()
            (site / "current").symlink_to("gone")
        case "no folder":
            shutil.rmtree(site / release.id)
        case _:
            shutil.rmtree(site)
    home.releases.mend_current()
    assert served(site) == {"index.html": b"1"}


def test_what_dead_processes_were_making_is_removed_and_what_living_ones_make_is_not(home, site):
    switch_to(home.releases, keep(home.releases, 1))
    (site / f".run-2-abc.{DEAD}").mkdir()
    (site / f".run-2-abc.{DEAD}" / "half.html").write_text("x")
    (site / f".current.{DEAD}").symlink_to("gone")
    (site / ".run-3-abc.1").mkdir()
    (site / ".htaccess").write_text("somebody's own")
    home.releases.mend_current()
    assert sorted(leftovers(site)) == [".htaccess", ".run-3-abc.1"]


def test_mending_what_is_well_changes_nothing(home, site):
    switch_to(home.releases, keep(home.releases, 1))
    before = (site / "current").lstat().st_ino
    home.releases.mend_current()
    assert (site / "current").lstat().st_ino == before


def test_before_the_first_release_there_is_nothing_to_mend(home, site):
    home.releases.mend_current()
    assert not site.exists()


def test_something_else_in_the_links_place_is_said_and_the_switch_stands(home, site):
    release = keep(home.releases, 1)
    (site / "current").mkdir()
    with pytest.raises(UsageError) as refused:
        switch_to(home.releases, release)
    assert refused.value.place == str(site / "current")
    assert home.releases.live().release == release.id


def test_a_file_name_the_disk_does_not_take_is_said_and_keeps_no_release(home, site):
    with pytest.raises(UsageError, match="too long"):
        keep(home.releases, 1, **{"x" * 300: b"long"})
    assert home.releases.kept() == ()
    assert leftovers(site) == []


def test_a_removed_release_leaves_no_folder(home, site):
    one, two = keep(home.releases, 1), keep(home.releases, 2)
    switch_to(home.releases, two)
    home.releases.remove(one.id)
    home.releases.remove(one.id)
    assert {path.name for path in site.iterdir()} == {two.id, "current"}


def test_a_manifest_that_is_damaged_or_gone_is_said(home):
    release = keep(home.releases, 1)
    path = home.blobs.path(release.manifest)
    path.chmod(0o644)
    path.write_bytes(b"{half")
    with pytest.raises(UsageError, match=f"manifest of {release.id}"):
        home.releases.manifest(release.id)
    path.unlink()
    with pytest.raises(NotFoundError):
        home.releases.manifest(release.id)


# what the edge reads


def test_the_origin_shows_the_live_release_and_its_files_piece_by_piece(home):
    origin = StoredOrigin(home.store, home.blobs, home.releases)
    assert origin.release() is None
    release = keep(home.releases, 1, index=b"0123456789")
    switch_to(home.releases, release)
    assert origin.release() == release.id
    file = origin.site(release.id)["index.html"]
    assert (file.size_bytes, file.content_type) == (10, "text/html; charset=utf-8")
    assert origin.read(file.digest) == b"0123456789"
    assert origin.read(file.digest, 3, 4) == b"3456"
    assert origin.read(file.digest, 8, 100) == b"89"


def test_the_origin_of_a_release_that_is_not_kept_has_nothing(home):
    origin = StoredOrigin(home.store, home.blobs, home.releases)
    with pytest.raises(LaststopError):
        origin.site(made(9)[0].id)
