"""What `laststop doctor` finds, and that it changes nothing by looking."""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from e2e.workbench import processes_of, project, until
from laststop.cli.completion import SCRIPTS
from laststop.wiring.doctor_machine import file_system_of


@pytest.fixture
def pages(tmp_path):
    with project(tmp_path) as made:
        yield made


def findings(pages, code=0, **environment):
    import json

    return json.loads(pages.run("doctor", "--json", code=code, **environment).stdout)


def trouble(pages, **environment):
    """The one trouble there is."""
    (found,) = [each for each in findings(pages, 1, **environment) if each["state"] == "trouble"]
    return found


def test_a_new_project_has_nothing_to_mend_and_looking_makes_no_file(pages):
    before = sorted(pages.folder.rglob("*"))
    done = pages.run("doctor")
    assert "nothing stands in the way" in done.stderr
    assert "mend: laststop up" in done.stdout
    assert sorted(pages.folder.rglob("*")) == before
    abouts = [each["about"] for each in findings(pages)]
    assert {"machine", "git", "files", "repositories", "disk", "store", "ports", "server"} <= set(abouts)


def test_a_served_project_tells_where_its_server_and_its_edge_are(pages):
    up = pages.up()
    pages.wait_for_run("Succeeded")
    told = {each["about"]: each for each in findings(pages)}
    assert str(up.pid) in told["server"]["says"]
    assert up.edge_url in told["edge"]["says"]
    assert told["store"]["says"].startswith("writable, schema")
    assert "ports" not in told, "its own server has them"


def test_a_server_that_hangs_is_named_with_the_way_to_end_it(pages):
    up = pages.up()
    pages.wait_for_run("Succeeded")
    os.kill(up.pid, 19)
    try:
        found = [each for each in findings(pages, 1) if each["state"] == "trouble"]
    finally:
        os.kill(up.pid, 18)
    mends = {each["about"]: each["mend"] for each in found}
    assert mends["server"] == f"kill {up.pid}; laststop up"
    assert "edge" in mends


def test_a_wrong_file_is_named_by_line_and_nothing_more_is_asked(pages):
    pages.replace("pipeline.yml", "[{name: frontend}, {name: ranking}", "[{name: frontned}, {name: ranking}")
    found = findings(pages, 1)
    bad = [each for each in found if each["state"] == "trouble"]
    assert any("pipeline.yml:" in each["says"] and "frontned" in each["says"] for each in bad)
    assert "store" not in {each["about"] for each in found}


def test_a_repository_that_is_not_there_is_named(pages):
    shutil.rmtree(pages.folder / "frontend" / ".git")
    bad = [each for each in findings(pages, 1) if each["state"] == "trouble"]
    assert any("frontend" in each["says"] and each["mend"] for each in bad)


def test_a_port_that_is_taken_comes_with_the_option_that_avoids_it(pages):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 7441))
        except OSError:
            pytest.skip("somebody else uses the port, so what would be said is not ours")
        taken.listen()
        bad = [each for each in findings(pages, 1) if each["about"] == "ports"]
    assert "laststop up --edge-port 0" in [each.get("mend") for each in bad]


def test_a_file_from_the_future_is_a_trouble_of_the_clock(pages):
    later = time.time() + 3600
    os.utime(pages.folder / "pipeline.yml", (later, later))
    found = trouble(pages)
    assert found["about"] == "clock"
    assert "pipeline.yml" in found["says"]


def test_a_store_of_a_newer_laststop_is_said_to_be_one(pages):
    store = pages.folder / ".laststop" / "laststop.db"
    store.parent.mkdir()
    with sqlite3.connect(store) as made:
        made.execute("PRAGMA user_version=999")
    made.close()
    found = trouble(pages)
    assert "a newer laststop wrote the store (schema 999" in found["says"]


