"""Backups beside a working server, restored elsewhere, with kills on both sides."""

import os
import shutil
import signal
import subprocess
import time
import urllib.request

from e2e.workbench import LASTSTOP, Project, project


def page(up) -> bytes:
    with urllib.request.urlopen(f"{up.edge_url}/", timeout=10) as answer:
        return answer.read()


def clone(pages: Project, name: str) -> Project:
    """The project as it stands in git: everything but its state."""
    folder = pages.folder.parent / name
    shutil.copytree(pages.folder, folder, ignore=shutil.ignore_patterns(".laststop"))
    logs = pages.folder.parent / f"{name}-said"
    logs.mkdir()
    return Project(folder, logs)


def test_a_backup_made_beside_a_busy_server_is_served_elsewhere(tmp_path):
    saved = tmp_path / "saved.tar"
    with project(tmp_path) as pages:
        up = pages.up()
        pages.put(("rerank", "1.0", "ranking"))
        pages.wait_for_verdicts(1)
        for number in range(1, 6):
            pages.put(("rerank", f"1.{number}", "ranking"))
        told = pages.json("backup", str(saved))
        assert told["damaged"] == []
        pages.wait_for_verdicts(6)
        shown = page(up)
        assert up.end() == 0
        with clone(pages, "elsewhere") as other:
            other.run("restore", str(saved))
            again = other.up()
            other.wait_for_verdicts(6)
            assert b"1.5" in page(again)
            assert page(again).count(b"1.5") == shown.count(b"1.5")
            assert other.drift() == []
            assert again.end() == 0


def killed_after(folder, seconds: float, *words: str) -> None:
    process = subprocess.Popen([*LASTSTOP, *words], cwd=folder, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait(10)


def test_a_kill_at_any_moment_leaves_nothing_half_done(tmp_path):
    saved = tmp_path / "saved.tar"
    with project(tmp_path) as pages:
        up = pages.up()
        pages.put(("rerank", "1.0", "ranking"))
        pages.wait_for_verdicts(1)
        assert up.end() == 0
        for number in range(200):
            pages.home.blobs.put_bytes(os.urandom(20_000) + bytes(number))
        for number in range(6):
            killed_after(pages.folder, 0.1 + 0.06 * number, "backup", str(saved))
            if saved.exists():
                with clone(pages, f"try-{number}") as other:
                    other.run("restore", str(saved))
                saved.unlink()
        pages.run("backup", str(saved))
        with clone(pages, "elsewhere") as other:
            for number in range(6):
                killed_after(other.folder, 0.1 + 0.06 * number, "restore", str(saved))
                if (other.folder / ".laststop").exists():  # whole, or not there
                    assert other.json("catalog", "list")[0]["verdict"] == "live"
                    assert len(list((other.folder / ".laststop/blobs").rglob("*"))) > 200
                    shutil.rmtree(other.folder / ".laststop")
            other.run("restore", str(saved))
            assert other.json("catalog", "list")[0]["verdict"] == "live"
            assert not (other.folder / ".laststop.restoring").exists()
