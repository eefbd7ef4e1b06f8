"""Chromium over a served project, driven by keys where a test says so."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from e2e.workbench import Project, project, until

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
PATIENCE_MS = 20_000
STEPS = """test -e "$SUPPLY" || { echo "error: the supplier is away" >&2; exit 3; }
test ! -e "$SLOW" || for n in $(seq 90); do echo "working on part $n"; sleep 0.1; done
"""


class Stage:
    """A served project whose build fails while `supply` is away and takes its time while `slow` is there."""

    def __init__(self, made: Project, folder: Path) -> None:
        self.project = made
        self.supply, self.slow = folder / "supply", folder / "slow"
        self.supply.touch()
        made.replace("laststop.toml", '# pass = ["NPM_TOKEN"]', 'pass = ["SUPPLY", "SLOW"]')
        made.write("frontend/steps.sh", STEPS)
        made.replace(
            "frontend/buildspec.yml",
            "      - python3 build.py\n",
            "      - sh steps.sh\n      - python3 build.py\n",
        )
        made.commit("A build that may fail")
        self.up = made.up()

    def ship(self, *wanted: tuple[str, str, str]) -> None:
        """Put versions, and wait until the page shows them."""
        (count,) = self.project.rows("SELECT count(*) FROM verdict")[0]
        self.project.put(*wanted)
        self.project.wait_for_verdicts(count + len(wanted))

    def fail(self, *wanted: tuple[str, str, str]) -> None:
        """Put versions whose run fails."""
        self.supply.unlink()
        self.project.put(*wanted)
        self.project.wait_for_run("Failed")
        until(self.message, "the message of the failed run")
        self.supply.touch()

    def message(self) -> str:
        """What people are told of the newest run, once it failed."""
        rows = self.project.rows(
            "SELECT text FROM message WHERE run = (SELECT id FROM run ORDER BY ordinal DESC LIMIT 1)"
        )
        return rows[0][0] if rows and "failed" in rows[0][0].splitlines()[0] else ""


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """A project of its own, served inside the block."""
    with project(folder, SUPPLY=str(folder / "supply"), SLOW=str(folder / "slow")) as made:
        yield Stage(made, folder)


@contextmanager
def chromium() -> Iterator["object"]:
    """The system's browser; a test is skipped where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright, of the e2e extra")
    if not CHROMIUM:
        pytest.skip("needs Chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def tab_to(page, selector: str, *, most: int = 120) -> None:
    """Press Tab until an element that fits has the focus; a keyboard has no other way."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
            return
    raise AssertionError(f"{most} tabs lead to no {selector} on {page.url}")


def chord(page, *keys: str) -> None:
    """Keys one after another, as `g r`."""
    for key in keys:
        page.keyboard.press(key)


def axe_source(folder: Path) -> str:
    """axe-core as npm has it; a test is skipped where it cannot be had."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("needs npm, to fetch axe-core")
    done = subprocess.run(
        [
            npm,
            "install",
            "--prefix",
            str(folder),
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "axe-core@^4.10",
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"npm could not fetch axe-core: {done.stderr[-200:]}")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text()