def test_a_file_that_is_no_store_is_a_trouble(pages):
    store = pages.folder / ".laststop" / "laststop.db"
    store.parent.mkdir()
    store.write_bytes(b"this is no database" * 100)
    assert trouble(pages)["about"] == "store"


def test_what_went_wrong_with_messages_is_told_with_the_hint_that_was_kept(pages):
    store = pages.folder / ".laststop" / "laststop.db"
    store.parent.mkdir()
    with sqlite3.connect(store) as made:
        made.execute("PRAGMA user_version=1")
        made.execute("CREATE TABLE bulletin (name TEXT, trouble TEXT, hint TEXT)")
        made.execute("INSERT INTO bulletin VALUES ('slack', 'channel_not_found', 'invite it')")
    made.close()
    found = trouble(pages)
    assert (found["about"], found["says"], found["mend"]) == (
        "messages",
        "slack: channel_not_found",
        "invite it",
    )


def test_a_channel_without_a_token_is_worth_a_note(pages):
    pages.replace("laststop.toml", '# slack_channel = "#releases"', 'slack_channel = "#releases"')
    notes = {each["about"]: each for each in findings(pages, LASTSTOP_SLACK_TOKEN="")}
    assert "LASTSTOP_SLACK_TOKEN" in notes["messages"]["mend"]
    assert "messages" not in {each["about"] for each in findings(pages, LASTSTOP_SLACK_TOKEN="x")}


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_builds_that_a_killed_server_left_are_named_and_not_ended(pages):
    pages.replace("frontend/buildspec.yml", "      - python3 build.py\n", "      - sleep 60\n")
    pages.commit("A long build")
    up = pages.up()
    until(lambda: list(pages.home.folders.work.glob("*/*.pid")), "a build under way")
    assert "builds" in {each["about"] for each in findings(pages)}
    up.kill()
    found = trouble(pages)
    assert found["about"] == "builds"
    assert "laststop up" in found["mend"]
    assert processes_of(pages.folder), "looking ends nothing"


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/", "ext4"),
        ("/srv/pages", "nfs4"),
        ("/srv/pages/deep", "nfs4"),
        ("/srvx", "ext4"),
        ("/a b/c", "cifs"),
    ],
)
def test_the_file_system_of_a_folder_is_that_of_the_nearest_mount(tmp_path, folder, kind):
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "rootfs / rootfs rw 0 0\n/dev/sda / ext4 rw 0 0\nhost:/p /srv/pages nfs4 rw 0 0\n//h/s /a\\040b cifs rw 0 0\n"
    )
    assert file_system_of(Path(folder), mounts) == kind


def test_a_machine_that_tells_no_mounts_tells_no_file_system(tmp_path):
    assert file_system_of(tmp_path, tmp_path / "none") == ""


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("laststop rel", ["release"]),
        ("laststop release ro", ["rollback"]),
        ("laststop up --edge", ["--edge-port"]),
    ],
)
def test_bash_completes_commands_and_options(tmp_path, words, offered):
    script = tmp_path / "completion.bash"
    script.write_text(SCRIPTS["bash"])
    parts = words.split()
    asked = (
        f"compopt() {{ :; }}; source {script}; COMP_WORDS=({words}); COMP_CWORD={len(parts) - 1}; "
        f'_laststop laststop; printf "%s\\n" "${{COMPREPLY[@]}}"'
    )
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "laststop").write_text(f'#!/bin/sh\nexec {sys.executable} -m laststop "$@"\n')
    (folder / "laststop").chmod(0o755)
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.split() == offered


@pytest.mark.parametrize("shell", sorted(SCRIPTS))
def test_every_shell_has_its_lines(tmp_path, shell):
    done = subprocess.run(
        [sys.executable, "-m", "laststop", "completion", shell], capture_output=True, text=True, check=True
    )
    assert done.stdout == SCRIPTS[shell]
    assert f"_LASTSTOP_COMPLETE={shell}_complete" in done.stdout
