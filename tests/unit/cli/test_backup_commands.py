"""`backup` and `restore` as people and scripts meet them."""

import pytest

from unit.cli.cli_workbench import Cli


@pytest.fixture
def cli(tmp_path, capsys):
    return Cli(tmp_path / "project", capsys)


@pytest.fixture
def other(tmp_path, capsys):
    return Cli(tmp_path / "other", capsys)


@pytest.fixture
def saved(cli, tmp_path):
    home = cli.home().serve().work()
    home.put("bgp", "1.0")
    home.work()
    home.store.close()
    return str(tmp_path / "saved.tar")


def test_a_backup_says_what_it_holds_and_a_restore_brings_it_back(cli, other, saved):
    told = cli.ok("backup", saved, "--json").json
    assert list(told) == ["file", "files", "size_bytes", "made_at", "damaged"]
    assert (told["file"], told["damaged"]) == (saved, [])
    back = other.ok("restore", saved, "--json").json
    assert list(back) == ["file", "files", "size_bytes", "made_at", "lacking"]
    assert (back["files"], back["made_at"], back["lacking"]) == (told["files"], told["made_at"], {})
    assert other.ok("catalog", "list", "--json").json == cli.ok("catalog", "list", "--json").json


def test_people_are_told_the_same_and_what_comes_next(cli, other, saved):
    done = cli.ok("backup", saved)
    assert done.out == ""
    assert done.err.startswith(f"{saved} holds ")
    assert other.ok("restore", saved).err.endswith("go on: laststop up\n")


def test_a_project_without_state_has_nothing_to_save_and_gets_none(cli, tmp_path):
    done = cli("backup", str(tmp_path / "saved.tar"))
    assert (done.code, "no state yet" in done.err) == (2, True)
    assert not (cli.folder / ".laststop").exists()


def test_a_project_with_a_state_keeps_it(cli, saved):
    cli.ok("backup", saved)
    before = cli.ok("catalog", "list", "--json").json
    done = cli("restore", saved)
    assert done.code == 3
    assert "has a state already" in done.err
    assert "mv " in done.err
    assert cli.ok("catalog", "list", "--json").json == before


def test_a_file_that_is_not_there_changes_nothing(other, tmp_path):
    done = other("restore", str(tmp_path / "nothing.tar"))
    assert (done.code, "there is no such file" in done.err) == (2, True)
    assert not (other.folder / ".laststop").exists()


def test_what_a_damaged_disk_lost_is_named_on_both_sides(cli, other, saved):
    home = cli.home()
    release = home.releases.kept()[0]
    digest = next(iter(home.releases.manifest(release.id).digests))
    home.blobs.path(digest).chmod(0o644)
    home.blobs.path(digest).write_bytes(b"rust")
    home.store.close()
    done = cli("backup", saved)
    assert (done.code, f"blob {digest} is damaged" in done.err) == (1, True)
    back = other("restore", saved, "--json")
    assert (back.code, back.json["lacking"][release.id]) == (1, 1)


def test_another_projects_backup_is_told_of(cli, other, saved):
    cli.ok("backup", saved)
    text = (other.folder / "laststop.toml").read_text()
    (other.folder / "laststop.toml").write_text(text.replace('name = "translations"', 'name = "elsewhere"'))
    assert 'note: it was the state of "translations"' in other.ok("restore", saved).err
